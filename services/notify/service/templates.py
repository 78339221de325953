"""Wordings: looked at by staff, written by the county."""

from __future__ import annotations

from sqlalchemy import Connection

from services.notify import data, storage
from services.notify.domain.template import Template, check, length_of, render
from services.notify.service.desk import Desk
from services.notify.wordings import shelf
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.notify import TemplateVersionTaken
from yizhan.contracts.rpc import Call, Nothing
from yizhan.contracts.templates import (
    MessageKind,
    MessageTemplate,
    PreviewTemplate,
    TemplateList,
    TemplatePreview,
    TemplatesRpc,
    WriteTemplate,
)
from yizhan.network.scope import STAFF_ROLES, standing


class TemplateDesk(Desk):
    """Commands and queries about templates."""

    @method(TemplatesRpc.list_templates)
    def list_templates(self, tx: Connection, call: Call, request: Nothing) -> TemplateList:  # noqa: ARG002
        self._require_staff_anywhere(tx, call.actor)
        written = {
            (template.kind, template.channel, template.version): template
            for template in storage.Templates().all(tx)
        }
        newest = [
            written.get((template.kind, template.channel, template.version)) or _as_it_comes(template)
            for template in shelf(tx).newest_of_all()
        ]
        kinds = tuple(
            MessageKind(
                kind=kind.kind,
                urgent=kind.urgent,
                stoppable=kind.stoppable,
                digestible=kind.digestible,
                sample=kind.sample,
            )
            for kind in data.kinds().kinds
        )
        return TemplateList(kinds=kinds, templates=tuple(newest))

    @method(TemplatesRpc.preview_template)
    def preview_template(self, tx: Connection, call: Call, request: PreviewTemplate) -> TemplatePreview:
        self._require_staff_anywhere(tx, call.actor)
        template = self._checked(request, version=1)
        rendered = render(template, self._sample(request.kind), data.channels())
        longest = max(length_of(template.signature + text) for text in rendered.fields.values())
        return TemplatePreview(fields=rendered.fields, length=longest, parts=rendered.parts)

    @method(TemplatesRpc.write_template)
    def write_template(self, tx: Connection, call: Call, request: WriteTemplate) -> MessageTemplate:
        actor = self._require_staff_anywhere(tx, call.actor)
        if actor.role is Role.STATION_STAFF:
            raise NotAllowed("the county words its messages", role=actor.role.value)
        template = self._checked(request, version=request.expected_version + 1)
        render(template, self._sample(request.kind), data.channels())
        shelf(tx).with_template(template)
        now = self.clock.now()
        if not storage.Templates().add(self.database, tx, template, by=call.actor.id, now=now):
            raise TemplateVersionTaken("somebody wrote this version meanwhile", version=template.version)
        return MessageTemplate(**template.model_dump(), written_by=call.actor.id, written_at=now)

    def _checked(self, request: PreviewTemplate | WriteTemplate, *, version: int) -> Template:
        template = Template(
            kind=request.kind,
            channel=request.channel,
            version=version,
            fields=request.fields,
            signature=request.signature,
        )
        check(template, data.channels(), variables=self._sample(request.kind))
        return template

    def _sample(self, kind: str) -> dict[str, str]:
        # Whatever the kind: the link by which a person stops his messages.
        return {
            "stop": f"{self.settings.public_url or 'https://yizhan.example.cn'}/stop/0123456789abcdef"
        } | (data.kinds().rule(kind).sample)

    def _require_staff_anywhere(self, tx: Connection, actor: Actor) -> Actor:
        if actor.role not in (*STAFF_ROLES, Role.SYSTEM):
            raise NotAllowed("this is for staff", role=actor.role.value)
        _, account = self._network.standing(tx, actor.station or "", actor.id)
        return standing(actor, account)


def _as_it_comes(template: Template) -> MessageTemplate:
    return MessageTemplate(**template.model_dump(), written_by=None, written_at=None)
