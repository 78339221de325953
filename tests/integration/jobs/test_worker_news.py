"""Who looks for work and who waits for it, as heard of from services/seekers: in any order, or twice."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from services.jobs import storage
from services.jobs.domain.worker import Skill, Worker
from services.jobs.storage import tables
from tests.integration.jobs.office import ADMIN, OTHER_TOWN, TOWN, Office
from tests.integration.jobs.seekers import availability, checked_in, drawn, state
from yizhan.contracts.checkins import CalledTicket, TicketCalled
from yizhan.contracts.envelope import Event
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.seeker_rights import ErasureReason, SeekerErased
from yizhan.contracts.seekers import (
    CloseReason,
    SeekerAmended,
    SeekerClosed,
    SeekerRegistered,
    SeekerState,
    SeekerStatus,
    SkillLevel,
    TradeSkill,
)
from yizhan.contracts.subscriptions import JOBS_SEEKERS

pytestmark = pytest.mark.integration

DAY = date(2026, 3, 2)


@pytest.fixture
def someone(office: Office) -> str:
    return new_identifier(office.clock.now())


def about(office: Office, id: str, **changes: Any) -> SeekerState:
    skills = (TradeSkill(trade="泥水匠", level=SkillLevel.SKILLED), TradeSkill(trade="小工"))
    return state(
        id, availability(office, skills=skills, days=(1, 2, 3), distance_km=10, priority=2), **changes
    )


def registered(office: Office, id: str) -> Event[Any]:
    return office.event(SeekerRegistered(seeker=about(office, id), by=ADMIN.id), id, 1, TOWN)


def gone(id: str, status: SeekerStatus) -> SeekerState:
    return state(id, None, status=status)


def erased(office: Office, id: str, sequence: int) -> Event[Any]:
    facts = SeekerErased(seeker=gone(id, SeekerStatus.ERASED), by=ADMIN.id, reason=ErasureReason.ASKED_FOR)
    return office.event(facts, id, sequence, TOWN)


def worker(office: Office, id: str) -> Worker | None:
    with office.database.reading() as connection:
        return storage.Workers(office.database).find(connection, id)


def turns(office: Office, *people: str) -> list[tuple[str, int | None, int]]:
    with office.database.reading() as connection:
        roll = storage.Roll(office.database).of_stations(connection, [TOWN], DAY)
    return [(roll[id].number, roll[id].turn, roll[id].called) for id in people]


def test_what_somebody_can_and_would_do_is_known_under_the_one_word_for_each_trade(
    office: Office, someone: str
) -> None:
    """A 泥水匠 is found for whoever wants a 泥瓦工."""
    office.hear(registered(office, someone), JOBS_SEEKERS)
    known = worker(office, someone)
    assert known is not None
    assert set(known.skills) == {Skill("泥瓦工", 2), Skill("小工", 1)}
    assert (known.days, known.distance_km, known.priority) == ({1, 2, 3}, 10, 2)


def test_the_newest_news_hold_in_whatever_order_they_come(office: Office, someone: str) -> None:
    """Registered, moved, closed; and a redelivery of each."""
    moved = about(office, someone, station=OTHER_TOWN)
    closed = SeekerClosed(
        seeker=gone(someone, SeekerStatus.CLOSED), by=ADMIN.id, reason=CloseReason.FOUND_WORK
    )
    news = [
        registered(office, someone),
        office.event(closed, someone, 2, TOWN),
        office.event(SeekerAmended(seeker=moved, by=ADMIN.id), someone, 3, OTHER_TOWN),
    ]
    for order in permutations(news):
        with office.database.transaction() as tx:
            for table in (tables.worker_trades, tables.workers, tables.inbox):
                tx.execute(table.delete())
        for event in (*order, order[0]):
            office.hear(event, JOBS_SEEKERS)
        known = worker(office, someone)
        assert known is not None
        assert known.station == OTHER_TOWN


def test_of_somebody_who_was_erased_nothing_is_left_and_older_news_do_not_bring_him_back(
    office: Office, someone: str
) -> None:
    """Neither his trades nor his days; of the row only that there was one."""
    office.hear(registered(office, someone), JOBS_SEEKERS)
    office.hear(checked_in(office, someone, "A001"), JOBS_SEEKERS)
    office.hear(erased(office, someone, 3), JOBS_SEEKERS)
    office.hear(
        office.event(SeekerAmended(seeker=about(office, someone), by=ADMIN.id), someone, 2, TOWN),
        JOBS_SEEKERS,
    )
    assert worker(office, someone) is None
    rows = office.rows()
    assert (rows["worker_trades"], rows["attendance"]) == (0, 0)
    with office.database.reading() as connection:
        row = connection.execute(select(tables.workers)).mappings().one()
    assert {name for name, value in row.items() if value is not None} == {"id", "sequence"}


def test_a_days_check_ins_calls_and_draw_come_in_any_order(office: Office) -> None:
    """The roll is the same, and an older record of the draw changes nothing."""
    one, other = new_identifier(office.clock.now()), new_identifier(office.clock.now())
    called = TicketCalled(
        station=TOWN, date=DAY, called=CalledTicket(number="A001", times=2, at=office.clock.now()), by="x"
    )
    news = [
        checked_in(office, one, "A001"),
        checked_in(office, other, "A002", minutes=1),
        drawn(office, ("A002", "A001"), sequence=4),
        office.event(called, f"{TOWN}:{DAY}:A001", 2, TOWN),
    ]
    for order in permutations(news):
        with office.database.transaction() as tx:
            for table in (tables.attendance, tables.draws, tables.inbox):
                tx.execute(table.delete())
        for event in (*order, drawn(office, ("A001", "A002"), sequence=3)):
            office.hear(event, JOBS_SEEKERS)
        assert turns(office, one, other) == [("A001", 2, 2), ("A002", 1, 0)]


def test_of_two_numbers_that_somebody_has_the_first_holds(office: Office, someone: str) -> None:
    """A desk without network told later that he had been there earlier."""
    office.hear(checked_in(office, someone, "A007", minutes=9), JOBS_SEEKERS)
    office.hear(checked_in(office, someone, "B001"), JOBS_SEEKERS)
    assert turns(office, someone) == [("B001", None, 0)]


def test_days_past_use_are_forgotten(office: Office, someone: str) -> None:
    """What weights would have done is looked at for some weeks."""
    office.hear(checked_in(office, someone, "A001"), JOBS_SEEKERS)
    forget = type(office.service).forget_old_days.__wrapped__
    for days, left in ((39, 1), (2, 0)):
        office.clock.move_to(office.clock.now() + timedelta(days=days))
        with office.database.transaction() as tx:
            forget(office.service, tx)
        assert office.rows()["attendance"] == left
