"""The bus as an AsyncAPI 3.0 document, made from the event catalogue and the envelope."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic.json_schema import models_json_schema

from yizhan import __version__
from yizhan.bus.topology import EVENTS_EXCHANGE, HISTORY_STREAM
from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.envelope import CONTENT_TYPE, Event, Facts

_SCHEMAS = "#/components/schemas/"
_MESSAGES = "#/components/messages/"

_ENVELOPE = {
    "specversion": "CloudEvents version.",
    "id": "Unique for ever. Delivery is at least once: dedupe by it.",
    "source": "/yizhan/<service>: the service that owns the row.",
    "type": "<service>.<aggregate>.<past tense>.v<major>. Within a major version fields are only added.",
    "subject": "The aggregate's identifier.",
    "time": "When it happened, RFC 3339, UTC.",
    "datacontenttype": "Of `data`.",
    "sequence": "The aggregate's version after this fact. Order by it per subject; a smaller one is older.",
    "division": "GB/T 2260 county code.",
    "station": "Code of the station where it happened.",
    "correlation": "Follows one request from the gateway to the screen.",
    "traceparent": "W3C trace context.",
}


def document() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of every event."""
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": CONTENT_TYPE,
        "servers": {"broker": _server()},
        "channels": {_name(facts): _channel(facts) for facts in EVENTS.values()},
        "operations": {f"receive{_name(facts)}": _operation(facts) for facts in EVENTS.values()},
        "components": {
            "messages": {_name(facts): _message(facts) for facts in EVENTS.values()},
            "schemas": _schemas(),
            "securitySchemes": {
                "user": {"type": "userPassword", "description": "Each integrator has a RabbitMQ user."}
            },
        },
    }


def event_schema(event_type: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of one event type, with its envelope; what later releases add is let through."""
    facts = EVENTS[event_type]
    whole = _envelope(facts)
    models = [(facts, "validation")]
    _, definitions = models_json_schema(models, ref_template="#/$defs/{model}")  # type: ignore[arg-type]
    whole["properties"]["data"] = {"$ref": f"#/$defs/{facts.__name__}"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:yizhan:event:{event_type}",
        "title": event_type,
        "description": inspect.getdoc(facts) or "",
        **{name: value for name, value in whole.items() if name != "title"},
        "$defs": {name: _tolerant(schema) for name, schema in sorted(definitions["$defs"].items())},
    }


def _info() -> dict[str, Any]:
    return {
        "title": "零工驿站 Yizhan events",
        "version": __version__,
        "description": (
            f"Every fact is published to the topic exchange `{EVENTS_EXCHANGE}` as a CloudEvents 1.0 event "
            "in structured JSON mode, at least once, in order per subject except where a retry overtakes: "
            f"dedupe by `id`, order by `sequence`. The stream `{HISTORY_STREAM}` keeps 400 days of it. "
            "An integrator reads what it was granted from queues of its own, live and replayed "
            "(docs/integrators.md). Within a major version fields are only ever added, and "
            "added ones are optional: ignore what you do not know."
        ),
    }


def _server() -> dict[str, Any]:
    return {
        "host": "{host}",
        "protocol": "amqp",
        "protocolVersion": "0.9.1",
        "description": "RabbitMQ 3.10 or newer.",
        "variables": {"host": {"description": "Host and port, as your county's operator tells you."}},
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _name(facts: type[Facts]) -> str:
    """PostingPublished of v1; later versions carry their number, as PostingPublishedV2."""
    major = facts.event_type.rsplit(".v", 1)[1]
    return (
        facts.__name__
        if major == "1" or facts.__name__.endswith(f"V{major}")
        else f"{facts.__name__}V{major}"
    )


def _channel(facts: type[Facts]) -> dict[str, Any]:
    return {
        "address": f"{facts.event_type.rsplit('.', 1)[0]}.{{division}}.{{station}}",
        "description": f"Routing key on `{EVENTS_EXCHANGE}`. Bind with `*` or `#` for any place.",
        "parameters": {
            "division": {"description": "GB/T 2260 county code, six digits.", "examples": ["522730"]},
            "station": {"description": "Code of the station.", "examples": ["5227300101"]},
        },
        "messages": {_name(facts): {"$ref": _MESSAGES + _name(facts)}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EVENTS_EXCHANGE, "type": "topic", "durable": True, "autoDelete": False},
            }
        },
    }


def _operation(facts: type[Facts]) -> dict[str, Any]:
    name = _name(facts)
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{name}"},
        "summary": _summary(facts),
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
    }


def _message(facts: type[Facts]) -> dict[str, Any]:
    return {
        "name": facts.event_type,
        "title": _name(facts),
        "summary": _summary(facts),
        "description": inspect.getdoc(facts) or "",
        "contentType": CONTENT_TYPE,
        "payload": {"$ref": f"{_SCHEMAS}{_name(facts)}Event"},
    }


def _summary(facts: type[Facts]) -> str:
    return (inspect.getdoc(facts) or facts.__name__).splitlines()[0]


def _schemas() -> dict[str, Any]:
    """Each event's envelope with its facts, and every model that they are made of, once."""
    models = [(facts, "validation") for facts in EVENTS.values()]
    _, definitions = models_json_schema(models, ref_template=_SCHEMAS + "{model}")  # type: ignore[arg-type]
    schemas = {name: _tolerant(schema) for name, schema in definitions["$defs"].items()}
    for facts in EVENTS.values():
        schemas[f"{_name(facts)}Event"] = _envelope(facts)
    return dict(sorted(schemas.items()))


def _envelope(facts: type[Facts]) -> dict[str, Any]:
    schema = Event[facts].model_json_schema(ref_template=_SCHEMAS + "{model}")  # type: ignore[valid-type]
    properties = schema["properties"]
    for name, description in _ENVELOPE.items():
        properties[name] = {**properties[name], "description": description}
    properties["type"] = {"const": facts.event_type, "type": "string", "description": _ENVELOPE["type"]}
    properties["data"] = {"$ref": _SCHEMAS + facts.__name__}
    return _tolerant(
        {
            "title": f"{_name(facts)}Event",
            "type": "object",
            "properties": properties,
            "required": schema["required"],
        }
    )


def _tolerant(schema: dict[str, Any]) -> dict[str, Any]:
    """As a consumer must read it: producers add fields, and a closed object would refuse the next release."""
    return {name: value for name, value in schema.items() if name != "additionalProperties"}
