"""services/stations as its callers meet it, without a broker between."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select

from services.stations import storage
from services.stations.service import StationsService
from tests.support.network import OPENABLE, facilities, premises
from yizhan.bus.calls import CallDesk
from yizhan.bus.idempotency import Idempotency
from yizhan.clock import COUNTY_ZONE, FrozenClock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import Problem, RemoteProblem
from yizhan.contracts.facilities import AddFacilities, FacilitiesRpc, Facility, FacilityList
from yizhan.contracts.guides import AddServiceItem, GuidesRpc, ServiceItem
from yizhan.contracts.premises import AmendPremises, PremisesRpc
from yizhan.contracts.reading import read_event
from yizhan.contracts.rpc import Call, Method
from yizhan.contracts.stages import InspectStation, OpenStation, Readiness, StagesRpc
from yizhan.contracts.stations import (
    AddStaff,
    AddStation,
    AmendStation,
    Bootstrap,
    NoticeReach,
    Staff,
    Station,
    StationFacts,
    StationKind,
    StationRef,
    StationsRpc,
)
from yizhan.database import Database
from yizhan.settings import Settings

FACTS = StationFacts(name_plate="龙里县零工市场", short_name="零工市场")
OPENABLE_FACTS = StationFacts.model_validate({**FACTS.model_dump(), **OPENABLE})
PASSWORD = "five-in-the-morning"
ADMIN = Actor(id="admin", role=Role.COUNTY_ADMIN, station="522730")
CLERK = Actor(id="clerk", role=Role.STATION_STAFF, station="52273001")
NEIGHBOUR = Actor(id="neighbour", role=Role.STATION_STAFF, station="52273002")


class Office:
    """One instance of the service on a database."""

    def __init__(self, database: Database, *, demo: bool = False) -> None:
        self.database = database
        self.clock = FrozenClock("2026-03-02T05:30+08:00")
        self.service = StationsService()
        self.service.database = database
        self.service.clock = self.clock
        self.service.settings = Settings(demo=demo)
        self._desk = CallDesk(database, Idempotency(database, storage.idempotency), self.clock)

    def ask(
        self, method: Method[Any, Any], request: BaseModel, actor: Actor = ADMIN, *, key: str | None = None
    ) -> Any:
        """The response. Raises RemoteProblem."""
        body = request.model_dump(mode="json", exclude_none=True)
        call = Call(actor=actor, correlation="c-1", idempotency_key=key, body=body)
        function = partial(getattr(StationsService, method.name).__wrapped__, self.service)
        reply = self._desk.answer(method, function, call.model_dump(mode="json"))
        if reply["problem"] is not None:
            raise RemoteProblem(Problem.model_validate(reply["problem"]))
        return method.response.model_validate(reply["result"])

    def refusal(self, method: Method[Any, Any], request: BaseModel, actor: Actor = ADMIN) -> str:
        """The code that the service answers; AssertionError when it does as it is told."""
        try:
            answer = self.ask(method, request, actor)
        except RemoteProblem as error:
            return error.problem.code
        raise AssertionError(f"done, not refused: {answer!r}")

    def add(self, code: str, kind: StationKind, parent: str, facts: StationFacts = FACTS) -> None:
        """A station that is planned."""
        request = AddStation(code=code, kind=kind, parent=parent, facts=facts)
        self.ask(StationsRpc.add_station, request)

    def staff(self, code: str) -> Staff:
        """A new account at a station."""
        login = f"host-{secrets.token_hex(4)}"
        added = AddStaff(login=login, name="何", role=Role.STATION_STAFF, station=code, password=PASSWORD)
        account: Staff = self.ask(StationsRpc.add_staff, added)
        return account

    def facilities(self, code: str) -> tuple[Facility, ...]:
        """A name plate, an exit and fire equipment in order, their inspections in date."""
        today = self.clock.now().astimezone(COUNTY_ZONE).date()
        request = AddFacilities.model_validate({"station": code, "facilities": facilities(today)})
        added: FacilityList = self.ask(FacilitiesRpc.add_facilities, request)
        return added.facilities

    def item(self, code: str, reach: NoticeReach = NoticeReach.STATION) -> ServiceItem:
        """A new service item of a station."""
        request = AddServiceItem(
            station=code, reach=reach, name="求职登记", materials=("居民身份证",), limit_days=0
        )
        item: ServiceItem = self.ask(GuidesRpc.add_service_item, request)
        return item

    def later(self, *, seconds: float) -> None:
        """Let time pass."""
        self.clock.move_to(self.clock.now() + timedelta(seconds=seconds))

    def inspected(self, code: str) -> None:
        """Give a planned station all that it needs, and inspect it."""
        self.ask(StationsRpc.amend_station, AmendStation(code=code, facts=OPENABLE_FACTS))
        self.ask(PremisesRpc.amend_premises, AmendPremises.model_validate({"code": code, **premises()}))
        self.staff(code)
        self.facilities(code)
        self.item(code)
        self.ask(StagesRpc.inspect_station, InspectStation(code=code, reason="现场查看，符合要求"))

    def opened(self, code: str) -> Station:
        """Lead a planned station to its opening."""
        self.inspected(code)
        station: Station = self.ask(StagesRpc.open_station, OpenStation(code=code))
        return station

    def missing(self, code: str) -> list[str]:
        """The codes of what stands in the way of opening."""
        readiness: Readiness = self.ask(StagesRpc.station_readiness, StationRef(code=code), CLERK)
        return [thing.code for thing in readiness.missing]

    def events(self) -> list[Any]:
        """What waits in the outbox, in the order of writing."""
        table = storage.outbox
        with self.database.reading() as connection:
            bodies = connection.execute(select(table.c.body).order_by(table.c.id)).scalars().all()
        return [read_event(body.encode()) for body in bodies]

    def rows(self) -> dict[str, int]:
        """How many rows each table holds."""
        with self.database.reading() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in storage.metadata.sorted_tables
            }


def bootstrap(password: str = PASSWORD) -> Bootstrap:
    return Bootstrap(division="522730", facts=FACTS, login="chief", name="赵主任", password=password)
