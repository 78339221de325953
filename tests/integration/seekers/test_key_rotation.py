"""Sealing anew under another key, while the service goes on."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from services.seekers.storage import tables
from tests.integration.seekers.office import CIPHER, Office
from yizhan.contracts.seeker_rights import (
    ClearSeeker,
    PersonalField,
    ReadingPurpose,
    ReadSeekerInClear,
    SeekerRightsRpc,
)
from yizhan.contracts.seekers import AmendSeeker, Seeker, SeekersRpc
from yizhan.encryption import FieldCipher
from yizhan.resealing import SEALED_COLUMNS, Resealed, reseal

pytestmark = pytest.mark.integration

BOTH = FieldCipher({"k1": b"1" * 16, "k2": b"2" * 16}, current="k2", index_key=b"i" * 32)
NEW = FieldCipher({"k2": b"2" * 16}, current="k2", index_key=b"i" * 32)
COLUMNS = SEALED_COLUMNS["seekers"]


def phone_of(office: Office, seeker: Seeker) -> str | None:
    request = ReadSeekerInClear(id=seeker.id, fields=(PersonalField.PHONE,), purpose=ReadingPurpose.CONTACT)
    clear: ClearSeeker = office.ask(SeekerRightsRpc.read_seeker_in_clear, request)
    return clear.phone


def test_every_sealed_column_is_known() -> None:
    """A column that is added and forgotten here would keep its old key for ever."""
    sealed = {
        (table.name, column.name)
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    }
    assert sealed == {(one.table, one.column) for one in COLUMNS}


def test_after_it_the_old_key_is_needed_no_more(office: Office) -> None:
    """Everybody can still be read and found, and a second run has nothing to do."""
    seekers = [office.register(phone=f"1398541{n:04d}") for n in range(7)]
    assert sum(reseal(office.database, BOTH, one, batch_rows=3).resealed for one in COLUMNS) == 21
    office.service.cipher = NEW
    assert [phone_of(office, seeker) for seeker in seekers] == [f"1398541{n:04d}" for n in range(7)]
    assert sum(reseal(office.database, NEW, one).resealed for one in COLUMNS) == 0


def test_broken_off_it_does_the_rest_later(office: Office) -> None:
    """Batches that were done stay done."""
    for _ in range(5):
        office.register()

    class Stopped(Exception):
        pass

    def stop(_: Resealed) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        reseal(office.database, BOTH, COLUMNS[0], batch_rows=2, after_batch=stop)
    assert reseal(office.database, BOTH, COLUMNS[0], batch_rows=2).resealed == 3


def test_what_is_changed_meanwhile_is_not_undone(office: Office) -> None:
    """The desks write while it runs, and the newest number is the one that is kept."""
    office.service.cipher = BOTH
    old = Office(office.database, office.clock)
    seekers = [old.register(phone="13985410000") for _ in range(40)]
    desk = threading.Thread(
        target=lambda: [
            office.ask(SeekersRpc.amend_seeker, AmendSeeker(id=seeker.id, phone="13985419999"))
            for seeker in seekers[::2]
        ]
    )
    desk.start()
    for one in COLUMNS:
        reseal(office.database, BOTH, one, batch_rows=3)
    desk.join()
    assert {phone_of(office, seeker) for seeker in seekers[::2]} == {"13985419999"}
    assert {phone_of(office, seeker) for seeker in seekers[1::2]} == {"13985410000"}
    with office.database.reading() as connection:
        sealed = connection.execute(select(tables.seekers.c.phone_sealed)).scalars().all()
    assert all(BOTH.is_current(text) for text in sealed)


def test_a_text_that_does_not_open_is_told_and_kept(office: Office) -> None:
    """Altered, or moved to another row: the rest is sealed anew all the same."""
    first, second = office.register(), office.register()
    foreign = CIPHER.seal("李四", place="seekers/name_sealed/somebody-else")
    with office.database.transaction() as tx:
        moved = tables.seekers.update().where(tables.seekers.c.id == first.id).values(name_sealed=foreign)
        tx.execute(moved)
    done = reseal(office.database, BOTH, COLUMNS[0])
    assert (done.broken, done.resealed) == ([f"seekers/name_sealed/{first.id}"], 1)
    assert second.id != first.id
