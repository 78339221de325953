"""Times of day as they are said, and the hours between a start and an end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from services.jobs.domain.dictation.dates import SMALL, to_enrol_by
from services.jobs.domain.dictation.mentions import Mention
from services.jobs.domain.dictation.numerals import NUMBER, number_value


@dataclass(frozen=True, slots=True)
class TimeMention(Mention):
    """A start, and the hours worked when an end was said; `period` is the part of the day that was said."""

    at: time
    hours: float | None
    period: str | None
    next_day: bool = False


_PERIOD = (
    "(?:凌晨|清早|清晨|大清早|一大早|早晨|早上|早起|上午|中午|正午|晌午|下午|午后|傍晚"
    "|黄昏|晚上|晚间|夜里|夜间|半夜|早|晚)"
)
_MINUTES = (
    r"半|一刻|三刻|整|过?(?:[二三四五]?十[一二三四五六七八九]?|零[一二三四五六七八九])(?:分)?(?![个名位人块元百千来多几斤点])"
    r"|过?[0-5]?\d分(?!钟)|[0-5]\d(?![\d个名位人块元斤/一每天多来~-])"
)
_HOUR = r"(?:\d{1,2}|十[一二]?|二十[一二三四]?|[零一二两三四五六七八九])"
_CLOCK = (
    rf"(?P<{{n}}period>{_PERIOD})?(?:的|,|，|\s)?(?P<{{n}}hour>{_HOUR})(?:(?P<{{n}}mark>点钟"
    rf"|点|时(?!薪|候|间|工|长|段|日|装))(?:(?P<{{n}}minutes>{_MINUTES}))?|[:](?P<{{n}}colon>[0-5]\d))"
)
_BARE = (
    rf"(?P<{{n}}period>{_PERIOD})?(?P<{{n}}hour>{_HOUR})"
    r"(?P<{n}mark>$^)?(?P<{n}minutes>$^)?(?P<{n}colon>$^)?"
)
_FULL = re.compile(
    rf"{_CLOCK.replace('{n}', 'a_')}(?:开始|开工|上班|起|干|做)?\s?(?:[干做搞忙弄上]到|一直到|到|至|-)\s?"
    rf"(?:{SMALL}[号日]|第二天|次日|当天|明天|今天|[明今](?=[早晚晨上下中夜凌]))?"
    rf"{_CLOCK.replace('{n}', 'b_')}"
)
_BARE_FIRST = re.compile(rf"(?<![\d.]){_BARE.replace('{n}', 'a_')}(?:到|至|-){_CLOCK.replace('{n}', 'b_')}")
_TERSE = re.compile(
    rf"(?P<a_period>朝|早)(?P<a_hour>{_HOUR})(?P<a_mark>点)?(?P<a_minutes>半)?(?P<a_colon>$^)?[到至，]?(?P<b_period>晚"
    rf"|下午)(?P<b_hour>{_HOUR})(?P<b_mark>点)?(?P<b_minutes>半)?(?P<b_colon>$^)?(?![个名位人天块元])"
)
_ON_AND_OFF = re.compile(
    rf"{_CLOCK.replace('{n}', 'a_')}(?:上班|开工|上工)[，、]?{_CLOCK.replace('{n}', 'b_')}(?=下班|收工|放工)"
)
_NINE_TO_FIVE = re.compile(r"朝九晚五")
_SINGLE = re.compile(rf"(?<![\d.]){_CLOCK.replace('{n}', 'a_')}(?!多?[块元])(?!\d)")
_PERIOD_PATTERN = re.compile(_PERIOD)
_REST = re.compile(
    rf"(?:休息?|午休|吃饭|歇|歇气)[^，。；]{{0,4}}?(?P<amount>{NUMBER})个?(?P<half>半)?(?:小时|钟头)"
)


def find_times(text: str) -> list[TimeMention]:
    """Every time of day said, in order; 八点到十二点 is one mention with its hours."""
    found: list[TimeMention] = []
    for pattern in (_NINE_TO_FIVE, _ON_AND_OFF, _FULL, _TERSE, _BARE_FIRST, _SINGLE):
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            mention = _nine_to_five(match) if pattern is _NINE_TO_FIVE else _time(match, text)
            if mention is not None:
                found.append(mention)
    stated = [mention for mention in found if not to_enrol_by(mention, text)]
    return sorted(stated, key=lambda mention: mention.start)


def _nine_to_five(match: re.Match[str]) -> TimeMention:
    return TimeMention(match.start(), match.end(), 0.9, time(9, 0), 8.0, "早")


def _time(match: re.Match[str], text: str) -> TimeMention | None:
    start_minutes = _minutes_of_day(match, "a_", None)
    if start_minutes is None:
        return None
    period = _normal_period(match["a_period"])
    borrowed = period or _earlier_period(text, match.start())
    has_end = "b_hour" in match.re.groupindex and match["b_hour"] is not None
    if borrowed != period:
        start_minutes = _minutes_of_day(match, "a_", borrowed) or start_minutes
    hours = None
    confidence = 0.97 if borrowed or match["a_colon"] else 0.8
    if has_end:
        span = _span(match, start_minutes, borrowed)
        if span is None:
            return None
        start_minutes, hours = span
        # 八点到九点之间到 is when to come, not how long to work.
        hours = None if text.startswith("之间", match.end()) else _less_rest(hours, text)
    elif borrowed is None and not match["a_colon"] and start_minutes <= 4 * 60:
        # 三点要人: nobody means three at night without saying so.
        start_minutes += 12 * 60
        confidence = 0.6
    next_day, start_minutes = divmod(start_minutes, 24 * 60)
    at = time(start_minutes // 60, start_minutes % 60)
    return TimeMention(match.start(), match.end(), confidence, at, hours, borrowed, bool(next_day))


def _earlier_period(text: str, before: int) -> str | None:
    """下午要三个人，两点到: the period said earlier in the sentence, when no clock time used it up."""
    earlier = text[:before]
    last = None
    for match in _PERIOD_PATTERN.finditer(earlier):
        following = earlier[match.end() : match.end() + 3]
        word = match.group()
        alone = word not in ("早", "晚") or earlier[max(0, match.start() - 1) : match.start()] in (
            "明",
            "今",
            "后",
            "天",
        )
        used = re.match(r"的?[\d一二两三四五六七八九十]{1,2}[点:]", earlier[match.end() : match.end() + 5])
        meal = re.match(r"饭|餐|班|管|包", following) or re.search(r"[包管供]$", earlier[: match.start()])
        if alone and not used and not meal:
            last = word
    return _normal_period(last)


def _normal_period(period: str | None) -> str | None:
    if period is None:
        return None
    if period in ("下午", "午后"):
        return "下午"
    if period in ("傍晚", "黄昏", "晚上", "晚间", "夜里", "夜间", "半夜", "晚"):
        return "晚"
    if period in ("中午", "正午", "晌午"):
        return "中午"
    return "凌晨" if period == "凌晨" else "早"


def _minutes_of_day(match: re.Match[str], prefix: str, period: str | None) -> int | None:
    hour_said = number_value(match[prefix + "hour"])
    if hour_said is None or hour_said > 24:
        return None
    hour = int(hour_said)
    period = _normal_period(match[prefix + "period"]) or period
    if hour <= 12:
        hour = _with_period(hour, period)
    minutes = int(match[prefix + "colon"]) if match[prefix + "colon"] else _minutes(match[prefix + "minutes"])
    return None if minutes is None else hour * 60 + minutes


def _with_period(hour: int, period: str | None) -> int:
    if period == "下午" and hour < 12:
        return hour + 12
    if period == "晚":
        return 24 if hour == 12 else hour + 12 if hour >= 4 else hour
    if period == "中午" and hour <= 3:
        return hour + 12
    if period == "凌晨" and hour == 12:
        return 0
    return hour


def _minutes(said: str | None) -> int | None:
    if not said:
        return 0
    if said in ("半", "一刻", "三刻", "整"):
        return {"半": 30, "一刻": 15, "三刻": 45, "整": 0}[said]
    value = number_value(said.removeprefix("过").removesuffix("分").removeprefix("零"))
    return int(value) if value is not None and value < 60 else None


_LONGEST_SHIFT_HOURS = 16
_NEXT_DAY = re.compile(r"第二天|次日|明")


def _span(match: re.Match[str], start: int, period: str | None) -> tuple[int, float] | None:
    """Start in minutes of the day and hours of work; the end is read after the start."""
    end_period = match["b_period"]
    end = _minutes_of_day(match, "b_", None)
    if end is None:
        return None
    if end_period is None and period is None and match["a_colon"] is None and start <= 4 * 60:
        start += 12 * 60
    if end <= start:
        # 八点到五点 ends in the afternoon; 晚上八点到早上六点 ends the next day.
        on_24_hours = match["b_colon"] is not None and (
            period is None or (number_value(match["a_hour"]) or 0) > 12
        )
        twelve_hours = end_period is None and not on_24_hours and end <= 12 * 60
        next_day = _NEXT_DAY.search(match.group()) is not None
        end += 12 * 60 if twelve_hours and not next_day and end + 12 * 60 > start else 24 * 60
    hours = (end - start) / 60
    if hours > _LONGEST_SHIFT_HOURS and period is None and start < 12 * 60 <= end - 12 * 60:
        # 晚班，8点到凌晨4点 starts in the evening.
        start += 12 * 60
        hours -= 12
    return (start, hours) if 0 < hours <= 24 else None


def _less_rest(hours: float, text: str) -> float:
    rest = _REST.search(text)
    if rest is None:
        return hours
    amount = number_value(rest["amount"])
    resting = (amount or 0) + (0.5 if rest["half"] else 0)
    return hours - resting if 0 < resting < hours else hours
