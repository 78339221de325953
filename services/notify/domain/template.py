"""Versioned templates, and what each channel takes: checked when a template is written and before it is sent.

Nothing is cut to fit: half a sentence about somebody's pay is worse than an error that staff see.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from yizhan.contracts.base import Message, PlainText, PublicParagraph
from yizhan.contracts.notify import (
    ChannelUnknown,
    TemplateMalformed,
    TemplateNotFound,
    TemplateVariableUnknown,
    TemplateVersionTaken,
    TextRefused,
    TextTooLong,
)

_VARIABLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_TRAILING_DIGITS = re.compile(r"[0-9]+$")
_PRIVATE = TypeAdapter[str](PlainText)
_PUBLIC = TypeAdapter[str](PublicParagraph)


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parts(_Data):
    """How a long text is split: up to `alone` characters in one part, else `each`, `most` parts at most."""

    alone: Annotated[int, Field(ge=1)]
    each: Annotated[int, Field(ge=1)]
    most: Annotated[int, Field(ge=1)]

    def of(self, length: int) -> int:
        """The number of parts for a text of this length."""
        return 1 if length <= self.alone else -(-length // self.each)


class FieldRule(_Data):
    """What a field takes. longest: in UTF-16 units, None for no limit of its own. form: a pattern for all of
    it."""

    longest: Annotated[int, Field(ge=1)] | None = None
    form: str | None = None
    parts: Parts | None = None


class ChannelRule(_Data):
    """A channel's fields by type. public: others than the person may read it, as in a group. shown_minutes:
    how long a text stands there; None where it stays."""

    public: bool
    shown_minutes: Annotated[int, Field(ge=1)] | None = None
    fields: Annotated[dict[str, FieldRule], Field(min_length=1)]

    def field(self, name: str) -> FieldRule | None:
        """The rule of a field: `thing`, and also `thing4`, the fourth field of a WeChat template."""
        return self.fields.get(name) or self.fields.get(_TRAILING_DIGITS.sub("", name))


class Channels(_Data):
    """Every channel's rules. sources: where its limits are written down."""

    sources: tuple[str, ...]
    channels: dict[str, ChannelRule]

    @classmethod
    def read(cls, data: dict[str, Any]) -> Channels:
        """From the data file's JSON. Raises pydantic.ValidationError when it is not as it should be."""
        return cls.model_validate(data)

    def rule(self, channel: str) -> ChannelRule:
        """A channel's rules. Raises ChannelUnknown."""
        if channel not in self.channels:
            raise ChannelUnknown("no such channel", channel=channel)
        return self.channels[channel]


class Template(Message):
    """The wording of one kind of message for one channel at one version.

    fields: text with {variables} by the channel's field. signature: what the channel itself puts before the
    text, 【龙里零工】 of an SMS; it counts towards the length.
    """

    kind: str
    channel: str
    version: Annotated[int, Field(ge=1)]
    fields: dict[str, str]
    signature: PlainText = ""

    def variables(self) -> frozenset[str]:
        """The variables that its fields name."""
        return frozenset(name for text in self.fields.values() for name in _VARIABLE.findall(text))


class Rendered(Message):
    """Text that its channel takes. parts: how many the channel sends, and charges."""

    kind: str
    channel: str
    version: int
    fields: dict[str, str]
    parts: Annotated[int, Field(ge=1)]


def length_of(text: str) -> int:
    """Characters as a phone counts them, in UTF-16 units: an emoji is two, any Chinese character of daily use
    one."""
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def check(template: Template, channels: Channels, *, variables: Collection[str]) -> None:
    """Whether a template may be used at all. variables: those that messages of its kind have.

    Raises ChannelUnknown, TemplateMalformed, TemplateVariableUnknown, and TextTooLong when what is fixed
    alone is too long already.
    """
    rule = channels.rule(template.channel)
    if not template.fields:
        raise TemplateMalformed("a template without a field says nothing", kind=template.kind)
    for name, text in template.fields.items():
        field = rule.field(name)
        if field is None:
            raise TemplateMalformed("no such field in this channel", field=name, channel=template.channel)
        fixed = _VARIABLE.sub("", text)
        if "{" in fixed or "}" in fixed:
            raise TemplateMalformed("a brace that opens or closes no variable", field=name)
        _check_length(name, template.signature + fixed if field.parts else fixed, field)
    unknown = template.variables() - set(variables)
    if unknown:
        raise TemplateVariableUnknown("no such variable in this kind", variables=sorted(unknown))


