"""What imports order: reading sheets and taking rows in, beside the calls and begun again after a crash."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import structlog
from pydantic import BaseModel
from sqlalchemy import Connection

from services.jobs import workbooks
from services.jobs.domain import import_steps as steps
from services.jobs.domain.sheet import (
    Form,
    Judged,
    RawRow,
    ReadRow,
    SheetRefused,
    find_layout,
    is_blank,
    read_row,
)
from services.jobs.service.import_employers import EmployerImports
from services.jobs.service.import_kinds import Intake
from services.jobs.service.import_postings import PostingImports
from services.jobs.service.import_rows import SealedRows, Waiting
from services.jobs.storage.imports import StoredRow, Work
from services.jobs.workbooks.reading import read_rows
from yizhan.bus.clockwork import every, wakening
from yizhan.bus.nameko_entrypoints import in_native_thread
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.files import FileStoreUnavailable
from yizhan.contracts.imports import (
    MOST_ROWS,
    Fault,
    ImportKind,
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
#: Prepared, and written, without the other greenlets having their turn.
_TURN_ROWS = 250
_OVERDUE_AT_ONCE = 50


class ImportWork(EmployerImports, PostingImports):
    """Clockwork of imports."""

    def _intake(self, kind: ImportKind) -> Intake[Any]:
        if kind is ImportKind.EMPLOYERS:
            return self._employer_intake()
        return self._posting_intake()

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
        id = work.told.id
        try:
            judged, ignored = self._judged_rows(work)
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

    def _judged_rows(self, work: Work) -> tuple[list[Judged[Any]], tuple[str, ...]]:
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
        form = workbooks.form_of(work.told.kind)
        read, ignored = in_native_thread(_read_sheet, content, form, today)
        with self.database.reading() as connection:
            judge = self._intake(work.told.kind).judge(connection, work.told, read)
        judged: list[Judged[Any]] = in_native_thread(_judge_all, judge, read)
        return judged, ignored

    def _keep_rows(self, work: Work, batch: Sequence[Judged[Any]], seen: dict[str, int]) -> bool:
        """Write a batch of rows; False when the import is no longer ours to read. seen: keys → rows above."""
        sealed = SealedRows(self.cipher, work.told.id)
        with self.database.transaction() as tx:
            if not self._has_import(tx, work):
                return False
            requests = [one.request for one in batch if one.request is not None]
            known = self._intake(work.told.kind).known(tx, requests)
            rows = [_stored(one, sealed, seen, known) for one in batch]
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
        """Take the chosen rows in, each with its events, in one transaction: all of them or none.

        All that can be is done before it, in turns with the other greenlets; it only writes.
        """
        intake = self._intake(work.told.kind)
        with self.database.reading() as connection:
            chosen = self._imports.rows(connection, work.told.id, statuses=(RowStatus.GOOD,), chosen=True)
            turns = [
                self._prepared(connection, work, intake, chosen[start : start + _TURN_ROWS])
                for start in range(0, len(chosen), _TURN_ROWS)
            ]
        with self.database.transaction() as tx:
            if not self._has_import(tx, work):
                return
            if work.attempts > steps.MOST_ATTEMPTS:
                log.error("import.given_back", import_id=work.told.id, attempts=work.attempts)
                self._imports.change(tx, work.told.id, status=ImportStatus.READY, claimed_until=None)
                return
            # No two good rows of a sheet share a key, so that one look before the first is enough.
            known = intake.known(tx, [row.request for turn in turns for row in turn])
            done: list[StoredRow] = []
            for turn in turns:
                done += _taken(tx, intake, turn, known)
                # SQLite's calls never wait, so that without this no other greenlet would run.
                time.sleep(0)
            self._imports.save_rows(tx, work.told.id, done)
            counts = self._imports.count_anew(tx, work.told.id)
            status = steps.status_after_work(counts["good"])
            self._imports.change(tx, work.told.id, status=status, claimed_until=None)
        log.info("import.committed", import_id=work.told.id, **counts)

    def _prepared(
        self, tx: Connection, work: Work, intake: Intake[Any], rows: Sequence[StoredRow]
    ) -> list[_Ready]:
        sealed = SealedRows(self.cipher, work.told.id)
        requests = [intake.request.model_validate(sealed.open(row).request) for row in rows]
        call = Call(actor=work.actor, correlation=work.correlation)
        prepared = intake.prepare(tx, call, requests)
        time.sleep(0)
        return [_Ready(*one) for one in zip(rows, requests, prepared, strict=True)]

    def _forget_uploads(self) -> None:
        """Uploads that were read, or never will be."""
        with self.database.reading() as connection:
            left = self._imports.left_files(connection, limit=_OVERDUE_AT_ONCE)
        for id, file_id in left:
            in_native_thread(self._file_store.delete, file_id)
            with self.database.transaction() as tx:
                self._imports.change(tx, id, file_id=None)


@dataclass(frozen=True)
class _Ready:
    """A chosen row, the command that it stands for, and what is to be written of it."""

    row: StoredRow
    request: BaseModel
    prepared: Any


def _taken(
    tx: Connection, intake: Intake[Any], turn: Sequence[_Ready], known: Mapping[str, str]
) -> list[StoredRow]:
    """Rows after they came in, or were found to be there already, or not to be taken any more."""
    present = {
        one.row.told.row: known[key] for one in turn for key in intake.keys(one.request) if key in known
    }
    fresh = [one for one in turn if one.row.told.row not in present]
    became = intake.write(tx, [one.prepared for one in fresh])
    done = [_done(one.row, end) for one, end in zip(fresh, became, strict=True)]
    there = [one.row for one in turn if one.row.told.row in present]
    return done + [_done(row, RowFault(code=Fault.IN_REGISTER, id=present[row.told.row])) for row in there]


def _done(row: StoredRow, end: str | RowFault) -> StoredRow:
    if isinstance(end, str):
        return StoredRow(row.told.model_copy(update={"status": RowStatus.IMPORTED, "id": end}), None)
    status = RowStatus.TAKEN if end.code is Fault.IN_REGISTER else RowStatus.FAULTY
    return replace(row, told=row.told.model_copy(update={"status": status, "faults": (end,)}))


def _read_sheet(content: bytes, form: Form, today: date) -> tuple[list[ReadRow], tuple[str, ...]]:
    raw: list[RawRow] = read_rows(content)
    layout = find_layout(raw, form)
    below = [row for row in raw if row.number > layout.header_row and not is_blank(row, layout)]
    if not below:
        raise SheetRefused(Refusal.NO_ROWS)
    if len(below) > MOST_ROWS:
        raise SheetRefused(Refusal.TOO_MANY_ROWS)
    return [read_row(row, layout, form, today=today) for row in below], layout.ignored


def _judge_all(judge: Callable[[ReadRow], Judged[Any]], rows: Sequence[ReadRow]) -> list[Judged[Any]]:
    return [judge(row) for row in rows]


def _stored(
    judged: Judged[Any], sealed: SealedRows, seen: dict[str, int], known: Mapping[str, str]
) -> StoredRow:
    """A row as it waits. What the register has, or a row above, is named."""
    number, faults = judged.row.number, judged.row.faults
    status = RowStatus.FAULTY
    if judged.request is not None:
        above = next((seen[key] for key in judged.keys if key in seen), None)
        present = next((known[key] for key in judged.keys if key in known), None)
        status = RowStatus.GOOD if above is None and present is None else RowStatus.TAKEN
        if present is not None:
            faults = (RowFault(code=Fault.IN_REGISTER, id=present),)
        elif above is not None:
            faults = (RowFault(code=Fault.REPEATED_IN_SHEET, row=above),)
        for key in judged.keys:
            seen.setdefault(key, number)
    request = None if judged.request is None else judged.request.model_dump(mode="json")
    waiting = Waiting(judged.row.said, request, judged.findings)
    told = ImportRow(row=number, status=status, cells=None, faults=faults)
    return StoredRow(told, sealed.seal(number, waiting))
