"""Dates, times of day, hours and days as they are said, read against the county's calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from services.jobs.domain.dictation.mentions import Mention, bounds
from services.jobs.domain.dictation.numerals import NUMBER, SPOKEN_CHARACTERS, number_value


@dataclass(frozen=True, slots=True)
class DateMention(Mention):
    """A day, and the last day when a span was said; `day` is None for a day only the lunar calendar knows."""

    day: date | None
    last: date | None = None
    days: float | None = None


@dataclass(frozen=True, slots=True)
class TimeMention(Mention):
    """A start, and the hours worked when an end was said; `period` is the part of the day that was said."""

    at: time
    hours: float | None
    period: str | None
    next_day: bool = False


@dataclass(frozen=True, slots=True)
class LengthMention(Mention):
    """A length of work, in hours or days."""

    amount: float


_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_WEEKDAYS.update({str(number): number - 1 for number in range(1, 8)})
_RELATIVE = {
    "大后天": 3,
    "大后日": 3,
    "大大后天": 4,
    "后天": 2,
    "后日": 2,
    "后儿": 2,
    "明天": 1,
    "明日": 1,
    "明儿": 1,
    "明个": 1,
    "明朝": 1,
    "明": 1,
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "今": 0,
    "当晚": 0,
}
_SMALL = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
_PLACES_AFTER_NUMBER = (
    "(?:楼|门|仓|库|线|路|工地|厂|车间|地块|桥|院|桩|宿舍|店|铺|摊|棚|地|井|栋|位|码头"
    "|出口|入口|桌|房|窗|厅|馆|区|大棚|公馆|公路|公园|楼盘|基地|院子|标段|组)"
)
_DATE = re.compile(
    r"(?P<lunar>(?:农历|阴历|腊月|正月|冬月)(?:[初廿]?[一二三四五六七八九十]{1,3})?(?:号"
    r"|日)?|[初廿][一二三四五六七八九十](?!中|级|步|期|次))"
    r"|(?P<both>明后两?[天日]|今明两?[天日])"
    r"|(?P<relative>大大后天|大后[天日]|后[天日儿]|明[天日儿个朝]|今[天日儿]|[明今](?=早"
    r"|晚|晨|上午|下午|中午|夜|凌晨))"
    rf"|(?P<later>{_SMALL})天(?:以|之)?后"
    r"|(?<!每)(?P<week>下下个?|下个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])(?![天月年小])(?P<second>(?:[、和跟,，]?(?:周"
    r"|星期|礼拜)?[六日天末])(?![天月年小]))?(?P<two>[两二2]天|两日)?"
    r"|(?P<iso>20\d\d-\d{1,2}-\d{1,2})"
    rf"|(?:(?P<year>20\d\d|今|明)年)?(?:(?P<month>{_SMALL})月(?:份的?)?|(?P<month_word>这个?月"
    rf"|本月|下个?月))(?P<day>{_SMALL})[号日]?(?![个名位人天\d])"
    rf"|(?P<day_only>(?<![\d第]){_SMALL})[号日](?!{_PLACES_AFTER_NUMBER}|人|薪|结|工资)"
    r"|(?P<holiday>元旦|国庆节?|五一|劳动节)(?=当天|那天|节|期间|放假|这天|要|招)(?:当天|那天|这天)?"
)
_JOIN = re.compile(r"\s?(?:到|至|-|、|~|和|跟)\s?")


def find_dates(text: str, today: date) -> list[DateMention]:
    """Every day said, in order; a span such as 三号到五号 is one mention."""
    singles = [mention for match in _DATE.finditer(text) if (mention := _date(match, today))]
    joined: list[DateMention] = []
    for mention in singles:
        previous = joined[-1] if joined else None
        if previous is not None and _joins(previous, mention, text):
            joined[-1] = replace(previous, end=mention.end, last=mention.last or mention.day)
        else:
            joined.append(mention)
    return [_with_last_only(mention, text) for mention in joined]


_UNTIL = re.compile(r"(?:[干做忙]到|持续到|截止到?|截至|一直到)$")


def _with_last_only(mention: DateMention, text: str) -> DateMention:
    until = _UNTIL.search(text[: mention.start])
    if until and mention.last is None and mention.day:
        return replace(mention, start=until.start(), day=None, last=mention.day)
    return mention


def _joins(first: DateMention, second: DateMention, text: str) -> bool:
    """Whether two days are the ends of one span; a span never runs backwards."""
    if first.last is not None or first.day is None or second.day is None:
        return False
    return second.day >= first.day and _JOIN.fullmatch(text[first.end : second.start]) is not None


def _date(match: re.Match[str], today: date) -> DateMention | None:
    start, end = match.span()
    if match["lunar"]:
        return DateMention(start, end, 0.0, None)
    if match["both"]:
        first = today + timedelta(days=1 if match["both"][0] == "明" else 0)
        days = 2.0 if "两" in match["both"] else None
        return DateMention(start, end, 0.8, first, first + timedelta(days=1), days)
    if match["relative"]:
        return DateMention(start, end, 0.98, today + timedelta(days=_RELATIVE[match["relative"]]))
    if match["later"]:
        ahead = number_value(match["later"])
        return DateMention(start, end, 0.9, today + timedelta(days=int(ahead))) if ahead else None
    if match["weekday"]:
        return _weekday(match, today)
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return _calendar(match, year, month, day)
    if match["holiday"]:
        month, day = {"元": (1, 1), "国": (10, 1), "五": (5, 1), "劳": (5, 1)}[match["holiday"][0]]
        return _month_day(match, today, month, day, 0.8)
    if match["day_only"]:
        return _day_only(match, today)
    return _month_and_day(match, today)


def _weekday(match: re.Match[str], today: date) -> DateMention:
    weekday = _WEEKDAYS[match["weekday"]]
    monday = today - timedelta(days=today.weekday())
    weeks = {None: None, "这": 0, "本": 0, "下": 1}.get((match["week"] or "")[:1] or None)
    if (match["week"] or "").startswith("下下"):
        weeks = 2
    if weeks is None:
        day = today + timedelta(days=(weekday - today.weekday()) % 7)
    else:
        day = monday + timedelta(days=weekday, weeks=weeks)
    if match["weekday"] == "末" and weeks in (None, 0) and today.weekday() == 6:
        day = today
    last = None
    days = None
    if match["weekday"] == "末" and match["two"]:
        last, days = day + timedelta(days=1), 2.0
    elif match["second"]:
        second = _WEEKDAYS[match["second"][-1]]
        last = day + timedelta(days=(second - weekday) % 7)
        days = 2.0 if match["two"] else None
    confidence = 0.8 if match["weekday"] == "末" else 0.95
    end = match.end("weekday") if match["two"] and last is None else match.end()
    return DateMention(match.start(), end, confidence, day, last, days)


def _calendar(
    match: re.Match[str], year: int, month: int, day: int, confidence: float = 0.98
) -> DateMention | None:
    try:
        return DateMention(match.start(), match.end(), confidence, date(year, month, day))
    except ValueError:
        return None


def _month_day(
    match: re.Match[str], today: date, month: int, day: int, confidence: float
) -> DateMention | None:
    this_year = _calendar(match, today.year, month, day, confidence)
    if this_year is not None and this_year.day is not None and this_year.day < today:
        return _calendar(match, today.year + 1, month, day, confidence)
    return this_year


def _month_and_day(match: re.Match[str], today: date) -> DateMention | None:
    day = number_value(match["day"])
    if day is None:
        return None
    if match["month_word"]:
        first = today.replace(day=1)
        if match["month_word"].startswith("下"):
            first = (first + timedelta(days=32)).replace(day=1)
        return _calendar(match, first.year, first.month, int(day))
    month = number_value(match["month"])
    if month is None or not 1 <= month <= 12:
        return None
    if match["year"]:
        year = {"今": today.year, "明": today.year + 1}.get(match["year"]) or int(match["year"])
        return _calendar(match, year, int(month), int(day))
    return _month_day(match, today, int(month), int(day), 0.95)


def _day_only(match: re.Match[str], today: date) -> DateMention | None:
    said = number_value(match["day_only"])
    if said is None or not 1 <= said <= 31:
        return None
    first = today.replace(day=1)
    for _ in range(3):
        mention = _calendar(match, first.year, first.month, int(said), 0.9)
        if mention is not None and mention.day is not None and mention.day >= today:
            return mention
        first = (first + timedelta(days=32)).replace(day=1)
    return None


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
    rf"{_CLOCK.replace('{n}', 'a_')}(?:开始|开工|上班|起|干|做)?\s?(?:到|至|-|干到|做到)\s?(?:第二天"
    rf"|次日|当天)?{_CLOCK.replace('{n}', 'b_')}"
)
_BARE_FIRST = re.compile(rf"(?<![\d.]){_BARE.replace('{n}', 'a_')}(?:到|至|-){_CLOCK.replace('{n}', 'b_')}")
_TERSE = re.compile(
    rf"(?P<a_period>朝|早)(?P<a_hour>{_HOUR})(?P<a_mark>点)?(?P<a_minutes>半)?(?P<a_colon>$^)?[到至，]?(?P<b_period>晚"
    rf"|下午)(?P<b_hour>{_HOUR})(?P<b_mark>点)?(?P<b_minutes>半)?(?P<b_colon>$^)?(?![个名位人天块元])"
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
    for pattern in (_NINE_TO_FIVE, _FULL, _TERSE, _BARE_FIRST, _SINGLE):
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            mention = _nine_to_five(match) if pattern is _NINE_TO_FIVE else _time(match, text)
            if mention is not None:
                found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


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
        end += 12 * 60 if end_period is None and end + 12 * 60 > start and end <= 12 * 60 else 24 * 60
    hours = (end - start) / 60
    return (start, hours) if 0 < hours <= 24 else None


def _less_rest(hours: float, text: str) -> float:
    rest = _REST.search(text)
    if rest is None:
        return hours
    amount = number_value(rest["amount"])
    resting = (amount or 0) + (0.5 if rest["half"] else 0)
    return hours - resting if 0 < resting < hours else hours


_HOURS = re.compile(
    rf"(?P<amount>{NUMBER}|半)(?:个(?P<half>半)?|(?P<half2>半))?(?:来|多)?(?:小时|钟头|钟(?!点"
    rf"|表))(?![以之]?[内后前]|到|车程|路|热线|便利)"
)
_DAYS = re.compile(
    rf"(?<![第前头隔几\d{SPOKEN_CHARACTERS}])(?P<amount>\d{{1,2}}(?:\.5)?|(?:(?!一天)[{SPOKEN_CHARACTERS}]){{1,3}}"
    rf"|一|半)(?P<whole>天|日(?!结|薪|工))(?P<half>半)?(?![以之]?[内后前]|一结|热)"
    rf"|(?P<half_month>半)个月(?!结|一结)|(?P<weeks>一|两|1|2)个?(?:星期|礼拜)(?!一|二|三"
    rf"|四|五|六|天|日|[内后前]|结)|(?P<week>一)周(?!一|二|三|四|五|六|[内后前结日末])"
)
_ONE_DAY = re.compile(r"(?:[明后今][天日儿]|周[一二三四五六日天末]|[干做搞忙活]|就|只|要|需要|来|帮|用)$")
_LENGTH_VERB_AFTER = re.compile(r"(?:的活|活|就[完好]|搞定|左右|干完|做完|完工|，|。|$|）|、)")
_NOT_A_LENGTH = re.compile(
    r"(?:休息?|午休|吃饭|歇|提前|坐车|路上|每周|工资|押|压|月休|一周|试|提前)[^，。；]{0,3}$"
)


def find_hours(text: str) -> Iterator[LengthMention]:
    """Hours of work said outright: 干八个小时, 四个半小时; rest hours are not among them."""
    for match in _HOURS.finditer(text):
        if _NOT_A_LENGTH.search(text[: match.start()]):
            continue
        amount = 0.5 if match["amount"] == "半" else _single(match["amount"])
        if amount is None:
            continue
        amount += 0.5 if match["half"] or match["half2"] else 0
        if 0 < amount <= 24:
            yield LengthMention(match.start(), match.end(), 0.95, amount)


def find_days(text: str) -> Iterator[LengthMention]:
    """Days of work said outright: 干三天, 半天, 一个星期; the 一天 of a wage is not among them."""
    for match in _DAYS.finditer(text):
        before = text[: match.start()]
        if _NOT_A_LENGTH.search(before) or before.endswith(("每", "一个")):
            continue
        if match["half_month"]:
            yield LengthMention(match.start(), match.end(), 0.7, 15)
            continue
        if match["weeks"] or match["week"]:
            weeks = number_value(match["weeks"] or match["week"])
            yield LengthMention(match.start(), match.end(), 0.85, 7 * (weeks or 1))
            continue
        amount = 0.5 if match["amount"] == "半" else _single(match["amount"])
        if amount is None or amount > 366:
            continue
        if amount == 1 and not match["half"] and not _counts_one_day(text, match):
            continue
        yield LengthMention(match.start(), match.end(), 0.9, amount + (0.5 if match["half"] else 0))


def _counts_one_day(text: str, match: re.Match[str]) -> bool:
    """Whether 一天 is a length of work here, not the day of a rate or 一天八小时."""
    if _ONE_DAY.search(text[: match.start()]):
        return bool(_LENGTH_VERB_AFTER.match(text[match.end() :]))
    return bool(re.match(r"的?活|就[完好]|搞定|完工", text[match.end() :]))


def _single(said: str) -> float | None:
    said_bounds = bounds(said)
    return said_bounds[0] if said_bounds and said_bounds[0] == said_bounds[1] else None
