"""From one spoken line to a structured draft, deterministically, with nothing invented."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict

from services.jobs.domain.dictation.corrections import bare_repairs, standing
from services.jobs.domain.dictation.dates import DateMention, find_dates
from services.jobs.domain.dictation.lengths import find_days, find_hours
from services.jobs.domain.dictation.mentions import Mention, bounds, free, plain
from services.jobs.domain.dictation.offers import (
    OfferMention,
    Settlement,
    find_lodging,
    find_meals,
    find_settlements,
    find_transport,
)
from services.jobs.domain.dictation.people import HeadcountMention, find_headcounts
from services.jobs.domain.dictation.places import PlaceMention, find_places
from services.jobs.domain.dictation.times import find_times
from services.jobs.domain.dictation.vocabulary import TradeMention, Vocabulary, county_vocabulary
from services.jobs.domain.dictation.wages import WageMention, WageUnit, find_wages
from yizhan.clock import COUNTY_ZONE

#: What a posting needs before it can be submitted; each one that was not said is listed as missing.
NEEDED = ("date", "time", "headcount", "trade", "place", "wage_fen", "wage_unit", "settlement")

_FEWEST_OF_A_WAGE = 100
_SHIFTS = re.compile(r"[早中晚夜白]班|[两三]班倒")

# The fields of the same names would shadow the types.
Day = date
TimeOfDay = time


class Dictation(BaseModel):
    """A draft of a posting; None means that it was not said.

    `time` is when the work or the gathering starts, in Asia/Shanghai.  `wage_fen` is in fen per
    `wage_unit`.  `hours` are hours of work a day, `days` days of work (0.5 for 半天).  `confidence`
    maps each field that was said to a number from 0 to 1; `missing` lists the fields of `NEEDED` that
    were not said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: Day | None = None
    time: TimeOfDay | None = None
    end_date: Day | None = None
    headcount: int | None = None
    headcount_max: int | None = None
    trade: str | None = None
    place: str | None = None
    meals: bool | None = None
    lodging: bool | None = None
    transport: bool | None = None
    wage_fen: int | None = None
    wage_max_fen: int | None = None
    wage_unit: WageUnit | None = None
    settlement: Settlement | None = None
    hours: float | None = None
    days: float | None = None
    confidence: Mapping[str, float] = {}
    missing: tuple[str, ...] = ()


