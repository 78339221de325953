"""What an event is told for: to whom, of which kind, with which words. Pure.

An event that is no reason to tell anybody anything gives no tellings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.notify.domain.planning import Occasion
from services.notify.domain.wording import day_text, moment_text, money_text, wage_text
from yizhan.contracts.dispatches import DispatchNoShow, DispatchOffered, DispatchPaid, DispatchUnpaid
from yizhan.contracts.envelope import Event, Facts
from yizhan.contracts.fairs import FairFellShort
from yizhan.contracts.jobs import (
    Posting,
    PostingFilled,
    PostingLapsed,
    PostingMarkedStale,
    PostingPublished,
    PostingStatus,
    PostingSubmitted,
)
from yizhan.contracts.screen_outages import ScreenOutageBegan


@dataclass(frozen=True)
class Workers:
    """Those who look for this trade and are in the register of the station, of one above it or below it."""

    trade: str


@dataclass(frozen=True)
class Person:
    """One person, by what stands before the colon of his id: `seeker:…`, `employer:…`."""

    id: str


@dataclass(frozen=True)
class Staff:
    """The staff of the station, or of the nearest one above it that has some. but: whoever did it himself."""

    but: str | None = None


@dataclass(frozen=True)
class Telling:
    """One occasion and who is told. values: of the template's variables; nothing that names a person."""

    occasion: Occasion
    station: str
    who: Workers | Person | Staff
    values: Mapping[str, str] = field(default_factory=dict)


def tellings(event: Event[Any]) -> Iterator[Telling]:
    """What an event is told for."""
    tell = _TOLD.get(type(event.data))
    if tell is not None:
        yield from tell(event)


def _telling(
    event: Event[Any], kind: str, who: Workers | Person | Staff, values: Mapping[str, str]
) -> Telling:
    occasion = Occasion(event_id=event.id, kind=kind, at=event.time)
    return Telling(occasion, event.station, who, values)


def _job(posting: Posting) -> dict[str, str]:
    terms = posting.terms
    return {
        "trade": terms.trade,
        "wage": wage_text(terms.wage),
        "place": terms.place,
        "starts": moment_text(terms.starts_at),
        "missing": str(posting.missing),
        "headcount": str(terms.headcount),
        "employer": posting.employer_name,
    }


def _published(event: Event[PostingPublished]) -> Iterator[Telling]:
    posting = event.data.posting
    if posting.status is PostingStatus.PUBLISHED and posting.missing:
        yield _telling(event, "worker.posting_fits", Workers(posting.terms.trade), _job(posting))


def _submitted(event: Event[PostingSubmitted]) -> Iterator[Telling]:
    yield _telling(event, "staff.to_verify", Staff(but=event.data.by), _job(event.data.posting))


def _filled(event: Event[PostingFilled]) -> Iterator[Telling]:
    posting = event.data.posting
    yield _telling(event, "employer.filled", Person(f"employer:{posting.employer_id}"), _job(posting))


def _stale(event: Event[PostingMarkedStale]) -> Iterator[Telling]:
    posting = event.data.posting
    lapses_at = posting.lapses_at or posting.expires_at
    values = _job(posting) | {"lapses": moment_text(lapses_at)}
    yield _telling(event, "employer.reconfirm", Person(f"employer:{posting.employer_id}"), values)


def _lapsed(event: Event[PostingLapsed]) -> Iterator[Telling]:
    what = f"招工信息“{event.data.posting.terms.trade}”无人重新确认，已下屏"
    yield _telling(event, "staff.overdue", Staff(), {"what": what})


def _fair_short(event: Event[FairFellShort]) -> Iterator[Telling]:
    plan = event.data.fair.plan
    values = {
        "title": plan.title,
        "opens": moment_text(plan.opens_at),
        "confirmed": str(event.data.confirmed),
        "least": str(event.data.least),
    }
    yield _telling(event, "staff.fair_short", Staff(), values)


def _offered(event: Event[DispatchOffered]) -> Iterator[Telling]:
    dispatch = event.data.dispatch
    values = {
        "trade": dispatch.trade,
        "wage": wage_text(dispatch.wage),
        "place": dispatch.place,
        "starts": moment_text(dispatch.starts_at),
        "answer_by": moment_text(dispatch.offer_expires_at),
    }
    yield _telling(event, "worker.offered", Person(f"seeker:{dispatch.worker_id}"), values)


def _paid(event: Event[DispatchPaid]) -> Iterator[Telling]:
    dispatch = event.data.dispatch
    if dispatch.pay is not None:
        values = {
            "trade": dispatch.trade,
            "day": day_text(dispatch.starts_at),
            "amount": money_text(dispatch.pay.fen),
        }
        yield _telling(event, "worker.pay_confirmed", Person(f"seeker:{dispatch.worker_id}"), values)


def _no_show(event: Event[DispatchNoShow]) -> Iterator[Telling]:
    dispatch = event.data.dispatch
    values = {
        "trade": dispatch.trade,
        "place": dispatch.place,
        "starts": moment_text(dispatch.starts_at),
    }
    yield _telling(event, "employer.no_show", Person(f"employer:{dispatch.employer_id}"), values)


def _unpaid(event: Event[DispatchUnpaid]) -> Iterator[Telling]:
    dispatch = event.data.dispatch
    what = f"{day_text(dispatch.starts_at)}“{dispatch.trade}”的工钱没有按时付清，转调解"
    yield _telling(event, "staff.overdue", Staff(), {"what": what})


def _screen_away(event: Event[ScreenOutageBegan]) -> Iterator[Telling]:
    """The outage is what it is told for, not the event: so what ends it finds what was not told yet."""
    outage = event.data.outage
    values = {"screen": outage.label or "未命名", "since": moment_text(outage.since)}
    occasion = Occasion(event_id=outage.id, kind="staff.screen_offline", at=event.time)
    yield Telling(occasion, outage.station, Staff(), values)


_TOLD: dict[type[Facts], Callable[[Event[Any]], Iterator[Telling]]] = {
    PostingPublished: _published,
    PostingSubmitted: _submitted,
    PostingFilled: _filled,
    PostingMarkedStale: _stale,
    PostingLapsed: _lapsed,
    FairFellShort: _fair_short,
    DispatchOffered: _offered,
    DispatchPaid: _paid,
    DispatchNoShow: _no_show,
    DispatchUnpaid: _unpaid,
    ScreenOutageBegan: _screen_away,
}
