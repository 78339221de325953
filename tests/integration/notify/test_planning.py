"""Who is told what: one decision for each event, person and kind, in the event's transaction."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.notify.storage import tables
from tests.integration.notify.office import ADMIN, OTHER_TOWN, TOWN, TOWN_CLERK, Office
from tests.support.service_stand import COMMUNITY
from yizhan.contracts import examples
from yizhan.contracts.fairs import FairFellShort
from yizhan.contracts.jobs import PostingFilled, PostingSubmitted
from yizhan.contracts.subscriptions import NOTIFY_HEARD

pytestmark = pytest.mark.integration


def told(office: Office) -> set[str]:
    with office.database.reading() as connection:
        return set(connection.execute(select(tables.deliveries.c.person)).scalars())


def test_a_posting_is_told_to_those_who_look_for_such_work_along_its_line(office: Office) -> None:
    """At its station, above it and below it; nobody who has not agreed, no other trade, no other town."""
    here, below = office.worker(), office.worker(station=COMMUNITY)
    office.worker(agrees=False)
    office.worker(trade="采茶")
    office.worker(station=OTHER_TOWN)
    office.publish()
    assert told(office) == {here, below}


def test_an_event_that_comes_again_is_heard_once(office: Office) -> None:
    """Also when the inbox has forgotten it."""
    office.worker()
    event = office.publish()
    office.hear(event, NOTIFY_HEARD)
    with office.database.transaction() as tx:
        tx.execute(tables.inbox.delete())
    office.hear(event, NOTIFY_HEARD)
    assert office.rows()["decisions"] == office.rows()["deliveries"] == 1


def test_who_withdrew_his_consent_is_told_nothing_more(office: Office) -> None:
    """Not even what was on its way; older news of him change nothing."""
    person = office.worker()
    office.publish()
    office.worker(id=person[7:], agrees=False, sequence=2)
    office.worker(id=person[7:], agrees=True, sequence=1)
    office.publish()
    office.carry()
    assert office.fates() == [("sms", "refused", "stopped")]
    assert office.sms.came == []


def test_more_than_enough_goes_into_the_digest_of_the_evening(office: Office) -> None:
    """Three postings a day at once, the rest in one message whose length its channel takes."""
    office.worker()
    for _ in range(6):
        office.publish()
    office.carry()
    assert len(office.sms.came) == 3
    office.clock.move_to("2026-03-02T18:00:30+08:00")
    with office.database.transaction() as tx:
        type(office.service).send_digests.__wrapped__(office.service, tx)
    office.carry()
    assert len(office.sms.came) == 4
    assert office.sms.texts[-1].startswith("今天有3条消息：")
    assert len(office.sms.texts[-1]) <= 201


def test_nobody_is_woken_for_what_can_wait(office: Office) -> None:
    """At night it is put off until seven; an offer is not."""
    office.clock.move_to("2026-03-01T23:30+08:00")
    office.worker()
    office.publish()
    office.carry()
    assert office.fates() == [("sms", "queued", None)]
    office.clock.move_to("2026-03-02T07:00:01+08:00")
    office.carry()
    assert office.fates() == [("sms", "sent", None)]


def test_a_number_that_is_near_is_told_once_however_the_queue_moves(office: Office) -> None:
    """The next three; the queue moves with every call."""
    people = [office.worker() for _ in range(4)]
    for number, person in enumerate(people, start=1):
        office.check_in(person, f"A00{number}")
    office.queue_is("A001", "A002", "A003", "A004")
    office.queue_is("A002", "A003", "A004")
    office.queue_is("A003", "A004")
    office.carry()
    assert len(office.sms.came) == 4
    assert "A004快到了，前面还有2位" in "".join(office.sms.texts)


def test_staff_hear_of_their_station_and_an_empty_one_is_looked_after_from_above(office: Office) -> None:
    """Whoever did it himself is not told of it, as long as there is somebody else."""
    office.hear(office.news_of_account(ADMIN, station="522730"))
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN))
    posting = office.posting()
    office.tell(PostingSubmitted(posting=posting, by="somebody"), posting.id)
    assert told(office) == {f"staff:{TOWN_CLERK.id}"}
    other = office.posting()
    office.tell(PostingSubmitted(posting=other, by=TOWN_CLERK.id), other.id)
    assert told(office) == {f"staff:{TOWN_CLERK.id}", f"staff:{ADMIN.id}"}


def test_employers_and_fairs_have_their_own_words(office: Office) -> None:
    """What an employer hears goes to his phone, what staff hear to their inbox."""
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN))
    filled = office.posting(taken=3)
    office.tell(PostingFilled(posting=filled, by="c"), filled.id)
    fair = examples.examples()["jobs.fair.fell_short.v1"].data
    office.tell(FairFellShort(fair=fair.fair, by="c", confirmed=3, least=5), fair.fair.id)
    office.carry()
    assert set(office.fates()) == {("sms", "sent", None), ("inbox", "delivered", None)}
    assert "已招满" in office.sms.texts[0]


def test_what_is_over_is_forgotten_by_and_by(office: Office) -> None:
    """Numbers with their day, decisions after a month, deliveries after half a year; what waits stays."""
    person = office.worker()
    office.check_in(person, "A001")
    office.publish()
    office.carry()
    for days, left in ((2, (0, 1, 1)), (40, (0, 0, 1)), (200, (0, 0, 0))):
        office.later(days=days)
        with office.database.transaction() as tx:
            type(office.service).forget_what_is_over.__wrapped__(office.service, tx)
        rows = office.rows()
        assert (rows["tickets"], rows["decisions"], rows["deliveries"]) == left
