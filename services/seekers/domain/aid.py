"""Aid (困难零工就业帮扶): difficulties with their proof and end, and cases from a plan to an outcome."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from services.seekers.domain.dated import in_force as version_in_force
from services.seekers.domain.support import happened_on, illegal, require_unchanged
from yizhan.contracts.aid import (
    AidCase,
    AidCaseRunning,
    AidCaseStatus,
    AidNeedsDifficulty,
    AidOutcome,
    AidVisit,
    AmendAidPlan,
    CloseAidCase,
    Difficulty,
    DifficultyFileNotFound,
    DifficultyGroup,
    DifficultyGroupUnknown,
    DifficultyInForce,
    DifficultyProofMissing,
    DifficultyScope,
    LongWaitingRule,
    OpenAidCase,
    RecordAidVisit,
    TagDifficulty,
)
from yizhan.contracts.files import StoredFile
from yizhan.contracts.support import SupportDayInvalid, SupportStepIllegal

R = TypeVar("R", AidCase, Difficulty)

#: The service group that the rule of long waiting proposes people for.
LONG_WAITING = "long_waiting"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DifficultyVersion(_Data):
    """The groups, and the rule of long waiting, in force from a day until the next version's."""

    in_force_from: date
    long_waiting: LongWaitingRule
    groups: tuple[DifficultyGroup, ...]

    def group(self, scope: DifficultyScope, code: str) -> DifficultyGroup:
        """Raises DifficultyGroupUnknown."""
        for group in self.groups:
            if (group.scope, group.code) == (scope, code):
                return group
        raise DifficultyGroupUnknown("no such group is in force", scope=scope.value, group=code)


class DatedDifficulties(_Data):
    """Every version, in any order."""

    versions: Annotated[tuple[DifficultyVersion, ...], Field(min_length=1)]

    @classmethod
    def read(cls, data: dict[str, Any]) -> DatedDifficulties:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def on(self, day: date) -> DifficultyVersion:
        """The version in force on a day."""
        return version_in_force(self.versions, day)


# --- difficulties -------------------------------------------------------------------------------------


def in_force(difficulty: Difficulty, day: date) -> bool:
    """Whether it holds on a day."""
    return difficulty.withdrawn_at is None and difficulty.begins_on <= day <= difficulty.ends_on


def require_taggable(
    request: TagDifficulty, group: DifficultyGroup, known: Iterable[Difficulty], *, today: date
) -> date:
    """The day on which it begins. known: the person's other difficulties.

    Raises SupportDayInvalid, DifficultyProofMissing, DifficultyInForce.
    """
    begins_on = request.begins_on or today
    latest = begins_on + timedelta(days=group.longest_days - 1)
    if begins_on > today or not max(begins_on, today) <= request.ends_on <= latest:
        raise SupportDayInvalid(
            "it has begun, has not ended, and lasts no longer than its group allows",
            begins_on=begins_on.isoformat(),
            ends_on=request.ends_on.isoformat(),
            latest=latest.isoformat(),
        )
    if group.needs_file and not request.evidence:
        raise DifficultyProofMissing("this group needs a proof", scope=group.scope.value, group=group.code)
    for one in known:
        if (one.scope, one.group) == (group.scope, group.code) and in_force(one, today):
            raise DifficultyInForce("this person is in this group", difficulty_id=one.id)
    return begins_on


def tag(
    request: TagDifficulty,
    begins_on: date,
    evidence: tuple[StoredFile, ...],
    *,
    id: str,
    station: str,
    now: datetime,
    by: str,
) -> Difficulty:
    """A new difficulty, of which require_taggable has told the beginning."""
    return Difficulty(
        id=id,
        seeker_id=request.id,
        station=station,
        scope=request.scope,
        group=request.group,
        begins_on=begins_on,
        ends_on=request.ends_on,
        note=request.note,
        evidence=evidence,
        recorded_at=now,
        by=by,
        sequence=1,
    )


def withdraw(current: Difficulty, reason: str, *, now: datetime, today: date) -> Difficulty:
    """One that holds no more. Raises SupportStepIllegal for one that has ended or was withdrawn."""
    if current.withdrawn_at is not None or current.ends_on < today:
        raise SupportStepIllegal(
            "it has ended", id=current.id, state="withdrawn" if current.withdrawn_at else "ended"
        )
    return _next(current, withdrawn_at=now, withdrawn_because=reason)


