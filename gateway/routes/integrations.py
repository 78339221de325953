"""What other systems call with their API key: postings in, replays out."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.external_postings import (
    ExternalPostingNotFound,
    ExternalPostingsRpc,
    IntegratorUnknown,
)
from yizhan.contracts.integrators import IntegratorsRpc, NothingGranted, ReplayNotFound, ReplayRunning

_TAG = "integrations"

OPERATIONS = (
    Operation(
        "submitExternalPosting",
        "POST",
        "/integrations/postings",
        ExternalPostingsRpc.submit,
        _TAG,
        "Send a posting, new or changed",
        "Known by your own `external_id`: what is sent with it again is the same posting. It is checked like "
        "any and waits for the station's staff to verify it, again after each change. A refusal is an answer "
        "too, with `outcome` `refused`, its `code` and what the law says in `findings`; the same answer "
        "comes as an event.",
        access=Access.INTEGRATOR,
        problems=(IntegratorUnknown,),
    ),
    Operation(
        "withdrawExternalPosting",
        "POST",
        "/integrations/postings/{external_id}/withdraw",
        ExternalPostingsRpc.withdraw,
        _TAG,
        "Take a posting back",
        takes={"external_id": "external_id"},
        access=Access.INTEGRATOR,
        problems=(IntegratorUnknown,),
    ),
    Operation(
        "getExternalPosting",
        "GET",
        "/integrations/postings/{external_id}",
        ExternalPostingsRpc.read,
        _TAG,
        "Read what became of a posting",
        takes={"external_id": "external_id"},
        access=Access.INTEGRATOR,
        problems=(IntegratorUnknown, ExternalPostingNotFound),
    ),
    Operation(
        "requestReplay",
        "POST",
        "/integrations/replays",
        IntegratorsRpc.request_replay,
        _TAG,
        "Ask for past events",
        "They come into your replay queue, in their order, as you would have got them, and end with "
        "`notify.replay.ended.v1`. One replay at a time.",
        access=Access.INTEGRATOR,
        status=201,
        location="/integrations/replays/{id}",
        problems=(NothingGranted, ReplayRunning),
    ),
    Operation(
        "getReplay",
        "GET",
        "/integrations/replays/{id}",
        IntegratorsRpc.read_replay,
        _TAG,
        "See how far a replay has come",
        takes={"id": "id"},
        access=Access.INTEGRATOR,
        problems=(ReplayNotFound,),
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
