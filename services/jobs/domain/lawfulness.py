"""What the law says of a posting's terms, and exceptions that are claimed and decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.jobs.domain.compliance import LawfulException, PostingText, RuleSet, check
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.actor import Actor
from yizhan.contracts.compliance import (
    CheckText,
    ClaimException,
    ClaimState,
    DecideException,
    ExceptionClaim,
    ExceptionNotAllowed,
    ExceptionNotClaimed,
    Finding,
    PostingUnlawful,
    Severity,
    TextVerdict,
)
from yizhan.contracts.files import StoredFile
from yizhan.contracts.jobs import PostingTerms

Claims = tuple[ExceptionClaim, ...]


def findings_in(
    terms: PostingTerms, employer_name: str, *, division: str, rules: RuleSet, claims: Claims = ()
) -> tuple[Finding, ...]:
    """What the law says of the terms, exceptions that the county accepted taken into account."""
    accepted = tuple(claim for claim in claims if claim.state is ClaimState.ACCEPTED)
    text = PostingText(
        title=f"{employer_name} {terms.trade}",
        text=f"{terms.place}\n{terms.description}",
        wage_fen=terms.wage.fen,
        wage_unit=terms.wage.unit.value,
        hours_per_day=terms.hours_per_day,
        start_date=terms.starts_at.astimezone(COUNTY_ZONE).date(),
        division=division,
        exceptions=tuple(LawfulException(rule=one.rule, evidence=one.evidence) for one in accepted),
    )
    excepted = {claim.rule for claim in accepted}
    return tuple(
        Finding(
            **found.model_dump(),
            excepted=found.rule in excepted and rules.exception_article(found.rule) is not None,
        )
        for found in check(text, rules).findings
    )


def closed_to_minors(terms: PostingTerms, employer_name: str, rules: RuleSet) -> bool:
    """Whether the work is closed to people of 16 and 17, by the words that the posting has for it."""
    text = f"{employer_name} {terms.trade}\n{terms.place}\n{terms.description}"
    return rules.closed_to_minors_at(rules.folder.fold(text).folded) is not None


def verdict_of(request: CheckText, *, division: str, now: datetime, rules: RuleSet) -> TextVerdict:
    """What the law says of a text that belongs to no posting yet; without a date, of one for today."""
    given = request.model_dump(exclude={"station", "start_date"})
    start_date = request.start_date or now.astimezone(COUNTY_ZONE).date()
    verdict = check(PostingText(**given, start_date=start_date, division=division), rules)
    return TextVerdict(
        verdict=verdict.verdict, findings=tuple(Finding(**one.model_dump()) for one in verdict.findings)
    )


def require_lawful(posting_id: str, findings: Sequence[Finding]) -> None:
    """Raises PostingUnlawful when a finding refuses the posting."""
    refusing = [finding for finding in findings if finding.severity is Severity.REFUSE]
    if refusing:
        raise PostingUnlawful(
            "the posting says what the law forbids",
            posting_id=posting_id,
            findings=[finding.model_dump(mode="json") for finding in refusing],
        )


def claim(
    claims: Claims,
    request: ClaimException,
    *,
    file: StoredFile | None,
    now: datetime,
    by: Actor,
    rules: RuleSet,
) -> Claims:
    """The claims with a new one, in the place of an earlier one to the same rule. Raises
    ExceptionNotAllowed."""
    if rules.exception_article(request.rule) is None:
        raise ExceptionNotAllowed("the law knows no exception to this rule", rule=request.rule)
    made = ExceptionClaim(rule=request.rule, evidence=request.evidence, file=file, by=by.id, at=now)
    return (*(one for one in claims if one.rule != request.rule), made)


def decide(claims: Claims, request: DecideException, *, now: datetime, by: Actor) -> Claims:
    """The claims with one of them accepted or declined. Raises ExceptionNotClaimed."""
    if all(one.rule != request.rule for one in claims):
        raise ExceptionNotClaimed(
            "no exception to this rule was claimed", posting_id=request.id, rule=request.rule
        )
    state = ClaimState.ACCEPTED if request.accept else ClaimState.DECLINED
    decided = {"state": state, "decided_by": by.id, "decided_at": now}
    return tuple(one.model_copy(update=decided) if one.rule == request.rule else one for one in claims)


def undecided(claims: Iterable[ExceptionClaim]) -> Claims:
    """The claims of a posting whose terms have changed: what the county decided, it decided of other
    terms."""
    fresh = {"state": ClaimState.CLAIMED, "decided_by": None, "decided_at": None}
    return tuple(one.model_copy(update=fresh) for one in claims)
