"""Examples of the events of services/board, and of what services/notify asks of it. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

from yizhan.contracts import screen_messages, screen_outages
from yizhan.contracts.envelope import Facts
from yizhan.contracts.screen import NumberMessage

_MESSAGE = "019ca720-3a10-7a44-9b1e-2c4d6e8f0a1b"
_DELIVERY = "019ca720-39f0-7c02-8d3f-5a7b9c1d3e5f"
_OUTAGE = "5f0a1c6e-8b7d-5e21-9c44-a1b2c3d4e5f6"
_DEVICE = "019ca710-5b10-7f3e-a2cd-7be0c9c1f201"
_STATION = "5227300103"

_message = NumberMessage(
    id=_MESSAGE,
    date=date(2026, 3, 2),
    number="A012",
    text="快轮到您了，请到服务台旁等候",
    at=datetime(2026, 3, 1, 22, 40, tzinfo=UTC),
    until=datetime(2026, 3, 1, 22, 50, tzinfo=UTC),
)

_outage = screen_outages.ScreenOutage(
    id=_OUTAGE,
    device_id=_DEVICE,
    station=_STATION,
    label="大厅",
    since=datetime(2026, 3, 1, 23, 5, tzinfo=UTC),
)

FACTS: tuple[tuple[Facts, str, int, str], ...] = (
    (
        screen_messages.ScreenMessageIssued(station=_STATION, message=_message, delivery_id=_DELIVERY),
        _MESSAGE,
        1,
        _STATION,
    ),
    (
        screen_messages.ScreenMessageShown(station=_STATION, message_id=_MESSAGE, delivery_id=_DELIVERY),
        _MESSAGE,
        2,
        _STATION,
    ),
    (
        screen_messages.ScreenMessageMissed(
            station=_STATION,
            message_id=_MESSAGE,
            delivery_id=_DELIVERY,
            reason=screen_messages.MissedReason.NO_SCREEN,
        ),
        _MESSAGE,
        2,
        _STATION,
    ),
    (screen_outages.ScreenOutageBegan(outage=_outage), _OUTAGE, 1, _STATION),
    (
        screen_outages.ScreenOutageEnded(outage=_outage, reason=screen_outages.OutageEnd.BACK),
        _OUTAGE,
        2,
        _STATION,
    ),
)
