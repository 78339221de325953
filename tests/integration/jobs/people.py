"""People who look for work, and what is done with them, for tests of dispatches."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel

from tests.integration.jobs.office import ADMIN, TOWN, Office
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.actor import Actor
from yizhan.contracts.checkins import CheckIn, CheckInTaken
from yizhan.contracts.dispatches import (
    AcceptanceMeans,
    AcceptDispatch,
    ConfirmBySlip,
    Dispatch,
    DispatchesRpc,
    DispatchQuery,
    DispatchRef,
    DispatchSlip,
    OfferedNow,
    OfferSource,
    PayMethod,
    SendDispatch,
    StartOffers,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.seekers import (
    Availability,
    SeekerRegistered,
    SeekerState,
    SeekerStatus,
    TradeSkill,
)
from yizhan.contracts.subscriptions import JOBS_SEEKERS


def newcomer(office: Office, station: str = TOWN, *, minor: bool = False) -> str:
    """The id of somebody new who looks for work. minor: 16 or 17."""
    id = new_identifier(office.clock.now())
    work = Availability(
        skills=(TradeSkill(trade="搬运工"),),
        days=(1, 2, 3, 4, 5, 6, 7),
        hours=None,
        distance_km=None,
        least_wage=None,
        crew=None,
        minor=minor,
        retirement="not_reached",
        since=office.clock.now(),
        priority=0,
    )
    state = SeekerState(
        seeker_id=id,
        station=station,
        status=SeekerStatus.ACTIVE,
        trades=("搬运工",),
        training=(),
        start_up=False,
        consents=(),
        available=work,
    )
    office.hear(office.event(SeekerRegistered(seeker=state, by=ADMIN.id), id, 1, station), JOBS_SEEKERS)
    return id


def newcomers(office: Office, count: int, station: str = TOWN) -> list[str]:
    return [newcomer(office, station) for _ in range(count)]


def check_in(office: Office, id: str, number: str, station: str = TOWN) -> None:
    """He has a number today."""
    now = office.clock.now()
    entry = CheckIn(
        id=new_identifier(now), station=station, date=today(office), person=id, number=number, at=now
    )
    facts = CheckInTaken(check_in=entry, offline=False, by=ADMIN.id)
    office.hear(office.event(facts, entry.id, 1, station), JOBS_SEEKERS)


def today(office: Office) -> date:
    return office.clock.now().astimezone(COUNTY_ZONE).date()


def offer(
    office: Office,
    posting_id: str,
    *candidates: str | tuple[str, ...],
    source: OfferSource = OfferSource.BY_HAND,
    desk: str | None = None,
    actor: Actor = ADMIN,
) -> list[Dispatch]:
    """Offer a posting along a list; the offers that are open then, the oldest first."""
    listed = tuple((one,) if isinstance(one, str) else one for one in candidates)
    request = StartOffers(posting_id=posting_id, candidates=listed, source=source, desk=desk)
    answer: OfferedNow = office.ask(DispatchesRpc.start_offers, request, actor)
    return list(answer.offers)


def signed(id: str) -> AcceptDispatch:
    return AcceptDispatch(id=id, means=AcceptanceMeans.SIGNATURE)


def accept(office: Office, id: str, actor: Actor = ADMIN) -> Dispatch:
    bound: Dispatch = office.ask(DispatchesRpc.accept_dispatch, signed(id), actor)
    return bound


def bound(office: Office, posting_id: str, worker: str) -> Dispatch:
    """Somebody who was offered the posting and took it."""
    [offered] = [one for one in offer(office, posting_id, worker) if one.worker_id == worker]
    return accept(office, offered.id)


def send(office: Office, id: str, actor: Actor = ADMIN) -> DispatchSlip:
    slip: DispatchSlip = office.ask(DispatchesRpc.send_dispatch, SendDispatch(id=id), actor)
    return slip


def by_slip(code: str, **more: Any) -> ConfirmBySlip:
    return ConfirmBySlip(code=code, **more)


def paid_with(code: str, **more: Any) -> ConfirmBySlip:
    return by_slip(code, **{"fen": 20_000, "method": PayMethod.CASH, **more})


def of(office: Office, id: str) -> Dispatch:
    found: Dispatch = office.ask(DispatchesRpc.get_dispatch, DispatchRef(id=id), ADMIN)
    return found


def all_of(office: Office, **wanted: Any) -> list[Dispatch]:
    query = DispatchQuery(**{"station": "522730", "limit": 200, **wanted})
    return list(office.ask(DispatchesRpc.list_dispatches, query, ADMIN).dispatches)


def code_of(office: Office, method: Any, request: BaseModel, actor: Actor = ADMIN) -> str:
    """By what code it is refused."""
    return office.refusal(method, request, actor).code
