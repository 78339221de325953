"""The cards by which people are on the screens."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from services.seekers.storage.tables import card_numbers, cards
from yizhan.contracts.seeker_cards import SeekerCard
from yizhan.database import Database
from yizhan.network.pages import cut

_LIVE_OF = select(cards.c.card).where(cards.c.seeker_id == bindparam("seeker_id"), cards.c.live.is_(True))
_INSERT = insert(cards)
_SAVE = (
    update(cards)
    .where(cards.c.id == bindparam("card_id"))
    .values(card=bindparam("new_card"), sequence=bindparam("new_sequence"))
)
_DROP = (
    update(cards)
    .where(cards.c.id == bindparam("card_id"))
    .values(live=False, card=None, sequence=cards.c.sequence + 1)
)
_LIVE = (
    select(cards.c.card)
    .where(cards.c.live.is_(True), cards.c.id > bindparam("after"))
    .order_by(cards.c.id)
    .limit(bindparam("limit"))
)
_COUNT_UP = (
    update(card_numbers)
    .where(card_numbers.c.station == bindparam("of_station"))
    .values(last=card_numbers.c.last + 1)
)
_LAST = select(card_numbers.c.last).where(card_numbers.c.station == bindparam("of_station"))


class Cards:
    """Live cards; of a dropped one only that it was stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live_of(self, tx: Connection, seeker_id: str) -> SeekerCard | None:
        """Somebody's card, whose row is guarded by the lock on his own."""
        found = tx.execute(_LIVE_OF, {"seeker_id": seeker_id}).scalar()
        return None if found is None else SeekerCard.model_validate(found)

    def show(self, tx: Connection, seeker_id: str, card: SeekerCard) -> None:
        """Write a card that is new, or says something else."""
        said = card.model_dump(mode="json")
        if card.sequence > 1:
            tx.execute(_SAVE, {"card_id": card.id, "new_card": said, "new_sequence": card.sequence})
            return
        row = {"id": card.id, "seeker_id": seeker_id, "station": card.station, "card": said}
        tx.execute(_INSERT, row | {"live": True, "sequence": card.sequence})

    def drop(self, tx: Connection, card: SeekerCard) -> None:
        """Take a card off, for good."""
        tx.execute(_DROP, {"card_id": card.id})

    def next_number(self, tx: Connection, station: str) -> int:
        """A number for a card without a surname, 1 for a station's first."""
        self._database.insert_ignore(tx, card_numbers, {"station": station, "last": 0})
        tx.execute(_COUNT_UP, {"of_station": station})
        return int(tx.execute(_LAST, {"of_station": station}).scalar_one())

    def live(self, tx: Connection, *, after: str | None, limit: int) -> tuple[list[SeekerCard], str | None]:
        """Live cards by id, and the cursor of the next page."""
        rows = tx.execute(_LIVE, {"after": after or "", "limit": limit + 1}).scalars()
        return cut([SeekerCard.model_validate(card) for card in rows], limit)
