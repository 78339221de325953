"""Contacts: sealed at rest, masked in every answer, in clear for a recorded purpose."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from services.jobs.storage import tables
from tests.integration.jobs.employers import register
from tests.integration.jobs.office import ADMIN, OTHER_CLERK, TOWN_CLERK, Office
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.employers import (
    AddEmployerContact,
    AmendEmployerContact,
    ContactReadQuery,
    Employer,
    EmployerContact,
    EmployerContactRef,
    EmployerPhonesQuery,
    EmployerRef,
    EmployersRpc,
    NewContact,
    ReadEmployerContact,
    RemoveEmployerContact,
)

pytestmark = pytest.mark.integration

NAME, PHONE = "王大山", "13812341234"


def add(office: Office, employer: Employer, name: str = NAME, phone: str = PHONE) -> EmployerContact:
    request = AddEmployerContact(id=employer.id, name=name, phone=phone, role="工头")
    contact: EmployerContact = office.ask(EmployersRpc.add_employer_contact, request)
    return contact


def everything_kept(office: Office) -> str:
    """All rows of all tables as text, the outbox among them."""
    with office.database.reading() as connection:
        rows: list[Any] = []
        for table in tables.metadata.sorted_tables:
            rows += connection.execute(select(table)).all()
    return "\n".join(map(repr, rows))


def test_answers_are_masked(office: Office) -> None:
    """When it is written, when it is read, when it is changed, when it is taken away."""
    employer = register(office, contacts=(NewContact(name=NAME, phone=PHONE, role="老板"),))
    (first,) = office.ask(EmployersRpc.list_employer_contacts, EmployerRef(id=employer.id)).contacts
    assert (first.name, first.phone, first.role) == ("王*", "138****1234", "老板")
    second = add(office, employer, "李四", "0854-5630000")
    assert (second.name, second.phone) == ("李*", "085****0000")
    request = AmendEmployerContact(id=employer.id, contact_id=second.id, name="赵五", phone=PHONE)
    after = office.ask(EmployersRpc.amend_employer_contact, request)
    assert (after.id, after.name, after.phone, after.role) == (second.id, "赵*", "138****1234", None)
    gone = RemoveEmployerContact(id=employer.id, contact_id=first.id)
    assert office.ask(EmployersRpc.remove_employer_contact, gone) == first
    assert office.ask(EmployersRpc.list_employer_contacts, EmployerRef(id=employer.id)).contacts == (after,)
    assert office.refusal(EmployersRpc.remove_employer_contact, gone).code == "jobs.contact_not_found"


def test_nothing_that_is_kept_told_or_logged_names_a_contact(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows, events, kept answers and log lines, after all that can be done with a contact was done."""
    employer = register(office, contacts=(NewContact(name=NAME, phone=PHONE),))
    contact = add(office, employer, "欧阳小山", "13987654321")
    amend = AmendEmployerContact(id=employer.id, contact_id=contact.id, name="欧阳小山", phone="13987654322")
    office.ask(EmployersRpc.amend_employer_contact, amend, key="amend-once")
    read = ReadEmployerContact(id=employer.id, contact_id=contact.id, purpose="核实岗位")
    clear = office.ask(EmployersRpc.read_employer_contact, read, key="read-once-1")
    assert (clear.name, clear.phone) == ("欧阳小山", "13987654322")
    office.ask(EmployersRpc.list_employer_contacts, EmployerRef(id=employer.id))
    remove = RemoveEmployerContact(id=employer.id, contact_id=contact.id)
    kept = everything_kept(office)
    office.ask(EmployersRpc.remove_employer_contact, remove)
    said = "".join(capsys.readouterr())
    for secret in (NAME, "大山", PHONE, "小山", "13987654321", "13987654322"):
        assert secret not in kept
        assert secret not in everything_kept(office)
        assert secret not in said


def test_a_name_in_clear_is_told_once(office: Office) -> None:
    """A repeated command gets the record of the reading, without what was read."""
    employer = register(office)
    contact = add(office, employer)
    read = ReadEmployerContact(id=employer.id, contact_id=contact.id, purpose="核实岗位")
    first = office.ask(EmployersRpc.read_employer_contact, read, key="read-once-1")
    again = office.ask(EmployersRpc.read_employer_contact, read, key="read-once-1")
    assert (again.read_id, again.name, again.phone) == (first.read_id, None, None)


def test_who_read_is_recorded_for_the_county(office: Office) -> None:
    """Who, when, why; and an event without the data, which leaves the employer's own sequence alone."""
    employer = register(office)
    contact = add(office, employer)
    read = ReadEmployerContact(id=employer.id, contact_id=contact.id, purpose="核实岗位")
    clear = office.ask(EmployersRpc.read_employer_contact, read)
    query = ContactReadQuery(id=employer.id)
    (record,) = office.ask(EmployersRpc.list_contact_reads, query, ADMIN).reads
    assert (record.id, record.by, record.at, record.purpose, record.contact_id) == (
        clear.read_id,
        TOWN_CLERK.id,
        office.clock.now(),
        "核实岗位",
        contact.id,
    )
    (event,) = office.events(clear.read_id)
    assert (event.type, event.sequence, event.data.by) == ("jobs.employer_contact.read.v1", 1, TOWN_CLERK.id)
    assert office.ask(EmployersRpc.get_employer, EmployerRef(id=employer.id)).sequence == 2
    assert office.refusal(EmployersRpc.list_contact_reads, query).code == "auth.not_allowed"


def test_contacts_are_for_staff_in_their_scope(office: Office) -> None:
    """And an employer's address does not reach into another's contacts."""
    employer, other = register(office), register(office, "别家")
    contact = add(office, employer)
    read = ReadEmployerContact(id=employer.id, contact_id=contact.id, purpose="核实岗位")
    refusals = {
        office.refusal(EmployersRpc.read_employer_contact, read, OTHER_CLERK).code,
        office.refusal(EmployersRpc.list_employer_contacts, EmployerRef(id=employer.id), OTHER_CLERK).code,
    }
    assert refusals == {"auth.outside_scope"}
    astray = RemoveEmployerContact(**EmployerContactRef(id=other.id, contact_id=contact.id).model_dump())
    assert office.refusal(EmployersRpc.remove_employer_contact, astray).code == "jobs.contact_not_found"


def test_contacts_have_an_end(office: Office) -> None:
    """Twenty are kept; the next one waits until one goes."""
    employer = register(office)
    for number in range(20):
        add(office, employer, phone=f"138000000{number:02}")
    request = AddEmployerContact(id=employer.id, name=NAME, phone=PHONE)
    problem = office.refusal(EmployersRpc.add_employer_contact, request)
    assert (problem.code, problem.evidence["most"]) == ("jobs.too_many_contacts", 20)


def test_the_process_that_sends_is_told_the_first_contacts_phone_and_that_is_on_record(
    office: Office,
) -> None:
    """Nobody else may ask; who has no contact is left out."""
    employer, other = register(office), register(office)
    add(office, employer)
    asked = EmployerPhonesQuery(ids=(employer.id, other.id))
    method = EmployersRpc.employer_phones_for_messages
    assert office.ask(method, asked, SYSTEM).phones == {employer.id: PHONE}
    (read,) = office.ask(EmployersRpc.list_contact_reads, ContactReadQuery(id=employer.id), ADMIN).reads
    assert (read.by, read.purpose) == ("system", "message")
    assert office.refusal(method, asked, ADMIN).status == 403
