"""One lifelike example of every event, for documents and integrators' tests. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from yizhan.contracts import employers, jobs, stations
from yizhan.contracts.actor import Role
from yizhan.contracts.board_examples import FACTS as _BOARD_FACTS
from yizhan.contracts.dispatch_examples import FACTS as _DISPATCH_FACTS
from yizhan.contracts.employer_examples import FACTS as _EMPLOYER_FACTS
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.fair_examples import FACTS as _FAIR_FACTS
from yizhan.contracts.integrator_examples import FACTS as _INTEGRATOR_FACTS
from yizhan.contracts.network_examples import FACTS as _NETWORK_FACTS
from yizhan.contracts.notify_examples import FACTS as _NOTIFY_FACTS
from yizhan.contracts.seeker_examples import FACTS as _SEEKER_FACTS
from yizhan.contracts.support_examples import FACTS as _SUPPORT_FACTS

_AT = datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
_STARTS_AT = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
_ENDS_AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
_CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
_POSTING = "019ca714-a1b0-7d44-8c55-0b7f6a0f4c11"
_EMPLOYER = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d0"
_DEVICE = "019ca710-5b10-7f3e-a2cd-7be0c9c1f201"
_NOTICE = "019ca712-7e40-7c21-9f6a-c4b1a07d5502"
_STATION = "5227300103"

station = stations.Station(
    code=_STATION,
    kind=stations.StationKind.COMMUNITY_STATION,
    parent="52273001",
    path=("522730", "52273001", _STATION),
    status=stations.StationStatus.OPEN,
    facts=stations.StationFacts(
        name_plate="龙里县冠山街道兴龙社区零工驿站",
        short_name="兴龙驿站",
        slogans=("家门口就业 服务暖民心", "零工小市场 就业大民生"),
        hotline="0854-000 0000",
        complaint_line="0854-000 0001",
        opening_hours=stations.OpeningHours(opens="05:30", closes="18:00"),
        address="老农贸市场门口",
    ),
    sequence=2,
)

notice = stations.Notice(
    id=_NOTICE,
    station="522730",
    reach=stations.NoticeReach.SUBTREE,
    text="周六上午九点在县零工市场举办零工专题招聘会",
    valid_from=_AT,
    valid_until=_ENDS_AT,
    sequence=1,
)

employer = employers.Employer(
    id=_EMPLOYER,
    station=_STATION,
    kind=employers.EmployerKind.COMPANY,
    name="龙里县谷丰物流",
    credit_code="91350100M000100Y43",
    credit_code_checked=True,
    registered_at=_AT,
    sequence=1,
)

posting = jobs.Posting(
    id=_POSTING,
    station=_STATION,
    employer_id=_EMPLOYER,
    employer_name=employer.name,
    status=jobs.PostingStatus.PUBLISHED,
    terms=jobs.PostingTerms(
        trade="搬运工",
        wage=jobs.Wage(fen=20000, unit=jobs.WageUnit.DAY),
        settlement=jobs.Settlement.DAILY,
        headcount=5,
        place="老农贸市场门口集合",
        starts_at=_STARTS_AT,
        ends_at=_ENDS_AT,
        meals=True,
        description="装卸家具，自带手套",
    ),
    source=jobs.PostingSource.PHONE,
    created_at=_AT,
    verified_at=_AT,
    published_at=_AT,
    expires_at=_ENDS_AT,
    sequence=4,
)


def _posting(status: jobs.PostingStatus, sequence: int) -> jobs.Posting:
    published = status in (
        jobs.PostingStatus.PUBLISHED,
        jobs.PostingStatus.WITHDRAWN,
        jobs.PostingStatus.EXPIRED,
    )
    verified = published or status is jobs.PostingStatus.VERIFIED
    return posting.model_copy(
        update={
            "status": status,
            "sequence": sequence,
            "verified_at": _AT if verified else None,
            "published_at": _AT if published else None,
        }
    )


def _off_and_on() -> tuple[Facts, ...]:
    """What may become of a posting on the screens."""
    stage = jobs.PostingStage
    shown, gone = _posting(jobs.PostingStatus.PUBLISHED, 5), _posting(jobs.PostingStatus.WITHDRAWN, 5)

    def told(posting: jobs.Posting, **changes: Any) -> jobs.Posting:
        confirmed = {"confirmed_at": _AT, "reconfirm_by": _STARTS_AT, "lapses_at": _ENDS_AT}
        return posting.model_copy(update={**confirmed, **changes})

    return (
        jobs.PostingTaken(posting=told(shown, stage=stage.PARTLY_FILLED, taken=3), by=_CLERK),
        jobs.PostingFilled(posting=told(gone, stage=stage.FILLED, taken=5, filled_at=_AT), by=_CLERK),
        jobs.PostingReopened(posting=told(shown, stage=stage.PARTLY_FILLED, taken=4), by=_CLERK),
        jobs.PostingClosed(
            posting=told(gone, stage=stage.CLOSED, closed_at=_AT), by=_CLERK, reason_code="done"
        ),
        jobs.PostingReconfirmed(posting=told(shown, stage=stage.PUBLISHED), by=_CLERK),
        jobs.PostingMarkedStale(posting=told(shown, stage=stage.PUBLISHED, stale_at=_STARTS_AT), by="system"),
        jobs.PostingLapsed(posting=told(gone, stage=stage.LAPSED, stale_at=_STARTS_AT), by="system"),
        jobs.PostingOverflowed(
            posting=told(
                shown,
                stage=stage.PARTLY_FILLED,
                taken=3,
                overflow=jobs.OverflowReach.NEIGHBOURS,
                overflow_to=("5227300102", "5227300104"),
                overflows_at=_STARTS_AT,
            ),
            by="system",
        ),
        jobs.PostingDuplicateMarked(
            posting=told(shown, stage=stage.PUBLISHED, duplicate_of=_NOTICE, countable=False), by=_CLERK
        ),
    )


_STAFF = {"staff_id": _CLERK, "role": Role.STATION_STAFF, "station": _STATION, "by": "system"}
_STATUS = jobs.PostingStatus

_FACTS: tuple[tuple[Facts, str, int, str], ...] = (
    (
        stations.StationAdded(station=station.model_copy(update={"sequence": 1}), by=_CLERK),
        _STATION,
        1,
        _STATION,
    ),
    (stations.StationAmended(station=station, by=_CLERK), _STATION, 2, _STATION),
    (stations.StaffAccountAdded(**_STAFF, active=True), _CLERK, 1, _STATION),
    (stations.StaffAccountAmended(**_STAFF, active=False), _CLERK, 2, _STATION),
    (
        stations.ScreenDeviceIssued(device_id=_DEVICE, station=_STATION, code_sha256="9f" * 32, by=_CLERK),
        _DEVICE,
        1,
        _STATION,
    ),
    (stations.ScreenDeviceRevoked(device_id=_DEVICE, station=_STATION, by=_CLERK), _DEVICE, 2, _STATION),
    (stations.NoticePosted(notice=notice, by=_CLERK), _NOTICE, 1, "522730"),
    (
        stations.NoticeEnded(
            notice=notice.model_copy(update={"ended_at": _ENDS_AT, "sequence": 2}), by="system"
        ),
        _NOTICE,
        2,
        "522730",
    ),
    (employers.EmployerRegistered(employer=employer, by=_CLERK), _EMPLOYER, 1, _STATION),
    (jobs.PostingDrafted(posting=_posting(_STATUS.DRAFT, 1), by=_CLERK), _POSTING, 1, _STATION),
    (jobs.PostingAmended(posting=_posting(_STATUS.DRAFT, 2), by=_CLERK), _POSTING, 2, _STATION),
    (jobs.PostingSubmitted(posting=_posting(_STATUS.SUBMITTED, 2), by=_CLERK), _POSTING, 2, _STATION),
    (
        jobs.PostingVerified(
            posting=_posting(_STATUS.VERIFIED, 3), by=_CLERK, method=jobs.VerificationMethod.PHONE_CALL
        ),
        _POSTING,
        3,
        _STATION,
    ),
    (
        jobs.PostingRejected(posting=_posting(_STATUS.REJECTED, 3), by=_CLERK, reason_code="unreachable"),
        _POSTING,
        3,
        _STATION,
    ),
    (jobs.PostingPublished(posting=_posting(_STATUS.PUBLISHED, 4), by=_CLERK), _POSTING, 4, _STATION),
    (
        jobs.PostingWithdrawn(posting=_posting(_STATUS.WITHDRAWN, 5), by=_CLERK, reason_code="done"),
        _POSTING,
        5,
        _STATION,
    ),
    (jobs.PostingExpired(posting=_posting(_STATUS.EXPIRED, 5), by="system"), _POSTING, 5, _STATION),
    *((facts, _POSTING, 5, _STATION) for facts in _off_and_on()),
    *_EMPLOYER_FACTS,
    *_FAIR_FACTS,
    *_DISPATCH_FACTS,
    *_SEEKER_FACTS,
    *_SUPPORT_FACTS,
    *_NOTIFY_FACTS,
    *_NETWORK_FACTS,
    *_INTEGRATOR_FACTS,
    *_BOARD_FACTS,
)


def examples() -> dict[str, Event[Any]]:
    """An event of each type, by type."""
    return {
        facts.event_type: Event[Facts].of(
            facts,
            id=f"019ca715-0000-7000-8000-{number:012x}",
            subject=subject,
            sequence=sequence,
            station=place,
            time=_AT,
            correlation="01JNA8Q4ZK-example",
            traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        for number, (facts, subject, sequence, place) in enumerate(_FACTS, start=1)
    }
