"""The screen of the station where somebody waits: by his number of the day, and by nothing else of him.

Like the inbox it is no call to anybody: the message is an event in the outbox, in the transaction that says
that it is sent. services/board answers whether it was shown, and only then it is delivered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import Connection

from services.notify import data, storage
from services.notify.courier.port import Taken, Untaken
from services.notify.domain.template import Rendered
from services.notify.events import Events
from yizhan.clock import county_day
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.deliveries import DeliveryCause as Cause
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.screen import NumberMessage
from yizhan.contracts.stations import StationStatus
from yizhan.database import Database


class StationScreen:
    """The way to a screen, within the courier's transaction."""

    def __init__(self, database: Database, people: storage.People, events: Events) -> None:
        self._people = people
        self._network = storage.Network(database)
        self._events = events

    def put(
        self, tx: Connection, parcel: storage.Parcel, text: Rendered, *, now: datetime
    ) -> Taken | Untaken:
        """Issue a message; its receipt is the attempt's id, which is the message's."""
        assert parcel.attempt is not None
        day = county_day(now)
        ticket = self._people.ticket(tx, parcel.person, day, near=parcel.station)
        if ticket is None:
            return Untaken(Cause.RECIPIENT_UNKNOWN)
        station, number = ticket
        place, _ = self._network.standing(tx, station, "")
        if place is None or place.status is not StationStatus.OPEN:
            return Untaken(Cause.NOT_CONFIGURED)
        try:
            message = NumberMessage(
                id=parcel.attempt,
                date=day,
                number=number,
                text=text.fields["line"],
                at=now,
                until=_until(parcel, now),
            )
        except ValidationError:
            # The wall before the screens is stricter than a channel's rules: what it refuses is not sent.
            return Untaken(Cause.CONTENT_REFUSED)
        call = Call(actor=SYSTEM, correlation=new_identifier(now))
        self._events.screen_message_issued(tx, call, station, message, parcel.delivery.id)
        return Taken(message.id)


def _until(parcel: storage.Parcel, now: datetime) -> datetime:
    """How long the number is told, and no longer than what it is told is of use."""
    minutes = data.channels().rule(parcel.delivery.channel).shown_minutes
    until = now + timedelta(minutes=minutes or 1)
    expires_at = parcel.delivery.expires_at
    return until if expires_at is None else min(until, expires_at)
