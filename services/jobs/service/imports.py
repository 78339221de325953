"""Imports as staff ask for them: started, looked at, chosen from, given up. `import_work` does the rest."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from services.jobs import workbooks
from services.jobs.domain import import_steps as steps
from services.jobs.domain.sheet import Form, masked
from services.jobs.service.employer_desk import EmployerDesk
from services.jobs.service.import_rows import SealedRows, Waiting
from services.jobs.storage.imports import StoredRow, Work
from services.jobs.workbooks.writing import template
from yizhan.bus.nameko_entrypoints import in_native_thread, method
from yizhan.contracts.files import XLSX, FileNotFound, FileTypeRefused, StoredFile
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.imports import (
    CommitImport,
    Import,
    ImportList,
    ImportNotFound,
    ImportQuery,
    ImportRef,
    ImportRow,
    ImportRowList,
    ImportRowNotGood,
    ImportRowQuery,
    ImportsRpc,
    ImportStatus,
    RowStatus,
    Sheet,
    StartImport,
    TemplateRef,
)
from yizhan.contracts.rpc import Call


class Imports(EmployerDesk):
    """Commands and queries about imports."""

    @method(ImportsRpc.start_import)
    def start_import(self, tx: Connection, call: Call, request: StartImport) -> Import:
        self._staff_place(tx, call.actor, request.station)
        stored: StoredFile | None = in_native_thread(self._file_store.stat, request.file)
        if stored is None:
            raise FileNotFound("no stored file has this id", file_id=request.file)
        if stored.media_type != XLSX:
            raise FileTypeRefused("an import is an xlsx workbook", media_type=stored.media_type)
        in_native_thread(self._file_store.keep, request.file)
        now = self.clock.now()
        new = Import(
            id=new_identifier(now),
            kind=request.kind,
            station=request.station,
            status=ImportStatus.READING,
            file_name=stored.name,
            by=call.actor.id,
            started_at=now,
            rows_until=now + steps.ROWS_KEPT,
        )
        self._imports.insert(tx, new, file_id=request.file, actor=call.actor, correlation=call.correlation)
        return new

    @method(ImportsRpc.get_import)
    def get_import(self, tx: Connection, call: Call, request: ImportRef) -> Import:
        return self._import_in_scope(tx, call, request.id)

    @method(ImportsRpc.list_imports)
    def list_imports(self, tx: Connection, call: Call, request: ImportQuery) -> ImportList:
        place = self._staff_place(tx, call.actor, request.station)
        found, following = self._imports.page(
            tx,
            self._network.within(tx, place),
            kind=request.kind,
            after=request.after,
            limit=request.limit,
        )
        return ImportList(imports=tuple(found), next=following)

    @method(ImportsRpc.list_import_rows)
    def list_import_rows(self, tx: Connection, call: Call, request: ImportRowQuery) -> ImportRowList:
        current = self._import_in_scope(tx, call, request.id)
        steps.require_rows(current)
        statuses = () if request.status is None else (request.status,)
        rows = self._imports.rows(
            tx, request.id, statuses=statuses, after=request.after, limit=request.limit + 1
        )
        form, sealed = workbooks.form_of(current.kind), SealedRows(self.cipher, request.id)
        shown = [_shown(row, sealed.open(row), form) for row in rows[: request.limit]]
        return ImportRowList(rows=tuple(shown), next=shown[-1].row if len(rows) > request.limit else None)

    @method(ImportsRpc.commit_import)
    def commit_import(self, tx: Connection, call: Call, request: CommitImport) -> Import:
        current = self._locked_import(tx, call, request.id).told
        steps.require_status(current, "commit", ImportStatus.READY)
        unfit = self._imports.choose(tx, request.id, request.rows)
        if unfit:
            raise ImportRowNotGood(
                "a chosen row is not there, is faulty or is taken",
                import_id=request.id,
                rows=steps.numbers_said(unfit),
            )
        self._imports.change(
            tx,
            request.id,
            status=ImportStatus.COMMITTING,
            actor=call.actor.model_dump(mode="json"),
            correlation=call.correlation,
            claimed_until=None,
            attempts=0,
        )
        return self._import_in_scope(tx, call, request.id)

    @method(ImportsRpc.cancel_import)
    def cancel_import(self, tx: Connection, call: Call, request: ImportRef) -> Import:
        current = self._locked_import(tx, call, request.id).told
        steps.require_status(
            current, "be given up", ImportStatus.READING, ImportStatus.READY, ImportStatus.DONE
        )
        self._imports.delete_rows(tx, request.id)
        self._imports.change(tx, request.id, status=steps.status_after_cancelling(current), rows=0)
        return self._import_in_scope(tx, call, request.id)

    @method(ImportsRpc.import_template)
    def import_template(self, tx: Connection, call: Call, request: TemplateRef) -> Sheet:
        self._staff_place(tx, call.actor, call.actor.station or "")
        form = workbooks.form_of(request.kind)
        return Sheet.of(form.file_name, in_native_thread(template, form))

    @method(ImportsRpc.import_report)
    def import_report(self, tx: Connection, call: Call, request: ImportRef) -> Sheet:
        """The rows that were not taken, whole, for whoever is to mend them."""
        current = self._import_in_scope(tx, call, request.id)
        steps.require_status(current, "be reported on", ImportStatus.READY, ImportStatus.DONE)
        steps.require_rows(current)
        rows = self._imports.rows(tx, request.id, statuses=(RowStatus.FAULTY, RowStatus.TAKEN))
        sealed = SealedRows(self.cipher, request.id)
        content = in_native_thread(
            workbooks.report_of, current.kind, [_reported(row, sealed.open(row)) for row in rows]
        )
        return Sheet.of(workbooks.TEXTS.file_name, content)

    def _import_in_scope(self, tx: Connection, call: Call, id: str) -> Import:
        found = self._imports.find(tx, id)
        if found is None:
            raise ImportNotFound("no import has this id", import_id=id)
        self._staff_place(tx, call.actor, found.station)
        return found

    def _locked_import(self, tx: Connection, call: Call, id: str) -> Work:
        found = self._imports.lock(tx, id)
        if found is None:
            raise ImportNotFound("no import has this id", import_id=id)
        self._staff_place(tx, call.actor, found.told.station)
        return found


def _shown(row: StoredRow, waiting: Waiting, form: Form) -> ImportRow:
    cells = None if row.sealed is None else masked(waiting.said, form)
    return row.told.model_copy(update={"cells": cells, "findings": waiting.findings})


def _reported(row: StoredRow, waiting: Waiting) -> tuple[ImportRow, Mapping[str, str]]:
    return row.told.model_copy(update={"findings": waiting.findings}), waiting.said