def parse(text: str, now: datetime, vocabulary: Vocabulary | None = None) -> Dictation:
    """Understand one utterance.

    `now` must carry a zone; 明天 and 周六 are counted from its day in Asia/Shanghai.  Raises ValueError
    when `now` carries none.  A text that says nothing gives a draft of Nones, never an error.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry a zone")
    words = vocabulary or county_vocabulary()
    return _Reading(plain(text), text, now.astimezone(COUNTY_ZONE).date(), words).dictation()


class _Reading:
    """One utterance being read; earlier parts keep their words from the later ones."""

    def __init__(self, text: str, original: str, today: date, words: Vocabulary) -> None:
        self.text = text
        self.original = original
        self._words = words
        clock = find_times(text)
        # The 明 of 今晚九点到明早六点 is a part of the span, not a day of its own.
        dates = [day for day in find_dates(text, today) if not _inside(day, clock)]
        times = [mention for mention in clock if free(_span(mention), dates)]
        wages = [mention for mention in find_wages(text) if free(_span(mention), [*dates, *times])]
        lunar = [mention for mention in dates if mention.day is None and mention.last is None]
        self.dates = standing([mention for mention in dates if mention not in lunar], text)
        self.times = standing(times, text)
        kept_wages = standing(wages, text)
        self.wages = _with_inherited_unit(kept_wages, wages)
        timed: list[Mention] = [*dates, *times, *wages]
        hours = [mention for mention in find_hours(text) if free(_span(mention), timed)]
        days = [mention for mention in find_days(text) if free(_span(mention), [*timed, *hours])]
        self.hours, self.days = standing(hours, text), standing(days, text)
        settlements = find_settlements(text)
        self.settlements = standing(settlements, text)
        meals, lodging, transport = find_meals(text), find_lodging(text), find_transport(text)
        self.meals, self.lodging, self.transport = (
            standing(meals, text),
            standing(lodging, text),
            standing(transport, text),
        )
        counted = [*timed, *hours, *days, *settlements, *meals, *lodging, *transport]
        headcounts = [mention for mention in find_headcounts(text) if free(_span(mention), counted)]
        self.headcounts = standing(headcounts, text)
        trades = [mention for mention in words.find_trades(text) if free(_span(mention), counted)]
        if not trades:
            trades = [
                mention for mention in words.find_unlisted_trades(text) if free(_span(mention), counted)
            ]
        self.trades = standing(trades, text)
        self._repair([*times, *wages, *headcounts, *dates])
        understood = [*counted, *headcounts, *trades]
        self.places = standing(find_places(text, understood, words.towns), text)

    def _repair(self, numbered: Sequence[Mention]) -> None:
        """三个人，不对，四: a bare number after a correction belongs to the number said last before it."""
        for start, end, said in bare_repairs(self.text):
            value = bounds(said)
            earlier = [mention for mention in numbered if mention.end <= start]
            if (
                value is None
                or not earlier
                or not free((start, end), [*self.times, *self.headcounts, *self.dates])
            ):
                continue
            # 还是搬货，还是一百八 repeats a wage; nobody takes back two people for 180.
            target = max(earlier, key=lambda mention: mention.end)
            if isinstance(target, HeadcountMention) and value[0] < _FEWEST_OF_A_WAGE:
                self.headcounts = [HeadcountMention(start, end, 0.85, int(value[0]), None)]
                self.wages = [wage for wage in self.wages if wage.start != start]
            elif isinstance(target, WageMention):
                self.wages = [replace(target, start=start, end=end, fen=round(value[0] * 100), max_fen=None)]

    def dictation(self) -> Dictation:
        said: dict[str, tuple[object, float]] = {}
        self._say_moment(said)
        self._say_people(said)
        self._say_wage(said)
        _say_offer(said, "meals", self.meals)
        _say_offer(said, "lodging", self.lodging)
        _say_offer(said, "transport", self.transport)
        if self.settlements:
            said["settlement"] = (self.settlements[0].settlement, self.settlements[0].confidence)
        values = {field: value for field, (value, _) in said.items()}
        return Dictation.model_construct(
            **values,  # type: ignore[arg-type]
            confidence={field: confidence for field, (_, confidence) in said.items()},
            missing=tuple(field for field in NEEDED if field not in values),
        )

    def _say_moment(self, said: dict[str, tuple[object, float]]) -> None:
        day = next((mention for mention in self.dates if mention.day), None)
        last = next((mention for mention in self.dates if mention.last), None)
        start = self.times[0] if self.times else None
        if day is not None and day.day is not None:
            moved = timedelta(days=1) if start is not None and start.next_day else timedelta()
            said["date"] = (day.day + moved, day.confidence)
        if last is not None:
            said["end_date"] = (last.last, last.confidence)
        if start is not None:
            said["time"] = (start.at, start.confidence)
        self._say_lengths(said, day)

    def _say_lengths(self, said: dict[str, tuple[object, float]], day: DateMention | None) -> None:
        spans = [mention.hours for mention in self.times if mention.hours is not None]
        if self.hours:
            said["hours"] = (self.hours[0].amount, self.hours[0].confidence)
        elif spans:
            # 上午8点到12点，下午2点到6点 is one day in two parts; 早班, 晚班 are two people's days.
            in_shifts = len(spans) > 1 and _SHIFTS.search(self.text) is not None
            said["hours"] = (spans[0] if in_shifts else sum(spans), 0.85)
        if self.days:
            said["days"] = (self.days[0].amount, self.days[0].confidence)
        elif day is not None and day.days is not None:
            said["days"] = (day.days, day.confidence)

    def _say_people(self, said: dict[str, tuple[object, float]]) -> None:
        if self.headcounts:
            wanted = self.headcounts[0]
            if wanted.count is not None:
                said["headcount"] = (wanted.count, wanted.confidence)
            if wanted.most is not None:
                said["headcount_max"] = (wanted.most, wanted.confidence)
        named = [trade for trade in self.trades if trade.named]
        if self.trades:
            trade = _first_trade(named or self.trades)
            several = len({self._words.filed_under(said.trade) for said in (named or self.trades)}) > 1
            said["trade"] = (trade.trade, min(trade.confidence, 0.6) if several else trade.confidence)
        if self.places:
            place = max(self.places, key=_telling)
            said["place"] = (self.original[place.start : place.end], place.confidence)

    def _say_wage(self, said: dict[str, tuple[object, float]]) -> None:
        if not self.wages:
            return
        with_unit = [wage for wage in self.wages if wage.unit is not None]
        rates = [wage for wage in with_unit if wage.unit != "total"]
        wage = (rates or with_unit or self.wages)[0]
        said["wage_fen"] = (wage.fen, wage.confidence)
        if wage.max_fen is not None:
            said["wage_max_fen"] = (wage.max_fen, wage.confidence)
        if wage.unit is not None:
            said["wage_unit"] = (wage.unit, wage.confidence)


def _span(mention: Mention) -> tuple[int, int]:
    return mention.start, mention.end


def _telling(place: PlaceMention) -> tuple[bool, bool, bool, int]:
    """Where to gather tells more than where 在 leads to, and that more than a place in passing."""
    return place.confidence > 0.5, place.gathering, place.pointed_at, -place.start


def _inside(mention: Mention, others: Sequence[Mention]) -> bool:
    return any(other.start < mention.start and mention.end < other.end for other in others)


def _first_trade(trades: Sequence[TradeMention]) -> TradeMention:
    """The first trade said; in one word such as 送货司机 the latter names the worker."""
    first = trades[0]
    for following in trades[1:]:
        if following.start != first.end or not following.named:
            break
        first = following
    return first


def _say_offer(said: dict[str, tuple[object, float]], field: str, offers: Sequence[OfferMention]) -> None:
    if offers:
        said[field] = (offers[0].provided, offers[0].confidence)


def _with_inherited_unit(kept: Sequence[WageMention], all_wages: Sequence[WageMention]) -> list[WageMention]:
    """180一天，不对，200: the corrected wage keeps the unit of the one it replaces."""
    taken_back = [wage for wage in all_wages if wage not in kept and wage.unit is not None]
    result = []
    for wage in kept:
        before = [other for other in taken_back if other.end <= wage.start]
        result.append(replace(wage, unit=before[-1].unit) if before and wage.unit is None else wage)
    return result
