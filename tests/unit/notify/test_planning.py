"""Who hears what, once."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.notify.domain.planning import (
    Decision,
    Kinds,
    Occasion,
    Omission,
    Outcome,
    Recipient,
    dedupe_key,
    digests_due,
    plan,
)
from services.notify.domain.quiet_hours import QuietHours
from yizhan.contracts.notify import KindUnknown

DATA = json.loads((files("services.notify") / "kinds.json").read_text("utf-8"))
KINDS = Kinds.read(DATA)
NOON = datetime.fromisoformat("2026-03-01T12:00:00+08:00")
NIGHT = QuietHours(begins="21:00", ends="07:00")
FITS, OFFERED, PAID = "worker.posting_fits", "worker.offered", "worker.pay_confirmed"


def event(serial: int, kind: str = FITS, *, at: datetime = NOON) -> Occasion:
    return Occasion(event_id=f"0195a000-0000-7000-8000-{serial:012d}", kind=kind, at=at)


def worker(person: str = "worker:1", **wishes: Any) -> Recipient:
    return Recipient(**{"person": person, "channels": ("wechat", "sms"), **wishes})


def only(decisions: tuple[Decision, ...]) -> Decision:
    (decision,) = decisions
    return decision


def planned(occasion: Occasion, recipient: Recipient, *decided: Decision, now: datetime = NOON) -> Decision:
    return only(plan(occasion, [recipient], decided, KINDS, now=now))


def several(kind: str, count: int, *, now: datetime = NOON) -> list[Decision]:
    found: list[Decision] = []
    for serial in range(100, 100 + count):
        found.append(planned(event(serial, kind, at=now), worker(), *found, now=now))
    return found


def test_a_person_is_told_by_his_channels_in_his_order() -> None:
    """At once, as long as it is of use."""
    told = planned(event(1), worker())
    assert (told.outcome, told.channels, told.due_at) == (Outcome.TELL, ("wechat", "sms"), NOON)
    assert told.expires_at == NOON + timedelta(hours=24)
    assert told.key == dedupe_key(event(1).event_id, "worker:1", FITS)


def test_a_redelivered_event_tells_nobody_again() -> None:
    """Nor does a person who is in the audience twice hear it twice."""
    first = plan(event(1), [worker(), worker()], [], KINDS, now=NOON)
    assert len(first) == 1
    assert plan(event(1), [worker()], first, KINDS, now=NOON + timedelta(hours=3)) == ()


def test_one_event_may_tell_two_people_and_two_kinds() -> None:
    """Only event, person and kind together are once."""
    two = plan(event(1), [worker("worker:1"), worker("worker:2")], [], KINDS, now=NOON)
    assert len(two) == 2
    assert planned(event(1, OFFERED), worker(), *two).outcome is Outcome.TELL
    assert planned(event(2), worker(), *two).outcome is Outcome.TELL


def test_what_was_omitted_once_is_not_told_later() -> None:
    """Somebody who starts a kind again does not hear old events that come again."""
    omitted = planned(event(1), worker(stopped={FITS}))
    assert (omitted.outcome, omitted.omission, omitted.due_at) == (Outcome.OMIT, Omission.STOPPED, None)
    assert plan(event(1), [worker()], [omitted], KINDS, now=NOON) == ()


def test_a_duty_cannot_be_stopped() -> None:
    """What is overdue is told to the staff who answer for it."""
    assert planned(event(1, "staff.overdue"), worker(stopped={"staff.overdue"})).outcome is Outcome.TELL


def test_a_person_without_a_channel_is_on_the_record() -> None:
    """The delivery says why not."""
    assert planned(event(1), worker(channels=())).omission is Omission.NO_CHANNEL


def test_quiet_hours_put_off_what_is_not_urgent() -> None:
    """Until they end; an offer comes at night too."""
    night = datetime.fromisoformat("2026-03-01T23:00:00+08:00")
    waits = planned(event(1, at=night), worker(quiet_hours=NIGHT), now=night)
    assert waits.due_at == datetime.fromisoformat("2026-03-02T07:00:00+08:00")
    assert planned(event(1, OFFERED, at=night), worker(quiet_hours=NIGHT), now=night).due_at == night


def test_what_would_come_too_late_is_not_sent() -> None:
    """After a day's breakdown, or by the end of quiet hours."""
    late = planned(event(1), worker(), now=NOON + timedelta(hours=24))
    assert (late.outcome, late.omission) == (Outcome.OMIT, Omission.TOO_LATE)
    night = datetime.fromisoformat("2026-03-02T08:00:00+08:00")
    by_morning = planned(
        event(1, at=night - timedelta(hours=23)),
        worker(quiet_hours=QuietHours(begins="07:00", ends="10:00")),
        now=night,
    )
    assert by_morning.omission is Omission.TOO_LATE


def test_beyond_the_cap_of_a_kind_it_waits_for_the_digest() -> None:
    """Three postings a day that fit, the fourth in the evening."""
    found = several(FITS, 4)
    assert [decision.outcome for decision in found] == [Outcome.TELL] * 3 + [Outcome.DIGEST]
    assert found[-1].due_at == datetime.fromisoformat("2026-03-01T18:00:00+08:00")
    tomorrow = NOON + timedelta(days=1)
    assert planned(event(9, at=tomorrow), worker(), *found, now=tomorrow).outcome is Outcome.TELL


def test_beyond_the_cap_what_no_digest_takes_is_left_out() -> None:
    """My number is near, for the fourth time within an hour."""
    found = several("worker.number_near", 4)
    assert (found[-1].outcome, found[-1].omission) == (Outcome.OMIT, Omission.CAPPED)


