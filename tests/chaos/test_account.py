"""The account finds what it is there to find: each test forges one wrong and sees it named."""

from __future__ import annotations

from collections import Counter

from tests.chaos.account import Books, Told, balance
from tests.chaos.load import Acknowledged

_PROMISES = [
    Acknowledged("key-1", "POST /postings", "jobs.posting.drafted.v1", "p1", 1),
    Acknowledged("key-2", "POST /postings/p1/submit", "jobs.posting.submitted.v1", "p1", 2),
]


def books() -> Books:
    """What is there when all is right."""
    told = [
        Told("e1", "jobs.posting.drafted.v1", "p1", 1, True),
        Told("e2", "jobs.posting.submitted.v1", "p1", 2, True),
    ]
    return Books(told, Counter({("posting", "p1", 1): 1, ("posting", "p1", 2): 1}))


def test_what_adds_up_is_balanced() -> None:
    """Each command has one effect and one event; the stream may hold an event twice."""
    assert balance(_PROMISES, books(), Counter({"e1": 1, "e2": 2})).balanced


def test_a_command_without_an_event_is_lost() -> None:
    """Its effect alone is not enough."""
    forged = books()
    forged.told.pop()
    assert balance(_PROMISES, forged, Counter({"e1": 1})).lost


def test_a_command_without_an_effect_is_lost() -> None:
    """Its event alone is not enough."""
    forged = books()
    del forged.effects["posting", "p1", 2]
    assert balance(_PROMISES, forged, Counter({"e1": 1, "e2": 1})).lost


def test_an_event_that_never_reached_the_stream_is_lost() -> None:
    """Marked as sent, and nobody has it."""
    assert balance(_PROMISES, books(), Counter({"e1": 1})).lost


def test_a_posting_that_nobody_was_promised_is_doubled() -> None:
    """A command carried out twice leaves a second row and a second event."""
    forged = books()
    forged.told.append(Told("e3", "jobs.posting.drafted.v1", "p2", 1, True))
    forged.effects["posting", "p2", 1] = 1
    account = balance(_PROMISES, forged, Counter({"e1": 1, "e2": 1, "e3": 1}))
    assert len(account.doubled) == 2
    assert not account.lost


def test_what_the_system_does_by_itself_is_not_doubled() -> None:
    """A posting's expiry is nobody's command."""
    forged = books()
    forged.told.append(Told("e3", "jobs.posting.expired.v1", "p1", 3, True))
    forged.effects["posting", "p1", 3] = 1
    assert balance(_PROMISES, forged, Counter({"e1": 1, "e2": 1, "e3": 1})).balanced


def test_a_gap_in_the_versions_is_unaccounted_for() -> None:
    """An aggregate's events count without a gap."""
    forged = books()
    forged.told[1] = Told("e2", "jobs.posting.submitted.v1", "p1", 3, True)
    assert balance(_PROMISES, forged, Counter({"e1": 1, "e2": 1})).unaccounted


def test_an_unsent_event_is_unaccounted_for() -> None:
    """The outbox has to be empty at the end."""
    forged = books()
    forged.told[1] = Told("e2", "jobs.posting.submitted.v1", "p1", 2, False)
    assert balance(_PROMISES, forged, Counter({"e1": 1, "e2": 1})).unaccounted