def file_of(difficulty: Difficulty, file_id: str) -> StoredFile:
    """A file that a difficulty rests on. Raises DifficultyFileNotFound."""
    for stored in difficulty.evidence:
        if stored.id == file_id:
            return stored
    raise DifficultyFileNotFound("this difficulty has no such file", file_id=file_id)


# --- cases --------------------------------------------------------------------------------------------


def open_case(
    request: OpenAidCase,
    difficulties: Iterable[Difficulty],
    cases: Iterable[AidCase],
    *,
    id: str,
    station: str,
    today: date,
    by: str,
) -> AidCase:
    """A new case. Raises AidNeedsDifficulty, AidCaseRunning, SupportDayInvalid."""
    if not any(in_force(one, today) for one in difficulties):
        raise AidNeedsDifficulty("nothing in force says that this person needs aid", seeker_id=request.id)
    for one in cases:
        if one.state is AidCaseStatus.OPEN:
            raise AidCaseRunning("this person has an open case", case_id=one.id)
    return AidCase(
        id=id,
        seeker_id=request.id,
        station=station,
        state=AidCaseStatus.OPEN,
        opened_on=today,
        visits=0,
        last_visit_on=None,
        closed_on=None,
        outcome=None,
        plan=request.plan,
        measures=_once(request.measures),
        next_visit_on=_to_come(request.next_visit_on, today),
        by=by,
        sequence=1,
    )


def amend_plan(current: AidCase, request: AmendAidPlan, *, today: date) -> AidCase:
    """The case with what the request names. Raises SupportStepIllegal, SupportChanged, SupportDayInvalid."""
    _require_open(current, "amend")
    require_unchanged(current, request.expected_sequence)
    return _next(
        current,
        plan=request.plan or current.plan,
        measures=_once(request.measures) or current.measures,
        next_visit_on=_to_come(request.next_visit_on, today) or current.next_visit_on,
    )


def visit(
    current: AidCase, request: RecordAidVisit, *, id: str, now: datetime, today: date, by: str
) -> tuple[AidCase, AidVisit]:
    """The case after a visit, and the visit. Raises SupportStepIllegal, SupportDayInvalid."""
    _require_open(current, "visit")
    day = happened_on(request.visited_on, today=today, since=current.opened_on)
    made = AidVisit(
        id=id,
        seeker_id=current.seeker_id,
        station=current.station,
        case_id=current.id,
        visited_on=day,
        way=request.way,
        note=request.note,
        by=by,
        at=now,
    )
    after = _next(
        current,
        visits=current.visits + 1,
        last_visit_on=max(day, current.last_visit_on or day),
        next_visit_on=_to_come(request.next_visit_on, today),
    )
    return after, made


def close_case(current: AidCase, request: CloseAidCase, *, today: date) -> AidCase:
    """The case with its outcome. Raises SupportStepIllegal; also for the outcome that only erasure has."""
    _require_open(current, "close")
    if request.outcome is AidOutcome.ERASED:
        raise illegal(current, AidOutcome.ERASED.value)
    return _closed(current, request.outcome, request.note, today)


def forget_case(current: AidCase, *, today: date) -> AidCase:
    """The case without its words; an open one ends with it."""
    ended = current
    if current.state is AidCaseStatus.OPEN:
        ended = _closed(current, AidOutcome.ERASED, None, today)
    else:
        ended = _next(current)
    return ended.model_copy(update={"plan": None, "closing_note": None, "measures": ()})


def dismissed_until(rule: LongWaitingRule, *, today: date) -> date:
    """The last day on which somebody is not proposed again."""
    return today + timedelta(days=rule.dismissed_for_days)


def _closed(current: AidCase, outcome: AidOutcome, note: str | None, today: date) -> AidCase:
    return _next(
        current,
        state=AidCaseStatus.CLOSED,
        closed_on=today,
        outcome=outcome,
        closing_note=note,
        next_visit_on=None,
    )


def _require_open(case: AidCase, step: str) -> None:
    if case.state is not AidCaseStatus.OPEN:
        raise illegal(case, step)


def _to_come(day: date | None, today: date) -> date | None:
    if day is not None and day < today:
        raise SupportDayInvalid("the next visit is to come", day=day.isoformat(), earliest=today.isoformat())
    return day


def _once(measures: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(measures))


def _next(current: R, **changes: object) -> R:
    return current.model_copy(update={**changes, "sequence": current.sequence + 1})
