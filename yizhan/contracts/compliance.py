"""What services/jobs says of the law: findings in a text, claimed exceptions, rules as dated data, speech."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from yizhan.contracts.base import (
    DivisionCode,
    Identifier,
    Message,
    Moment,
    OfficeText,
    PlainText,
    StationCode,
)
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import FileId, StoredFile
from yizhan.contracts.rpc import Method

# The fields of the same names would shadow the types.
Day = date
#: JSON Schema's own format `time` wants an offset; this is the county's clock.
TimeOfDay = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$"})
]

# --- values -------------------------------------------------------------------------------------------

#: A rule's name, as in `sex` or `wage_floor`.
RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{1,31}$")]


class Severity(StrEnum):
    REFUSE = "refuse"
    WARN = "warn"


class Finding(Message):
    """Something that the law has to say of a posting. words: what caused it; instead: lawful wording.

    excepted: a county administrator accepted the exception that was claimed to the rule.
    """

    rule: RuleName
    severity: Severity
    words: str
    article: str
    instead: str
    excepted: bool = False


class ClaimState(StrEnum):
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class ExceptionClaim(Message):
    """An exception that the law allows to a rule, claimed with evidence, and what the county decided.

    A posting whose terms change has its claims back in the state `claimed`.
    """

    rule: RuleName
    evidence: OfficeText
    file: StoredFile | None = None
    state: ClaimState = ClaimState.CLAIMED
    by: str
    at: Moment
    decided_by: str | None = None
    decided_at: Moment | None = None


class PostingFindings(Message):
    """The findings in a posting's terms as they stood when they were last checked, and the claims."""

    posting_id: Identifier
    checked_at: Moment
    findings: tuple[Finding, ...]
    claims: tuple[ExceptionClaim, ...]


class RuleKind(StrEnum):
    """What a table of rules is about.

    wording, folding, limits, minors, wage_floors: what compliance reads. posting_limits: plausible wages and
    periods, when a posting has to be reconfirmed, what counts as a duplicate. matching: what each reason
    counts for when somebody is recommended.
    """

    WORDING = "wording"
    FOLDING = "folding"
    LIMITS = "limits"
    MINORS = "minors"
    WAGE_FLOORS = "wage_floors"
    POSTING_LIMITS = "posting_limits"
    MATCHING = "matching"


class RuleVersion(Message):
    """A table of rules, in force in a division from a day until the next version's.

    id: None for the version that is shipped. division: None for everywhere.
    """

    id: Identifier | None
    kind: RuleKind
    division: DivisionCode | None
    valid_from: date
    data: dict[str, Any]
    by: str
    at: Moment | None
    reason: str | None = None


class SpokenPosting(Message):
    """A draft out of what was said; None for what was not. Nothing in it is invented.

    time: when work or the gathering starts, in the county. wage_fen: in fen for each wage_unit. hours: of
    work a day; days: of work. confidence: 0 to 1 for each field that was said. missing: what a posting needs
    still.
    """

    date: Day | None = None
    time: TimeOfDay | None = None
    end_date: Day | None = None
    headcount: int | None = None
    headcount_max: int | None = None
    trade: str | None = None
    place: str | None = None
    meals: bool | None = None
    lodging: bool | None = None
    transport: bool | None = None
    wage_fen: int | None = None
    wage_max_fen: int | None = None
    wage_unit: Literal["day", "hour", "piece", "month", "total"] | None = None
    settlement: Literal["daily", "weekly", "monthly", "on_completion"] | None = None
    hours: float | None = None
    days: float | None = None
    confidence: dict[str, float]
    missing: tuple[str, ...]


# --- RPC ----------------------------------------------------------------------------------------------


class CheckText(Message):
    """A text to check before it is saved. wage_fen: in fen for each wage_unit."""

    station: StationCode
    title: Annotated[str, Field(max_length=200)] = ""
    text: Annotated[str, Field(max_length=2000)] = ""
    wage_fen: Annotated[int, Field(ge=0, le=10**9)] | None = None
    wage_unit: Literal["day", "hour", "piece", "month"] | None = None
    hours_per_day: Annotated[float, Field(gt=0, le=24, allow_inf_nan=False)] | None = None
    start_date: date | None = None


class TextVerdict(Message):
    """The worst severity of the findings, or ok."""

    verdict: Literal["refuse", "warn", "ok"]
    findings: tuple[Finding, ...]


class ReadSpeech(Message):
    """What somebody said in one breath. now: what 明早 is counted from; None for this moment."""

    station: StationCode
    text: Annotated[PlainText, Field(min_length=1, max_length=500)]
    now: Moment | None = None


class FindingsOf(Message):
    id: Identifier


class ClaimException(FindingsOf):
    """Claim an exception to a rule that refuses the posting. file_id: an upload that shows the evidence."""

    rule: RuleName
    evidence: OfficeText
    file_id: FileId | None = None


class DecideException(FindingsOf):
    """A county administrator's decision on a claimed exception."""

    rule: RuleName
    accept: bool


class AddRuleVersion(Message):
    """A table of rules, whole, in force from a day on. division: None for everywhere."""

    kind: RuleKind
    valid_from: date
    data: dict[str, Any]
    division: DivisionCode | None = None
    reason: OfficeText


class RuleQuery(Message):
    """Versions of a kind of rules, the newest first, the shipped one last."""

    kind: RuleKind


class RuleVersionList(Message):
    versions: tuple[RuleVersion, ...]


SERVICE = "jobs"


class ComplianceRpc:
    """The methods of services/jobs that are about the law and about speech."""

    check_text = Method(SERVICE, "check_text", CheckText, TextVerdict, command=True)
    read_speech = Method(SERVICE, "read_speech", ReadSpeech, SpokenPosting, command=True)
    posting_findings = Method(SERVICE, "posting_findings", FindingsOf, PostingFindings, command=False)
    claim_exception = Method(SERVICE, "claim_exception", ClaimException, PostingFindings, command=True)
    decide_exception = Method(SERVICE, "decide_exception", DecideException, PostingFindings, command=True)
    add_rule_version = Method(SERVICE, "add_rule_version", AddRuleVersion, RuleVersion, command=True)
    list_rule_versions = Method(SERVICE, "list_rule_versions", RuleQuery, RuleVersionList, command=False)


# --- errors -------------------------------------------------------------------------------------------


class PostingUnlawful(YizhanError):
    """The posting says what the law forbids; `findings` tell the words, the article and lawful wording.

    Where the law allows an exception, it is claimed with evidence and accepted by the county first.
    """

    code = "jobs.posting_unlawful"
    status = 422


class ExceptionNotAllowed(YizhanError):
    """The law knows no exception to this rule."""

    code = "jobs.exception_not_allowed"
    status = 422


class ExceptionNotClaimed(YizhanError):
    """Nobody claimed an exception to this rule for this posting."""

    code = "jobs.exception_not_claimed"
    status = 404


class RulesUnreadable(YizhanError):
    """The table is not as rules of its kind are; the detail says where."""

    code = "jobs.rules_unreadable"
    status = 422
