"""Employers out of a spreadsheet: judged row by row, and taken into the register many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from services.jobs import workbooks
from services.jobs.domain import employer as register
from services.jobs.domain import employer_duplicates as doubles
from services.jobs.domain.employer_contact import PHONE, plain_phone
from services.jobs.domain.employer_duplicates import Trait
from services.jobs.domain.sheet import Judged, ReadRow
from services.jobs.domain.sheet_employers import EmployerEntry, employer_of, keys_of
from services.jobs.events import row_of
from services.jobs.service.employer_desk import EmployerDesk
from services.jobs.service.import_kinds import Intake
from services.jobs.storage.employers import NewEmployer, new_employer
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.imports import Fault, Import, ImportKind, RowFault
from yizhan.contracts.rpc import Call


@dataclass(frozen=True)
class _Entry:
    """An employer with all that is written of it."""

    id: str
    station: str
    credit_code: str | None
    new: NewEmployer
    contacts: list[dict[str, Any]]
    traits: frozenset[Trait]
    event: Any


class EmployerImports(EmployerDesk):
    """How employers come in."""

    def _employer_intake(self) -> Intake[EmployerEntry]:
        return Intake(
            request=EmployerEntry,
            judge=self._judge_employers,
            keys=keys_of,
            known=self._known_employers,
            prepare=self._prepare_employers,
            write=self._write_employers,
        )

    def _judge_employers(
        self, tx: Connection, current: Import, rows: Sequence[ReadRow]
    ) -> Callable[[ReadRow], Judged[EmployerEntry]]:
        del tx, rows
        form = workbooks.form_of(ImportKind.EMPLOYERS)
        return partial(employer_of, form=form, station=current.station)

    def _known_employers(self, tx: Connection, requests: Sequence[EmployerEntry]) -> dict[str, str]:
        codes = [request.credit_code for request in requests if request.credit_code is not None]
        found = {f"code:{code}": id for code, id in self._imports.ids_of_codes(tx, codes).items()}
        endings = self._register_rules().name_endings
        people: dict[tuple[str, str], str] = {}
        for request in requests:
            if request.credit_code is None:
                name = doubles.plain_name(request.name, endings)
                for contact, key in zip(request.contacts, keys_of(request), strict=True):
                    people[name, self.cipher.index(plain_phone(contact.phone), kind=PHONE)] = key
        known = self._imports.ids_of_people(tx, list(people))
        return found | {people[person]: id for person, id in known.items()}

    def _prepare_employers(
        self, tx: Connection, call: Call, requests: Sequence[EmployerEntry]
    ) -> Sequence[_Entry]:
        del tx
        endings = self._register_rules().name_endings
        return [self._entry(call, request, endings) for request in requests]

    def _entry(self, call: Call, request: EmployerEntry, endings: Sequence[str]) -> _Entry:
        now = self.clock.now()
        employer, outcome = register.register(request, id=new_identifier(now), now=now, by=call.actor)
        if request.registered_on is not None:
            outcome = replace(outcome, detail=request.registered_on.isoformat())
        contacts = [
            self._contacts.row_of(employer.id, contact, id=new_identifier(now), now=now)
            for contact in request.contacts
        ]
        return _Entry(
            id=employer.id,
            station=employer.station,
            credit_code=employer.credit_code,
            new=new_employer(employer, outcome),
            contacts=contacts,
            traits=doubles.traits(employer, (row["phone_index"] for row in contacts), endings),
            event=row_of(call, employer, outcome),
        )

    def _write_employers(self, tx: Connection, entries: Sequence[_Entry]) -> Sequence[str | RowFault]:
        written = self._employers.insert_many(tx, [entry.new for entry in entries])
        kept = [entry for entry in entries if entry.id in written]
        self._contacts.write(tx, [row for entry in kept for row in entry.contacts])
        if kept:
            self._pairs.note_new(
                tx,
                {entry.id: entry.traits for entry in kept},
                meet=self._meeting_points(tx, kept[0].station),
                now=self.clock.now(),
            )
        self._events.record(tx, [entry.event for entry in kept])
        return [entry.id if entry.id in written else self._present(tx, entry) for entry in entries]

    def _present(self, tx: Connection, entry: _Entry) -> RowFault:
        """Somebody registered the same company since the register was looked at."""
        return RowFault(code=Fault.IN_REGISTER, id=self._employers.id_of_code(tx, entry.credit_code or ""))
