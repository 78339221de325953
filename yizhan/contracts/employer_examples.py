"""A lifelike example of every event of an employer but its registration. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from yizhan.contracts import employer_duplicates, employers, sanctions
from yizhan.contracts.envelope import Facts

_CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
_EMPLOYER = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d0"
_DOUBLE = "019ca714-1d3a-7c42-8f05-2b6d90e1c7a4"
_SANCTION = "019ca717-52b0-7e19-a4c8-91d0f3b27e65"
_READ = "019ca718-0a4e-7b93-bd21-6e5c7f80a1d9"
_CONTACT = "019ca714-0c28-7b55-9a3e-c4d1e7f20b86"
_STATION = "52273001"
_AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)

_COMPANY = employers.Employer(
    id=_EMPLOYER,
    station=_STATION,
    kind=employers.EmployerKind.COMPANY,
    name="龙里县谷丰物流",
    credit_code="91350100M000100Y43",
    credit_code_checked=True,
    registered_at=_AT,
    address="冠山街道老农贸市场旁",
    industry="道路货物运输",
    size=employers.EmployerSize.SMALL,
    trades=("搬运工", "装卸工"),
    sequence=2,
)


def _company(sequence: int, **changes: Any) -> employers.Employer:
    return _COMPANY.model_copy(update={"sequence": sequence, **changes})


def _double() -> employers.Employer:
    merged = {"status": employers.EmployerStatus.MERGED, "merged_into": _EMPLOYER}
    return _company(2, id=_DOUBLE, name="谷丰物流有限公司", credit_code="9135O100M000100Y43", **merged)


_SUSPENDED = employers.SanctionKind.SUSPENDED
_YEAR = timedelta(days=365)

#: Each with its subject, its sequence and its station.
FACTS: tuple[tuple[Facts, str, int, str], ...] = (
    (employers.EmployerAmended(employer=_company(2), by=_CLERK), _EMPLOYER, 2, _STATION),
    (
        employers.EmployerReviewed(
            employer=_company(3, credit_code_checked=False, review_state=employers.ReviewState.CONFIRMED),
            by=_CLERK,
        ),
        _EMPLOYER,
        3,
        _STATION,
    ),
    (
        employers.EmployerVerified(
            employer=_company(3, verified_at=_AT, verified_until=_AT + _YEAR),
            by=_CLERK,
            method=employers.EmployerVerificationMethod.SITE_VISIT,
        ),
        _EMPLOYER,
        3,
        _STATION,
    ),
    (
        employers.EmployerClosed(employer=_company(4, status=employers.EmployerStatus.CLOSED), by=_CLERK),
        _EMPLOYER,
        4,
        _STATION,
    ),
    (employers.EmployerReopened(employer=_company(5), by=_CLERK), _EMPLOYER, 5, _STATION),
    (
        employers.EmployerContactRead(read_id=_READ, employer_id=_EMPLOYER, contact_id=_CONTACT, by=_CLERK),
        _READ,
        1,
        _STATION,
    ),
    (
        sanctions.EmployerSanctioned(
            employer=_company(6, sanction=_SUSPENDED),
            sanction_id=_SANCTION,
            kind=_SUSPENDED,
            ends_at=_AT + timedelta(days=30),
            by=_CLERK,
        ),
        _EMPLOYER,
        6,
        _STATION,
    ),
    (
        sanctions.EmployerSanctionAppealed(
            employer=_company(7, sanction=_SUSPENDED), sanction_id=_SANCTION, by=_CLERK
        ),
        _EMPLOYER,
        7,
        _STATION,
    ),
    (
        sanctions.EmployerSanctionUpheld(
            employer=_company(8, sanction=_SUSPENDED), sanction_id=_SANCTION, by=_CLERK
        ),
        _EMPLOYER,
        8,
        _STATION,
    ),
    (
        sanctions.EmployerSanctionEnded(
            employer=_company(9),
            sanction_id=_SANCTION,
            kind=_SUSPENDED,
            end=sanctions.SanctionEnd.RAN_OUT,
            by="system",
        ),
        _EMPLOYER,
        9,
        _STATION,
    ),
    (
        employer_duplicates.EmployersMerged(kept=_company(10), merged=_double(), by=_CLERK),
        _EMPLOYER,
        10,
        _STATION,
    ),
)