def test_a_day_has_a_most_over_all_kinds() -> None:
    """What is urgent comes beyond it and does not count towards it."""
    found = several(PAID, KINDS.daily_most)
    assert {decision.outcome for decision in found} == {Outcome.TELL}
    assert planned(event(1, PAID), worker(), *found).omission is Omission.CAPPED
    assert planned(event(1), worker(), *found).outcome is Outcome.DIGEST
    assert planned(event(1, OFFERED), worker(), *found).outcome is Outcome.TELL
    assert planned(event(1, PAID), worker(), *several(OFFERED, 20)).outcome is Outcome.TELL


def test_anothers_messages_do_not_count() -> None:
    """A cap is a person's own."""
    assert planned(event(1), worker("worker:2"), *several(FITS, 3)).outcome is Outcome.TELL


def test_what_quiet_hours_have_put_off_counts_when_it_comes() -> None:
    """Not all of a night's messages at seven in the morning."""
    night = datetime.fromisoformat("2026-03-01T22:00:00+08:00")
    found: list[Decision] = []
    for serial in range(1, 5):
        occasion = event(serial, at=night)
        found.append(planned(occasion, worker(quiet_hours=NIGHT), *found, now=night))
    assert [decision.outcome for decision in found] == [Outcome.TELL] * 3 + [Outcome.DIGEST]


def test_whoever_wants_a_digest_gets_one_message() -> None:
    """At the time that he chose, with all that came until then, the oldest first."""
    wishes = worker(digested={FITS}, digest_at="19:30")
    found = [planned(event(serial), wishes) for serial in (2, 1)]
    due_at = datetime.fromisoformat("2026-03-01T19:30:00+08:00")
    assert digests_due(found, now=due_at - timedelta(seconds=1)) == ()
    (digest,) = digests_due([*found, *found], now=due_at)
    assert digest.keys == tuple(dedupe_key(event(serial).event_id, "worker:1", FITS) for serial in (1, 2))
    assert (digest.person, digest.due_at, digest.channels) == ("worker:1", due_at, ("wechat", "sms"))
    assert digest == digests_due(found[::-1], now=due_at + timedelta(hours=1))[0]


def test_each_person_has_a_digest_of_his_own() -> None:
    """And each evening its own."""
    tomorrow = NOON + timedelta(days=1)
    found = [
        planned(event(1), worker("worker:1", digested={FITS})),
        planned(event(1), worker("worker:2", digested={FITS})),
        planned(event(2, at=tomorrow), worker("worker:1", digested={FITS}), now=tomorrow),
        planned(event(3), worker("worker:1")),
    ]
    digests = digests_due(found, now=NOON + timedelta(days=3))
    assert [(digest.person, digest.due_at.day, len(digest.keys)) for digest in digests] == [
        ("worker:1", 1, 1),
        ("worker:1", 2, 1),
        ("worker:2", 1, 1),
    ]
    assert len({digest.key for digest in digests}) == 3


def test_a_digest_keeps_the_quiet_hours() -> None:
    """Also when the person chose a time within them."""
    wishes = worker(digested={FITS}, digest_at="22:00", quiet_hours=NIGHT)
    assert planned(event(1), wishes).due_at == datetime.fromisoformat("2026-03-02T07:00:00+08:00")


def test_what_no_digest_takes_comes_by_itself() -> None:
    """An offer cannot wait for the evening."""
    assert planned(event(1, OFFERED), worker(digested={OFFERED})).outcome is Outcome.TELL


def test_an_unknown_kind_is_an_error() -> None:
    """Nobody is told something without a rule."""
    with pytest.raises(KindUnknown):
        planned(event(1, "worker.weather"), worker())


def test_a_kind_has_one_rule() -> None:
    """Data that lists one twice is refused; every kind says whom it is for."""
    with pytest.raises(ValidationError, match="listed twice"):
        Kinds.read({**DATA, "kinds": [*DATA["kinds"], DATA["kinds"][0]]})
    assert {rule.kind.split(".")[0] for rule in KINDS.kinds} == {
        "worker",
        "employer",
        "staff",
        "county",
        "any",
    }


PEOPLE = [f"worker:{serial}" for serial in range(1, 5)]
DELIVERIES = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from([FITS, OFFERED, PAID]),
        st.lists(st.sampled_from(PEOPLE), max_size=5),
        st.integers(0, 600),
        st.booleans(),
    ),
    max_size=25,
)


@given(DELIVERIES)
@settings(deadline=None)
def test_however_often_an_event_comes_each_person_hears_it_once(deliveries: list[Any]) -> None:
    """Any events, in any order, any number of times, with audiences and wishes that change between."""
    decided: list[Decision] = []
    for serial, kind, people, minutes, wants_digest in deliveries:
        now = NOON + timedelta(minutes=minutes)
        audience = [worker(person, digested={FITS} if wants_digest else set()) for person in people]
        new = plan(event(serial, kind), audience, decided, KINDS, now=now)
        decided += new
        assert {decision.person for decision in new} <= set(people)
    heard = Counter((decision.event_id, decision.person, decision.kind) for decision in decided)
    assert set(heard.values()) <= {1}
    addressed = {
        (event(serial).event_id, person, kind) for serial, kind, people, *_ in deliveries for person in people
    }
    assert set(heard) == addressed
    digests = digests_due(decided, now=NOON + timedelta(days=9))
    in_digests = [key for digest in digests for key in digest.keys]
    told = [decision.key for decision in decided if decision.outcome is Outcome.TELL]
    assert len(in_digests + told) == len(set(in_digests + told))
