"""services/jobs as its callers meet it, without a broker between: calls, news and the clockwork."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select

from services.jobs import storage
from services.jobs.service import JobsService
from services.jobs.storage import tables
from yizhan.bus.calls import CallDesk
from yizhan.bus.handling import EventDesk
from yizhan.bus.idempotency import Idempotency
from yizhan.bus.inbox import Inbox
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.catalog import JOBS_NETWORK, read_event
from yizhan.contracts.employers import Employer, EmployerKind, EmployersRpc, RegisterEmployer
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.errors import Problem, RemoteProblem
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import (
    DraftPosting,
    JobsRpc,
    Posting,
    PostingRef,
    PostingStatus,
    PostingTerms,
    PublishPosting,
    Settlement,
    SubmitPosting,
    VerificationMethod,
    VerifyPosting,
    Wage,
    WageUnit,
)
from yizhan.contracts.rpc import Call, Method
from yizhan.contracts.stations import (
    StaffAccountAmended,
    Station,
    StationAmended,
    StationFacts,
    StationKind,
    StationStatus,
)
from yizhan.database import Database

COUNTY, TOWN, OTHER_TOWN, COMMUNITY = "522730", "52273001", "52273002", "5227300101"
PARENTS = {COUNTY: None, TOWN: COUNTY, OTHER_TOWN: COUNTY, COMMUNITY: TOWN}

ADMIN = Actor(id="00000000-0000-7000-8000-000000000001", role=Role.COUNTY_ADMIN, station=COUNTY)
TOWN_CLERK = Actor(id="00000000-0000-7000-8000-000000000002", role=Role.STATION_STAFF, station=TOWN)
OTHER_CLERK = Actor(id="00000000-0000-7000-8000-000000000003", role=Role.STATION_STAFF, station=OTHER_TOWN)
COMMUNITY_CLERK = Actor(id="00000000-0000-7000-8000-000000000004", role=Role.STATION_STAFF, station=COMMUNITY)

#: The steps on the way to the screens, in their order.
WAY = (PostingStatus.DRAFT, PostingStatus.SUBMITTED, PostingStatus.VERIFIED, PostingStatus.PUBLISHED)


class Office:
    """One instance of the service on a database."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        self.database = database
        self.clock = clock
        self.service = JobsService()
        self.service.database = database
        self.service.clock = clock
        self._calls = CallDesk(database, Idempotency(database, storage.idempotency), clock)
        self._events = EventDesk(database, Inbox(database, storage.inbox), clock)

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
        function = getattr(JobsService, method.name).__wrapped__
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

    def hear(self, event: Event[Any]) -> None:
        """Handle an event as it comes from the queue."""
        network = JobsService.network.__wrapped__  # type: ignore[attr-defined]
        self._events.handle(JOBS_NETWORK, partial(network, self.service), event.model_dump_json().encode())

    # --- a county, an employer, a posting --------------------------------------------------------------

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
        return self._event(StationAmended(station=station, by=ADMIN.id), code, sequence, code)

    def news_of_account(
        self, actor: Actor, *, station: str, active: bool = True, sequence: int = 1
    ) -> Event[Any]:
        facts = StaffAccountAmended(
            staff_id=actor.id, role=actor.role, station=station, active=active, by=ADMIN.id
        )
        return self._event(facts, actor.id, sequence, station)

    def _event(self, facts: Facts, subject: str, sequence: int, station: str) -> Event[Any]:
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
        """One market, two towns, a community in the first."""
        for code, parent in PARENTS.items():
            path = [COUNTY, TOWN, COMMUNITY] if code == COMMUNITY else sorted({COUNTY, code})
            self.hear(self.news_of_station(code, parent=parent, path=path))

    def register_employer(self, station: str = TOWN) -> Employer:
        request = RegisterEmployer(station=station, kind=EmployerKind.INDIVIDUAL, name="王家砂石厂")
        employer: Employer = self.ask(EmployersRpc.register_employer, request, ADMIN)
        return employer

    def terms(self, **changes: Any) -> PostingTerms:
        given = {
            "trade": "搬运工",
            "wage": Wage(fen=20_000, unit=WageUnit.DAY),
            "settlement": Settlement.DAILY,
            "headcount": 3,
            "place": "醒狮镇兴龙社区",
            "starts_at": self.clock.now() + timedelta(hours=6),
        }
        return PostingTerms.model_validate({**given, **changes})

    def draft(self, station: str = TOWN, *, employer: Employer | None = None, **terms: Any) -> Posting:
        employer = employer or self.register_employer(station)
        request = DraftPosting(station=station, employer_id=employer.id, terms=self.terms(**terms))
        posting: Posting = self.ask(JobsRpc.draft_posting, request, ADMIN)
        return posting

    def bring_to(
        self, status: PostingStatus, station: str = TOWN, *, employer: Employer | None = None, **terms: Any
    ) -> Posting:
        """A new posting, that far on its way to the screens."""
        posting = self.draft(station, employer=employer, **terms)
        verify = VerifyPosting(id=posting.id, method=VerificationMethod.PHONE_CALL)
        steps = (
            (JobsRpc.submit_posting, SubmitPosting(id=posting.id)),
            (JobsRpc.verify_posting, verify),
            (JobsRpc.publish_posting, PublishPosting(id=posting.id)),
        )
        for method, request in steps[: WAY.index(status)]:
            posting = self.ask(method, request, ADMIN)
        return posting

    # --- what came of it -------------------------------------------------------------------------------

    def posting(self, id: str) -> Posting:
        posting: Posting = self.ask(JobsRpc.get_posting, PostingRef(id=id), ADMIN)
        return posting

    def events(self, subject: str | None = None) -> list[Event[Any]]:
        """What waits in the outbox, in the order of writing."""
        table = tables.outbox
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
                for table in tables.metadata.sorted_tables
            }
