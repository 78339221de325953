"""Postings end by themselves, at their time, once, however many instances look."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.jobs import service as service_module
from services.jobs.service import posting_upkeep as postings_module
from services.jobs.storage import tables
from tests.integration.jobs.office import ADMIN, WAY, Office
from yizhan.clock import FrozenClock
from yizhan.contracts.jobs import JobsRpc, PostingRef, PostingStatus, RejectPosting, WithdrawPosting
from yizhan.database import Database

pytestmark = pytest.mark.integration


def test_a_posting_expires_at_its_start_and_not_before(office: Office) -> None:
    """From any status on the way, with its line and its event."""
    employer = office.register_employer()
    postings = [office.bring_to(status, employer=employer) for status in WAY]
    start = postings[0].terms.starts_at
    office.clock.move_to(start - timedelta(microseconds=1))
    office.service.do_what_is_due()
    # The one on the screens overflowed meanwhile.
    postings = [office.posting(posting.id) for posting in postings]
    assert [posting.status for posting in postings] == list(WAY)
    office.clock.move_to(start)
    office.service.do_what_is_due()
    for posting in postings:
        after = office.posting(posting.id)
        assert (after.status, after.sequence) == ("expired", posting.sequence + 1)
        last = office.ask(JobsRpc.posting_history, PostingRef(id=posting.id), ADMIN).steps[-1]
        assert (last.step, last.by, last.at) == ("expire", "system", start)
        event = office.events(posting.id)[-1]
        assert (event.type, event.data.posting) == ("jobs.posting.expired.v1", after)


def test_a_posting_with_an_end_stays_until_then(office: Office) -> None:
    """Work of several days still looks for hands on the second."""
    posting = office.bring_to(PostingStatus.PUBLISHED, ends_at=office.clock.now() + timedelta(days=3))
    office.clock.move_to(posting.terms.starts_at + timedelta(days=1))
    office.service.do_what_is_due()
    assert office.posting(posting.id).status == "published"
    office.clock.move_to(office.clock.now() + timedelta(days=2))
    office.service.do_what_is_due()
    assert office.posting(posting.id).status == "expired"


def test_what_has_ended_otherwise_does_not_expire(office: Office) -> None:
    """Withdrawn stays withdrawn, and rejected waits for its writer."""
    withdrawn = office.bring_to(PostingStatus.PUBLISHED)
    office.ask(JobsRpc.withdraw_posting, WithdrawPosting(id=withdrawn.id, reason="停工"))
    rejected = office.bring_to(PostingStatus.SUBMITTED)
    office.ask(JobsRpc.reject_posting, RejectPosting(id=rejected.id, reason="不实"))
    before = office.rows()
    office.clock.move_to(office.clock.now() + timedelta(days=30))
    office.service.do_what_is_due()
    assert office.rows() == before


def test_two_instances_expire_each_posting_once(
    office: Office, database: Database, clock: FrozenClock
) -> None:
    """Both look at the same moment, several times over."""
    employer = office.register_employer()
    ids = {office.draft(employer=employer).id for _ in range(30)}
    clock.move_to(clock.now() + timedelta(days=1))
    instances = [office, Office(Database(database.url), clock)]

    def sweep(number: int) -> None:
        instances[number % 2].service.do_what_is_due()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(sweep, range(8)))
    office.service.do_what_is_due()
    instances[1].database.close()
    for id in ids:
        assert office.posting(id).status == "expired"
        assert [event.sequence for event in office.events(id)] == [1, 2]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # SQLite has no row locks
def test_a_row_that_another_instance_holds_is_passed_by(
    office: Office, database: Database, clock: FrozenClock
) -> None:
    """On PostgreSQL nobody waits for the other's lock; the posting is his to expire."""
    employer = office.register_employer()
    held, free = office.draft(employer=employer), office.draft(employer=employer)
    clock.move_to(clock.now() + timedelta(days=1))
    with database.transaction() as tx:
        tx.execute(tables.postings.select().where(tables.postings.c.id == held.id).with_for_update())
        pause_seconds = office.service.do_what_is_due()
    assert (office.posting(held.id).status, office.posting(free.id).status) == ("draft", "expired")
    assert 0 < pause_seconds < 1, "it looks again soon, and not at once"


def test_one_posting_that_cannot_be_expired_holds_up_no_other(office: Office, clock: FrozenClock) -> None:
    """A damaged row is loud and alone."""
    employer = office.register_employer()
    damaged, sound = office.draft(employer=employer), office.draft(employer=employer)
    with office.database.transaction() as tx:
        broken = tables.postings.update().where(tables.postings.c.id == damaged.id)
        tx.execute(broken.values(terms={"trade": ""}))
    clock.move_to(clock.now() + timedelta(days=1))
    with pytest.raises(ExceptionGroup) as failure:
        office.service.do_what_is_due()
    assert len(failure.value.exceptions) == 1
    assert office.posting(sound.id).status == "expired"


def test_the_clockwork_sleeps_until_the_next_posting_is_due(office: Office, clock: FrozenClock) -> None:
    """Seconds before, it says exactly how long; otherwise it looks now and then for what others did."""
    assert office.service.do_what_is_due() == 3.0
    posting = office.draft()
    clock.move_to(posting.expires_at - timedelta(seconds=1.5))
    assert office.service.do_what_is_due() == 1.5
    clock.move_to(posting.expires_at - timedelta(hours=1))
    assert office.service.do_what_is_due() >= 3.0


def test_more_than_a_batch_is_taken_up_again_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a night's outage nothing waits for the next look."""
    monkeypatch.setattr(postings_module, "_DONE_AT_ONCE", 2)
    employer = office.register_employer()
    ids = [office.draft(employer=employer).id for _ in range(5)]
    office.clock.move_to(office.clock.now() + timedelta(days=1))
    pauses = [office.service.do_what_is_due() for _ in range(3)]
    assert pauses == [0.0, 0.0, 3.0]
    assert {office.posting(id).status for id in ids} == {PostingStatus.EXPIRED}


def test_old_keys_and_inbox_rows_are_forgotten_and_young_ones_kept(
    office: Office, clock: FrozenClock
) -> None:
    """A key is kept for three days, an event's id for thirty."""
    office.ask(
        JobsRpc.withdraw_posting,
        WithdrawPosting(id=office.bring_to(PostingStatus.PUBLISHED).id, reason="停工"),
        key="key-00000001",
    )
    forget = service_module.JobsService.forget_old_keys.__wrapped__  # type: ignore[attr-defined]

    def kept_after(days: int) -> tuple[int, int]:
        clock.move_to(start + timedelta(days=days, seconds=1))
        with office.database.transaction() as tx:
            forget(office.service, tx)
        rows = office.rows()
        return rows["idempotency"], rows["inbox"]

    start = clock.now()
    assert [kept_after(2), kept_after(3), kept_after(29), kept_after(30)] == [(1, 4), (0, 4), (0, 4), (0, 0)]
