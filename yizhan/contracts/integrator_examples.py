"""Examples of what goes between the county and another system of it. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime

from yizhan.contracts import external_postings, integrators, jobs
from yizhan.contracts.compliance import Finding, Severity
from yizhan.contracts.envelope import Facts

AT = datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
INTEGRATOR = "019ca716-1c40-7e02-8f15-6d0b3a9e2c71"
_POSTING = "019ca714-a1b0-7d44-8c55-0b7f6a0f4c11"
_EXTERNAL = "019ca716-9a10-7b30-9d41-2f7c5e8a1b04"
_REPLAY = "019ca717-0d20-7c18-8a22-91c4e07b5f36"

integrator = integrators.Integrator(
    id=INTEGRATOR,
    name="county-recruitment",
    label="县公共招聘网",
    station="522730",
    status=integrators.IntegratorStatus.ACTIVE,
    grants=integrators.Grants(
        read=integrators.ReadGrant(families=("jobs.posting", "stations.station"), stations=("522730",)),
        submit=integrators.SubmitGrant(stations=("52273001",)),
    ),
    webhook=integrators.WebhookState.ON,
    api_key_hint="yzk_5f0c",
    created_at=AT,
    sequence=1,
)

submission = external_postings.SubmitExternalPosting(
    external_id="ZP-2026-0315",
    version=1,
    station="52273001",
    employer=external_postings.ExternalEmployer(name="龙里县谷丰物流", credit_code="91350100M000100Y43"),
    terms=jobs.PostingTerms(
        trade="装卸工",
        wage=jobs.Wage(fen=18000, unit=jobs.WageUnit.DAY),
        settlement=jobs.Settlement.DAILY,
        headcount=4,
        place="谷丰物流园三号库",
        starts_at=datetime(2026, 3, 2, 0, 0, tzinfo=UTC),
    ),
)

accepted = external_postings.ExternalPosting(
    id=_EXTERNAL,
    integrator_id=INTEGRATOR,
    external_id=submission.external_id,
    outcome=external_postings.Outcome.ACCEPTED,
    version=1,
    posting_id=_POSTING,
    posting_status=jobs.PostingStatus.SUBMITTED,
    received=1,
)

refused = accepted.model_copy(
    update={
        "outcome": external_postings.Outcome.REFUSED,
        "version": 2,
        "received": 2,
        "code": "jobs.posting_unlawful",
        "detail": "the posting says what the law forbids",
        "findings": (
            Finding(
                rule="sex",
                severity=Severity.REFUSE,
                words="限男性",
                article="《妇女权益保障法》第四十三条",
                instead="删去性别要求",
            ),
        ),
    }
)


def _at(status: integrators.IntegratorStatus, sequence: int) -> integrators.Integrator:
    return integrator.model_copy(update={"status": status, "sequence": sequence})


_STATUS = integrators.IntegratorStatus

#: Facts, subject, sequence, station.
FACTS: tuple[tuple[Facts, str, int, str], ...] = (
    (external_postings.ExternalPostingAccepted(answer=accepted), _EXTERNAL, 1, "52273001"),
    (external_postings.ExternalPostingRefused(answer=refused), _EXTERNAL, 2, "52273001"),
    (integrators.IntegratorAdded(integrator=integrator, by=CLERK), INTEGRATOR, 1, "522730"),
    (integrators.IntegratorAmended(integrator=_at(_STATUS.ACTIVE, 2), by=CLERK), INTEGRATOR, 2, "522730"),
    (
        integrators.IntegratorSuspended(integrator=_at(_STATUS.SUSPENDED, 3), by=CLERK),
        INTEGRATOR,
        3,
        "522730",
    ),
    (integrators.IntegratorResumed(integrator=_at(_STATUS.ACTIVE, 4), by=CLERK), INTEGRATOR, 4, "522730"),
    (integrators.IntegratorRevoked(integrator=_at(_STATUS.REVOKED, 5), by=CLERK), INTEGRATOR, 5, "522730"),
    (
        integrators.ReplayEnded(replay_id=_REPLAY, events=1042, last_offset=88301),
        _REPLAY,
        1,
        "522730",
    ),
)
