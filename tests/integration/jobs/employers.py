"""Employers as tests of the register need them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.integration.jobs.office import ADMIN, TOWN, Office
from yizhan.contracts.employers import Employer, EmployerKind, EmployersRpc, RegisterEmployer

#: One is the standard's own; the check character of the other fails.
GOOD_CODE, BAD_CODE = "91350100M000100Y43", "91350100M000100Y44"


def register(office: Office, name: str = "龙里谷丰物流", code: str | None = None, **given: Any) -> Employer:
    """A new entry: a company when it has a code."""
    kind = EmployerKind.INDIVIDUAL if code is None else EmployerKind.COMPANY
    station = given.pop("station", TOWN)
    request = RegisterEmployer(station=station, kind=kind, name=name, credit_code=code, **given)
    # Ids of one moment are in no order.
    office.clock.move_to(office.clock.now() + timedelta(seconds=1))
    employer: Employer = office.ask(EmployersRpc.register_employer, request, ADMIN)
    return employer
