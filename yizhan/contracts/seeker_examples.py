"""Lifelike examples of what services/seekers tells. Everybody is invented."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any

from yizhan.contracts import checkins, draws, jobs, seeker_cards, seeker_rights, seekers
from yizhan.contracts.envelope import Facts

_AT = datetime(2026, 3, 1, 21, 40, tzinfo=UTC)
_CLOSED_AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
_DAY = date(2026, 3, 2)
_CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
_SEEKER = "019ca714-2b10-7e01-9c44-6a1c0d5e7f31"
_CARD = "019ca714-2b11-7a55-8e02-91c7be20d6a4"
_CHECK_IN = "019ca714-5d00-7f10-a3b1-2c9e8d7f6a50"
_READING = "019ca714-7000-7c33-b0aa-48d2f1e9c7b6"
_STATION = "5227300103"
_OTHER_STATION = "5227300201"
_OF_DAY = f"{_STATION}:{_DAY.isoformat()}"

Told = tuple[Facts, str, int, str]

_PURPOSE = seekers.ConsentPurpose


available = seekers.Availability(
    skills=(
        seekers.TradeSkill(trade="搬运工", level=seekers.SkillLevel.SKILLED),
        seekers.TradeSkill(trade="小工"),
    ),
    days=(1, 2, 3, 4, 5),
    hours=seekers.WorkHours(begins="06:00", ends="19:00"),
    distance_km=15,
    least_wage=seekers.LeastWage(fen=15_000, unit=jobs.WageUnit.DAY),
    crew=None,
    minor=False,
    retirement=seekers.RetirementStanding.NOT_REACHED,
    since=_AT,
)


def _state(**changes: Any) -> seekers.SeekerState:
    state = seekers.SeekerState(
        seeker_id=_SEEKER,
        station=_STATION,
        status=seekers.SeekerStatus.ACTIVE,
        trades=("搬运工", "小工"),
        training=("砌筑工",),
        start_up=False,
        consents=(_PURPOSE.ID_NUMBER, _PURPOSE.PUBLIC_DISPLAY),
        available=available,
    )
    return state.model_copy(update=changes)


_CLOSED = _state(status=seekers.SeekerStatus.CLOSED, available=None)
_ERASED = _state(status=seekers.SeekerStatus.ERASED, consents=(), training=(), available=None)

reading = seeker_rights.ClearReading(
    id=_READING,
    fields=(seeker_rights.PersonalField.PHONE,),
    purpose=seeker_rights.ReadingPurpose.CONTACT,
    station=_STATION,
    by=_CLERK,
    at=_AT,
)

card = seeker_cards.SeekerCard(
    id=_CARD,
    station=_STATION,
    called="王师傅",
    age_band="40–49岁",
    trades=("搬运工", "小工"),
    days=(1, 2, 3, 4, 5),
    sequence=1,
)

waiting = checkins.Waiting(
    station=_STATION,
    date=_DAY,
    order=checkins.QueueOrder.DRAW,
    checked_in=3,
    people=2,
    by_trade=(checkins.TradeCount(trade="搬运工", people=2),),
    next=("A001", "A003"),
)

#: The seed of the example's draw, and nobody else's.
_SEED = bytes(range(32))

committed = draws.Draw(station=_STATION, date=_DAY, commitment=hashlib.sha256(_SEED).hexdigest())
closed = committed.model_copy(
    update={
        "closed_at": _CLOSED_AT,
        "tickets": (draws.WeightedTicket(number="A001"), draws.WeightedTicket(number="A002")),
        "tickets_sha256": hashlib.sha256(
            f'["yizhan.draw.v1","{_STATION}","{_DAY.isoformat()}",[["A001",1],["A002",1]]]'.encode()
        ).hexdigest(),
    }
)
revealed = closed.model_copy(
    update={"seed": _SEED.hex(), "order": ("A002", "A001"), "queue": ("A002", "A001")}
)
amended = revealed.model_copy(
    update={
        "late": (draws.LateTicket(number="A003", arrived_at=_CLOSED_AT),),
        "queue": ("A002", "A001", "A003"),
    }
)

FACTS: tuple[Told, ...] = (
    (seekers.SeekerRegistered(seeker=_state(), by=_CLERK), _SEEKER, 1, _STATION),
    (seekers.SeekerAmended(seeker=_state(start_up=True), by=_CLERK), _SEEKER, 2, _STATION),
    (
        seekers.SeekerClosed(seeker=_CLOSED, by=_CLERK, reason=seekers.CloseReason.FOUND_WORK),
        _SEEKER,
        3,
        _STATION,
    ),
    (seekers.SeekerReopened(seeker=_state(), by=_CLERK), _SEEKER, 4, _STATION),
    (
        seekers.SeekerTransferred(seeker=_state(station=_OTHER_STATION), by=_CLERK, from_station=_STATION),
        _SEEKER,
        5,
        _OTHER_STATION,
    ),
    (
        seeker_rights.ConsentGiven(
            seeker=_state(), by=_CLERK, purpose=_PURPOSE.PUBLIC_DISPLAY, version=1, wording=1
        ),
        _SEEKER,
        2,
        _STATION,
    ),
    (
        seeker_rights.ConsentWithdrawn(
            seeker=_state(consents=(_PURPOSE.ID_NUMBER,)),
            by=_CLERK,
            purpose=_PURPOSE.PUBLIC_DISPLAY,
            version=1,
        ),
        _SEEKER,
        3,
        _STATION,
    ),
    (
        seeker_rights.SeekerErased(seeker=_ERASED, by=_CLERK, reason=seeker_rights.ErasureReason.ASKED_FOR),
        _SEEKER,
        6,
        _STATION,
    ),
    (seeker_rights.SeekerReadInClear(seeker_id=_SEEKER, reading=reading), _READING, 1, _STATION),
    (seeker_cards.SeekerCardShown(card=card, by=_CLERK), _CARD, 1, _STATION),
    (seeker_cards.SeekerCardDropped(card_id=_CARD, station=_STATION, by=_CLERK), _CARD, 2, _STATION),
    (
        seeker_cards.StreetCounted(
            station=_STATION,
            date=_DAY,
            counts=(checkins.TradeCount(trade="小工", people=7),),
            by=_CLERK,
        ),
        _OF_DAY,
        1,
        _STATION,
    ),
    (
        checkins.CheckInTaken(
            check_in=checkins.CheckIn(
                id=_CHECK_IN, station=_STATION, date=_DAY, person=_SEEKER, number="A001", at=_AT
            ),
            offline=False,
            by=_CLERK,
        ),
        _CHECK_IN,
        1,
        _STATION,
    ),
    (checkins.WaitingChanged(waiting=waiting), _OF_DAY, 4, _STATION),
    (
        checkins.TicketCalled(
            station=_STATION,
            date=_DAY,
            called=checkins.CalledTicket(number="A002", times=1, at=_CLOSED_AT),
            by=_CLERK,
        ),
        f"{_OF_DAY}:A002",
        1,
        _STATION,
    ),
    (
        checkins.QueueOrderSet(station=_STATION, order=checkins.QueueOrder.DRAW, by=_CLERK),
        _STATION,
        1,
        _STATION,
    ),
    (draws.DrawCommitted(draw=committed, by=_CLERK), _OF_DAY, 1, _STATION),
    (draws.DrawClosed(draw=closed, by=_CLERK), _OF_DAY, 2, _STATION),
    (draws.DrawRevealed(draw=revealed, by=_CLERK), _OF_DAY, 3, _STATION),
    (draws.DrawAmended(draw=amended, by=_CLERK), _OF_DAY, 4, _STATION),
)
