"""The draw that anyone can check (阳光派工), algorithm yizhan.draw.v1; docs/draw.md says it in words.

The seed is committed to before check-in closes and told after the list is fixed, so that nobody can choose
one to suit the other unseen. Everything here is integer arithmetic that a short script can repeat.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from yizhan.contracts.draws import (
    MOST_TICKETS,
    Draw,
    DrawListInvalid,
    DrawOverride,
    DrawSeedWrong,
    DrawStepIllegal,
    LateTicket,
    OverrideInvalid,
    WeightedTicket,
)

ALGORITHM = "yizhan.draw.v1"
_SEED_BYTES = 32
_WORD_BYTES = 4
_WORDS = 2 ** (8 * _WORD_BYTES)


# --- the algorithm ------------------------------------------------------------------------------------


def commitment_of(seed: bytes) -> str:
    """SHA-256 of the seed, hex: what is shown before check-in closes. seed: 32 random bytes."""
    if len(seed) != _SEED_BYTES:
        raise DrawSeedWrong("a seed is 32 bytes", length=len(seed))
    return hashlib.sha256(seed).hexdigest()


def tickets_digest(station: str, day: date, tickets: Iterable[WeightedTicket]) -> bytes:
    """SHA-256 of the list in its one written form: compact JSON, tickets sorted by number."""
    listed = sorted((ticket.number, ticket.weight) for ticket in tickets)
    written = json.dumps([ALGORITHM, station, day.isoformat(), listed], separators=(",", ":"))
    return hashlib.sha256(written.encode("ascii")).digest()


def key_stream(seed: bytes, digest: bytes) -> Iterator[int]:
    """Words of 32 bits, big-endian, from HMAC-SHA-256(seed, digest + block number in 8 bytes)."""
    block = 0
    while True:
        mac = hmac.digest(seed, digest + block.to_bytes(8, "big"), "sha256")
        for start in range(0, len(mac), _WORD_BYTES):
            yield int.from_bytes(mac[start : start + _WORD_BYTES], "big")
        block += 1


def below(limit: int, words: Iterator[int]) -> int:
    """A number from 0 to limit - 1, each as likely. limit: 1 to 2^32.

    Words from the greatest multiple of `limit` on are passed over: folding them back by the remainder
    alone would favour small numbers.
    """
    usable = _WORDS - _WORDS % limit
    return next(word % limit for word in words if word < usable)


def order_of(seed: bytes, station: str, day: date, tickets: Sequence[WeightedTicket]) -> tuple[str, ...]:
    """The drawn order of ticket numbers; the order in which `tickets` are handed in does not matter.

    Fisher and Yates as they wrote it, striking one ticket after the other from the list, where a ticket of
    weight w fills w places. With all weights equal every order is exactly as likely.
    """
    _check_list(tickets)
    words = key_stream(seed, tickets_digest(station, day, tickets))
    left = sorted((ticket.number, ticket.weight) for ticket in tickets)
    places = sum(weight for _, weight in left)
    order: list[str] = []
    while left:
        number, weight = left.pop(_ticket_at(below(places, words), left))
        places -= weight
        order.append(number)
    return tuple(order)


def _ticket_at(place: int, left: Sequence[tuple[str, int]]) -> int:
    for index, (_, weight) in enumerate(left):
        if place < weight:
            return index
        place -= weight
    raise ValueError("a place beyond the last ticket")


def _check_list(tickets: Sequence[WeightedTicket]) -> None:
    if len(tickets) > MOST_TICKETS:
        raise DrawListInvalid("too many tickets", tickets=len(tickets), most=MOST_TICKETS)
    if len({ticket.number for ticket in tickets}) < len(tickets):
        raise DrawListInvalid("a ticket is on the list twice", tickets=len(tickets))


# --- the public record, step by step ------------------------------------------------------------------


def announce(station: str, day: date, seed: bytes) -> Draw:
    """The record as it is shown while people still check in: the commitment alone."""
    return Draw(station=station, date=day, commitment=commitment_of(seed))


def close(draw: Draw, tickets: Sequence[WeightedTicket], *, now: datetime) -> Draw:
    """The record with its list fixed; closing again with the same list changes nothing.

    The list and its digest belong on the screen before the seed is told: from here on neither can be chosen
    to suit the other. Raises DrawStepIllegal when another list was closed, DrawListInvalid.
    """
    _check_list(tickets)
    listed = tuple(sorted(tickets, key=lambda ticket: ticket.number))
    if draw.closed_at is not None:
        if draw.tickets != listed:
            raise DrawStepIllegal("this draw was closed with another list", closed_at=str(draw.closed_at))
        return draw
    digest = tickets_digest(draw.station, draw.date, listed).hex()
    return _with(draw, closed_at=now, tickets=listed, tickets_sha256=digest)


def reveal(draw: Draw, seed: bytes) -> Draw:
    """The record with its seed, order and queue; revealing again changes nothing.

    Raises DrawStepIllegal before closing, DrawSeedWrong for a seed that was not committed to.
    """
    if draw.closed_at is None:
        raise DrawStepIllegal("check-in has not closed", station=draw.station, date=str(draw.date))
    if commitment_of(seed) != draw.commitment:
        raise DrawSeedWrong("this is not the seed that was committed to", commitment=draw.commitment)
    if draw.seed is not None:
        return draw
    order = order_of(seed, draw.station, draw.date, draw.tickets)
    return _requeued(_with(draw, seed=seed.hex(), order=order))


def add_late(draw: Draw, number: str, *, arrived_at: datetime) -> Draw:
    """The record with a ticket that is not on the list, behind by arrival; one that is known changes
    nothing. Raises DrawStepIllegal before closing."""
    if draw.closed_at is None:
        raise DrawStepIllegal("check-in has not closed: nobody is late", ticket=number)
    listed = {ticket.number for ticket in draw.tickets} | {entry.number for entry in draw.late}
    if number in listed:
        return draw
    # By arrival, not by when it was told: an offline desk's slips take their own place whenever it is back.
    late = sorted(
        (*draw.late, LateTicket(number=number, arrived_at=arrived_at)),
        key=lambda entry: (entry.arrived_at, entry.number),
    )
    return _requeued(_with(draw, late=tuple(late)))


def override(
    draw: Draw, ticket: str, position: int, *, reason: str, by: str, now: datetime
) -> tuple[Draw, DrawOverride]:
    """The record with a ticket put to another place by hand, and the entry that says so.

    position: 1 for the first. Raises DrawStepIllegal before the seed is told, OverrideInvalid.
    """
    if draw.seed is None:
        raise DrawStepIllegal("there is no order yet to change", station=draw.station, date=str(draw.date))
    if not reason.strip():
        raise OverrideInvalid("a change by hand needs a reason", ticket=ticket)
    if ticket not in draw.queue:
        raise OverrideInvalid("no such ticket in this draw", ticket=ticket)
    if not 1 <= position <= len(draw.queue):
        raise OverrideInvalid("no such place in the queue", position=position, places=len(draw.queue))
    entry = DrawOverride(ticket=ticket, position=position, reason=reason.strip(), by=by, at=now)
    return _requeued(_with(draw, overrides=(*draw.overrides, entry))), entry


def queue_of(
    order: Iterable[str], late: Iterable[LateTicket], overrides: Iterable[DrawOverride]
) -> list[str]:
    """Who is called after whom: as drawn, then the late, then each change by hand in turn."""
    queue = [*order, *(entry.number for entry in late)]
    for entry in overrides:
        queue.remove(entry.ticket)
        queue.insert(entry.position - 1, entry.ticket)
    return queue


def _requeued(draw: Draw) -> Draw:
    if draw.seed is None:
        return draw
    return _with(draw, queue=tuple(queue_of(draw.order, draw.late, draw.overrides)))


def _with(draw: Draw, **changes: object) -> Draw:
    """A copy with changes, validated whole: what is shown to everybody is never half a record."""
    return Draw.model_validate({**dict(draw), **changes})
