"""What follows for the screens when an entry of the register changes."""

from __future__ import annotations

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.domain import card as cards
from services.seekers.domain.history import step_of
from services.seekers.domain.register import Entry
from services.seekers.service.desk import Desk
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import CalledBy, SeekerFacts


class CardDesk(Desk):
    """Saving an entry, with all that hangs on it."""

    @property
    def _cards(self) -> storage.Cards:
        return storage.Cards(self.database)

    def _step(
        self,
        tx: Connection,
        call: Call,
        after: Entry,
        facts: SeekerFacts,
        plain: storage.Plain | None = None,
        *,
        amended: tuple[str, ...] = (),
    ) -> Entry:
        """Save an entry that was locked, and all that follows. amended: what an amendment names."""
        self._register.save(tx, after, plain)
        self._follow(tx, call, after, facts, amended)
        return after

    def _follow(
        self, tx: Connection, call: Call, after: Entry, facts: SeekerFacts, amended: tuple[str, ...] = ()
    ) -> None:
        """Write the step down, tell of it, and put the card right."""
        step = step_of(after, facts, now=self.clock.now(), amended=amended)
        if step is not None:
            self._history.add(tx, after.id, step)
        self._tell(tx, call, after, facts)
        self._settle_card(tx, call, after)

    def _settle_card(self, tx: Connection, call: Call, entry: Entry) -> None:
        live = self._cards.live_of(tx, entry.id)
        numbered = entry.called_by is CalledBy.NUMBER and cards.wants_card(entry)
        fresh = live is None or live.station != entry.station or not live.called.endswith(cards.NUMBER_SIGN)
        now = self.clock.now()
        change = cards.settle(
            entry,
            live,
            new_id=new_identifier(now),
            new_number=self._cards.next_number(tx, entry.station) if numbered and fresh else 0,
            today=self._today(),
        )
        if change.drop is not None:
            self._cards.drop(tx, change.drop)
            self._events.card_dropped(tx, call, change.drop, now=now)
        if change.show is not None:
            self._cards.show(tx, entry.id, change.show)
            self._events.card_shown(tx, call, change.show, now=now)
