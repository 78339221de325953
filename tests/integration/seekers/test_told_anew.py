"""What finds somebody work is told with every step, and again on the day that his age changes it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from services.seekers.storage import tables
from tests.integration.seekers.office import Office, id_number
from yizhan.clock import county_day
from yizhan.contracts.aid import AidRpc, TagDifficulty
from yizhan.contracts.seeker_rights import EraseSeeker, ErasureReason, SeekerRightsRpc
from yizhan.contracts.seekers import (
    Availability,
    CloseReason,
    CloseSeeker,
    ReplaceSlip,
    RetirementStanding,
    Seeker,
    SeekersRpc,
    TradeSkill,
    Wishes,
)

pytestmark = pytest.mark.integration


def availability(office: Office, seeker: Seeker) -> Availability | None:
    """As it was told last."""
    work: Availability | None = office.events(seeker.id)[-1].data.seeker.available
    return work


def tell_anew(office: Office) -> None:
    """What the clockwork does once a minute."""
    with office.database.transaction() as tx:
        type(office.service).tell_anew_whom_a_day_changes.__wrapped__(office.service, tx)


def test_a_step_tells_what_somebody_can_and_would_do_and_neither_age_nor_name(office: Office) -> None:
    """Birth and sex stay in the register."""
    wishes = Wishes(trades=(TradeSkill(trade="泥瓦工"),), days=(6, 7), distance_km=8)
    seeker = office.register(wishes=wishes, id_number=id_number(date(1980, 5, 6)))
    told = availability(office, seeker)
    assert told is not None
    assert (told.skills, told.days, told.distance_km, told.minor) == (wishes.trades, (6, 7), 8, False)
    assert not {"birth", "age", "sex", "name"} & set(Availability.model_fields)
    office.ask(SeekersRpc.close_seeker, CloseSeeker(id=seeker.id, reason=CloseReason.FOUND_WORK))
    assert availability(office, seeker) is None


def test_who_comes_of_age_is_told_of_anew_on_that_day_and_once(office: Office) -> None:
    """Nobody has to open the row: the register says so itself."""
    seeker = office.register(id_number=id_number(date(2008, 3, 4)))
    assert availability(office, seeker).minor  # type: ignore[union-attr]
    office.at("2026-03-03T12:00+08:00")
    tell_anew(office)
    assert len(office.events(seeker.id)) == 1
    office.at("2026-03-04T00:01+08:00")
    tell_anew(office)
    tell_anew(office)
    assert len(office.events(seeker.id)) == 2
    assert not availability(office, seeker).minor  # type: ignore[union-attr]


def test_who_reaches_the_age_of_retirement_is_told_of_anew(office: Office) -> None:
    """A man of 60 years and some months, as the law of that day has it."""
    seeker = office.register(id_number=id_number(date(1966, 2, 1), serial=1))
    assert availability(office, seeker).retirement is RetirementStanding.NOT_REACHED  # type: ignore[union-attr]
    office.at("2026-06-02T12:00+08:00")
    tell_anew(office)
    assert availability(office, seeker).retirement is RetirementStanding.REACHED  # type: ignore[union-attr]


def test_rows_from_before_there_was_a_day_are_told_of_once(office: Office) -> None:
    """As the migration leaves them."""
    seeker = office.register()
    with office.database.transaction() as tx:
        tx.execute(update(tables.seekers).values(tell_anew_on=date(1970, 1, 1)))
    tell_anew(office)
    tell_anew(office)
    assert [event.sequence for event in office.events(seeker.id)] == [1, 2]


def test_of_somebody_erased_no_day_is_left_that_would_tell_his_birth(office: Office) -> None:
    """The eighteenth birthday is a birthday."""
    seeker = office.register(id_number=id_number(date(2008, 3, 4)))
    erase = EraseSeeker(id=seeker.id, reason=ErasureReason.ASKED_FOR)
    office.ask(SeekerRightsRpc.erase_seeker, erase)
    with office.database.reading() as connection:
        assert connection.execute(select(tables.seekers.c.tell_anew_on)).scalars().all() == [None]


def test_aid_gives_a_place_in_the_order_only_where_the_county_has_published_one(office: Office) -> None:
    """And takes it back the day after it ends; why somebody has it is told nowhere."""
    seeker = office.register()
    tag = TagDifficulty(
        id=seeker.id, scope="service", group="older", ends_on=office.clock.now().date() + timedelta(days=9)
    )
    office.ask(AidRpc.tag_difficulty, tag)
    tell_anew(office)
    assert availability(office, seeker).priority == 0  # type: ignore[union-attr]
    weights = office.service.weights.on(county_day(office.clock.now()))
    published = weights.model_copy(update={"aided": weights.standard + 2})
    office.service.weights = office.service.weights.model_copy(update={"versions": (published,)})
    office.ask(SeekersRpc.replace_slip, ReplaceSlip(id=seeker.id))
    assert availability(office, seeker).priority == 2  # type: ignore[union-attr]
    office.clock.move_to(office.clock.now() + timedelta(days=10))
    tell_anew(office)
    assert availability(office, seeker).priority == 0  # type: ignore[union-attr]
    assert "older" not in "".join(event.model_dump_json() for event in office.events(seeker.id))
