"""What services/notify says of templates: the wording of one kind of message for one channel, in versions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from yizhan.contracts.base import Message, Moment, PlainText
from yizhan.contracts.rpc import Method, Nothing

TemplateKind = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z][a-z_]*$", max_length=40)]
TemplateChannel = Annotated[str, Field(pattern=r"^[a-z_]{1,16}$")]
TemplateFields = Annotated[
    dict[Annotated[str, Field(max_length=24)], Annotated[str, Field(max_length=5000)]],
    Field(min_length=1, max_length=12),
]
Signature = Annotated[PlainText, Field(max_length=20)]


class MessageTemplate(Message):
    """fields: text with {variables}, by the channel's field. signature: what the channel itself puts before
    it, which counts towards its length. written_by, written_at: None for the one that Yizhan comes with."""

    kind: str
    channel: str
    version: Annotated[int, Field(ge=1)]
    fields: dict[str, str]
    signature: str
    written_by: str | None
    written_at: Moment | None


class MessageKind(Message):
    """A kind of message. sample: each variable that its templates may name, with a value as it could be.
    stoppable: whether a person may say that he does not want it."""

    kind: str
    urgent: bool
    stoppable: bool
    digestible: bool
    sample: dict[str, str]


class TemplateList(Message):
    """Every kind, and the newest template of each kind and channel that has one."""

    kinds: tuple[MessageKind, ...]
    templates: tuple[MessageTemplate, ...]


class WriteTemplate(Message):
    """A new version. expected_version: the one that it follows, 0 for the first of its channel."""

    kind: TemplateKind
    channel: TemplateChannel
    fields: TemplateFields
    signature: Signature = ""
    expected_version: Annotated[int, Field(ge=0)]


class PreviewTemplate(Message):
    """A wording that nobody has saved, with its kind's sample."""

    kind: TemplateKind
    channel: TemplateChannel
    fields: TemplateFields
    signature: Signature = ""


class TemplatePreview(Message):
    """As it would go out. length: of the longest field as its channel counts; parts: how many the channel
    sends, and charges."""

    fields: dict[str, str]
    length: int
    parts: Annotated[int, Field(ge=1)]


class TemplatesRpc:
    """The methods of services/notify that are about templates."""

    list_templates = Method("notify", "list_templates", Nothing, TemplateList, command=False)
    preview_template = Method("notify", "preview_template", PreviewTemplate, TemplatePreview, command=False)
    write_template = Method("notify", "write_template", WriteTemplate, MessageTemplate, command=True)
