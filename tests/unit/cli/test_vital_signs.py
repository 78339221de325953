"""What the doctor concludes from the figures of running processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.board import metrics
from yizhan.cli.finding import Finding
from yizhan.cli.vital_signs import examine_metrics
from yizhan.health import HealthServer
from yizhan.metrics import RELAY_ACTIVE


@pytest.fixture
def process() -> Iterator[str]:
    """The address of a process that serves this one's figures, in which all is well at first."""
    _tell(online=10, stale=0, slow=0, relays=1)
    server = HealthServer(0, {})
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()
    _tell(online=0, stale=0, slow=0, relays=0)


def _tell(*, online: int, stale: int, slow: int, relays: int) -> None:
    metrics.SCREENS_ONLINE.set(online)
    metrics.SCREENS_STALE.set(stale)
    metrics.SCREENS_SLOW.set(slow)
    RELAY_ACTIVE.labels("jobs").set(relays)


def _faults(process: str) -> dict[str, str]:
    findings: list[Finding] = list(examine_metrics({"process": process}))
    assert all(finding.remedy for finding in findings if finding.fault)
    return {finding.what: finding.fault for finding in findings if finding.fault}


def test_all_is_well_when_screens_paint_and_somebody_relays(process: str) -> None:
    """Nothing is named."""
    assert _faults(process) == {}


def test_screens_with_an_old_picture_are_counted(process: str) -> None:
    """A single one is enough: somebody looks at it."""
    _tell(online=10, stale=1, slow=0, relays=1)
    assert list(_faults(process)) == ["屏幕画面"]
    assert "1 块" in _faults(process)["屏幕画面"]


@pytest.mark.parametrize(("slow", "named"), [(1, False), (2, True)])
def test_slow_screens_are_named_when_they_are_many(process: str, slow: int, named: bool) -> None:
    """One slow line is a matter of its place; a tenth of all is a matter of ours."""
    _tell(online=10, stale=0, slow=slow, relays=1)
    assert ("屏幕网络" in _faults(process)) == named


def test_an_outbox_that_nobody_relays_is_named(process: str) -> None:
    """By its service."""
    _tell(online=10, stale=0, slow=0, relays=0)
    assert list(_faults(process)) == ["发布 jobs"]


def test_a_process_that_does_not_answer_is_left_to_the_check_of_processes() -> None:
    """What it would have said is not known, and is not said to be bad."""
    assert list(examine_metrics({"gone": "http://127.0.0.1:9"})) == []
