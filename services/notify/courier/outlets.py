"""Group bots (WeCom, DingTalk, Feishu, OneBot) and mail, by apprise: one URL says which and where."""

from __future__ import annotations

import asyncio
from typing import Any

from services.notify.courier.port import Outgoing, Taken, Untaken
from yizhan.contracts.deliveries import DeliveryCause as Cause


class OutletChannel:
    """Both of them. apprise answers yes or no and nothing else, so a no is taken for the channel's fault and
    tried again; what was said in a group twice is a nuisance, and what was not said at all is a loss."""

    configured = True
    repeatable = False

    def __init__(self, title_field: str | None, body_field: str) -> None:
        self._title_field = title_field
        self._body_field = body_field

    async def send(self, outgoing: Outgoing) -> Taken | Untaken:
        return await asyncio.to_thread(self._send, outgoing)

    def _send(self, outgoing: Outgoing) -> Taken | Untaken:
        import apprise

        plugin: Any = apprise.Apprise.instantiate(outgoing.address, suppress_exceptions=True)
        if plugin is None:
            return Untaken(Cause.NOT_CONFIGURED, detail="apprise does not know this kind of URL")
        fields = outgoing.text.fields
        title = fields[self._title_field] if self._title_field else ""
        if plugin.notify(body=fields[self._body_field], title=title):
            return Taken(f"{plugin.service_name}-{outgoing.attempt}"[:200])
        return Untaken(Cause.CHANNEL_FAULT)


def group_bot() -> OutletChannel:
    """Messages to a group of the office's own staff."""
    return OutletChannel(None, "text")


def mail() -> OutletChannel:
    """Mail to a mailbox of the office."""
    return OutletChannel("subject", "body")
