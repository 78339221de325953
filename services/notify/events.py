"""What services/notify tells: each outcome of a decision as an event in the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from yizhan.bus.outbox import Outbox
from yizhan.contracts.envelope import Facts
from yizhan.contracts.integrators import Integrator
from yizhan.contracts.letters import LetterLaid, LetterNotice
from yizhan.contracts.publications import Publication, PublicationRecorded
from yizhan.contracts.rpc import Call
from yizhan.contracts.screen import NumberMessage
from yizhan.contracts.screen_messages import ScreenMessageIssued


class Events:
    """The telling side of the service, within a transaction."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def letter_laid(self, tx: Connection, call: Call, letter: LetterNotice) -> None:
        self._outbox.tell(
            tx,
            call,
            LetterLaid(letter=letter),
            subject=letter.id,
            sequence=1,
            station=letter.station,
            at=letter.at,
        )

    def publication_recorded(self, tx: Connection, call: Call, publication: Publication) -> None:
        self._outbox.tell(
            tx,
            call,
            PublicationRecorded(publication=publication),
            subject=publication.id,
            sequence=1,
            station=publication.station,
            at=publication.recorded_at,
        )

    def screen_message_issued(
        self, tx: Connection, call: Call, station: str, message: NumberMessage, delivery_id: str
    ) -> None:
        self._outbox.tell(
            tx,
            call,
            ScreenMessageIssued(station=station, message=message, delivery_id=delivery_id),
            subject=message.id,
            sequence=1,
            station=station,
            at=message.at,
        )

    def integrator_stepped(
        self, tx: Connection, call: Call, integrator: Integrator, facts: Facts, *, at: datetime
    ) -> None:
        self._outbox.tell(
            tx,
            call,
            facts,
            subject=integrator.id,
            sequence=integrator.sequence,
            station=integrator.station,
            at=at,
        )
