"""Who may be told, and how each wants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from services.notify.domain.audiences import Audiences, Preferences
from services.notify.domain.planning import Recipient
from services.notify.storage.tables import (
    network_tables,
    people,
    preferences,
    station_names,
    stop_marks,
    tickets,
    wishes,
)
from yizhan.contracts.checkins import CheckIn
from yizhan.contracts.seekers import ConsentPurpose, SeekerState, SeekerStatus
from yizhan.database import Database
from yizhan.network.tree import is_news

#: People planned for at once: enough that statements are few, few enough for SQLite's bound values.
PAGE = 500

_CHOSEN = select(preferences).where(preferences.c.person.in_(bindparam("people", expanding=True)))
_WISHING = (
    select(people.c.person)
    .select_from(wishes.join(people, people.c.person == wishes.c.person))
    .where(
        wishes.c.trade == bindparam("trade"),
        wishes.c.station.in_(bindparam("stations", expanding=True)),
        people.c.active,
        wishes.c.person > bindparam("after"),
    )
    .order_by(wishes.c.person)
    .limit(PAGE)
)
_KNOWN = select(people.c.sequence).where(people.c.person == bindparam("person"))
_REACHABLE = select(people.c.active).where(people.c.person == bindparam("person"))
_DROP_WISHES = delete(wishes).where(wishes.c.person == bindparam("of_person"))
_STAFF = select(network_tables.staff.c.id, network_tables.staff.c.station).where(
    network_tables.staff.c.station.in_(bindparam("stations", expanding=True)), network_tables.staff.c.active
)
_PATH = select(network_tables.network.c.path).where(network_tables.network.c.code == bindparam("code"))
_NAME = select(station_names.c.name).where(station_names.c.code == bindparam("code"))
_HOLDERS = select(tickets.c.number, tickets.c.person, tickets.c.check_in_id).where(
    tickets.c.station == bindparam("station"),
    tickets.c.day == bindparam("day"),
    tickets.c.number.in_(bindparam("numbers", expanding=True)),
)
_WAITING = select(tickets.c.person).where(
    tickets.c.day == bindparam("day"), tickets.c.person.in_(bindparam("people", expanding=True))
)
_TICKETS = (
    select(tickets.c.station, tickets.c.number)
    .where(tickets.c.person == bindparam("person"), tickets.c.day == bindparam("day"))
    # Identifiers sort by the time they were made: where he came last.
    .order_by(tickets.c.check_in_id.desc())
)
_FORGET_TICKETS = delete(tickets).where(tickets.c.day < bindparam("before"))
_MARKED = select(stop_marks.c.person).where(stop_marks.c.mark == bindparam("mark"))


class People:
    """Recipients by what is known of them here: never a name, never an address."""

    def __init__(self, database: Database, audiences: Audiences) -> None:
        self._database = database
        self._audiences = audiences

    # --- what is heard -----------------------------------------------------------------------------------

    def hear_of_seeker(self, tx: Connection, seeker: SeekerState, *, sequence: int) -> None:
        """Keep what somebody looks for and whether he may be told, unless newer news are known."""
        person = f"seeker:{seeker.seeker_id}"
        if not is_news(tx.execute(_KNOWN, {"person": person}).scalar(), sequence):
            return
        active = seeker.status is SeekerStatus.ACTIVE and ConsentPurpose.MESSAGES in seeker.consents
        row = {"person": person, "station": seeker.station, "active": active, "sequence": sequence}
        self._database.upsert(tx, people, row, key=["person"])
        tx.execute(_DROP_WISHES, {"of_person": person})
        if active and seeker.trades:
            tx.execute(
                insert(wishes),
                [
                    {"person": person, "trade": trade, "station": seeker.station}
                    for trade in dict.fromkeys(seeker.trades)
                ],
            )

    def hear_of_check_in(self, tx: Connection, check_in: CheckIn) -> None:
        """Keep who has which number today."""
        row = {
            "check_in_id": check_in.id,
            "person": f"seeker:{check_in.person}",
            "station": check_in.station,
            "day": check_in.date,
            "number": check_in.number,
        }
        self._database.insert_ignore(tx, tickets, row)

    def hear_of_name(self, tx: Connection, code: str, name: str, *, sequence: int) -> None:
        """Keep what a station is called."""
        known = tx.execute(select(station_names.c.sequence).where(station_names.c.code == code)).scalar()
        if is_news(known, sequence):
            row = {"code": code, "name": name, "sequence": sequence}
            self._database.upsert(tx, station_names, row, key=["code"])

    def forget_tickets(self, tx: Connection, *, before: date) -> None:
        """Who stood where on days that are over is nobody's business here."""
        tx.execute(_FORGET_TICKETS, {"before": before})

    # --- who is told -------------------------------------------------------------------------------------

    def station_name(self, tx: Connection, code: str) -> str:
        """What a message calls a station; its code until its name was heard of."""
        return tx.execute(_NAME, {"code": code}).scalar() or code

    def holders(
        self, tx: Connection, station: str, day: date, numbers: Sequence[str]
    ) -> dict[str, tuple[str, str]]:
        """Person and check-in by number, of those that are known."""
        rows = tx.execute(_HOLDERS, {"station": station, "day": day, "numbers": list(numbers)})
        return {number: (person, check_in) for number, person, check_in in rows}

    def waiting(self, tx: Connection, people: Sequence[str], day: date) -> set[str]:
        """Who of these has a number anywhere on a day."""
        return set(tx.execute(_WAITING, {"people": list(people), "day": day}).scalars())

    def ticket(self, tx: Connection, person: str, day: date, *, near: str) -> tuple[str, str] | None:
        """Station and number of somebody on a day: at the station `near`, else where he came last; None when
        he has none."""
        held = [(row.station, row.number) for row in tx.execute(_TICKETS, {"person": person, "day": day})]
        return next((one for one in held if one[0] == near), held[0] if held else None)

    def may_be_told(self, tx: Connection, person: str) -> bool:
        """Whether a worker has agreed to messages and looks for work; of others nobody asks."""
        if not person.startswith("seeker:"):
            return True
        return bool(tx.execute(_REACHABLE, {"person": person}).scalar())

    def wishing(self, tx: Connection, trade: str, stations: Sequence[str]) -> Iterator[list[str]]:
        """Those who look for a trade in the register of one of the stations, page by page."""
        after = ""
        while page := list(
            tx.execute(_WISHING, {"trade": trade, "stations": list(stations), "after": after}).scalars()
        ):
            yield page
            if len(page) < PAGE:
                return
            after = page[-1]

    def staff_near(self, tx: Connection, station: str, *, but: str | None) -> list[str]:
        """The staff of the station, or of the nearest one above that has some besides `but`; else `but`."""
        path = tx.execute(_PATH, {"code": station}).scalar()
        line = path.rstrip("/").split("/") if path else [station]
        by_station: dict[str, list[str]] = {}
        for id, at in tx.execute(_STAFF, {"stations": line}):
            by_station.setdefault(at, []).append(id)
        for code in reversed(line):
            others = [id for id in by_station.get(code, ()) if id != but]
            if others:
                return [f"staff:{id}" for id in sorted(others)]
        known = {id for ids in by_station.values() for id in ids}
        return [f"staff:{but}"] if but in known else []

    # --- how they want it --------------------------------------------------------------------------------

    def recipients(self, tx: Connection, persons: Sequence[str]) -> list[Recipient]:
        """Each with what he has chosen, or with what holds for his like."""
        chosen = {row["person"]: row for row in tx.execute(_CHOSEN, {"people": list(persons)}).mappings()}
        return [
            self._audiences.recipient(person)
            if person not in chosen
            else _preferences(chosen[person]).recipient(person)
            for person in persons
        ]

    def preferences(self, tx: Connection, person: str) -> Preferences:
        """What somebody has chosen, or what holds without."""
        row = tx.execute(_CHOSEN, {"people": [person]}).mappings().first()
        return self._audiences.preferences(person) if row is None else _preferences(row)

    def prefer(self, tx: Connection, person: str, chosen: Preferences, *, now: datetime) -> None:
        """Keep what somebody has chosen."""
        row = {"person": person, **chosen.model_dump(mode="json"), "changed_at": now}
        self._database.upsert(tx, preferences, row, key=["person"])

    def mark(self, tx: Connection, mark: str, person: str, *, now: datetime) -> None:
        """Remember by which mark somebody may stop his messages."""
        self._database.insert_ignore(tx, stop_marks, {"mark": mark, "person": person, "made_at": now})

    def marked(self, tx: Connection, mark: str) -> str | None:
        """Whose mark it is."""
        return tx.execute(_MARKED, {"mark": mark}).scalar()


def _preferences(row: Any) -> Preferences:
    return Preferences.model_validate({name: row[name] for name in Preferences.model_fields})
