"""What services/board tells of screens that went away, and came back."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from yizhan.contracts.base import Identifier, Message, Moment, PublicLine, StationCode
from yizhan.contracts.envelope import Facts


class ScreenOutage(Message):
    """One time that a screen was away. id: of this time, the same whoever finds it out. label: what staff
    call the screen, None where it is not known. since: when it was last heard of."""

    id: Identifier
    device_id: Identifier
    station: StationCode
    label: PublicLine | None
    since: Moment


class OutageEnd(StrEnum):
    BACK = "back"
    #: Its code is void: it is no screen any more.
    REVOKED = "revoked"


class ScreenOutageBegan(Facts):
    """A screen was not heard of for so long, while its station was open, that somebody should look. Told once
    for each outage. Subject: the outage's id."""

    event_type: ClassVar[str] = "board.screen_outage.began.v1"
    outage: ScreenOutage


class ScreenOutageEnded(Facts):
    """Nobody needs to look any more. Subject: the outage's id."""

    event_type: ClassVar[str] = "board.screen_outage.ended.v1"
    outage: ScreenOutage
    reason: OutageEnd
