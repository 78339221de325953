"""The register: entries with their sealed fields, and the ways to find somebody."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from services.seekers.domain.register import Entry
from services.seekers.storage.tables import seeker_trades, seekers
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.identifiers import first_identifier
from yizhan.contracts.seeker_rights import PersonalField
from yizhan.contracts.seekers import CalledBy, ConsentPurpose, SeekerStatus, Sex, Wishes
from yizhan.database import Database
from yizhan.encryption import FieldCipher
from yizhan.network.pages import Listing, Subtree, cut


@dataclass(frozen=True, slots=True)
class Page:
    """after: the last id of the page before, None for the first. since: no id below it; an id begins with
    the moment at which somebody entered the register."""

    after: str | None
    limit: int
    since: str = ""

    @classmethod
    def of_days(cls, after: str | None, limit: int, first: date | None, last: date | None) -> Page:
        """A page of those who entered from one day of Asia/Shanghai to another; None for any."""
        ends = None if last is None else first_identifier(_begins(last + timedelta(days=1)))
        return cls(
            after=ends if after is None else after if ends is None else min(after, ends),
            limit=limit,
            since="" if first is None else first_identifier(_begins(first)),
        )


#: Fields in clear on their way in: a value is sealed, None takes the field out, and what is absent stays.
Plain = Mapping[PersonalField, str | None]

_SEEKER = select(seekers).where(seekers.c.id == bindparam("id"))
_OF_ID_NUMBER = select(seekers).where(seekers.c.id_number_index == bindparam("index"))
_OF_SLIP = select(seekers).where(seekers.c.slip == bindparam("slip"))
_OF_IDS = select(seekers).where(seekers.c.id.in_(bindparam("ids", expanding=True)))
_TRADES = select(seekers.c.id, seekers.c.trade).where(
    seekers.c.id.in_(bindparam("ids", expanding=True)), seekers.c.trade.is_not(None)
)
_OF_SLIPS = select(seekers.c.slip, seekers.c.id).where(
    seekers.c.slip.in_(bindparam("slips", expanding=True)),
    seekers.c.status == SeekerStatus.ACTIVE.value,
)
_INSERT_TRADE = insert(seeker_trades)
_TELL_ANEW = update(seekers).where(seekers.c.id == bindparam("of_id")).values(tell_anew_on=bindparam("day"))
_TO_TELL_ANEW = (
    select(seekers)
    .where(seekers.c.tell_anew_on <= bindparam("today"), seekers.c.status == SeekerStatus.ACTIVE.value)
    .order_by(seekers.c.tell_anew_on, seekers.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_DROP_TRADES = delete(seeker_trades).where(seeker_trades.c.id == bindparam("of_id"))

_SINCE = seekers.c.id >= bindparam("since")
_ANY = Listing(seekers, _SINCE)
_OF_STATUS = Listing(seekers, _SINCE & (seekers.c.status == bindparam("status")))
_MASKED = Listing(seekers, seekers.c.masked_name == bindparam("masked_name"))
_NAMED = Listing(seekers, seekers.c.name_index == bindparam("name_index"))
_WITH_SLIP = Listing(seekers, seekers.c.slip == bindparam("slip"))
_WITH_PHONE = Listing(
    seekers,
    seekers.c.id.in_(
        select(seekers.c.id)
        .where(seekers.c.phone_index == bindparam("phone_index"))
        .union(select(seekers.c.id).where(seekers.c.relative_phone_index == bindparam("relative_index")))
    ),
)
_WANTING = Listing(
    seeker_trades, (seeker_trades.c.id >= bindparam("since")) & (seeker_trades.c.trade == bindparam("trade"))
)


class SeekerRowChanged(Exception):
    """An entry was saved that somebody else had changed since it was read: it was not locked. A defect."""


class Register:
    """Entries, and what is sealed of them."""

    def __init__(self, database: Database, cipher: FieldCipher) -> None:
        self._database = database
        self._cipher = cipher

    # --- writing ---------------------------------------------------------------------------------------

    def insert(self, tx: Connection, entry: Entry, plain: Plain) -> bool:
        """Write a new entry; False when its identity number, or its slip, is in the register."""
        row = _row(entry) | self._sealed(entry.id, plain)
        if not self._database.insert_ignore(tx, seekers, row):
            return False
        self._write_trades(tx, entry)
        return True

    def save(self, tx: Connection, entry: Entry, plain: Plain | None = None) -> None:
        """Write an entry that was locked, one sequence on."""
        row = _row(entry) | self._sealed(entry.id, plain or {})
        row.pop("id")
        changed = (
            update(seekers)
            .where(seekers.c.id == entry.id, seekers.c.sequence == entry.sequence - 1)
            .values(**row)
        )
        if tx.execute(changed).rowcount != 1:
            raise SeekerRowChanged(entry.id)
        tx.execute(_DROP_TRADES, {"of_id": entry.id})
        self._write_trades(tx, entry)

    def tell_anew_on(self, tx: Connection, id: str, day: date | None) -> None:
        """Set the day on which others are to be told of an entry though nobody has changed it."""
        tx.execute(_TELL_ANEW, {"of_id": id, "day": day})

    def to_tell_anew(self, tx: Connection, *, today: date, limit: int) -> list[Entry]:
        """Active entries whose day has come, locked, but for those that somebody is changing."""
        rows = tx.execute(_TO_TELL_ANEW, {"today": today, "limit": limit}).mappings()
        return [_entry(row) for row in rows]

    def _write_trades(self, tx: Connection, entry: Entry) -> None:
        if entry.status is not SeekerStatus.ACTIVE or entry.wishes is None:
            return
        for skill in entry.wishes.trades:
            tx.execute(_INSERT_TRADE, {"id": entry.id, "trade": skill.trade, "station": entry.station})

    def _sealed(self, id: str, plain: Plain) -> dict[str, str | None]:
        row: dict[str, str | None] = {}
        for field, text in plain.items():
            sealed = None if text is None else self._cipher.seal(text, place=_place(field, id))
            row[f"{field.value}_sealed"] = sealed
            row[f"{field.value}_index"] = None if text is None else self._index(field, text)
        return row

    def _index(self, field: PersonalField, text: str) -> str:
        return self._cipher.index(_canonical(field, text), kind=_KINDS[field])

    # --- finding ---------------------------------------------------------------------------------------

    def find(self, tx: Connection, id: str) -> Entry | None:
        """An entry as it stands."""
        return _entry_or_none(tx.execute(_SEEKER, {"id": id}).mappings().first())

    def lock(self, tx: Connection, id: str) -> Entry | None:
        """An entry whose row nobody else changes until the transaction ends."""
        found = tx.execute(self._database.for_update(_SEEKER), {"id": id}).mappings().first()
        return _entry_or_none(found)

    def of_id_number(self, tx: Connection, id_number: str, *, lock: bool = False) -> Entry | None:
        """Who has an identity number, at whatever station."""
        query = self._database.for_update(_OF_ID_NUMBER) if lock else _OF_ID_NUMBER
        index = self._index(PersonalField.ID_NUMBER, id_number)
        return _entry_or_none(tx.execute(query, {"index": index}).mappings().first())

    def of_slip(self, tx: Connection, slip: str) -> Entry | None:
        """Who has a slip, at whatever station."""
        return _entry_or_none(tx.execute(_OF_SLIP, {"slip": slip}).mappings().first())

    def active_of_slips(self, tx: Connection, slips: Iterable[str]) -> dict[str, str]:
        """Id by slip, of those who are active."""
        return {row[0]: row[1] for row in tx.execute(_OF_SLIPS, {"slips": sorted(set(slips))})}

    def entries(self, tx: Connection, ids: Iterable[str]) -> dict[str, Entry]:
        """Entries by id."""
        rows = tx.execute(_OF_IDS, {"ids": sorted(set(ids))}).mappings()
        return {row["id"]: _entry(row) for row in rows}

    def first_trades(self, tx: Connection, ids: Iterable[str]) -> dict[str, str]:
        """The trade by which each is counted."""
        return {row[0]: row[1] for row in tx.execute(_TRADES, {"ids": sorted(set(ids))})}

    def clear(self, tx: Connection, id: str, fields: Iterable[PersonalField]) -> dict[PersonalField, str]:
        """Fields in clear; those that are not kept are absent. Log it before."""
        row = tx.execute(_SEEKER, {"id": id}).mappings().one()
        return {
            field: self._cipher.open(sealed, place=_place(field, id))
            for field in fields
            if (sealed := row[f"{field.value}_sealed"]) is not None
        }

    # --- pages -----------------------------------------------------------------------------------------

    def page(
        self, tx: Connection, within: Subtree, page: Page, *, status: SeekerStatus | None
    ) -> tuple[list[Entry], str | None]:
        """Entries, newest first, and the cursor of the next page."""
        if status is None:
            rows = _ANY.page(tx, within, after=page.after, limit=page.limit, since=page.since)
        else:
            rows = _OF_STATUS.page(
                tx, within, after=page.after, limit=page.limit, since=page.since, status=status.value
            )
        return cut([_entry(row) for row in rows], page.limit)

    def page_of_trade(
        self, tx: Connection, within: Subtree, page: Page, *, trade: str
    ) -> tuple[list[Entry], str | None]:
        """Active ones who look for a trade."""
        rows = _WANTING.page(tx, within, after=page.after, limit=page.limit, since=page.since, trade=trade)
        ids = [row["id"] for row in rows]
        found = self.entries(tx, ids)
        return cut([found[id] for id in ids], page.limit)

    def page_of_masked_name(
        self, tx: Connection, within: Subtree, page: Page, *, masked_name: str
    ) -> tuple[list[Entry], str | None]:
        """All who bear a surname."""
        rows = _MASKED.page(tx, within, after=page.after, limit=page.limit, masked_name=masked_name)
        return cut([_entry(row) for row in rows], page.limit)

    def page_of_name(
        self, tx: Connection, within: Subtree, page: Page, *, name: str
    ) -> tuple[list[Entry], str | None]:
        """All who bear a whole name."""
        index = self._index(PersonalField.NAME, name)
        rows = _NAMED.page(tx, within, after=page.after, limit=page.limit, name_index=index)
        return cut([_entry(row) for row in rows], page.limit)

    def page_of_phone(
        self, tx: Connection, within: Subtree, page: Page, *, phone: str
    ) -> tuple[list[Entry], str | None]:
        """All who are reached by a number, their own or a relative's."""
        rows = _WITH_PHONE.page(
            tx,
            within,
            after=page.after,
            limit=page.limit,
            phone_index=self._index(PersonalField.PHONE, phone),
            relative_index=self._index(PersonalField.RELATIVE_PHONE, phone),
        )
        return cut([_entry(row) for row in rows], page.limit)

    def page_of_slip(
        self, tx: Connection, within: Subtree, page: Page, *, slip: str
    ) -> tuple[list[Entry], str | None]:
        """Who has a slip."""
        rows = _WITH_SLIP.page(tx, within, after=page.after, limit=page.limit, slip=slip)
        return cut([_entry(row) for row in rows], page.limit)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, COUNTY_ZONE)


