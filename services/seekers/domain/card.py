"""The card by which somebody is on the screens, while he wants to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.seekers.domain.identity import age_band
from services.seekers.domain.public_name import public_name_of_masked
from services.seekers.domain.register import Entry
from yizhan.contracts.seeker_cards import SeekerCard
from yizhan.contracts.seekers import CalledBy, ConsentPurpose, SeekerStatus

_MOST_NUMBERS = 9999
NUMBER_SIGN = "号"


@dataclass(frozen=True, slots=True)
class CardChange:
    """What becomes of somebody's card: drop what there is, show what there is to be; None: nothing."""

    drop: SeekerCard | None = None
    show: SeekerCard | None = None


def wants_card(entry: Entry) -> bool:
    """Whether somebody is to be on the screens."""
    return entry.status is SeekerStatus.ACTIVE and ConsentPurpose.PUBLIC_DISPLAY in entry.consents


def called(entry: Entry, number: int) -> str:
    """What the card says instead of a name: 王师傅, or a number of four digits."""
    if entry.called_by is CalledBy.SURNAME:
        return public_name_of_masked(entry.masked_name)
    return f"{number % _MOST_NUMBERS or _MOST_NUMBERS:04d}{NUMBER_SIGN}"


def settle(entry: Entry, live: SeekerCard | None, *, new_id: str, new_number: int, today: date) -> CardChange:
    """What follows for the card from an entry as it stands. new_id, new_number: for a card that is new.

    A card is told again where it says something else. One at another station is dropped and made anew.
    """
    if not wants_card(entry) or entry.birth is None or entry.wishes is None:
        return CardChange(drop=live)
    stays = live is not None and live.station == entry.station
    card = SeekerCard(
        id=live.id if live is not None and stays else new_id,
        station=entry.station,
        called=_stable_call(entry, live if stays else None, new_number),
        age_band=age_band(entry.birth, today=today),
        trades=tuple(skill.trade for skill in entry.wishes.trades),
        days=tuple(sorted(entry.wishes.days)),
        sequence=live.sequence + 1 if live is not None and stays else 1,
    )
    if live is None or not stays:
        return CardChange(drop=live, show=card)
    return (
        CardChange() if card == live.model_copy(update={"sequence": card.sequence}) else CardChange(show=card)
    )


def _stable_call(entry: Entry, live: SeekerCard | None, number: int) -> str:
    if entry.called_by is CalledBy.NUMBER and live is not None and live.called.endswith(NUMBER_SIGN):
        return live.called
    return called(entry, number)
