"""The employers' register."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import employer as register
from services.jobs.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.employers import (
    Employer,
    EmployerExists,
    EmployerList,
    EmployerNotFound,
    EmployerQuery,
    EmployerRef,
    EmployersRpc,
    RegisterEmployer,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call


class Employers(Desk):
    """Commands and queries about employers."""

    @method(EmployersRpc.register_employer)
    def register_employer(self, tx: Connection, call: Call, request: RegisterEmployer) -> Employer:
        self._staff_place(tx, call.actor, request.station)
        now = self.clock.now()
        employer, facts = register.register(request, id=new_identifier(now), now=now, by=call.actor)
        if not self._employers.insert(tx, employer):
            code = request.credit_code or ""
            raise EmployerExists(
                "a company with this credit code is in the register",
                credit_code=code,
                employer_id=self._employers.id_of_code(tx, code),
            )
        self._events.employer_registered(tx, call, employer, facts)
        return employer

    @method(EmployersRpc.get_employer)
    def get_employer(self, tx: Connection, call: Call, request: EmployerRef) -> Employer:
        found = self._employers.find(tx, request.id)
        if found is None:
            raise EmployerNotFound("no employer has this id", employer_id=request.id)
        self._staff_place(tx, call.actor, found.station)
        return found

    @method(EmployersRpc.list_employers)
    def list_employers(self, tx: Connection, call: Call, request: EmployerQuery) -> EmployerList:
        place = self._staff_place(tx, call.actor, request.station)
        employers, following = self._employers.page(
            tx, self._network.within(tx, place), text=request.text, after=request.after, limit=request.limit
        )
        return EmployerList(employers=tuple(employers), next=following)
