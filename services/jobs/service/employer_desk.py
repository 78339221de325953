"""What commands and queries about employers share."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import employer_duplicates as doubles
from services.jobs.domain import posting as life
from services.jobs.domain.employer import Decision
from services.jobs.domain.employer_rules import DatedEmployerRules, EmployerRules
from services.jobs.domain.employer_standing import POSTING_TAKEN_DOWN, bar
from services.jobs.service.posting_people import PostingPeople
from yizhan.contracts.actor import Actor
from yizhan.contracts.dispatches import DispatchReason
from yizhan.contracts.employers import Employer, EmployerExists, EmployerNotFound
from yizhan.contracts.rpc import Call
from yizhan.network.scope import standing


def _read_rules() -> DatedEmployerRules:
    return DatedEmployerRules.read(json.loads((files("services.jobs") / "employers.json").read_text("utf-8")))


class EmployerDesk(PostingPeople):
    """The parts of JobsService that are about employers inherit from this."""

    employer_rules: DatedEmployerRules = _read_rules()

    @property
    def _contacts(self) -> storage.EmployerContacts:
        return storage.EmployerContacts(self.cipher)

    @property
    def _records(self) -> storage.EmployerRecords:
        return storage.EmployerRecords()

    @property
    def _pairs(self) -> storage.EmployerPairs:
        return storage.EmployerPairs(self.database)

    @property
    def _sanctions(self) -> storage.Sanctions:
        return storage.Sanctions()

    def _register_rules(self) -> EmployerRules:
        return self.employer_rules.on(self._today())

    def _employer(self, tx: Connection, actor: Actor, id: str) -> Employer:
        """An employer, for staff in whose scope it lies. Raises EmployerNotFound and as `_staff_place`."""
        return self._in_scope(tx, actor, id, self._employers.find(tx, id))

    def _locked_employer(self, tx: Connection, actor: Actor, id: str) -> Employer:
        """The same, under its lock."""
        return self._in_scope(tx, actor, id, self._employers.lock(tx, id))

    def _in_scope(self, tx: Connection, actor: Actor, id: str, found: Employer | None) -> Employer:
        if found is None:
            raise EmployerNotFound("no employer has this id", employer_id=id)
        self._staff_place(tx, actor, found.station)
        return found

    def _acting(self, tx: Connection, actor: Actor, station: str) -> Actor:
        """The actor as he stands now; what was heard of his account outweighs his session."""
        return standing(actor, self._place(tx, actor, station)[1])

    def _keep(self, tx: Connection, call: Call, before: Employer, decision: Decision) -> Employer:
        """Save a step and tell of it. Who may not post any more has his postings withdrawn with it.

        Raises EmployerExists.
        """
        after, outcome = decision
        if not self._employers.save(tx, before, after, outcome):
            raise self._taken(tx, after.credit_code or "")
        self._events.employer_stepped(tx, call, after, outcome)
        if bar(after) is not None and bar(before) is None:
            self._take_down(tx, call, after)
        return after

    def _taken(self, tx: Connection, credit_code: str) -> EmployerExists:
        return EmployerExists(
            "a company with this credit code is in the register",
            credit_code=credit_code,
            employer_id=self._employers.id_of_code(tx, credit_code),
        )

    def _take_down(self, tx: Connection, call: Call, employer: Employer) -> None:
        """Withdraw every posting of the employer that may reach a screen, or is on one.

        The employer is locked, so that none is published meanwhile.
        """
        now = self.clock.now()
        for id in self._records.unended_postings(tx, self._employers.family(tx, employer.id)):
            posting = self._postings.lock(tx, id)
            if posting is None or life.Step.WITHDRAW not in life.allowed_steps(posting, now=now):
                continue
            withdrawn, outcome = life.withdraw(posting, now=now, by=call.actor, reason=POSTING_TAKEN_DOWN)
            self._postings.save(tx, withdrawn, outcome)
            self._events.posting_stepped(tx, call, withdrawn, outcome)
            self._people_follow(tx, call, withdrawn, outcome, because=DispatchReason.EMPLOYER_BARRED)

    def _note_traits(self, tx: Connection, employer: Employer) -> None:
        """Keep what the employer may have in common with others, and who they are."""
        indexes = self._contacts.phone_indexes(tx, self._employers.family(tx, employer.id))
        traits = doubles.traits(employer, indexes, self._register_rules().name_endings)
        meet = self._meeting_points(tx, employer.station)
        self._pairs.note(tx, employer.id, traits, meet=meet, now=self.clock.now())

    def _meeting_points(self, tx: Connection, station: str) -> Callable[[str], str | None]:
        # Looked up only for a pair: nearly every entry is like no other.
        return lambda other: doubles.meeting_point(self._path(tx, station), self._path(tx, other))

    def _path(self, tx: Connection, station: str) -> tuple[str, ...]:
        place, _ = self._network.standing(tx, station, "")
        return () if place is None else place.path
