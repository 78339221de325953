"""Examples for the API document. They are the contract's own models, so that none can be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel

from gateway.sessions import CurrentSession, OpenedSession
from gateway.wellness import WellnessReport
from yizhan.contracts import employers, jobs, screen, stations
from yizhan.contracts.actor import Role

_MORNING = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)
_STATION = "5227300101"
_PARENT = "52273001"
_IDS = {
    name: f"0195{number:04x}-7c00-7000-8000-{number:012x}"
    for number, name in enumerate(("staff", "device", "notice", "employer", "posting"), start=1)
}

_FACTS = stations.StationFacts(
    name_plate="兴龙社区零工驿站",
    short_name="兴龙驿站",
    slogans=("找活不用愁，驿站来帮手",),
    hotline="0854-5630000",
    complaint_line="12333",
    opening_hours=stations.OpeningHours(opens="08:30", closes="17:30"),
    address="兴龙社区服务中心一楼",
)
_STATION_EXAMPLE = stations.Station(
    code=_STATION,
    kind=stations.StationKind.COMMUNITY_STATION,
    parent=_PARENT,
    path=("522730", _PARENT, _STATION),
    status=stations.StationStatus.OPEN,
    facts=_FACTS,
    sequence=1,
)
_STAFF = stations.Staff(
    id=_IDS["staff"],
    login="wang.fang",
    name="王芳",
    role=Role.STATION_STAFF,
    station=_STATION,
    active=True,
    sequence=1,
)
_DEVICE = stations.Device(
    id=_IDS["device"], station=_STATION, label="大厅电视", issued_at=_MORNING, revoked_at=None, sequence=1
)
_NOTICE = stations.Notice(
    id=_IDS["notice"],
    station=_STATION,
    reach=stations.NoticeReach.SUBTREE,
    text="周六上午九点，县零工市场举办专场招聘会。",
    valid_from=_MORNING,
    valid_until=_MORNING + timedelta(days=5),
    sequence=1,
)
_EMPLOYER = employers.Employer(
    id=_IDS["employer"],
    station=_STATION,
    kind=employers.EmployerKind.COMPANY,
    name="龙里县示例建筑劳务有限公司",
    credit_code="91350100M000100Y43",
    credit_code_checked=True,
    registered_at=_MORNING,
    sequence=1,
)
_TERMS = jobs.PostingTerms(
    trade="泥瓦工",
    wage=jobs.Wage(fen=28000, unit=jobs.WageUnit.DAY),
    settlement=jobs.Settlement.DAILY,
    headcount=4,
    place="冠山街道水场工地",
    starts_at=_MORNING + timedelta(days=1),
    ends_at=_MORNING + timedelta(days=4),
    meals=True,
)
_POSTING = jobs.Posting(
    id=_IDS["posting"],
    station=_STATION,
    employer_id=_IDS["employer"],
    employer_name=_EMPLOYER.name,
    status=jobs.PostingStatus.PUBLISHED,
    terms=_TERMS,
    source=jobs.PostingSource.VISIT,
    created_at=_MORNING,
    verified_at=_MORNING + timedelta(minutes=20),
    published_at=_MORNING + timedelta(minutes=21),
    expires_at=_MORNING + timedelta(days=4),
    sequence=4,
)
_ROW = screen.JobRow(
    id=_POSTING.id,
    sequence=_POSTING.sequence,
    trade=_TERMS.trade,
    wage=_TERMS.wage,
    settlement=_TERMS.settlement,
    missing=4,
    headcount=4,
    place=_TERMS.place,
    starts_at=_TERMS.starts_at,
    ends_at=_TERMS.ends_at,
    expires_at=_POSTING.expires_at,
    meals=True,
    lodging=False,
    transport=False,
    published_at=_MORNING + timedelta(minutes=21),
    station=_STATION,
    from_station=_FACTS.short_name,
)
_BOARD = screen.BoardDocument(
    epoch="00c0ffee00c0ffee",
    offset=42,
    state=screen.ScreenState(
        station=screen.StationCard(code=_STATION, kind=_STATION_EXAMPLE.kind, open=True, facts=_FACTS),
        rows=(_ROW,),
        notices=(),
        totals=screen.Totals(postings=1, hands=4),
    ),
)
_HEALTH = screen.ScreenHealth(
    device_id=_DEVICE.id,
    station=_STATION,
    connected=True,
    seen_at=_MORNING,
    epoch="00c0ffee00c0ffee",
    acked_offset=42,
    current_offset=42,
    last_paint_seconds=0.1,
    width=1920,
    height=1080,
)

_EXAMPLES: tuple[BaseModel, ...] = (
    stations.SignIn(login="wang.fang", password="a-long-passphrase"),  # noqa: S106
    OpenedSession(
        token="<header>.<claims>.<signature>",  # noqa: S106
        expires_at=_MORNING + timedelta(hours=8),
        staff=_STAFF,
    ),
    CurrentSession(
        staff_id=_STAFF.id,
        role=_STAFF.role,
        station=_STATION,
        issued_at=_MORNING,
        expires_at=_MORNING + timedelta(hours=8),
    ),
    _STATION_EXAMPLE,
    stations.StationList(stations=(_STATION_EXAMPLE,)),
    stations.AddStation(code=_STATION, kind=_STATION_EXAMPLE.kind, parent=_PARENT, facts=_FACTS),
    stations.AmendStation(code=_STATION, status=stations.StationStatus.SUSPENDED, expected_sequence=1),
    _STAFF,
    stations.StaffList(staff=(_STAFF,)),
    stations.AddStaff(
        login=_STAFF.login,
        name=_STAFF.name,
        role=_STAFF.role,
        station=_STATION,
        password="a-long-passphrase",  # noqa: S106
    ),
    _DEVICE,
    stations.DeviceList(devices=(_DEVICE,)),
    stations.IssueDevice(station=_STATION, label=_DEVICE.label),
    stations.IssuedDevice(device=_DEVICE, code="7K3MQ9XW2ZD5HT8RNB4C"),
    _NOTICE,
    stations.NoticeList(notices=(_NOTICE,)),
    stations.PostNotice(
        station=_STATION, reach=_NOTICE.reach, text=_NOTICE.text, valid_until=_NOTICE.valid_until
    ),
    _EMPLOYER,
    employers.EmployerList(employers=(_EMPLOYER,), next=None),
    employers.RegisterEmployer(
        station=_STATION, kind=_EMPLOYER.kind, name=_EMPLOYER.name, credit_code=_EMPLOYER.credit_code
    ),
    _POSTING,
    jobs.PostingList(postings=(_POSTING,), next=None),
    jobs.DraftPosting(
        station=_STATION, employer_id=_EMPLOYER.id, terms=_TERMS, source=jobs.PostingSource.VISIT
    ),
    jobs.AmendPosting(id=_POSTING.id, terms=_TERMS, expected_sequence=1),
    jobs.SubmitPosting(id=_POSTING.id),
    jobs.VerifyPosting(
        id=_POSTING.id, method=jobs.VerificationMethod.SITE_VISIT, note="现场看过，工地负责人在场。"
    ),
    jobs.RejectPosting(id=_POSTING.id, reason="电话三次无人接听。"),
    jobs.PublishPosting(id=_POSTING.id),
    jobs.WithdrawPosting(id=_POSTING.id, reason="雇主来电，人已招满。"),
    jobs.PostingHistory(
        steps=(
            jobs.PostingStep(
                sequence=4,
                step="publish",
                status=jobs.PostingStatus.PUBLISHED,
                by=_STAFF.id,
                at=_MORNING + timedelta(minutes=21),
                reason=None,
            ),
        )
    ),
    _BOARD,
    _HEALTH,
    WellnessReport(status="well", checks={"broker": "ok", "redis": "ok", "stations": "ok", "jobs": "ok"}),
)


@cache
def _by_name() -> dict[str, dict[str, Any]]:
    return {
        type(example).__name__: example.model_dump(mode="json", exclude_unset=True) for example in _EXAMPLES
    }


def example_of(model: type[BaseModel]) -> dict[str, Any]:
    """The example of a model as JSON. Raises KeyError when it has none."""
    return _by_name()[model.__name__]


def body_example(model: type[BaseModel]) -> dict[str, Any]:
    """The example of a body, which may be an RPC request's without the fields that the address gives."""
    whole = _by_name()[model.__name__.removesuffix("Body")]
    return {name: value for name, value in whole.items() if name in model.model_fields}


def device_and_health() -> tuple[stations.Device, screen.ScreenHealth]:
    """A screen's credential and how it fares, for the example of the screens' list."""
    return _DEVICE, _HEALTH
