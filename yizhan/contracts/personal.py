"""Which fields of events say something of a person, and how an event reads without them.

A contract marks such a field where it is defined: `called: Annotated[str, Personal("求职者")]`. Whoever
passes events out of the house asks here; nobody keeps a list of fields beside the contracts.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from yizhan.contracts.envelope import Facts

#: Names of fields from `data` down; `*` stands for every item of a list.
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field that says something of a person. mask: what stands there for whoever has no right to it,
    of the field's own kind, so that the event keeps its schema."""

    mask: str | None


@cache
def personal_fields(facts: type[Facts]) -> Mapping[Path, Personal]:
    """The marked fields of an event's facts, at any depth."""
    return dict(_marked(facts, (), ()))


def mask(facts: type[Facts], data: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """An event's `data` without what is personal, and which fields said something (`card.called`).

    The given data stays as it is. A field that says nothing (None, or absent) is none that was masked.
    """
    spoken: list[str] = []
    for path, mark in personal_fields(facts).items():
        data, said = _without(data, path, mark.mask)
        if said:
            spoken.append(".".join(path))
    return data, tuple(spoken)


def _without(node: Any, path: Path, mask: str | None) -> tuple[Any, bool]:
    if node is None:
        return None, False
    if not path:
        return mask, node != mask
    step, rest = path[0], path[1:]
    if step == "*":
        pairs = [_without(item, rest, mask) for item in node]
        return [item for item, _ in pairs], any(said for _, said in pairs)
    if step not in node:
        return node, False
    value, said = _without(node[step], rest, mask)
    return {**node, step: value}, said


def _marked(model: type[BaseModel], at: Path, inside: tuple[type, ...]) -> Iterator[tuple[Path, Personal]]:
    if model in inside:
        return  # a model that holds itself is marked once
    for name, field in model.model_fields.items():
        here = (*at, name)
        marks = [mark for mark in field.metadata if isinstance(mark, Personal)]
        if marks:
            yield here, marks[0]
        else:
            yield from _in_annotation(field.annotation, here, (*inside, model))


def _in_annotation(annotation: Any, at: Path, inside: tuple[type, ...]) -> Iterator[tuple[Path, Personal]]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        marks = [mark for mark in arguments[1:] if isinstance(mark, Personal)]
        if marks:
            yield at, marks[0]
        else:
            yield from _in_annotation(arguments[0], at, inside)
    elif origin in (Union, types.UnionType):
        for argument in arguments:
            yield from _in_annotation(argument, at, inside)
    elif origin in (tuple, list, set, frozenset):
        for argument in arguments:
            if argument is not Ellipsis:
                yield from _in_annotation(argument, (*at, "*"), inside)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield from _marked(annotation, at, inside)
