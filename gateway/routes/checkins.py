"""A station's day: check-ins, the queue, who is called, and people in the street."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.admission import Access
from gateway.operations import Operation
from yizhan.contracts.checkins import (
    CheckInIdReused,
    CheckInMisplaced,
    CheckInsRpc,
    ClockWrong,
    NobodyWaits,
    SlipUnknown,
    TicketsExhausted,
    TicketUnknown,
)
from yizhan.contracts.draws import DrawStepIllegal
from yizhan.contracts.rolls import RollsRpc
from yizhan.contracts.seeker_cards import SeekerCardsRpc
from yizhan.contracts.seekers import (
    SeekerNotFound,
    SeekerStationClosed,
    SeekerStationUnknown,
    SeekerStepIllegal,
)

_TAG = "check-ins"
_CODE = {"code": "station"}
_STATION = (SeekerStationUnknown,)
_OPEN_STATION = (SeekerStationUnknown, SeekerStationClosed)

OPERATIONS = (
    Operation(
        "takeCheckIn",
        "POST",
        "/stations/{code}/check-ins",
        CheckInsRpc.take_check_in,
        _TAG,
        "Check somebody in",
        takes=_CODE,
        problems=(
            *_OPEN_STATION,
            SlipUnknown,
            SeekerNotFound,
            SeekerStepIllegal,
            CheckInIdReused,
            TicketsExhausted,
        ),
    ),
    Operation(
        "mergeCheckIns",
        "POST",
        "/stations/{code}/check-ins/merge",
        CheckInsRpc.merge_check_ins,
        _TAG,
        "Hand in what was taken without network",
        takes=_CODE,
        problems=(*_OPEN_STATION, ClockWrong, CheckInMisplaced, TicketsExhausted),
    ),
    Operation(
        "reserveSeries",
        "POST",
        "/stations/{code}/check-ins/series",
        CheckInsRpc.reserve_series,
        _TAG,
        "Reserve a letter for a desk",
        takes=_CODE,
        problems=(*_OPEN_STATION, CheckInMisplaced, TicketsExhausted),
    ),
    Operation(
        "setQueueOrder",
        "POST",
        "/stations/{code}/queue-order",
        CheckInsRpc.set_queue_order,
        _TAG,
        "Say by what a station calls its numbers",
        "By arrival or by draw, from the next day that begins.",
        takes=_CODE,
        problems=_STATION,
    ),
    Operation(
        "readDay",
        "GET",
        "/stations/{code}/day",
        CheckInsRpc.get_day,
        _TAG,
        "Read a station's day",
        "Who waits and who was called, by number.",
        takes=_CODE,
        access=Access.OPEN,
        problems=_STATION,
    ),
    Operation(
        "readRoll",
        "GET",
        "/stations/{code}/roll",
        RollsRpc.read_roll,
        _TAG,
        "Read a day's roll",
        "For the station's own desk: which number stands for whom, masked.",
        takes=_CODE,
        problems=_STATION,
    ),
    Operation(
        "callNext",
        "POST",
        "/stations/{code}/calls/next",
        CheckInsRpc.call_next,
        _TAG,
        "Call the next number",
        takes=_CODE,
        problems=(*_STATION, NobodyWaits, DrawStepIllegal),
    ),
    Operation(
        "callTicket",
        "POST",
        "/stations/{code}/calls",
        CheckInsRpc.call_ticket,
        _TAG,
        "Call a number",
        takes=_CODE,
        problems=(*_STATION, NobodyWaits, TicketUnknown),
    ),
    Operation(
        "countStreet",
        "POST",
        "/stations/{code}/street-counts",
        SeekerCardsRpc.count_street,
        _TAG,
        "Count people in the street",
        takes=_CODE,
        problems=_STATION,
    ),
    Operation(
        "readStreetCounts",
        "GET",
        "/stations/{code}/street-counts",
        SeekerCardsRpc.get_street_counts,
        _TAG,
        "Read a day's counts of the street",
        takes=_CODE,
        problems=_STATION,
    ),
)


def add_to(router: APIRouter) -> None:
    """Make the routes."""
    for operation in OPERATIONS:
        operation.add_to(router)
