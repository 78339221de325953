"""From a row of a sheet to the posting that it stands for: whose it is, whether anybody would take it, and
what the law says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from services.jobs.domain import lawfulness, terms
from services.jobs.domain.compliance import RuleSet
from services.jobs.domain.duplicates import fingerprint
from services.jobs.domain.employer import name_in_public
from services.jobs.domain.employer_standing import bar
from services.jobs.domain.limits import Limits
from services.jobs.domain.sheet import Form, Judged, ReadRow, fault_of, header_of, with_faults
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.compliance import Finding, Severity
from yizhan.contracts.employers import Employer
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.imports import Fault, RowFault
from yizhan.contracts.jobs import (
    DraftPosting,
    Lead,
    PostingEndsBeforeStart,
    PostingPeriodOutOfRange,
    PostingSource,
    PostingTerms,
    WageOutOfRange,
    WageUnit,
)

#: Field of the terms → column of the sheet, where they are not called the same.
_FIELD_COLUMNS = {"fen": "wage", "max_fen": "wage_most", "unit": "wage_unit", "lead": "told"}
#: What the terms are refused for → the fault, and the column that it is shown at.
_REFUSED: dict[type[YizhanError], tuple[Fault, str]] = {
    PostingEndsBeforeStart: (Fault.PERIOD_IMPLAUSIBLE, "ends_at"),
    PostingPeriodOutOfRange: (Fault.PERIOD_IMPLAUSIBLE, "starts_at"),
    WageOutOfRange: (Fault.WAGE_IMPLAUSIBLE, "wage"),
}
_PROVIDED = ("meals", "lodging", "transport")


@dataclass(frozen=True)
class EmployerSaid:
    """How a row names an employer."""

    name: str
    credit_code: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Ground:
    """What the rows of a sheet are judged by. rules: the law as it is on a day. employers: who may be meant,
    by what a row says."""

    station: str
    now: datetime
    limits: Limits
    rules: Callable[[date], RuleSet]
    employers: Mapping[EmployerSaid, Sequence[Employer]]


def employer_said(row: ReadRow) -> EmployerSaid | None:
    """Whom a row names; None when it does not say."""
    values = row.values
    if "employer" not in values:
        return None
    return EmployerSaid(values["employer"], values.get("credit_code"), values.get("phone"))


def posting_of(row: ReadRow, form: Form, ground: Ground) -> Judged[DraftPosting]:
    """The posting that a row stands for, or all that is wrong with it."""
    offered, wrong = _terms(row.values, form)
    employer, unmet = _employer(row, form, ground)
    wrong += unmet
    findings: tuple[Finding, ...] = ()
    if offered is not None:
        wrong += _refused(offered, form, ground)
        findings = lawfulness.findings_in(
            offered,
            "" if employer is None else name_in_public(employer.kind, employer.name),
            division=ground.station,
            rules=ground.rules(offered.starts_at.astimezone(COUNTY_ZONE).date()),
        )
        if any(finding.severity is Severity.REFUSE for finding in findings):
            wrong.append(RowFault(code=Fault.UNLAWFUL))
    whole = with_faults(row, wrong)
    if whole.faults or offered is None or employer is None:
        return Judged(whole, findings=findings)
    request = DraftPosting(
        station=ground.station,
        employer_id=employer.id,
        terms=offered,
        source=PostingSource(row.values.get("source", PostingSource.REGISTRATION)),
        lead=None if "told" not in row.values else Lead(told=row.values["told"]),
    )
    return Judged(whole, request, keys_of(request), findings)


def keys_of(request: DraftPosting) -> tuple[str, ...]:
    """What two rows must not share: employer, text, place and time."""
    return (fingerprint(request.employer_id, request.terms),)


def refusal(error: YizhanError, form: Form) -> RowFault:
    """What a posting's terms were refused for, as a fault of its row."""
    code, key = _REFUSED.get(type(error), (Fault.TEXT_REFUSED, "trade"))
    return RowFault(code=code, column=header_of(key, form))


def _refused(offered: PostingTerms, form: Form, ground: Ground) -> list[RowFault]:
    try:
        terms.check(offered, now=ground.now, limits=ground.limits)
    except YizhanError as error:
        return [refusal(error, form)]
    return []


def _terms(values: Mapping[str, Any], form: Form) -> tuple[PostingTerms | None, list[RowFault]]:
    """What is offered; None where a cell is missing that has to be there, which the row says already."""
    needed = [column.key for column in form.columns if column.required and column.key != "employer"]
    if any(key not in values for key in needed):
        return None, []
    wrong = _wage_faults(values, form)
    if wrong:
        return None, wrong
    said = {
        "trade": values["trade"],
        "wage": {
            "fen": _fen(values["wage"]),
            "max_fen": _fen(values.get("wage_most")),
            "unit": values["wage_unit"],
            "piece_name": values.get("piece_name"),
        },
        "settlement": values["settlement"],
        "headcount": int(values["headcount"]),
        "place": values["place"],
        "starts_at": values["starts_at"].replace(tzinfo=COUNTY_ZONE),
        "ends_at": None if "ends_at" not in values else values["ends_at"].replace(tzinfo=COUNTY_ZONE),
        "description": values.get("description", ""),
        "hours_per_day": None if "hours_per_day" not in values else float(values["hours_per_day"]),
        **{name: values.get(name) == "yes" for name in _PROVIDED},
    }
    try:
        return PostingTerms.model_validate(said), []
    except ValidationError as error:
        return None, [fault_of(one, form, _FIELD_COLUMNS) for one in error.errors(include_url=False)[:5]]


def _wage_faults(values: Mapping[str, Any], form: Form) -> list[RowFault]:
    wrong = []
    if (values["wage_unit"] == WageUnit.PIECE) != ("piece_name" in values):
        wrong.append(RowFault(code=Fault.PIECE_MISPLACED, column=header_of("piece_name", form)))
    if "wage_most" in values and values["wage_most"] <= values["wage"]:
        wrong.append(RowFault(code=Fault.WAGE_ORDER, column=header_of("wage_most", form)))
    return wrong


def _fen(yuan: Decimal | None) -> int | None:
    return None if yuan is None else int(yuan * 100)


def _employer(row: ReadRow, form: Form, ground: Ground) -> tuple[Employer | None, list[RowFault]]:
    said = employer_said(row)
    if said is None:
        return None, []
    meant = ground.employers.get(said, ())
    column = header_of("employer", form)
    if not meant:
        return None, [RowFault(code=Fault.EMPLOYER_UNKNOWN, column=column)]
    if len(meant) > 1:
        return None, [RowFault(code=Fault.EMPLOYER_AMBIGUOUS, column=column)]
    if bar(meant[0]) is not None:
        return meant[0], [RowFault(code=Fault.EMPLOYER_BARRED, column=column, id=meant[0].id)]
    return meant[0], []
