"""Other systems of the county, as the county's administrators manage them."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.operations import Operation
from yizhan.contracts.integrators import (
    FamilyNotOpen,
    IntegratorChanged,
    IntegratorNameTaken,
    IntegratorNotFound,
    IntegratorsRpc,
    IntegratorStepIllegal,
    PersonalGrantEnded,
    StationOutsideIntegrator,
    WebhookAddressRefused,
    WebhookDeliveryNotFound,
    WebhookOff,
)
from yizhan.contracts.notify import NotifyStationUnknown

_TAG = "integrators"
_GRANTS = (FamilyNotOpen, StationOutsideIntegrator, PersonalGrantEnded, NotifyStationUnknown)
_STEP = (IntegratorNotFound, IntegratorStepIllegal)
_ID = {"id": "id"}

OPERATIONS = (
    Operation(
        "listIntegrators",
        "GET",
        "/stations/{code}/integrators",
        IntegratorsRpc.list,
        _TAG,
        "List the integrators of a station and all below it",
        "Each with how much waits for it and what the broker has still to be told.",
        takes={"code": "station"},
        problems=(NotifyStationUnknown,),
    ),
    Operation(
        "addIntegrator",
        "POST",
        "/stations/{code}/integrators",
        IntegratorsRpc.add,
        _TAG,
        "Let another system in",
        "The answer holds API key, webhook secret and broker password, this once. Where this installation "
        "cannot tell the broker itself, `broker_todo` is what to run on the broker's host.",
        takes={"code": "station"},
        status=201,
        location="/integrators/{integrator.id}",
        problems=(*_GRANTS, IntegratorNameTaken),
    ),
    Operation(
        "getIntegrator",
        "GET",
        "/integrators/{id}",
        IntegratorsRpc.read,
        _TAG,
        "Read an integrator",
        takes=_ID,
        problems=(IntegratorNotFound,),
    ),
    Operation(
        "amendIntegrator",
        "PATCH",
        "/integrators/{id}",
        IntegratorsRpc.amend,
        _TAG,
        "Change what an integrator may do",
        "The grants are given whole: what is left out is not granted any more, from the next event on.",
        takes=_ID,
        problems=(*_STEP, IntegratorChanged, *_GRANTS),
    ),
    Operation(
        "rotateCredential",
        "POST",
        "/integrators/{id}/rotate",
        IntegratorsRpc.rotate,
        _TAG,
        "Give an integrator a new credential",
        "The old one is void at once; the new one is told this once.",
        takes=_ID,
        problems=_STEP,
    ),
    Operation(
        "suspendIntegrator",
        "POST",
        "/integrators/{id}/suspend",
        IntegratorsRpc.suspend,
        _TAG,
        "Stop an integrator for a while",
        "Its queues are removed, its key is refused, its connections end. What happens meanwhile it replays.",
        takes=_ID,
        problems=_STEP,
    ),
    Operation(
        "resumeIntegrator",
        "POST",
        "/integrators/{id}/resume",
        IntegratorsRpc.resume,
        _TAG,
        "Serve an integrator again",
        takes=_ID,
        problems=_STEP,
    ),
    Operation(
        "revokeIntegrator",
        "POST",
        "/integrators/{id}/revoke",
        IntegratorsRpc.revoke,
        _TAG,
        "Put an integrator out for good",
        takes=_ID,
        problems=_STEP,
    ),
    Operation(
        "setWebhook",
        "POST",
        "/integrators/{id}/webhook",
        IntegratorsRpc.set_webhook,
        _TAG,
        "Say where an integrator's events are posted",
        "Without an address, webhooks are off and what waits for them is dropped.",
        takes=_ID,
        problems=(*_STEP, WebhookAddressRefused),
    ),
    Operation(
        "integratorHistory",
        "GET",
        "/integrators/{id}/history",
        IntegratorsRpc.history,
        _TAG,
        "Read who did what with an integrator",
        takes=_ID,
        problems=(IntegratorNotFound,),
    ),
    Operation(
        "listWebhookDeliveries",
        "GET",
        "/integrators/{id}/deliveries",
        IntegratorsRpc.deliveries,
        _TAG,
        "List an integrator's webhook deliveries, newest first",
        takes=_ID,
        problems=(IntegratorNotFound,),
    ),
    Operation(
        "replayWebhookDelivery",
        "POST",
        "/integrators/{id}/deliveries/{delivery_id}/replay",
        IntegratorsRpc.replay_delivery,
        _TAG,
        "Post a delivery once more",
        takes={"id": "id", "delivery_id": "delivery_id"},
        problems=(IntegratorNotFound, WebhookDeliveryNotFound, WebhookOff),
    ),
    Operation(
        "replayFailedWebhooks",
        "POST",
        "/integrators/{id}/deliveries/replay",
        IntegratorsRpc.replay_failed,
        _TAG,
        "Post every delivery that failed once more",
        takes=_ID,
        problems=(IntegratorNotFound, WebhookOff),
    ),
    Operation(
        "listDisclosures",
        "GET",
        "/integrators/{id}/disclosures",
        IntegratorsRpc.disclosures,
        _TAG,
        "List the events that an integrator got with personal data in them",
        takes=_ID,
        problems=(IntegratorNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
