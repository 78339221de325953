"""From a row of a sheet to the command that registers an employer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from services.jobs.domain.employer_contact import plain_phone
from services.jobs.domain.employer_duplicates import plain_name
from services.jobs.domain.sheet import Form, ReadRow
from yizhan.contracts.employers import EmployerKind, NewContact, RegisterEmployer
from yizhan.contracts.imports import Fault, RowFault

_TRADE_ENDS = re.compile(r"[、,，;；/\s]+")

#: Column of the sheet → field of the command, where they are not called the same.
_FIELD_COLUMNS = {"contacts": "contact_name"}


def employer_of(row: ReadRow, form: Form, *, station: str) -> tuple[ReadRow, RegisterEmployer | None]:
    """The command that a row stands for, or the row with all that is wrong with it and None."""
    # A cell that could not be read is not missed as well.
    unread = {fault.column for fault in row.faults}
    between = [*_misplaced_code(row.values, form), *_incomplete_contact(row.values, form)]
    faults = [*row.faults, *(fault for fault in between if fault.column not in unread)]
    if faults:
        return replace(row, faults=tuple(faults)), None
    try:
        return row, _request(row.values, station)
    except ValidationError as error:
        refused = tuple(_fault(fault, form) for fault in error.errors(include_url=False)[:5])
        return replace(row, faults=refused), None


def _request(values: Mapping[str, Any], station: str) -> RegisterEmployer:
    contacts: tuple[NewContact, ...] = ()
    if "contact_name" in values:
        contact = NewContact(
            name=values["contact_name"], phone=values["contact_phone"], role=values.get("contact_role")
        )
        contacts = (contact,)
    return RegisterEmployer(
        station=station,
        kind=EmployerKind(values["kind"]),
        name=values["name"],
        credit_code=values.get("credit_code"),
        address=values.get("address"),
        industry=values.get("industry"),
        size=values.get("size"),
        trades=tuple(trade for trade in _TRADE_ENDS.split(values.get("trades", "")) if trade),
        contacts=contacts,
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
    return [RowFault(code=Fault.CREDIT_CODE_MISPLACED, column=_header("credit_code", form))]


def _incomplete_contact(values: Mapping[str, Any], form: Form) -> list[RowFault]:
    if ("contact_name" in values) == ("contact_phone" in values):
        return []
    absent = "contact_phone" if "contact_name" in values else "contact_name"
    return [RowFault(code=Fault.CONTACT_INCOMPLETE, column=_header(absent, form))]


def _fault(error: Any, form: Form) -> RowFault:
    place = str(error["loc"][0]) if error["loc"] else ""
    too_long = error["type"] in ("string_too_long", "too_long")
    return RowFault(
        code=Fault.TOO_LONG if too_long else Fault.TEXT_REFUSED,
        column=_header(_FIELD_COLUMNS.get(place, place), form),
    )


def _header(key: str, form: Form) -> str | None:
    return next((column.header for column in form.columns if column.key == key), None)
