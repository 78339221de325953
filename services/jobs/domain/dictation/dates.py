"""Days as they are said, read against the county's calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.jobs.domain.dictation.mentions import Mention
from services.jobs.domain.dictation.numerals import number_value


@dataclass(frozen=True, slots=True)
class DateMention(Mention):
    """A day, and the last day when a span was said; `day` is None for a day only the lunar calendar knows."""

    day: date | None
    last: date | None = None
    days: float | None = None


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
#: A day or month as it is said; it has no groups.
SMALL = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
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
    rf"|(?P<later>{SMALL})天(?:以|之)?后"
    r"|(?<!每)(?P<week>下下个?|下个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末1-7])(?![天月年小])(?P<second>(?:[、和跟,，]?(?:周"
    r"|星期|礼拜)?[六日天末])(?![天月年小]))?(?P<two>[两二2]天|两日)?"
    r"|(?P<iso>20\d\d-\d{1,2}-\d{1,2})"
    rf"|(?:(?P<year>20\d\d|今|明)年)?(?:(?P<month>{SMALL})月(?:份的?)?|(?P<month_word>这个?月"
    rf"|本月|下个?月)(?:初(?={SMALL}[号日]))?)(?P<day>{SMALL})(?!几)[号日]?(?![个名位人天\d])"
    rf"|(?P<day_only>(?<![\d第])(?<!每月)(?<!每个月){SMALL})[号日](?!{_PLACES_AFTER_NUMBER}|人|薪|结|工资|发|前?报名)"
    r"|(?P<month_end>(?<=[到至])(?:这个?|本|下个?)?月(?:底|末))(?!再?[结发付算给])"
    r"|(?P<holiday>元旦|国庆节?|五一|劳动节)(?=当天|那天|节|期间|放假|这天|要|招)(?:当天|那天|这天)?"
)
_BARE_DAY = re.compile(rf"{SMALL}[号日]")
_JOIN = re.compile(r"\s?(?:(?![改推延挪换不])[\u4e00-\u9fa5]?到|至|-|、|~|和|跟)\s?")


def find_dates(text: str, today: date) -> list[DateMention]:
    """Every day said, in order; a span such as 三号到五号 is one mention."""
    singles = [mention for match in _DATE.finditer(text) if (mention := _date(match, today))]
    joined: list[DateMention] = []
    for mention in singles:
        previous = joined[-1] if joined else None
        if previous is not None:
            mention = _after(previous, mention, text)
        if previous is not None and _joins(previous, mention, text):
            joined[-1] = replace(previous, end=mention.end, last=mention.last or mention.day)
        else:
            joined.append(mention)
    worked = [day for day in joined if not to_enrol_by(day, text) and not _DAY_OFF.match(text, day.end)]
    return [_with_last_only(mention, text) for mention in worked]


_DAY_OFF = re.compile(r"都?(?:休息?|双休|放假|不上班|不干)")


_UNTIL = re.compile(r"(?:[干做忙]到|持续到|截止到?|截至|一直到)$")


def _with_last_only(mention: DateMention, text: str) -> DateMention:
    until = _UNTIL.search(text[: mention.start])
    if until and mention.last is None and mention.day:
        return replace(mention, start=until.start(), day=None, last=mention.day)
    return mention


def _after(first: DateMention, second: DateMention, text: str) -> DateMention:
    """下周一到周五: a bare weekday or 号 that ends a span is the next one after the span's start."""
    between = text[first.end : second.start]
    if first.day is None or second.day is None or (between and _JOIN.fullmatch(between) is None):
        return second
    day = second.day
    if day >= first.day:
        return second
    if text[second.start] in "周星礼":
        day += timedelta(days=7 * -((day - first.day).days // 7))
    elif _BARE_DAY.fullmatch(text[second.start : second.end]):
        following = (first.day.replace(day=1) + timedelta(days=32)).replace(day=1)
        for month in (first.day, following):
            moved = _safe_day(month.year, month.month, second.day.day)
            if moved is not None and moved >= first.day:
                day = moved
                break
    return replace(second, day=day)


def _safe_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _joins(first: DateMention, second: DateMention, text: str) -> bool:
    """Whether two days are the ends of one span; a span never runs backwards."""
    if first.day is None or second.day is None:
        return False
    if first.last is not None:
        # 三号四号五号: a span that was told day by day goes on.
        return (
            second.last is None and second.day - first.last == timedelta(days=1) and first.end == second.start
        )
    between = text[first.end : second.start]
    next_day = second.day - first.day == timedelta(days=1)
    return second.day >= first.day and (_JOIN.fullmatch(between) is not None or (not between and next_day))


#: 每周六周日 is a rhythm, not a day.
_EVERY_WEEK = re.compile(r"每个?(?:周|星期|礼拜)[一二三四五六日天]?[、和到至跟]?$")


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
        if _EVERY_WEEK.search(match.string[:start]):
            return None
        return _weekday(match, today)
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
        return _calendar(match, year, month, day)
    if match["month_end"]:
        return _month_end(match, today)
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
    calendar_day = _safe_day(year, month, day)
    return None if calendar_day is None else DateMention(match.start(), match.end(), confidence, calendar_day)


def _month_end(match: re.Match[str], today: date) -> DateMention:
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if match["month_end"].startswith("下"):
        following = (following + timedelta(days=32)).replace(day=1)
    return DateMention(match.start(), match.end(), 0.9, following - timedelta(days=1))


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


_DEADLINE = re.compile(
    r"[^，。；！]{0,8}?前[^，。；！]{0,3}?(?:报名|登记|联系|回话|答复|确认|打电话|来电)|报名截止"
)


def to_enrol_by(mention: Mention, text: str) -> bool:
    """Whether a moment is when to enrol by (今天五点以前报名), not when the work is."""
    return _DEADLINE.match(text, mention.end) is not None
