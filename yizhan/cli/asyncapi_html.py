"""docs/asyncapi.html: every event on one page that needs no network, no build and nobody else's code."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from html import escape
from typing import Any

from yizhan import __version__
from yizhan.cli import asyncapi
from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.envelope import Facts, family_of
from yizhan.contracts.examples import examples
from yizhan.contracts.integrators import ANSWERS, OPEN_FAMILIES
from yizhan.contracts.personal import personal_fields

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { margin: 0; font: 15px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; display: grid;
  grid-template-columns: 20rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem;
  border-right: 1px solid var(--line); box-sizing: border-box; }
nav a { display: block; color: inherit; text-decoration: none; font-size: 13px; padding: 1px 0 1px .75rem; }
nav strong { display: block; margin-top: .75rem; }
nav input { width: 100%; box-sizing: border-box; padding: .4rem; font: inherit; }
main { padding: 1rem 2rem 4rem; max-width: 70rem; }
article { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: 2rem; }
h1 { margin-top: 0; } h2 { margin: .5rem 0; font-size: 1.1rem; } h2 code { font-size: 1.05rem; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
td, th { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
  border-bottom: 1px solid var(--line); }
pre { background: var(--soft); padding: .75rem; overflow: auto; font-size: 12px; }
.mark { font-size: 12px; border: 1px solid var(--line); border-radius: .5rem; padding: 0 .4rem; }
@media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; } }
"""

_SCRIPT = """
document.querySelector('nav input').addEventListener('input', function (event) {
  var wanted = event.target.value.trim().toLowerCase();
  document.querySelectorAll('[data-type]').forEach(function (one) {
    one.hidden = one.getAttribute('data-type').indexOf(wanted) < 0;
  });
});
"""


def page() -> str:
    """The whole page."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    info = asyncapi.document()["info"]
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escape(info['title'])} {__version__}</title>\n<style>{_STYLE}</style>\n</head>\n"
    yield "<body>\n<nav>\n"
    yield '<input type="search" placeholder="jobs.posting" aria-label="Find an event">\n'
    family = ""
    for event_type in sorted(EVENTS):
        if family_of(event_type) != family:
            family = family_of(event_type)
            yield f'<strong data-type="{family}.">{family}</strong>\n'
        name = escape(event_type.removeprefix(f"{family}."))
        yield f'<a data-type="{event_type}" href="#{event_type}">{name}</a>\n'
    yield f"</nav>\n<main>\n<h1>{escape(info['title'])} {__version__}</h1>\n"
    yield f"<p>{escape(info['description'])}</p>\n"
    yield "<p>Made from the contracts by <code>./run docs</code>; asyncapi.yaml says the same.</p>\n"
    for event_type in sorted(EVENTS):
        yield from _article(event_type, EVENTS[event_type])
    yield f"</main>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n"


def _article(event_type: str, facts: type[Facts]) -> Iterator[str]:
    open_to = family_of(event_type) in OPEN_FAMILIES or family_of(event_type) in (ANSWERS, "notify.replay")
    mark = "open to integrators" if open_to else "stays in the house"
    yield f'<article id="{event_type}" data-type="{event_type}">\n'
    yield f'<h2><code>{event_type}</code> <span class="mark">{mark}</span></h2>\n'
    yield f"<p>{escape(inspect.getdoc(facts) or '')}</p>\n"
    personal = {".".join(path) for path in personal_fields(facts)}
    yield "<table>\n<tr><th>data</th><th>type</th><th></th></tr>\n"
    schema = asyncapi.event_schema(event_type)
    for path, kind, required in _fields(schema["$defs"], facts.__name__, (), ()):
        notes = [] if required else ["optional"]
        if path in personal:
            notes.append("personal: masked unless granted")
        cells = (f"<code>{escape(path)}</code>", escape(kind), ", ".join(notes))
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
    yield "</table>\n<details><summary>Example</summary>\n<pre>"
    example = examples()[event_type].model_dump(mode="json", exclude_none=True)
    yield escape(json.dumps(example, ensure_ascii=False, indent=2), quote=False)
    yield "</pre>\n</details>\n</article>\n"


def _fields(
    definitions: dict[str, Any], model: str, at: tuple[str, ...], inside: tuple[str, ...]
) -> Iterator[tuple[str, str, bool]]:
    """Path, type and whether it is always there, of every field of a model and of those in it."""
    schema = definitions[model]
    required = set(schema.get("required", ()))
    for name, told in schema.get("properties", {}).items():
        here = (*at, name)
        kind, inner = _kind(told, definitions)
        if inner is not None and kind.endswith("[]"):
            here = (*here, "*")
        yield ".".join(here), kind, name in required
        if inner is not None and inner not in inside and definitions[inner].get("properties"):
            yield from _fields(definitions, inner, here, (*inside, model))


def _kind(told: dict[str, Any], definitions: dict[str, Any]) -> tuple[str, str | None]:
    """What a field is in a word or two, and the model that it holds."""
    if "$ref" in told:
        name = told["$ref"].rsplit("/", 1)[1]
        values = definitions[name].get("enum")
        return (" | ".join(map(str, values)), None) if values else (name, name)
    if "anyOf" in told:
        kinds = [_kind(one, definitions) for one in told["anyOf"] if one.get("type") != "null"]
        optional = len(kinds) < len(told["anyOf"])
        inner = next((one for _, one in kinds if one), None)
        return " | ".join(kind for kind, _ in kinds) + (" | null" if optional else ""), inner
    if told.get("type") == "array":
        kind, inner = _kind(told.get("items", {}), definitions)
        return f"{kind}[]", inner
    kind = str(told.get("type", "any"))
    return (f"{kind} ({told['format']})" if "format" in told else kind), None
