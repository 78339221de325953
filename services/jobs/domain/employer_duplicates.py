"""Employers that may be one and the same: what makes them alike, and merging them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.jobs.domain.employer import Decision, Outcome, Step, after, told
from services.jobs.domain.sanction import gravest
from yizhan.contracts.actor import Actor
from yizhan.contracts.employer_duplicates import DuplicateReason, EmployersMerged, MergeRefused
from yizhan.contracts.employers import Employer, EmployerAmended, EmployerStatus
from yizhan.contracts.sanctions import Sanction

#: Letters that no credit code has, and what is meant by them.
_LOOK_ALIKES = str.maketrans("IOSVZ", "105U2")
#: Where a credit code names the organisation (GB 11714); before it stand who registered it and where.
_ORGANISATION = slice(8, 17)
_BETWEEN = re.compile(r"[\W_]+")

#: A trait that two employers may share: the reason, and the shared text.
Trait = tuple[DuplicateReason, str]


def plain_name(name: str, endings: Iterable[str]) -> str:
    """A name without width, case, blanks, punctuation and what kind of company it is. Never empty."""
    folded = _BETWEEN.sub("", unicodedata.normalize("NFKC", name).casefold())
    plain = folded
    longest_first = sorted(endings, key=len, reverse=True)
    while ending := next((one for one in longest_first if plain.endswith(one)), None):
        plain = plain.removesuffix(ending)
    return plain or folded or name


def organisation(credit_code: str) -> str:
    """What two codes of one organisation share, however its registration moved or its letters were read."""
    return credit_code.translate(_LOOK_ALIKES)[_ORGANISATION]


def traits(employer: Employer, phone_indexes: Iterable[str], endings: Sequence[str]) -> frozenset[Trait]:
    """What another entry for the same employer would have too."""
    found: set[Trait] = {(DuplicateReason.NAME, plain_name(employer.name, endings))}
    if employer.credit_code is not None:
        found.add((DuplicateReason.CREDIT_CODE, organisation(employer.credit_code)))
    found.update((DuplicateReason.PHONE, index) for index in phone_indexes)
    return frozenset(found)


def meeting_point(one: Sequence[str], other: Sequence[str]) -> str | None:
    """The lowest station that two lie at or below; paths: codes from the county market down."""
    shared = [a for a, b in zip(one, other, strict=False) if a == b]
    return shared[-1] if shared else None


def merge(
    kept: Employer,
    merged: Employer,
    running_of_kept: Sequence[Sanction],
    running_of_merged: Sequence[Sanction],
    *,
    reason: str,
    now: datetime,
    by: Actor,
) -> tuple[Decision, Decision]:
    """One entry instead of two: the kept one, which stands under the sanctions of both, and the other.

    Raises MergeRefused.
    """
    _require_two_active(kept, merged)
    kinds = gravest(running_of_kept), gravest(running_of_merged)
    if None not in kinds and kinds[0] is not kinds[1]:
        raise MergeRefused(
            "different sanctions are in force: end one of them first",
            why="sanctions_differ",
            kept=kept.id,
            merged=merged.id,
        )
    swallowed = after(merged, status=EmployerStatus.MERGED, merged_into=kept.id)
    verified_at, verified_until = max(
        ((one.verified_at, one.verified_until) for one in (kept, merged) if one.verified_until),
        key=lambda verified: verified[1],
        default=(None, None),
    )
    whole = after(
        kept,
        sanction=gravest((*running_of_kept, *running_of_merged)),
        verified_at=verified_at,
        verified_until=verified_until,
    )
    facts = EmployersMerged(kept=told(whole), merged=told(swallowed), by=by.id)
    of_kept = Outcome(Step.MERGE, by.id, now, facts, reason=reason, detail=merged.id)
    amended = EmployerAmended(employer=told(swallowed), by=by.id)
    of_merged = Outcome(Step.MERGE, by.id, now, amended, reason=reason, detail=kept.id)
    return (whole, of_kept), (swallowed, of_merged)


def _require_two_active(kept: Employer, merged: Employer) -> None:
    why = None
    if kept.id == merged.id:
        why = "one_entry"
    elif EmployerStatus.MERGED in (kept.status, merged.status):
        why = "merged_before"
    elif kept.status is not EmployerStatus.ACTIVE:
        why = "kept_is_closed"
    if why is not None:
        raise MergeRefused("these two cannot be merged", why=why, kept=kept.id, merged=merged.id)
