"""Postings out of a spreadsheet: judged row by row with the law beside, and put up for verification."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from services.jobs import workbooks
from services.jobs.domain import employer_duplicates as doubles
from services.jobs.domain import lawfulness
from services.jobs.domain import posting as life
from services.jobs.domain.employer import name_in_public
from services.jobs.domain.employer_contact import PHONE, plain_phone
from services.jobs.domain.employer_standing import bar
from services.jobs.domain.limits import Limits
from services.jobs.domain.network import require_open
from services.jobs.domain.sheet import Judged, ReadRow
from services.jobs.domain.sheet_postings import (
    EmployerSaid,
    Ground,
    employer_said,
    keys_of,
    posting_of,
    refusal,
)
from services.jobs.events import row_of
from services.jobs.service.employer_desk import EmployerDesk
from services.jobs.service.import_kinds import Intake
from services.jobs.service.posting_steps import PostingSteps
from services.jobs.storage import Dossier
from services.jobs.storage.postings import NewPosting, new_posting
from yizhan.contracts.compliance import PostingUnlawful
from yizhan.contracts.employers import Employer
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.imports import Fault, Import, ImportKind, RowFault
from yizhan.contracts.jobs import DraftPosting
from yizhan.contracts.rpc import Call


@dataclass(frozen=True)
class _Put:
    """A posting that was put up, with all that is written of it."""

    id: str
    station: str
    employer_id: str
    new: NewPosting
    dossier: Dossier
    events: list[Mapping[str, Any]]


class PostingImports(EmployerDesk, PostingSteps):
    """How postings come in."""

    def _posting_intake(self) -> Intake[DraftPosting]:
        return Intake(
            request=DraftPosting,
            judge=self._judge_postings,
            keys=keys_of,
            known=self._known_postings,
            prepare=self._prepare_postings,
            write=self._write_postings,
        )

    def _judge_postings(
        self, tx: Connection, current: Import, rows: Sequence[ReadRow]
    ) -> Callable[[ReadRow], Judged[DraftPosting]]:
        form = workbooks.form_of(ImportKind.POSTINGS)
        book = self._rulebook(tx)
        ground = Ground(
            station=current.station,
            now=self.clock.now(),
            limits=self._limits(tx, current.station),
            rules=lambda on: book.rules(division=current.station[:6], on=on),
            employers=self._employers_meant(tx, [said for row in rows if (said := employer_said(row))]),
        )
        return lambda row: posting_of(row, form, ground)

    def _employers_meant(
        self, tx: Connection, said: Sequence[EmployerSaid]
    ) -> Mapping[EmployerSaid, Sequence[Employer]]:
        """Who in the register may be meant: by the code, else by the name, of several by the phone."""
        endings = self._register_rules().name_endings
        asked = list(dict.fromkeys(said))
        by_code = self._imports.ids_of_codes(tx, [one.credit_code for one in asked if one.credit_code])
        plain = {one: doubles.plain_name(one.name, endings) for one in asked}
        by_name = self._imports.ids_of_names(tx, sorted(set(plain.values())))
        indexes = {one: self.cipher.index(plain_phone(one.phone), kind=PHONE) for one in asked if one.phone}
        people = self._imports.ids_of_people(tx, [(plain[one], indexes[one]) for one in indexes])
        ids: dict[EmployerSaid, Sequence[str]] = {}
        for one in asked:
            if one.credit_code is not None:
                ids[one] = [by_code[one.credit_code]] if one.credit_code in by_code else []
            elif (person := people.get((plain[one], indexes.get(one, "")))) is not None:
                ids[one] = [person]
            else:
                ids[one] = by_name.get(plain[one], [])
        entries = {id: self._employers.find(tx, id) for id in {id for few in ids.values() for id in few}}
        return {one: _meant(one, [entries[id] for id in few]) for one, few in ids.items()}

    def _known_postings(self, tx: Connection, requests: Sequence[DraftPosting]) -> dict[str, str]:
        return self._postings.ids_of_fingerprints(tx, [keys_of(request)[0] for request in requests])

    def _prepare_postings(
        self, tx: Connection, call: Call, requests: Sequence[DraftPosting]
    ) -> Sequence[_Put | RowFault]:
        limits = {station: self._limits(tx, station) for station in {one.station for one in requests}}
        return [self._put(tx, call, request, limits[request.station]) for request in requests]

    def _put(self, tx: Connection, call: Call, request: DraftPosting, limits: Limits) -> _Put | RowFault:
        """The posting, drafted and submitted; what was lawful and to come may not be so any more."""
        employer = self._employers.find(tx, request.employer_id)
        if employer is None:
            return RowFault(code=Fault.EMPLOYER_UNKNOWN)
        now = self.clock.now()
        by = call.actor
        try:
            drafted = life.draft(
                request,
                name_in_public(employer.kind, employer.name),
                id=new_identifier(now),
                now=now,
                by=by,
                limits=limits,
            )
            dossier = self._check(tx, drafted[0], Dossier(drafted[0].id, request.lead, (), now))
            lawfulness.require_lawful(drafted[0].id, dossier.findings)
            submitted = life.submit(drafted[0], now=now, by=by)
        except PostingUnlawful:
            return RowFault(code=Fault.UNLAWFUL)
        except YizhanError as error:
            return refusal(error, workbooks.form_of(ImportKind.POSTINGS))
        return _Put(
            id=drafted[0].id,
            station=request.station,
            employer_id=request.employer_id,
            new=new_posting(drafted, submitted),
            dossier=dossier,
            events=[row_of(call, posting, outcome) for posting, outcome in (drafted, submitted)],
        )

    def _write_postings(self, tx: Connection, puts: Sequence[_Put | RowFault]) -> Sequence[str | RowFault]:
        whole = [put for put in puts if isinstance(put, _Put)]
        for station in {put.station for put in whole}:
            place, _ = self._network.standing(tx, station, "")
            if place is not None:
                require_open(place)
        # In one order: whoever holds several holds them as everybody else does.
        barred = {id for id in sorted({put.employer_id for put in whole}) if self._is_barred(tx, id)}
        kept = [put for put in whole if put.employer_id not in barred]
        self._postings.insert_many(tx, [put.new for put in kept])
        self._dossiers.insert_many(tx, [put.dossier for put in kept])
        self._events.record(tx, [event for put in kept for event in put.events])
        return [
            put
            if isinstance(put, RowFault)
            else RowFault(code=Fault.EMPLOYER_BARRED, id=put.employer_id)
            if put.employer_id in barred
            else put.id
            for put in puts
        ]

    def _is_barred(self, tx: Connection, employer_id: str) -> bool:
        employer = self._employers.hold(tx, employer_id)
        return employer is None or bar(employer) is not None


def _meant(said: EmployerSaid, found: Sequence[Employer | None]) -> Sequence[Employer]:
    """Of several whose names are alike, the one with this very name."""
    entries = list({entry.id: entry for entry in found if entry is not None}.values())
    exact = [entry for entry in entries if entry.name == said.name]
    return exact if len(exact) == 1 else entries
