"""A station's life: which step may follow which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stations.domain import stage, station
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.stages import (
    DueDateInvalid,
    MendRectification,
    RectifyStation,
    StationStepIllegal,
    StationStepKind,
)
from yizhan.contracts.stations import (
    AddStation,
    Station,
    StationFacts,
    StationKind,
    StationStage,
    StationStatus,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
FACTS = StationFacts(name_plate="某镇零工驿站", short_name="某镇")
COUNTY = station.found_county("522730", FACTS)
PLANNED = station.add(
    AddStation(code="52273001", kind=StationKind.TOWN_STATION, parent="522730", facts=FACTS), COUNTY
)

#: What the plan's text says, beside the code's own table.
LEGAL = {
    ("planned", "inspect"): "inspected",
    ("planned", "revoke"): "revoked",
    ("inspected", "rectify"): "rectifying",
    ("inspected", "open"): "open",
    ("inspected", "revoke"): "revoked",
    ("rectifying", "inspect"): "inspected",
    ("rectifying", "open"): "open",
    ("rectifying", "revoke"): "revoked",
    ("open", "rectify"): "rectifying",
    ("open", "suspend"): "suspended",
    ("open", "revoke"): "revoked",
    ("suspended", "open"): "open",
    ("suspended", "rectify"): "rectifying",
    ("suspended", "revoke"): "revoked",
}


def take(current: Station, kind: StationStepKind) -> stage.Stepped:
    return stage.step(current, kind, id=new_identifier(NOW), now=NOW, by="admin", reason="现场查看")


@pytest.mark.parametrize("kind", list(StationStepKind))
@pytest.mark.parametrize("at", list(StationStage))
def test_every_step_from_every_stage_is_legal_or_refused(at: StationStage, kind: StationStepKind) -> None:
    """Never ignored; the refusal says what is allowed instead."""
    current = PLANNED.model_copy(update={"stage": at})
    expected = LEGAL.get((at.value, kind.value))
    if expected is None:
        with pytest.raises(StationStepIllegal) as refused:
            take(current, kind)
        legal = {step for stage_, step in LEGAL if stage_ == at.value}
        assert set(refused.value.evidence["allowed"]) == legal
        return
    stepped = take(current, kind)
    assert stepped.station.stage == expected == stepped.step.stage
    assert stepped.station.sequence == current.sequence + 1
    assert (stepped.step.step, stepped.step.by, stepped.step.at) == (kind, "admin", NOW)


@given(st.lists(st.sampled_from(list(StationStepKind)), max_size=30))
def test_any_history_is_a_chain_of_legal_steps(tried: list[StationStepKind]) -> None:
    """Whatever is tried: open only by `open`, the status follows the stage, and revoked is the end."""
    current, chain = PLANNED, ["planned"]
    for kind in tried:
        before = current
        try:
            stepped = take(current, kind)
        except StationStepIllegal:
            assert current is before
            continue
        current = stepped.station
        assert LEGAL[chain[-1], kind.value] == stepped.step.stage
        chain.append(str(stepped.step.stage))
        assert (current.status is StationStatus.OPEN) == (current.stage is StationStage.OPEN)
    assert current.sequence == PLANNED.sequence + len(chain) - 1
    assert "revoked" not in chain[:-1]


def test_a_county_market_is_never_revoked() -> None:
    """The tree would have no root; it can be closed for a time."""
    with pytest.raises(StationStepIllegal):
        take(COUNTY, StationStepKind.REVOKE)
    assert take(COUNTY, StationStepKind.SUSPEND).station.status is StationStatus.SUSPENDED


def test_a_station_told_of_without_a_stage_has_that_of_its_status() -> None:
    """What older versions wrote goes on as it was."""
    old = PLANNED.model_copy(update={"stage": None, "status": StationStatus.OPEN})
    assert take(old, StationStepKind.SUSPEND).station.stage is StationStage.SUSPENDED


def rectify(due_on: date, new_id: Callable[[], str] = lambda: new_identifier(NOW)) -> stage.Stepped:
    request = RectifyStation(
        code=PLANNED.code, reason="安全出口不畅通", due_on=due_on, items=("清理安全出口", "更换灭火器")
    )
    opened = PLANNED.model_copy(update={"stage": StationStage.OPEN, "status": StationStatus.OPEN})
    return stage.rectify(opened, request, new_id=new_id, now=NOW, today=TODAY, by="admin")


def test_rectifying_says_what_and_until_when() -> None:
    """Each thing is mended by itself."""
    step = rectify(TODAY + timedelta(days=14)).step
    assert [(thing.text, thing.due_on) for thing in step.rectifications] == [
        ("清理安全出口", date(2026, 3, 16)),
        ("更换灭火器", date(2026, 3, 16)),
    ]
    thing = step.rectifications[0]
    mended = stage.mend(thing, MendRectification(id=thing.id, note="已清理"), now=NOW, by="clerk")
    assert (mended.mended_at, mended.mended_by, mended.note) == (NOW, "clerk", "已清理")
    assert stage.mend(mended, MendRectification(id=thing.id), now=NOW, by="other") is mended


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_due_date_lies_ahead_and_within_a_year(days: int) -> None:
    """A slip in the year would hide what is overdue."""
    with pytest.raises(DueDateInvalid):
        rectify(TODAY + timedelta(days=days))
