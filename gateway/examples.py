"""Examples for the API document. They are the contract's own models, so that none can be wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import BaseModel

from gateway import (
    dispatch_examples,
    employer_examples,
    fair_examples,
    import_examples,
    integrator_examples,
    matching_examples,
    message_examples,
    network_examples,
    seeker_examples,
    support_examples,
)
from gateway.sessions import ClosedConsoleSession, ConsoleSession, CurrentSession, OpenedSession
from gateway.wellness import WellnessReport
from yizhan.contracts import compliance, files, jobs, screen, stations
from yizhan.contracts.actor import Role
from yizhan.contracts.files import StoredFile

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
_EMPLOYER = employer_examples.EMPLOYER
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
_FILE = StoredFile(
    id="7d1f0a52-3c1e-4e0b-9a57-5f3b8f5d2c61",
    media_type="image/jpeg",
    bytes=183_402,
    sha256="5f" * 32,
)
_FINDING = compliance.Finding(
    rule="sex",
    severity=compliance.Severity.REFUSE,
    words="限男性",
    article="《妇女权益保障法》第四十三条",
    instead="写明工作内容和强度，男女不限",
)
_CLAIM = compliance.ExceptionClaim(
    rule="sex", evidence="井下作业，见安监批复。", file=_FILE, by=_STAFF.id, at=_MORNING
)
_FINDINGS = compliance.PostingFindings(
    posting_id=_POSTING.id, checked_at=_MORNING, findings=(_FINDING,), claims=(_CLAIM,)
)
_RULES = compliance.RuleVersion(
    id=_IDS["notice"],
    kind=compliance.RuleKind.MINORS,
    division=None,
    valid_from=date(2026, 7, 1),
    data={"words": ["井下"], "unless": [], "article": "《劳动法》第六十四条", "instead": "须年满18周岁"},
    by=_STAFF.id,
    at=_MORNING,
    reason="省厅通知",
)
_POSTING_WORK: tuple[BaseModel, ...] = (
    jobs.CheckedPosting(
        **{name: getattr(_POSTING, name) for name in jobs.Posting.model_fields}, findings=(_FINDING,)
    ),
    jobs.ClosePosting(id=_POSTING.id, reason="活已经干完。", reason_code=jobs.ReasonCode.DONE),
    jobs.RecordTaken(id=_POSTING.id, taken=3, reason="雇主来电，已到三人。"),
    jobs.MarkDuplicate(id=_POSTING.id, duplicate_of=_IDS["notice"]),
    jobs.AttachEvidence(id=_POSTING.id, file_id=_FILE.id),
    jobs.ReconfirmPostings(ids=(_POSTING.id,)),
    jobs.Reconfirmations(answers=(jobs.Reconfirmation(id=_POSTING.id, posting=_POSTING),)),
    jobs.MorningList(postings=(_POSTING,), total=1),
    jobs.PostingDossier(
        posting_id=_POSTING.id,
        lead=jobs.Lead(told="工地负责人来站口述。", at=_MORNING),
        findings=(_FINDING,),
        claims=(_CLAIM,),
        like=(jobs.Likeness(posting_id=_IDS["notice"], share=0.86, exact=False),),
        evidence=(jobs.Evidence(file=_FILE, by=_STAFF.id, at=_MORNING),),
    ),
    compliance.CheckText(station=_STATION, title="搬运工", text="限男性，包午饭"),
    compliance.TextVerdict(verdict="refuse", findings=(_FINDING,)),
    compliance.ReadSpeech(station=_STATION, text="明早六点要两个小工，包午饭，180一天，日结"),
    compliance.SpokenPosting(
        headcount=2,
        trade="小工",
        wage_fen=18000,
        wage_unit="day",
        settlement="daily",
        meals=True,
        confidence={"headcount": 0.95, "wage_fen": 0.95},
        missing=("place",),
    ),
    _FINDINGS,
    compliance.ClaimException(
        id=_POSTING.id, rule="sex", evidence="井下作业，见安监批复。", file_id=_FILE.id
    ),
    compliance.DecideException(id=_POSTING.id, rule="sex", accept=True),
    compliance.AddRuleVersion(
        kind=_RULES.kind, valid_from=_RULES.valid_from, data=_RULES.data, reason="省厅通知"
    ),
    _RULES,
    compliance.RuleVersionList(versions=(_RULES,)),
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
    ConsoleSession(staff=_STAFF, expires_at=_MORNING + timedelta(hours=8), csrf_token="0f" * 32),
    ClosedConsoleSession(closed=True),
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
    stations.AmendStation(code=_STATION, facts=_FACTS, expected_sequence=1),
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
    files.StoredFile(
        id="8c0e6a4b-51f2-9d37-e0a8-3b7f1c94d625",
        media_type=files.JPEG,
        bytes=348_211,
        sha256="6f" * 32,
        name="营业执照.jpg",
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
    *_POSTING_WORK,
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
    *dispatch_examples.EXAMPLES,
    *employer_examples.EXAMPLES,
    *fair_examples.EXAMPLES,
    *import_examples.EXAMPLES,
    *integrator_examples.EXAMPLES,
    *matching_examples.EXAMPLES,
    *message_examples.EXAMPLES,
    *network_examples.EXAMPLES,
    *seeker_examples.EXAMPLES,
    *support_examples.EXAMPLES,
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
