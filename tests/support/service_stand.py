"""A service as its callers meet it, without a broker between: calls, news of the network, what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import MetaData, Table, func, select

from tests.support.service_databases import Rows, rows_of
from yizhan.bus.calls import CallDesk
from yizhan.bus.handling import EventDesk
from yizhan.bus.idempotency import Digest, Idempotency
from yizhan.bus.inbox import Inbox
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.errors import Problem, RemoteProblem
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.reading import read_event
from yizhan.contracts.rpc import Call, Method
from yizhan.contracts.stations import (
    StaffAccountAmended,
    Station,
    StationAmended,
    StationFacts,
    StationKind,
    StationStatus,
)
from yizhan.contracts.subscriptions import Subscription
from yizhan.database import Database

COUNTY, TOWN, OTHER_TOWN, COMMUNITY = "522730", "52273001", "52273002", "5227300101"
PARENTS = {COUNTY: None, TOWN: COUNTY, OTHER_TOWN: COUNTY, COMMUNITY: TOWN}

ADMIN = Actor(id="00000000-0000-7000-8000-000000000001", role=Role.COUNTY_ADMIN, station=COUNTY)
TOWN_CLERK = Actor(id="00000000-0000-7000-8000-000000000002", role=Role.STATION_STAFF, station=TOWN)
OTHER_CLERK = Actor(id="00000000-0000-7000-8000-000000000003", role=Role.STATION_STAFF, station=OTHER_TOWN)
COMMUNITY_CLERK = Actor(id="00000000-0000-7000-8000-000000000004", role=Role.STATION_STAFF, station=COMMUNITY)

#: Service → the rows of a founded county.
_FOUNDED: dict[type[Any], Rows] = {}


class ServiceStand:
    """One instance of a service on a database. network: the subscription by which it hears of the network."""

    def __init__(
        self,
        database: Database,
        clock: FrozenClock,
        service: Any,
        metadata: MetaData,
        network: Subscription,
        *,
        digest: Digest | None = None,
    ) -> None:
        self.database = database
        self.clock = clock
        self.service = service
        self._metadata = metadata
        self._subscription = network
        service.database = database
        service.clock = clock
        self._calls = CallDesk(
            database, Idempotency(database, self._table("idempotency"), digest=digest), clock
        )
        self._events = EventDesk(database, Inbox(database, self._table("inbox")), clock)

    def _table(self, name: str) -> Table:
        return self._metadata.tables[name]

    def ask(
        self,
        method: Method[Any, Any],
        request: BaseModel,
        actor: Actor = TOWN_CLERK,
        *,
        key: str | None = None,
    ) -> Any:
        """The response. Raises RemoteProblem."""
        call = Call(
            actor=actor,
            correlation="c-1",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            idempotency_key=key,
            body=request.model_dump(mode="json"),
        )
        function = getattr(type(self.service), method.name).__wrapped__
        reply = self._calls.answer(method, partial(function, self.service), call.model_dump(mode="json"))
        if reply["problem"] is not None:
            raise RemoteProblem(Problem.model_validate(reply["problem"]))
        return method.response.model_validate(reply["result"])

    def refusal(self, method: Method[Any, Any], request: BaseModel, actor: Actor = TOWN_CLERK) -> Problem:
        """The problem that the service answers; AssertionError when it does as it is told."""
        try:
            response = self.ask(method, request, actor)
        except RemoteProblem as error:
            return error.problem
        raise AssertionError(f"done, not refused: {response!r}")

    def hear(self, event: Event[Any], by: Subscription | None = None) -> None:
        """Handle an event as it comes from a queue. by: None for the one that tells of the network."""
        subscription = by or self._subscription
        function = getattr(type(self.service), subscription.handler).__wrapped__
        self._events.handle(subscription, partial(function, self.service), event.model_dump_json().encode())

    # --- the network ------------------------------------------------------------------------------------

    def news_of_station(
        self,
        code: str,
        *,
        parent: str | None,
        path: Iterable[str],
        sequence: int = 1,
        status: StationStatus = StationStatus.OPEN,
    ) -> Event[Any]:
        kind = StationKind.COUNTY_MARKET if parent is None else StationKind.COMMUNITY_STATION
        station = Station(
            code=code,
            kind=kind,
            parent=parent,
            path=tuple(path),
            status=status,
            facts=StationFacts(name_plate="零工驿站", short_name="驿站"),
            sequence=sequence,
        )
        return self.event(StationAmended(station=station, by=ADMIN.id), code, sequence, code)

    def news_of_account(
        self, actor: Actor, *, station: str, active: bool = True, sequence: int = 1
    ) -> Event[Any]:
        facts = StaffAccountAmended(
            staff_id=actor.id, role=actor.role, station=station, active=active, by=ADMIN.id
        )
        return self.event(facts, actor.id, sequence, station)

    def event(self, facts: Facts, subject: str, sequence: int, station: str) -> Event[Any]:
        now = self.clock.now()
        return Event[Facts].of(
            facts,
            id=new_identifier(now),
            subject=subject,
            sequence=sequence,
            station=station,
            time=now,
            correlation="c-0",
        )

    def found_county(self) -> None:
        """One market, two towns, a community in the first. What each service makes of these news is kept, and
        written as it is for the tests that come after."""
        founded = _FOUNDED.get(type(self.service))
        if founded is None:
            self._hear_of_county()
            _FOUNDED[type(self.service)] = rows_of(self.database, self._metadata.sorted_tables)
            return
        with self.database.transaction() as tx:
            for table, rows in founded.items():
                tx.execute(table.delete())
                tx.execute(table.insert(), rows)

    def _hear_of_county(self) -> None:
        for code, parent in PARENTS.items():
            path = [COUNTY, TOWN, COMMUNITY] if code == COMMUNITY else sorted({COUNTY, code})
            self.hear(self.news_of_station(code, parent=parent, path=path))

    # --- what came of it -------------------------------------------------------------------------------

    def events(self, subject: str | None = None) -> list[Event[Any]]:
        """What waits in the outbox, in the order of writing."""
        table = self._table("outbox")
        query = select(table.c.body).order_by(table.c.id)
        if subject is not None:
            query = query.where(table.c.subject == subject)
        with self.database.reading() as connection:
            return [read_event(body.encode()) for body in connection.execute(query).scalars()]

    def rows(self) -> dict[str, int]:
        """How many rows each table holds."""
        with self.database.reading() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in self._metadata.sorted_tables
            }
