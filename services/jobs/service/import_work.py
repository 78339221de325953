"""What imports order: reading sheets and taking rows in, beside the calls and begun again after a crash."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import structlog
from sqlalchemy import Connection

from services.jobs import workbooks
from services.jobs.domain import employer_duplicates as doubles
from services.jobs.domain import import_steps as steps
from services.jobs.domain.employer_contact import PHONE, plain_phone
from services.jobs.domain.sheet import Form, RawRow, ReadRow, SheetRefused, find_layout, is_blank, read_row
from services.jobs.domain.sheet_employers import employer_of, keys_of
from services.jobs.service.employers import Employers
from services.jobs.service.import_rows import SealedRows, Waiting
from services.jobs.storage.imports import StoredRow, Work
from services.jobs.workbooks.reading import read_rows
from yizhan.bus.clockwork import every, wakening
from yizhan.bus.nameko_entrypoints import in_native_thread
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.employers import EmployerExists, RegisterEmployer
from yizhan.contracts.files import FileStoreUnavailable
from yizhan.contracts.imports import (
    MOST_ROWS,
    Fault,
    ImportRow,
    ImportStatus,
    Refusal,
    RowFault,
    RowStatus,
)
from yizhan.contracts.rpc import Call

log = structlog.get_logger(__name__)

#: How long an import may wait until it is noticed.
_LONGEST_SLEEP_SECONDS = 2.0
#: Whoever took up an import and was not heard of for so long is dead; each batch is a sign of life.
_CLAIM = timedelta(seconds=60)
_BATCH_ROWS = 250
#: In one transaction; between them the other greenlets get their turn.
_TURN_ROWS = 25
_OVERDUE_AT_ONCE = 50

#: A row as it was judged: what it says with all its faults, and the command that it stands for.
Judged = tuple[ReadRow, RegisterEmployer | None]


class ImportWork(Employers):
    """Clockwork of imports."""

    @wakening(at_most_seconds=_LONGEST_SLEEP_SECONDS)
    def work_on_imports(self) -> float:
        """Do the next thing that an import waits for; the seconds until there may be more."""
        self._forget_uploads()
        now = self.clock.now()
        with self.database.transaction() as tx:
            work = self._imports.claim(tx, now=now, until=now + _CLAIM)
        if work is None:
            return _LONGEST_SLEEP_SECONDS
        if work.told.status is ImportStatus.READING:
            self._read_import(work)
        else:
            self._take_rows(work)
        return 0.0

    @every(seconds=3600)
    def forget_import_rows(self, tx: Connection) -> None:
        """Delete the rows of imports whose time is over."""
        for id in self._imports.overdue(tx, now=self.clock.now(), limit=_OVERDUE_AT_ONCE):
            work = self._imports.lock(tx, id)
            if work is not None and work.told.status is not ImportStatus.COMMITTING:
                self._imports.delete_rows(tx, id)
                status = steps.status_after_cancelling(work.told)
                self._imports.change(tx, id, status=status, rows=0)

    # --- reading ----------------------------------------------------------------------------------------

    def _read_import(self, work: Work) -> None:
        id, form = work.told.id, workbooks.form_of(work.told.kind)
        try:
            judged, ignored = self._judged_rows(work, form)
        except SheetRefused as error:
            log.info("import.refused", import_id=id, refusal=error.refusal.value)
            self._refuse_import(work, error)
            return
        with self.database.transaction() as tx:
            if not self._has_import(tx, work):
                return
            # What an earlier attempt left behind.
            self._imports.delete_rows(tx, id)
            self._imports.change(tx, id, rows=len(judged), read=0, ignored=list(ignored))
        seen: dict[str, int] = {}
        for start in range(0, len(judged), _BATCH_ROWS):
            if not self._keep_rows(work, judged[start : start + _BATCH_ROWS], seen):
                return
            time.sleep(0)
        with self.database.transaction() as tx:
            if self._has_import(tx, work):
                counts = self._imports.count_anew(tx, id)
                self._imports.change(
                    tx, id, status=steps.status_after_work(counts["good"]), claimed_until=None
                )
                log.info("import.read", import_id=id, **counts)

    def _judged_rows(self, work: Work, form: Form) -> tuple[list[Judged], tuple[str, ...]]:
        """All rows of the sheet, judged by themselves. Raises SheetRefused."""
        if work.attempts > steps.MOST_ATTEMPTS:
            raise SheetRefused(Refusal.FILE_DAMAGED)
        try:
            content = None if work.file_id is None else in_native_thread(self._file_store.read, work.file_id)
        except FileStoreUnavailable:
            # Not the sheet's fault: no attempt was made on it.
            with self.database.transaction() as tx:
                self._imports.change(tx, work.told.id, attempts=work.attempts - 1)
            raise
        if content is None:
            raise SheetRefused(Refusal.FILE_GONE)
        today = self.clock.now().astimezone(COUNTY_ZONE).date()
        judged: tuple[list[Judged], tuple[str, ...]] = in_native_thread(
            _judge, content, form, work.told.station, today
        )
        return judged

    def _keep_rows(self, work: Work, batch: Sequence[Judged], seen: dict[str, int]) -> bool:
        """Write a batch of rows; False when the import is no longer ours to read. seen: keys → rows above."""
        sealed = SealedRows(self.cipher, work.told.id)
        with self.database.transaction() as tx:
            if not self._has_import(tx, work):
                return False
            registered = self._in_register(tx, [request for _, request in batch if request is not None])
            rows = [_stored(row, request, sealed, seen, registered) for row, request in batch]
            self._imports.add_rows(tx, work.told.id, rows)
            self._imports.count_anew(tx, work.told.id)
            self._imports.change(tx, work.told.id, claimed_until=self.clock.now() + _CLAIM)
        return True

    def _has_import(self, tx: Connection, work: Work) -> bool:
        """Whether nobody cancelled the import, or took it for abandoned, meanwhile. Locks it."""
        current = self._imports.lock(tx, work.told.id)
        return (
            current is not None
            and current.told.status is work.told.status
            and current.attempts == work.attempts
        )

    def _refuse_import(self, work: Work, error: SheetRefused) -> None:
        with self.database.transaction() as tx:
            if self._has_import(tx, work):
                self._imports.delete_rows(tx, work.told.id)
                self._imports.change(
                    tx,
                    work.told.id,
                    status=ImportStatus.REFUSED,
                    refusal=error.refusal,
                    columns=list(error.columns),
                    claimed_until=None,
                )

    # --- taking in --------------------------------------------------------------------------------------

    def _take_rows(self, work: Work) -> None:
        """Make employers of the chosen rows, each with its event, in one transaction: all of them or none."""
        call = Call(actor=work.actor, correlation=work.correlation)
        sealed = SealedRows(self.cipher, work.told.id)
        with self.database.transaction() as tx:
            if not self._has_import(tx, work):
                return
            if work.attempts > steps.MOST_ATTEMPTS:
                log.error("import.given_back", import_id=work.told.id, attempts=work.attempts)
                self._imports.change(tx, work.told.id, status=ImportStatus.READY, claimed_until=None)
                return
            chosen = self._imports.rows(tx, work.told.id, statuses=(RowStatus.GOOD,), chosen=True)
            waiting = [(row, sealed.open(row)) for row in chosen]
            # No two good rows of a sheet share a key, so that one look before the first is enough.
            registered = self._in_register(tx, [said.request for _, said in waiting if said.request])
            done = []
            for row, said in waiting:
                done.append(self._take_row(tx, call, row, said, registered))
                if len(done) % _TURN_ROWS == 0:
                    # SQLite's calls never wait, so that without this no other greenlet would run.
                    time.sleep(0)
            self._imports.save_rows(tx, work.told.id, done)
            counts = self._imports.count_anew(tx, work.told.id)
            status = steps.status_after_work(counts["good"])
            self._imports.change(tx, work.told.id, status=status, claimed_until=None)
        log.info("import.committed", import_id=work.told.id, **counts)

    def _take_row(
        self, tx: Connection, call: Call, row: StoredRow, waiting: Waiting, registered: Mapping[str, str]
    ) -> StoredRow:
        """A row after it became an employer, or was found to be one already."""
        assert waiting.request is not None
        present = next((registered[key] for key in keys_of(waiting.request) if key in registered), None)
        if present is None:
            try:
                employer = self._register(tx, call, waiting.request, registered_on=waiting.registered_on)
            except EmployerExists as error:
                present = error.evidence["employer_id"]
            else:
                told = row.told.model_copy(update={"status": RowStatus.IMPORTED, "id": employer.id})
                return StoredRow(told, None)
        faults = (RowFault(code=Fault.IN_REGISTER, id=present),)
        return replace(row, told=row.told.model_copy(update={"status": RowStatus.TAKEN, "faults": faults}))

    def _in_register(self, tx: Connection, requests: Sequence[RegisterEmployer]) -> dict[str, str]:
        """What the register has of these already: key → id."""
        codes = [request.credit_code for request in requests if request.credit_code is not None]
        found = {f"code:{code}": id for code, id in self._imports.ids_of_codes(tx, codes).items()}
        people: dict[tuple[str, str], str] = {}
        for request in requests:
            if request.credit_code is None:
                name = doubles.plain_name(request.name, self._register_rules().name_endings)
                for contact, key in zip(request.contacts, keys_of(request), strict=True):
                    people[name, self.cipher.index(plain_phone(contact.phone), kind=PHONE)] = key
        known = self._imports.ids_of_people(tx, list(people))
        return found | {people[person]: id for person, id in known.items()}

    def _forget_uploads(self) -> None:
        """Uploads that were read, or never will be."""
        with self.database.reading() as connection:
            left = self._imports.left_files(connection, limit=_OVERDUE_AT_ONCE)
        for id, file_id in left:
            in_native_thread(self._file_store.delete, file_id)
            with self.database.transaction() as tx:
                self._imports.change(tx, id, file_id=None)


def _judge(content: bytes, form: Form, station: str, today: date) -> tuple[list[Judged], tuple[str, ...]]:
    raw: list[RawRow] = read_rows(content)
    layout = find_layout(raw, form)
    below = [row for row in raw if row.number > layout.header_row and not is_blank(row, layout)]
    if not below:
        raise SheetRefused(Refusal.NO_ROWS)
    if len(below) > MOST_ROWS:
        raise SheetRefused(Refusal.TOO_MANY_ROWS)
    read = (read_row(row, layout, form, today=today) for row in below)
    return [employer_of(row, form, station=station) for row in read], layout.ignored


def _stored(
    row: ReadRow,
    request: RegisterEmployer | None,
    sealed: SealedRows,
    seen: dict[str, int],
    registered: Mapping[str, str],
) -> StoredRow:
    """A row as it waits. What the register has, or a row above, is named."""
    status, faults = RowStatus.FAULTY, row.faults
    if request is not None:
        keys = keys_of(request)
        above = next((seen[key] for key in keys if key in seen), None)
        present = next((registered[key] for key in keys if key in registered), None)
        status = RowStatus.GOOD if above is None and present is None else RowStatus.TAKEN
        if present is not None:
            faults = (RowFault(code=Fault.IN_REGISTER, id=present),)
        elif above is not None:
            faults = (RowFault(code=Fault.REPEATED_IN_SHEET, row=above),)
        for key in keys:
            seen.setdefault(key, row.number)
    waiting = Waiting(row.said, request, row.values.get("registered_on"))
    told = ImportRow(row=row.number, status=status, cells=None, faults=faults)
    return StoredRow(told, sealed.seal(row.number, waiting))
