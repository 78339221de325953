"""How operations on integrators are asked of a town, and what integrators themselves call."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.contract.network_requests import Request, Town
from tests.e2e.api import TERMS, soon
from yizhan.contracts.identifiers import new_identifier

#: Of fairs alone: an event for the webhook of the shared one would be tried again amid other requests.
GRANTS = {"families": ["jobs.fair"]}


def body(on: Town) -> dict[str, Any]:
    """Of a new integrator of the town."""
    return {
        "name": f"site-{secrets.token_hex(5)}",
        "label": "县公共招聘网",
        "grants": {"read": {**GRANTS, "stations": [on.town]}},
    }


def integrator(on: Town, *steps: str) -> str:
    """The id of a new integrator of the town, taken so far."""
    added = on.clerk.post(f"/stations/{on.town}/integrators", body(on))
    id = str(added["integrator"]["id"])
    for step in steps:
        on.clerk.post(f"/integrators/{id}/{step}", {"reason": "停机"})
    return id


def standing(on: Town) -> str:
    """The id of one that every request shares which leaves it standing. Each has three quorum queues, of
    which a broker with few file handles carries some hundred."""
    if "integrator" not in on.shared:
        on.shared["integrator"] = integrator(on)
    return on.shared["integrator"]


def with_webhook(on: Town) -> str:
    """The same with an address that nothing is posted to in time."""
    id = standing(on)
    on.clerk.post(f"/integrators/{id}/webhook", {"url": "https://hooks.example.cn/yizhan"})
    return id


def nothing() -> str:
    """An identifier that nothing has."""
    return new_identifier(datetime.now(UTC))


def submission(on: Town) -> dict[str, Any]:
    return {
        "external_id": f"ZP-{secrets.token_hex(4)}",
        "station": on.town,
        "employer": {"name": "某物流公司", "credit_code": "91350100M000100Y43"},
        "terms": {**TERMS, "starts_at": soon()},
    }


INTEGRATOR_REQUESTS: dict[str, Callable[[Any], Request]] = {
    "listIntegrators": lambda on: ({"code": on.town}, None),
    "addIntegrator": lambda on: ({"code": on.town}, body(on)),
    "getIntegrator": lambda on: ({"id": standing(on)}, None),
    "amendIntegrator": lambda on: (
        {"id": standing(on)},
        {"label": "县招聘网", "grants": {"read": {**GRANTS, "stations": [on.town]}}},
    ),
    "rotateCredential": lambda on: ({"id": standing(on)}, {"credential": "api_key"}),
    "suspendIntegrator": lambda on: ({"id": integrator(on)}, {"reason": "停机"}),
    "resumeIntegrator": lambda on: ({"id": integrator(on, "suspend")}, None),
    "revokeIntegrator": lambda on: ({"id": integrator(on)}, {"reason": "合作结束"}),
    "setWebhook": lambda on: ({"id": standing(on)}, {"url": "https://hooks.example.cn/yizhan"}),
    "integratorHistory": lambda on: ({"id": standing(on)}, None),
    "listWebhookDeliveries": lambda on: ({"id": standing(on)}, None),
    "replayWebhookDelivery": lambda on: ({"id": with_webhook(on), "delivery_id": nothing()}, None),
    "replayFailedWebhooks": lambda on: ({"id": with_webhook(on)}, None),
    "listDisclosures": lambda on: ({"id": standing(on)}, None),
    "submitExternalPosting": lambda on: ({}, submission(on)),
    "withdrawExternalPosting": lambda _: ({"external_id": "ZP-1"}, {}),
    "getExternalPosting": lambda _: ({"external_id": "ZP-1"}, None),
    "requestReplay": lambda _: ({}, {"from_offset": 0}),
    "getReplay": lambda _: ({"id": nothing()}, None),
}
