"""The JSON Schema of each event as it is on the wire, for documents and for the frozen copies of releases."""

from __future__ import annotations

from typing import Any

from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.envelope import Event


def wire_schema(event_type: str) -> dict[str, Any]:
    """The event's schema in one piece: references resolved, titles and descriptions left out, since wording
    may change at any time. Raises KeyError for a type that the catalogue does not have."""
    schema: dict[str, Any] = Event[EVENTS[event_type]].model_json_schema()  # type: ignore[valid-type]
    whole: dict[str, Any] = _without_words(_resolved(schema, schema.get("$defs", {})))
    return whole


def _resolved(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_resolved(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _resolved(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    return {key: _resolved(value, definitions) for key, value in node.items() if key != "$defs"}


def _without_words(node: Any, *, of_properties: bool = False) -> Any:
    """Without titles and descriptions, except where a property bears that name."""
    if isinstance(node, list):
        return [_without_words(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_words(value, of_properties=key == "properties" and not of_properties)
        for key, value in node.items()
        if of_properties or key not in ("title", "description")
    }
