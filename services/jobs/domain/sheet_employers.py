"""From a row of a sheet to the command that registers an employer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from services.jobs.domain.employer_contact import plain_phone
from services.jobs.domain.employer_duplicates import plain_name
from services.jobs.domain.sheet import Form, Judged, ReadRow, fault_of, header_of, with_faults
from yizhan.contracts.employers import EmployerKind, NewContact, RegisterEmployer
from yizhan.contracts.imports import Fault, RowFault

_TRADE_ENDS = re.compile(r"[、,，;；/\s]+")

#: Field of the command → column of the sheet, where they are not called the same.
_FIELD_COLUMNS = {"contacts": "contact_name"}


class EmployerEntry(RegisterEmployer):
    """registered_on: when it was registered on paper."""

    registered_on: date | None = None


def employer_of(row: ReadRow, form: Form, *, station: str) -> Judged[EmployerEntry]:
    """The command that a row stands for, or all that is wrong with it."""
    between = [*_misplaced_code(row.values, form), *_incomplete_contact(row.values, form)]
    whole = with_faults(row, between)
    if whole.faults:
        return Judged(whole)
    try:
        entry = _entry(row.values, station)
    except ValidationError as error:
        refused = (fault_of(one, form, _FIELD_COLUMNS) for one in error.errors(include_url=False)[:5])
        return Judged(with_faults(row, refused))
    return Judged(row, entry, keys_of(entry))


def _entry(values: Mapping[str, Any], station: str) -> EmployerEntry:
    contacts: tuple[NewContact, ...] = ()
    if "contact_name" in values:
        contact = NewContact(
            name=values["contact_name"], phone=values["contact_phone"], role=values.get("contact_role")
        )
        contacts = (contact,)
    return EmployerEntry(
        station=station,
        kind=EmployerKind(values["kind"]),
        name=values["name"],
        credit_code=values.get("credit_code"),
        address=values.get("address"),
        industry=values.get("industry"),
        size=values.get("size"),
        trades=tuple(trade for trade in _TRADE_ENDS.split(values.get("trades", "")) if trade),
        contacts=contacts,
        registered_on=values.get("registered_on"),
    )


def keys_of(request: RegisterEmployer) -> tuple[str, ...]:
    """What two rows must not share: a company its code; a person the name together with a phone."""
    if request.credit_code is not None:
        return (f"code:{request.credit_code}",)
    name = plain_name(request.name, ())
    return tuple(f"person:{name}:{plain_phone(contact.phone)}" for contact in request.contacts)


def _misplaced_code(values: Mapping[str, Any], form: Form) -> list[RowFault]:
    kind = values.get("kind")
    if kind is None or (kind == EmployerKind.COMPANY) == ("credit_code" in values):
        return []
    return [RowFault(code=Fault.CREDIT_CODE_MISPLACED, column=header_of("credit_code", form))]


def _incomplete_contact(values: Mapping[str, Any], form: Form) -> list[RowFault]:
    if ("contact_name" in values) == ("contact_phone" in values):
        return []
    absent = "contact_phone" if "contact_name" in values else "contact_name"
    return [RowFault(code=Fault.CONTACT_INCOMPLETE, column=header_of(absent, form))]
