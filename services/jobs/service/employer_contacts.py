"""Contact persons of employers: masked for all, in clear for a purpose that is recorded."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import employer as register
from services.jobs.domain.employer import Step
from services.jobs.service.employer_desk import EmployerDesk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.employers import (
    AddEmployerContact,
    AmendEmployerContact,
    ContactInClear,
    ContactNotFound,
    ContactRead,
    ContactReadQuery,
    ContactReads,
    Employer,
    EmployerContact,
    EmployerContacts,
    EmployerPhones,
    EmployerPhonesQuery,
    EmployerRef,
    EmployersRpc,
    ReadEmployerContact,
    RemoveEmployerContact,
    TooManyContacts,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.network.scope import require_system

_MOST_CONTACTS = 20
#: What a reading by the process that sends messages is for.
_FOR_A_MESSAGE = "message"


class Contacts(EmployerDesk):
    """Commands and queries about contacts. An employer's include those of entries merged into it."""

    @method(EmployersRpc.list_employer_contacts)
    def list_employer_contacts(self, tx: Connection, call: Call, request: EmployerRef) -> EmployerContacts:
        employer = self._employer(tx, call.actor, request.id)
        return EmployerContacts(
            contacts=tuple(self._contacts.of(tx, self._employers.family(tx, employer.id)))
        )

    @method(EmployersRpc.add_employer_contact)
    def add_employer_contact(
        self, tx: Connection, call: Call, request: AddEmployerContact
    ) -> EmployerContact:
        before = self._locked_employer(tx, call.actor, request.id)
        if self._contacts.count(tx, self._employers.family(tx, before.id)) >= _MOST_CONTACTS:
            raise TooManyContacts("remove one first", employer_id=before.id, most=_MOST_CONTACTS)
        now = self.clock.now()
        contact = self._contacts.add(tx, before.id, request, id=new_identifier(now), now=now)
        self._changed(tx, call, before, Step.ADD_CONTACT)
        return contact

    @method(EmployersRpc.amend_employer_contact)
    def amend_employer_contact(
        self, tx: Connection, call: Call, request: AmendEmployerContact
    ) -> EmployerContact:
        before = self._locked_employer(tx, call.actor, request.id)
        contact = self._contact(tx, before, request.contact_id)
        self._contacts.amend(tx, contact.id, request)
        self._changed(tx, call, before, Step.AMEND_CONTACT)
        return self._contact(tx, before, request.contact_id)

    @method(EmployersRpc.remove_employer_contact)
    def remove_employer_contact(
        self, tx: Connection, call: Call, request: RemoveEmployerContact
    ) -> EmployerContact:
        before = self._locked_employer(tx, call.actor, request.id)
        contact = self._contact(tx, before, request.contact_id)
        self._contacts.remove(tx, contact.id)
        self._changed(tx, call, before, Step.REMOVE_CONTACT)
        return contact

    @method(EmployersRpc.read_employer_contact)
    def read_employer_contact(
        self, tx: Connection, call: Call, request: ReadEmployerContact
    ) -> ContactInClear:
        employer = self._employer(tx, call.actor, request.id)
        family = self._employers.family(tx, employer.id)
        found = self._contacts.in_clear(tx, family, request.contact_id)
        if found is None:
            raise _no_contact(employer, request.contact_id)
        read = self._note_read(tx, call, employer, request.contact_id, request.purpose)
        name, phone = found
        return ContactInClear(read_id=read.id, contact_id=request.contact_id, name=name, phone=phone)

    @method(EmployersRpc.employer_phones_for_messages)
    def employer_phones_for_messages(
        self, tx: Connection, call: Call, request: EmployerPhonesQuery
    ) -> EmployerPhones:
        require_system(call.actor)
        phones: dict[str, str] = {}
        for id in dict.fromkeys(request.ids):
            employer = self._employers.find(tx, id)
            if employer is None:
                continue
            family = self._employers.family(tx, id)
            for contact in self._contacts.of(tx, family)[:1]:
                found = self._contacts.in_clear(tx, family, contact.id)
                if found is not None:
                    self._note_read(tx, call, employer, contact.id, _FOR_A_MESSAGE)
                    phones[id] = found[1]
        return EmployerPhones(phones=phones)

    def _note_read(
        self, tx: Connection, call: Call, employer: Employer, contact_id: str, purpose: str
    ) -> ContactRead:
        """Put on record, here and in an event, that a contact is read in clear now."""
        now = self.clock.now()
        read = ContactRead(
            id=new_identifier(now),
            employer_id=employer.id,
            contact_id=contact_id,
            by=call.actor.id,
            at=now,
            purpose=purpose,
        )
        self._contacts.record_read(tx, read)
        self._events.contact_read(tx, call, read, station=employer.station)
        return read

    @method(EmployersRpc.list_contact_reads)
    def list_contact_reads(self, tx: Connection, call: Call, request: ContactReadQuery) -> ContactReads:
        employer = self._employer(tx, call.actor, request.id)
        self._require_administrator(tx, call, employer.station)
        reads, following = self._contacts.reads(
            tx, self._employers.family(tx, employer.id), after=request.after, limit=request.limit
        )
        return ContactReads(reads=tuple(reads), next=following)

    def _contact(self, tx: Connection, employer: Employer, id: str) -> EmployerContact:
        found = self._contacts.find(tx, self._employers.family(tx, employer.id), id)
        if found is None:
            raise _no_contact(employer, id)
        return found

    def _changed(self, tx: Connection, call: Call, before: Employer, step: Step) -> None:
        decision = register.change_contacts(before, step, now=self.clock.now(), by=call.actor)
        self._note_traits(tx, self._keep(tx, call, before, decision))


def _no_contact(employer: Employer, id: str) -> ContactNotFound:
    return ContactNotFound("this employer has no such contact", employer_id=employer.id, contact_id=id)
