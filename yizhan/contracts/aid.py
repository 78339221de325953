"""What services/seekers says of aid for those who find it hard to find work (困难零工就业帮扶).

Which difficulty somebody has is told by no event. Those of aid say how a case goes, and of whom only by a
pseudonym that nothing else bears, so that people can be counted and not known.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, PublicLine, Sequence, StationCode
from yizhan.contracts.checkins import CountyDay
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.files import FileId, StoredFile
from yizhan.contracts.rpc import Method, Nothing
from yizhan.contracts.seekers import SeekerRef
from yizhan.contracts.support import ListedPerson, PageLimit

# --- values -------------------------------------------------------------------------------------------


class DifficultyScope(StrEnum):
    """The two fields that are kept apart."""

    #: The station's own tag (困难零工), wider than the law's.
    SERVICE = "service"
    #: A category of 就业困难人员 that an authority has recognised.
    STATUTORY = "statutory"


#: A group's code in the dated data, such as `long_waiting`.
GroupCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,31}$")]

MOST_EVIDENCE = 10


class DifficultyGroup(Message):
    """A group that somebody can be put in today. needs_file: only with an uploaded proof. longest_days: a tag
    ends after so many days at the latest, and is looked at anew."""

    scope: DifficultyScope
    code: GroupCode
    name: PublicLine
    basis: str
    needs_file: bool
    longest_days: Annotated[int, Field(ge=1, le=3660)]


class Difficulty(Message):
    """That somebody is in a group from a day to another, both included, and what that rests on."""

    id: Identifier
    seeker_id: Identifier
    station: StationCode
    scope: DifficultyScope
    group: GroupCode
    begins_on: CountyDay
    ends_on: CountyDay
    note: OfficeText | None
    evidence: Annotated[tuple[StoredFile, ...], Field(max_length=MOST_EVIDENCE)]
    recorded_at: Moment
    by: str
    withdrawn_at: Moment | None = None
    withdrawn_because: OfficeText | None = None
    sequence: Sequence

    kept_without: ClassVar[frozenset[str]] = frozenset({"note", "withdrawn_because"})


class AidMeasure(StrEnum):
    """What a plan is made of."""

    JOB_REFERRAL = "job_referral"
    GUIDANCE = "guidance"
    TRAINING = "training"
    START_UP = "start_up"
    #: 公益性岗位
    PUBLIC_POST = "public_post"
    #: 社保补贴、低保等政策
    BENEFITS = "benefits"


class AidCaseStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class AidOutcome(StrEnum):
    EMPLOYED = "employed"
    GIG_WORK = "gig_work"
    SELF_EMPLOYED = "self_employed"
    PUBLIC_POST = "public_post"
    #: He does not look for work any more.
    LEFT = "left"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    #: The person was erased while the case was open.
    ERASED = "erased"


class VisitWay(StrEnum):
    AT_HOME = "at_home"
    AT_STATION = "at_station"
    BY_PHONE = "by_phone"


class AidCaseFacts(Message):
    """A case without its words and without whom it is about. visits: how many there were."""

    id: Identifier
    station: StationCode
    state: AidCaseStatus
    opened_on: CountyDay
    visits: Annotated[int, Field(ge=0)]
    last_visit_on: CountyDay | None
    closed_on: CountyDay | None
    outcome: AidOutcome | None
    sequence: Sequence


class AidCase(AidCaseFacts):
    """One plan for one person, from its beginning to its outcome. next_visit_on: when he is seen again."""

    seeker_id: Identifier
    plan: OfficeText | None
    measures: Annotated[tuple[AidMeasure, ...], Field(max_length=len(AidMeasure))]
    next_visit_on: CountyDay | None
    closing_note: OfficeText | None = None
    by: str

    kept_without: ClassVar[frozenset[str]] = frozenset({"plan", "closing_note"})


class AidVisit(Message):
    """Somebody was visited, or called."""

    id: Identifier
    seeker_id: Identifier
    station: StationCode
    case_id: Identifier
    visited_on: CountyDay
    way: VisitWay
    note: OfficeText | None
    by: str
    at: Moment
    sequence: Sequence = 1


class AidRecord(Message):
    """All that concerns one person, each the newest first."""

    difficulties: tuple[Difficulty, ...]
    cases: tuple[AidCase, ...]
    visits: tuple[AidVisit, ...]


class LongWaitingRule(Message):
    """Who is proposed as waiting long: who, within so many days, waited on at least so many and was not
    called. Whoever was looked at and not tagged is not proposed again for some days."""

    least_days: Annotated[int, Field(ge=1)]
    within_days: Annotated[int, Field(ge=1, le=366)]
    dismissed_for_days: Annotated[int, Field(ge=1, le=366)]


class LongWaiting(Message):
    """Somebody who has waited long. days: on which he checked in and was not called."""

    person: ListedPerson
    station: StationCode
    days: int
    first_on: CountyDay
    last_on: CountyDay


# --- events -------------------------------------------------------------------------------------------


class AidCaseTold(Facts):
    """person: stands for whom the case is about in events of aid alone; it leads nobody to the register."""

    case: AidCaseFacts
    person: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    by: str


class AidCaseOpened(AidCaseTold):
    """A plan was made for somebody. Subject: the case's id."""

    event_type: ClassVar[str] = "seekers.aid_case.opened.v1"


class AidCaseVisited(AidCaseTold):
    """Somebody was visited. Subject: the case's id."""

    event_type: ClassVar[str] = "seekers.aid_case.visited.v1"


