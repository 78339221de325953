"""Postings that nobody asks after grow stale: marked, off the screens, and back when somebody made sure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.jobs.domain import posting as life
from services.jobs.domain.limits import Limits
from services.jobs.domain.posting import ENDING, ON_SCREENS, Decision, Outcome, Step, moved, require_legal
from services.jobs.domain.posting_hands import stage_of_hands
from yizhan.contracts.actor import SYSTEM, Actor
from yizhan.contracts.jobs import (
    DuplicateOfItself,
    Posting,
    PostingDuplicateMarked,
    PostingLapsed,
    PostingMarkedStale,
    PostingReconfirmed,
    PostingStage,
    ReasonCode,
    VerificationMethod,
)


def reconfirm(
    posting: Posting, *, now: datetime, by: Actor, method: VerificationMethod, limits: Limits
) -> Decision:
    """Somebody made sure that the job is still to be had. One that has lapsed is on the screens again.

    Raises PostingStepIllegal.
    """
    require_legal(posting, Step.RECONFIRM, now)
    stage = posting.whole_stage
    if stage is PostingStage.LAPSED:
        stage = PostingStage.PARTLY_FILLED if posting.taken else PostingStage.PUBLISHED
    fresh: dict[str, Any] = {"confirmed_at": now, "stale_at": None, **limits.reconfirmation.deadlines(now)}
    after = moved(posting, Step.RECONFIRM, to=stage, **fresh)
    facts = PostingReconfirmed(posting=after, by=by.id)
    return after, Outcome(Step.RECONFIRM, by.id, now, facts, method=method)


def mark_duplicate(posting: Posting, *, of: Posting | None, now: datetime, by: Actor) -> Decision:
    """The posting says another again and does not count, or does not after all.

    Raises DuplicateOfItself when the other is the same, or says this one again.
    """
    if of is not None and posting.id in (of.id, of.duplicate_of):
        raise DuplicateOfItself("a posting repeats an earlier one", posting_id=posting.id, duplicate_of=of.id)
    changes: dict[str, Any] = {
        "duplicate_of": None if of is None else of.duplicate_of or of.id,
        "countable": of is None,
    }
    after = moved(posting, Step.MARK_DUPLICATE, **changes)
    return after, Outcome(Step.MARK_DUPLICATE, by.id, now, PostingDuplicateMarked(posting=after, by=by.id))


def due_at(posting: Posting) -> datetime | None:
    """When something happens to the posting by itself; None for one that has ended, or waits for its
    writer."""
    stage = posting.whole_stage
    if stage not in ENDING:
        return None
    if stage not in ON_SCREENS:
        return posting.expires_at
    # Postings from before there were reconfirmations have no deadline.
    upkeep = posting.reconfirm_by if posting.stale_at is None else posting.lapses_at
    moments = (posting.expires_at, upkeep, posting.overflows_at)
    return min(moment for moment in moments if moment is not None)


def overflows_now(posting: Posting, *, now: datetime) -> bool:
    """Whether others are to be asked for the hands that are missing."""
    due = posting.overflows_at is not None and posting.overflows_at <= now < posting.expires_at
    return due and posting.whole_stage in ON_SCREENS


def what_is_due(posting: Posting, *, now: datetime) -> Decision | None:
    """What the clock does to the posting at this moment: it ends, lapses, or is marked; None when nothing,
    or when it overflows, which asks who the neighbours are."""
    due = due_at(posting)
    if due is None or due > now:
        return None
    if posting.expires_at <= now:
        if posting.whole_stage is PostingStage.FILLED:
            return life.close(posting, now=now, by=SYSTEM, reason=None, code=ReasonCode.DONE)
        return life.expire(posting, now=now)
    if overflows_now(posting, now=now):
        return None
    return _mark_stale(posting, now) if posting.stale_at is None else _lapse(posting, now)


def to_reconfirm_by(posting: Posting) -> datetime | None:
    """When somebody should have made sure of the posting again; None where that is of no use."""
    return posting.reconfirm_by if posting.whole_stage in ON_SCREENS | {PostingStage.LAPSED} else None


def _mark_stale(posting: Posting, now: datetime) -> Decision:
    require_legal(posting, Step.MARK_STALE, now)
    after = moved(posting, Step.MARK_STALE, to=stage_of_hands(posting, posting.taken), stale_at=now)
    return after, Outcome(Step.MARK_STALE, SYSTEM.id, now, PostingMarkedStale(posting=after, by=SYSTEM.id))


def _lapse(posting: Posting, now: datetime) -> Decision:
    require_legal(posting, Step.LAPSE, now)
    after = moved(posting, Step.LAPSE)
    return after, Outcome(Step.LAPSE, SYSTEM.id, now, PostingLapsed(posting=after, by=SYSTEM.id))
