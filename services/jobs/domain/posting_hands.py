"""Hands bound to a posting: some, all, and one that drops out again. Never more than it wants."""

from __future__ import annotations

from datetime import datetime

from services.jobs.domain.posting import Decision, Outcome, Step, moved, require_legal
from yizhan.contracts.actor import Actor
from yizhan.contracts.jobs import (
    Posting,
    PostingFilled,
    PostingOverfilled,
    PostingReopened,
    PostingStage,
    PostingTaken,
)


def record_taken(
    posting: Posting, *, taken: int, now: datetime, by: Actor, reason: str | None = None
) -> Decision:
    """So many hands are bound now. All of them: the job leaves the screens, and comes back when one drops
    out.

    Raises PostingStepIllegal, PostingOverfilled.
    """
    require_legal(posting, Step.TAKE, now)
    wanted = posting.terms.headcount
    if taken > wanted:
        raise PostingOverfilled(
            "the posting wants fewer hands", posting_id=posting.id, taken=taken, headcount=wanted
        )
    stage = stage_of_hands(posting, taken)
    filled_at = (posting.filled_at or now) if taken == wanted else None
    after = moved(posting, Step.TAKE, to=stage, taken=taken, filled_at=filled_at)
    return after, Outcome(Step.TAKE, by.id, now, _facts(posting, after, by.id), reason=reason)


def stage_of_hands(posting: Posting, taken: int) -> PostingStage:
    """Where a live posting is with so many hands; one that has lapsed stays so until it is full or
    reconfirmed."""
    if taken >= posting.terms.headcount:
        return PostingStage.FILLED
    if posting.whole_stage is PostingStage.LAPSED:
        return PostingStage.LAPSED
    return PostingStage.PARTLY_FILLED if taken else PostingStage.PUBLISHED


def _facts(before: Posting, after: Posting, by: str) -> PostingFilled | PostingReopened | PostingTaken:
    if after.stage is PostingStage.FILLED:
        return PostingFilled(posting=after, by=by)
    if before.whole_stage is PostingStage.FILLED:
        return PostingReopened(posting=after, by=by)
    return PostingTaken(posting=after, by=by)