def render(template: Template, values: Mapping[str, str], channels: Channels) -> Rendered:
    """The text, whole and as the channel takes it, or an error and nothing.

    values: may hold more than the template names; what they hold is text and is not read for variables.
    Raises ChannelUnknown, TemplateVariableUnknown, TextTooLong, TextRefused. None repeats the text, which
    may hold what is private.
    """
    rule = channels.rule(template.channel)
    missing = template.variables() - set(values)
    if missing:
        raise TemplateVariableUnknown("no value for these variables", variables=sorted(missing))
    fields, parts = {}, 1
    for name, text in template.fields.items():
        field = rule.field(name)
        if field is None:
            raise TemplateMalformed("no such field in this channel", field=name, channel=template.channel)
        filled = _VARIABLE.sub(lambda found: values[found[1]], text)
        parts = max(parts, _check_length(name, template.signature + filled if field.parts else filled, field))
        _check_text(name, filled, field, public=rule.public)
        fields[name] = filled
    return Rendered(
        kind=template.kind, channel=template.channel, version=template.version, fields=fields, parts=parts
    )


def _check_text(name: str, text: str, field: FieldRule, *, public: bool) -> None:
    if not text.strip():
        raise TextRefused("the field is empty", field=name, reason="empty")
    try:
        (_PUBLIC if public else _PRIVATE).validate_python(text)
    except ValidationError as error:
        reason = "not_for_the_public" if public else "control_characters"
        # Without `from`: pydantic's error repeats the text.
        raise TextRefused(error.errors()[0]["msg"], field=name, reason=reason) from None
    if field.form is not None and not re.fullmatch(field.form, text):
        raise TextRefused("not of the form that this field takes", field=name, reason="form")


def _check_length(name: str, text: str, field: FieldRule) -> int:
    length = length_of(text)
    if field.longest is not None and length > field.longest:
        raise TextTooLong("longer than this field takes", field=name, length=length, longest=field.longest)
    if field.parts is None:
        return 1
    parts = field.parts.of(length)
    if parts > field.parts.most:
        raise TextTooLong("more parts than are sent", field=name, length=length, parts=parts)
    return parts


class Shelf:
    """Every template by kind and channel, each version once. Immutable."""

    def __init__(self, templates: Iterable[Template] = ()) -> None:
        self._versions: dict[tuple[str, str], tuple[Template, ...]] = {}
        for template in sorted(templates, key=lambda template: template.version):
            place = template.kind, template.channel
            self._versions[place] = (*self._versions.get(place, ()), template)

    def with_template(self, template: Template) -> Shelf:
        """The shelf with one more. Raises TemplateVersionTaken unless its version is the next one."""
        versions = self._versions.get((template.kind, template.channel), ())
        if template.version != len(versions) + 1:
            raise TemplateVersionTaken(
                "not the version after the last", version=template.version, next=len(versions) + 1
            )
        return Shelf([*(entry for row in self._versions.values() for entry in row), template])

    def newest(self, kind: str, channel: str) -> Template:
        """The template to plan with. Raises TemplateNotFound."""
        return self.version(kind, channel, len(self._versions.get((kind, channel), ())))

    def newest_of_all(self) -> tuple[Template, ...]:
        """The newest of each kind and channel."""
        return tuple(versions[-1] for versions in self._versions.values())

    def version(self, kind: str, channel: str, version: int) -> Template:
        """The template that a delivery was planned with. Raises TemplateNotFound."""
        for template in self._versions.get((kind, channel), ()):
            if template.version == version:
                return template
        raise TemplateNotFound("no such template", kind=kind, channel=channel, version=version)
