"""A job that begins soon and misses hands overflows: to the neighbours first, to the whole county then."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.jobs.domain.dispatch_rules import DispatchRules
from services.jobs.domain.posting import Decision, Outcome, Step, moved, require_legal
from services.jobs.domain.posting_hands import stage_of_hands
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.jobs import MOST_NEIGHBOURS, OverflowReach, Posting, PostingOverflowed


def overflow(posting: Posting, neighbours: Iterable[str], *, now: datetime, rules: DispatchRules) -> Decision:
    """The next ones are asked. neighbours: stations beside the posting's. Where there are none, or the time
    is too short to ask them first, it is the county. Raises PostingStepIllegal."""
    require_legal(posting, Step.OVERFLOW, now)
    beside = tuple(sorted(neighbours))[:MOST_NEIGHBOURS]
    county_at = rules.county_at(posting.terms)
    if posting.overflow is None and beside and now < county_at:
        reach, to, then = OverflowReach.NEIGHBOURS, beside, county_at
    else:
        reach, to, then = OverflowReach.COUNTY, (), None
    after = moved(
        posting,
        Step.OVERFLOW,
        to=stage_of_hands(posting, posting.taken),
        overflow=reach,
        overflow_to=to,
        overflows_at=then,
    )
    facts = PostingOverflowed(posting=after, by=SYSTEM.id)
    return after, Outcome(Step.OVERFLOW, SYSTEM.id, now, facts)


def reaches(posting: Posting, station: str) -> bool:
    """Whether another station is asked for hands."""
    return posting.overflow is OverflowReach.COUNTY or station in posting.overflow_to
