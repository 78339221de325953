"""Rounds of the courier: lease what is due, send it, write down what became of it.

Each delivery is `sending` in the database before it is handed to its channel, and under a lease. A process
that dies in between leaves it so; when the lease is over it is taken for sent with an unknown outcome. It is
sent again only by a channel that knows a message that comes twice. By any other it ends there, where staff
see it: a person is not told twice, and nobody claims that he was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from services.notify import data
from services.notify.courier.addresses import Addresses
from services.notify.courier.port import Channel, Outgoing, Taken, Untaken
from services.notify.courier.screen import StationScreen
from services.notify.courier.words import Words
from services.notify.domain import delivery as decisions
from services.notify.domain.delivery import INBOX, SCREEN
from services.notify.domain.planning import Recipient
from services.notify.domain.quiet_hours import QuietHours, next_allowed
from services.notify.domain.template import Rendered, Shelf
from services.notify.events import Events
from services.notify.metrics import OLDEST_DUE_SECONDS
from services.notify.settling import settle
from services.notify.storage import Deliveries, Letters, Parcel, People, outbox
from yizhan.bus.outbox import Outbox
from yizhan.clock import Clock
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.deliveries import DeliveryCause as Cause
from yizhan.contracts.deliveries import DeliveryState as State
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.letters import Letter, LetterNotice
from yizhan.contracts.notify import DeliveryStepIllegal, ReceiptInvalid
from yizhan.contracts.rpc import Call
from yizhan.database import Database

log = structlog.get_logger(__name__)

#: Deliveries in one round, all sent at once: what a crash leaves in doubt is at most these.
AT_ONCE = 20
#: Longer than any channel may take.
LEASE = timedelta(seconds=120)


@dataclass(frozen=True)
class _Leased:
    parcel: Parcel
    text: Rendered


class Courier:
    """One process's rounds. Any number of processes may run; each delivery is in one's hand."""

    def __init__(
        self,
        database: Database,
        people: People,
        words: Words,
        addresses: Addresses,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        lease: timedelta = LEASE,
    ) -> None:
        """lease: after which an attempt that nobody has settled counts as broken."""
        self._lease_lasts = lease
        self._database = database
        self._people = people
        self._words = words
        self._addresses = addresses
        self._channels = channels
        self._clock = clock
        self._deliveries = Deliveries(database)
        self._letters = Letters(database)
        self._events = Events(Outbox(database, outbox))
        self._screen = StationScreen(database, people, self._events)

    async def round(self) -> int:
        """One round; how many deliveries it moved. Raises what the database raises."""
        moved, leased = await asyncio.to_thread(self._lease)
        if leased:
            await self._send_all(leased)
        return moved

    # --- before sending ----------------------------------------------------------------------------------

    def _lease(self) -> tuple[int, list[_Leased]]:
        now = self._clock.now()
        with self._database.transaction() as tx:
            broken = self._deliveries.broken(tx, now=now, limit=AT_ONCE)
            for parcel in broken:
                log.warning("courier.lease_over", delivery=parcel.delivery.id, attempt=parcel.attempt)
                self._settle(tx, parcel, Untaken(Cause.OUTCOME_UNKNOWN), now=now)
            due = self._deliveries.due(tx, now=now, limit=AT_ONCE)
            oldest = min((parcel.delivery.due_at or now for parcel in due), default=now)
            OLDEST_DUE_SECONDS.set((now - oldest).total_seconds())
            if not due:
                return len(broken), []
            shelf = self._words.shelf(tx)
            recipients = self._people.recipients(tx, [parcel.person for parcel in due])
            leased = [
                one
                for parcel, recipient in zip(due, recipients, strict=True)
                if (one := self._begin(tx, parcel, recipient, shelf, now=now)) is not None
            ]
        return len(broken) + len(due), leased

    def _begin(
        self, tx: Connection, parcel: Parcel, recipient: Recipient, shelf: Shelf, *, now: datetime
    ) -> _Leased | None:
        """Begin an attempt, or end the delivery, or put the letter into the inbox here and now."""
        stopped = parcel.kind in recipient.stopped or not self._people.may_be_told(tx, parcel.person)
        if stopped or not self._configured(parcel.delivery.channel):
            cause = Cause.STOPPED if stopped else Cause.NOT_CONFIGURED
            ended = decisions.withhold(parcel.delivery, cause, now=now, schedule=data.schedule())
            settle(tx, self._deliveries, parcel.moved(ended), now=now)
            return None
        begun = decisions.begin(parcel.delivery, now=now)
        if begun.state is not State.SENDING:
            settle(tx, self._deliveries, parcel.moved(begun), now=now)
            return None
        sending = parcel.moved(begun, attempt=new_identifier(now), leased_until=now + self._lease_lasts)
        try:
            text = self._words.of(tx, parcel, shelf, now=now)
        except (YizhanError, LookupError) as error:
            code = error.code if isinstance(error, YizhanError) else "forgotten"
            log.error("courier.no_text", delivery=begun.id, kind=parcel.kind, code=code)
            self._settle(tx, sending, Untaken(Cause.CONTENT_REFUSED), now=now)
            return None
        sending = replace(sending, template_version=text.version)
        if begun.channel == INBOX:
            self._put_letter(tx, sending, text, now=now)
            return None
        if begun.channel == SCREEN:
            self._settle(tx, sending, self._screen.put(tx, sending, text, now=now), now=now)
            return None
        settle(tx, self._deliveries, sending, now=now)
        return _Leased(sending, text)

    def _configured(self, channel: str) -> bool:
        return channel in (INBOX, SCREEN) or (
            channel in self._channels and self._channels[channel].configured
        )

    def _put_letter(self, tx: Connection, parcel: Parcel, text: Rendered, *, now: datetime) -> None:
        """An inbox is rows beside these: the letter, the word that it lies there and its event are one
        transaction."""
        letter = Letter(
            id=parcel.delivery.id,
            station=parcel.station,
            kind=parcel.kind,
            title=text.fields["title"],
            body=text.fields["body"],
            at=now,
            read_at=None,
        )
        self._letters.put(tx, parcel.person, letter)
        notice = LetterNotice(
            id=letter.id,
            staff_id=parcel.person.removeprefix("staff:"),
            station=letter.station,
            kind=letter.kind,
            at=now,
        )
        # Consoles are told by the event alone; it says whose letter it is and nothing that stands in it.
        self._events.letter_laid(tx, Call(actor=SYSTEM, correlation=f"letter-{letter.id}"), notice)
        settle(
            tx,
            self._deliveries,
            parcel.moved(decisions.confirmed(parcel.delivery, letter.id, now=now)),
            now=now,
        )

    # --- sending -----------------------------------------------------------------------------------------

    async def _send_all(self, leased: Sequence[_Leased]) -> None:
        try:
            addresses = await self._addresses.of({one.parcel.person for one in leased})
        except YizhanError as error:
            log.warning("courier.no_addresses", code=error.code)
            # Nothing has left the house.
            outcomes = [(one.parcel, Untaken(Cause.UNREACHABLE)) for one in leased]
            await asyncio.to_thread(self._settle_all, outcomes)
            return
        sends = [asyncio.create_task(self._send(one, addresses)) for one in leased]
        waiting = set(sends)
        while waiting:
            # Whatever is answered is written down at once: a crash then leaves less in doubt.
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.to_thread(self._settle_all, [task.result() for task in done])

    async def _send(self, leased: _Leased, addresses: Mapping[str, str]) -> tuple[Parcel, Taken | Untaken]:
        parcel = leased.parcel
        address = addresses.get(parcel.person)
        if address is None:
            return parcel, Untaken(Cause.RECIPIENT_UNKNOWN)
        assert parcel.attempt is not None
        outgoing = Outgoing(parcel.delivery.id, parcel.attempt, address, leased.text)
        try:
            outcome = await self._channels[parcel.delivery.channel].send(outgoing)
        except Exception as error:
            # What a channel did before it broke is not known.
            log.error("courier.channel_broke", delivery=parcel.delivery.id, error=type(error).__name__)
            outcome = Untaken(Cause.OUTCOME_UNKNOWN)
        return parcel, outcome

    # --- after sending -----------------------------------------------------------------------------------

    def _settle_all(self, outcomes: Sequence[tuple[Parcel, Taken | Untaken]]) -> None:
        now = self._clock.now()
        with self._database.transaction() as tx:
            current = self._deliveries.lock(tx, [parcel.delivery.id for parcel, _ in outcomes])
            for parcel, outcome in outcomes:
                held = current[parcel.delivery.id]
                if held.attempt != parcel.attempt and not isinstance(outcome, Taken):
                    # The lease was over, and somebody else has gone on with it.
                    log.warning("courier.too_late", delivery=held.delivery.id)
                    continue
                try:
                    self._settle(tx, held, outcome, now=now)
                except (DeliveryStepIllegal, ReceiptInvalid) as error:
                    log.warning("courier.too_late", delivery=held.delivery.id, code=error.code)

    def _settle(self, tx: Connection, parcel: Parcel, outcome: Taken | Untaken, *, now: datetime) -> None:
        """Write down what came of an attempt, and queue the next way where this one leads nowhere."""
        if isinstance(outcome, Taken):
            taken = decisions.accepted(parcel.delivery, outcome.receipt, now=now)
            settle(tx, self._deliveries, parcel.moved(taken), now=now)
            return
        channel = self._channels.get(parcel.delivery.channel)
        quiet = self._people.preferences(tx, parcel.person).quiet_hours
        moved = decisions.fault(
            parcel.delivery,
            outcome.cause,
            now=now,
            schedule=data.schedule(),
            repeatable=channel is not None and channel.repeatable,
            asked_to_wait_seconds=outcome.wait_seconds,
            next_allowed=self._allowed(parcel.kind, quiet),
        )
        settle(tx, self._deliveries, parcel.moved(moved), now=now)

    def _allowed(self, kind: str, quiet: QuietHours | None) -> Callable[[datetime], datetime]:
        urgent = data.kinds().rule(kind).urgent
        return lambda moment: next_allowed(quiet, moment, urgent=urgent)
