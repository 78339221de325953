"""Seekers as services/seekers tells of them; everybody is invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.integration.jobs.office import ADMIN, TOWN, Office
from yizhan.clock import county_day
from yizhan.contracts.checkins import CheckIn, CheckInTaken
from yizhan.contracts.draws import Draw, DrawRevealed
from yizhan.contracts.envelope import Event
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.seekers import (
    Availability,
    RetirementStanding,
    SeekerRegistered,
    SeekerState,
    SeekerStatus,
    TradeSkill,
)
from yizhan.contracts.subscriptions import JOBS_SEEKERS


def availability(office: Office, *trades: str, **changes: Any) -> Availability:
    """Somebody who works any day, at any hour, anywhere, for any wage."""
    given = {
        "skills": tuple(TradeSkill(trade=trade) for trade in trades or ("搬运工",)),
        "days": tuple(range(1, 8)),
        "hours": None,
        "distance_km": None,
        "least_wage": None,
        "crew": None,
        "minor": False,
        "retirement": RetirementStanding.NOT_REACHED,
        "since": office.clock.now() - timedelta(days=20),
    }
    return Availability.model_validate({**given, **changes})


def state(id: str, available: Availability | None, **changes: Any) -> SeekerState:
    given = {
        "seeker_id": id,
        "station": TOWN,
        "status": SeekerStatus.ACTIVE,
        "trades": () if available is None else tuple(skill.trade for skill in available.skills),
        "training": (),
        "start_up": False,
        "consents": (),
        "available": available,
    }
    return SeekerState.model_validate({**given, **changes})


def register(office: Office, *trades: str, station: str = TOWN, **changes: Any) -> str:
    """The id of somebody who has entered the register of a station."""
    # Identifiers sort by their millisecond.
    office.clock.move_to(office.clock.now() + timedelta(milliseconds=1))
    id = new_identifier(office.clock.now())
    told = state(id, availability(office, *trades, **changes), station=station)
    office.hear(office.event(SeekerRegistered(seeker=told, by=ADMIN.id), id, 1, station), JOBS_SEEKERS)
    return id


def checked_in(office: Office, id: str, number: str, *, minutes: int = 0, station: str = TOWN) -> Event[Any]:
    """Somebody came so many minutes from now on."""
    at = office.clock.now() + timedelta(minutes=minutes)
    check_in = CheckIn(
        id=new_identifier(at), station=station, date=county_day(at), person=id, number=number, at=at
    )
    facts = CheckInTaken(check_in=check_in, offline=False, by=ADMIN.id)
    return office.event(facts, check_in.id, 1, station)


def arrive(office: Office, id: str, number: str, *, minutes: int = 0, station: str = TOWN) -> None:
    office.hear(checked_in(office, id, number, minutes=minutes, station=station), JOBS_SEEKERS)


def drawn(office: Office, queue: tuple[str, ...], sequence: int, *, station: str = TOWN) -> Event[Any]:
    """A station's order of today."""
    now = office.clock.now()
    record = Draw(
        station=station,
        date=county_day(now),
        commitment="0" * 64,
        closed_at=now,
        tickets_sha256="1" * 64,
        seed="2" * 64,
        queue=queue,
    )
    subject = f"{station}:{county_day(now)}"
    return office.event(DrawRevealed(draw=record, by=ADMIN.id), subject, sequence, station)