class AidCaseClosed(AidCaseTold):
    """A case has its outcome. Subject: the case's id."""

    event_type: ClassVar[str] = "seekers.aid_case.closed.v1"


# --- RPC ----------------------------------------------------------------------------------------------


class DifficultyGroupList(Message):
    """In force today. long_waiting: the rule by which people are proposed for the group of that name."""

    groups: tuple[DifficultyGroup, ...]
    long_waiting: LongWaitingRule


class TagDifficulty(Message):
    """id: the person's. begins_on: today where it is left out. evidence: uploaded files."""

    id: Identifier
    scope: DifficultyScope
    group: GroupCode
    begins_on: CountyDay | None = None
    ends_on: CountyDay
    note: OfficeText | None = None
    evidence: Annotated[tuple[FileId, ...], Field(max_length=MOST_EVIDENCE)] = ()


class WithdrawDifficulty(Message):
    """It does not hold, or no longer."""

    id: Identifier
    reason: OfficeText


class DifficultyFileRef(Message):
    id: Identifier
    file_id: FileId


class OpenAidCase(Message):
    """A plan for somebody with a difficulty in force. id: the person's."""

    id: Identifier
    plan: OfficeText
    measures: Annotated[tuple[AidMeasure, ...], Field(min_length=1, max_length=len(AidMeasure))]
    next_visit_on: CountyDay | None = None


class AmendAidPlan(Message):
    """Fields left out stay as they are."""

    id: Identifier
    plan: OfficeText | None = None
    measures: Annotated[tuple[AidMeasure, ...], Field(max_length=len(AidMeasure))] = ()
    next_visit_on: CountyDay | None = None
    expected_sequence: Sequence | None = None


class RecordAidVisit(Message):
    """next_visit_on: None where no further visit is planned."""

    id: Identifier
    visited_on: CountyDay
    way: VisitWay
    note: OfficeText
    next_visit_on: CountyDay | None = None


class CloseAidCase(Message):
    id: Identifier
    outcome: AidOutcome
    note: OfficeText | None = None


class AidCaseQuery(Message):
    """Cases of a station and all below it, newest first. `after`: the last id of the page before."""

    station: StationCode
    state: AidCaseStatus | None = None
    after: Identifier | None = None
    limit: PageLimit = 50


class AidCaseList(Message):
    cases: tuple[AidCase, ...]
    people: tuple[ListedPerson, ...]
    next: Identifier | None


class LongWaitingQuery(Message):
    """A station and all below it."""

    station: StationCode
    limit: PageLimit = 100


class LongWaitingList(Message):
    """Who waited longest first. Nobody is tagged by it: somebody looks at each."""

    rule: LongWaitingRule
    proposals: tuple[LongWaiting, ...]


class DismissLongWaiting(Message):
    """Somebody was looked at and does not need a tag. id: the person's."""

    id: Identifier


class LongWaitingDismissed(Message):
    """until: the last day on which he is not proposed."""

    id: Identifier
    until: CountyDay


class AidRpc:
    """The methods of services/seekers that are about aid."""

    difficulty_groups = Method("seekers", "difficulty_groups", Nothing, DifficultyGroupList, command=False)
    get_aid = Method("seekers", "get_aid", SeekerRef, AidRecord, command=False)
    tag_difficulty = Method("seekers", "tag_difficulty", TagDifficulty, Difficulty, command=True)
    withdraw_difficulty = Method(
        "seekers", "withdraw_difficulty", WithdrawDifficulty, Difficulty, command=True
    )
    get_difficulty_file = Method(
        "seekers", "get_difficulty_file", DifficultyFileRef, StoredFile, command=False
    )
    open_aid_case = Method("seekers", "open_aid_case", OpenAidCase, AidCase, command=True)
    amend_aid_plan = Method("seekers", "amend_aid_plan", AmendAidPlan, AidCase, command=True)
    record_aid_visit = Method("seekers", "record_aid_visit", RecordAidVisit, AidCase, command=True)
    close_aid_case = Method("seekers", "close_aid_case", CloseAidCase, AidCase, command=True)
    list_aid_cases = Method("seekers", "list_aid_cases", AidCaseQuery, AidCaseList, command=False)
    list_long_waiting = Method(
        "seekers", "list_long_waiting", LongWaitingQuery, LongWaitingList, command=False
    )
    dismiss_long_waiting = Method(
        "seekers", "dismiss_long_waiting", DismissLongWaiting, LongWaitingDismissed, command=True
    )


# --- errors -------------------------------------------------------------------------------------------


class DifficultyGroupUnknown(YizhanError):
    """No group of this code is in force in this field."""

    code = "seekers.difficulty_group_unknown"
    status = 422


class DifficultyInForce(YizhanError):
    """This person is in this group already; `difficulty_id` says by which tag."""

    code = "seekers.difficulty_in_force"
    status = 409


class DifficultyProofMissing(YizhanError):
    """This group is for those only who bring a proof: upload it and name it as evidence."""

    code = "seekers.difficulty_proof_missing"
    status = 422


class DifficultyFileNotFound(YizhanError):
    """This difficulty does not rest on such a file."""

    code = "seekers.difficulty_file_not_found"
    status = 404


class AidNeedsDifficulty(YizhanError):
    """Aid is for those with a difficulty in force: tag it first."""

    code = "seekers.aid_needs_difficulty"
    status = 409


class AidCaseRunning(YizhanError):
    """This person has an open case; `case_id` says which."""

    code = "seekers.aid_case_running"
    status = 409