_KINDS = {
    PersonalField.NAME: "name",
    PersonalField.ID_NUMBER: "id_number",
    PersonalField.PHONE: "phone",
    PersonalField.RELATIVE_PHONE: "relative_phone",
}


def _canonical(field: PersonalField, text: str) -> str:
    """The one form by which a text is found, however it was typed."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return plain if field in (PersonalField.NAME, PersonalField.ID_NUMBER) else plain.replace("-", "")


def _place(field: PersonalField, id: str) -> str:
    return f"seekers/{field.value}_sealed/{id}"


def _row(entry: Entry) -> dict[str, Any]:
    wishes = entry.wishes
    # The day would tell the birth of somebody whose birth is kept no more.
    gone: dict[str, Any] = {"tell_anew_on": None} if entry.birth is None else {}
    return gone | {
        "id": entry.id,
        "station": entry.station,
        "status": entry.status.value,
        "masked_name": entry.masked_name,
        "masked_id_number": entry.masked_id_number,
        "masked_phone": entry.masked_phone,
        "masked_relative_phone": entry.masked_relative_phone,
        "sex": None if entry.sex is None else entry.sex.value,
        "birth": entry.birth,
        "slip": entry.slip,
        "wishes": None if wishes is None else wishes.model_dump(mode="json"),
        "trade": None if wishes is None else wishes.trades[0].trade,
        "consents": sorted(entry.consents),
        "called_by": entry.called_by.value,
        "registered_at": entry.registered_at,
        "ended_at": entry.ended_at,
        "sequence": entry.sequence,
    }


def _entry_or_none(row: RowMapping | None) -> Entry | None:
    return None if row is None else _entry(row)


def _entry(row: RowMapping) -> Entry:
    return Entry(
        id=row["id"],
        station=row["station"],
        status=SeekerStatus(row["status"]),
        masked_name=row["masked_name"],
        masked_id_number=row["masked_id_number"],
        masked_phone=row["masked_phone"],
        masked_relative_phone=row["masked_relative_phone"],
        sex=None if row["sex"] is None else Sex(row["sex"]),
        birth=row["birth"],
        slip=row["slip"],
        wishes=None if row["wishes"] is None else Wishes.model_validate(row["wishes"]),
        consents=frozenset(ConsentPurpose(value) for value in row["consents"]),
        called_by=CalledBy(row["called_by"]),
        registered_at=row["registered_at"],
        ended_at=row["ended_at"],
        sequence=row["sequence"],
    )
