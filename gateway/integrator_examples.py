"""Examples of integrators and what they send, for the API document."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from yizhan.contracts import external_postings, integrators
from yizhan.contracts.integrator_examples import (
    AT,
    CLERK,
    INTEGRATOR,
    accepted,
    integrator,
    submission,
)

_DELIVERY_ID = "019ca717-4f00-7a31-b0d2-5e1f90c7a204"
_REPLAY_ID = "019ca717-0d20-7c18-8a22-91c4e07b5f36"
_TODO = "rabbitmqctl close_all_user_connections county-recruitment 'rights have changed'"

_DELIVERY = integrators.WebhookDelivery(
    id=_DELIVERY_ID,
    event_id="019ca715-0000-7000-8000-00000000000a",
    event_type="jobs.posting.published.v1",
    subject="019ca714-a1b0-7d44-8c55-0b7f6a0f4c11",
    state=integrators.WebhookDeliveryState.WAITING,
    attempts=2,
    due_at=AT + timedelta(minutes=5),
    status=503,
    fault=None,
    created_at=AT,
    settled_at=None,
)
_CARD = integrators.IntegratorCard(
    integrator=integrator,
    use=integrators.IntegratorUse(queued=3, consumers=1, measured_at=AT, out_today=128, in_today=4),
    webhook_url="https://recruitment.example.cn/hooks/yizhan",
    broker_applied=True,
)

EXAMPLES: tuple[BaseModel, ...] = (
    integrator,
    _CARD,
    integrators.IntegratorList(integrators=(_CARD,)),
    integrators.AddIntegrator(
        name=integrator.name, label=integrator.label, station=integrator.station, grants=integrator.grants
    ),
    integrators.NewIntegrator(
        integrator=integrator,
        broker=integrators.BrokerAccess(
            user=integrator.name,
            live_queue="ext.county-recruitment.events",
            replay_queue="ext.county-recruitment.replay",
            dead_queue="ext.county-recruitment.dead",
            inbox="yizhan.inbox",
        ),
        api_key="yzk_5f0cX2m0ZrExampleExampleExampleExampleExample",
        webhook_secret="whsec_ZXhhbXBsZWV4YW1wbGVleGFtcGxlZXhhbXBsZTEyMzQ=",  # noqa: S106
        broker_password="example-example-example-exampl",  # noqa: S106
        broker_applied=False,
        broker_todo=_TODO,
    ),
    integrators.AmendIntegrator(
        id=INTEGRATOR,
        label=integrator.label,
        grants=integrators.Grants(
            read=integrators.ReadGrant(families=("jobs.posting",), stations=("52273001",)),
            personal=None,
        ),
        expected_sequence=1,
    ),
    integrators.RotateCredential(id=INTEGRATOR, credential=integrators.Credential.API_KEY),
    integrators.RotatedCredential(
        integrator=integrator,
        credential=integrators.Credential.API_KEY,
        secret="yzk_9aK2X2m0ZrExampleExampleExampleExampleExample",  # noqa: S106
        broker_applied=True,
        broker_todo=None,
    ),
    integrators.SuspendIntegrator(id=INTEGRATOR, reason="对方系统升级，暂停一周"),
    integrators.ResumeIntegrator(id=INTEGRATOR),
    integrators.ReplayDelivery(id=INTEGRATOR, delivery_id=_DELIVERY_ID),
    integrators.ReplayFailed(id=INTEGRATOR),
    integrators.RevokeIntegrator(id=INTEGRATOR, reason="合作结束"),
    integrators.SetWebhook(id=INTEGRATOR, url="https://recruitment.example.cn/hooks/yizhan"),
    integrators.IntegratorHistory(
        steps=(integrators.IntegratorStep(sequence=1, step="add", by=CLERK, at=AT, reason=None),)
    ),
    _DELIVERY,
    integrators.WebhookDeliveryList(deliveries=(_DELIVERY,), next=None),
    integrators.Replayed(deliveries=12),
    integrators.DisclosureList(
        disclosures=(
            integrators.Disclosure(
                id=_DELIVERY_ID,
                integrator=integrator.name,
                event_id=_DELIVERY.event_id,
                event_type="seekers.card.shown.v1",
                fields=("card.called",),
                legal_basis="县政府办〔2026〕3号 就业援助数据共享",
                at=AT,
            ),
        ),
        next=None,
    ),
    integrators.RequestReplay(from_time=AT - timedelta(days=1), families=("jobs.posting",)),
    integrators.Replay(
        id=_REPLAY_ID,
        state=integrators.ReplayState.RUNNING,
        queue="ext.county-recruitment.replay",
        from_offset=None,
        from_time=AT - timedelta(days=1),
        families=("jobs.posting",),
        requested_at=AT,
        events=500,
        next_offset=87259,
        ended_at=None,
    ),
    submission,
    external_postings.WithdrawExternalPosting(external_id=submission.external_id, version=3),
    accepted,
    external_postings.ExternalState(last=accepted, updated_at=AT),
)
