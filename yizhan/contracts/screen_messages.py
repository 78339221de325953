"""Messages to people by their number on a screen: services/notify issues them, services/board answers.

Who it is for is known to services/notify alone. What is on the bus, in Redis and on the screen is a number of
one day and the words of a template.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from yizhan.contracts.base import Identifier, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.screen import NumberMessage


class ScreenMessageIssued(Facts):
    """Somebody who waits at a station is to be told something by his number there. Subject: the message's id.
    delivery_id: of services/notify, which the answer names again."""

    event_type: ClassVar[str] = "notify.screen_message.issued.v1"
    station: StationCode
    message: NumberMessage
    delivery_id: Identifier


class MissedReason(StrEnum):
    """Why a message was not shown."""

    #: When it came its time was over.
    TOO_LATE = "too_late"
    #: The station is not open, or none of its screens was there.
    NO_SCREEN = "no_screen"


class ScreenMessageShown(Facts):
    """A message is among what the screens of its station show. Subject: the message's id."""

    event_type: ClassVar[str] = "board.screen_message.shown.v1"
    station: StationCode
    message_id: Identifier
    delivery_id: Identifier


class ScreenMessageMissed(Facts):
    """A message was on no screen, and will be on none. Subject: the message's id."""

    event_type: ClassVar[str] = "board.screen_message.missed.v1"
    station: StationCode
    message_id: Identifier
    delivery_id: Identifier
    reason: MissedReason
