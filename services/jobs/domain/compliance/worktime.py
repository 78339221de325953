"""Hours and days of rest that a posting states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from itertools import pairwise

from services.jobs.domain.compliance.figures import Figure
from services.jobs.domain.dictation.lengths import find_hours
from services.jobs.domain.dictation.mentions import bounds
from services.jobs.domain.dictation.numerals import NUMBER
from services.jobs.domain.dictation.times import TimeMention, find_times

_DAY_HOURS = re.compile(
    rf"(?P<lead>每天|每日|每晚|每夜|一天|日均|天天|上班|工作|干|做|上|连续|连轴|值班|在岗|时长|工时"
    rf"|班次|两班倒|两班制|两班|倒班|每班|单班|长白班|夜班|晚班|白班|一班|站|全天)(?:要"
    rf"|得|须|工作|干|做|上班|上|不少于|不低于|至少|大约|约|时间|时长|满|够|超过|:|都|是"
    rf"|为|长达|连续|站|需|在岗){{0,3}}(?:{NUMBER}(?:-|到|至|~))?(?P<hours>{NUMBER})(?:个)?(?P<half>半)?(?:多个?)?(?:小时"
    rf"|钟头|个钟|钟(?=[，\n]|$)|h)"
    rf"|(?P<hours2>{NUMBER})(?:个)?(?:小时|钟头|h)(?:/天|一天|每天|制|工作制|两班倒|轮班"
    rf"|倒班|一班|班|/班|以上|连班|连轴转|大班|长白班|在岗|值守|住岗|上岗|不间断|连续|长班"
    rf"|/日)"
)
#: A clause of its own, as in 15元/小时，12小时: nothing else in a posting takes as long.
_BARE_LONG_DAY = re.compile(r"(?:^|[，\n])(?P<hours>1[2-8])个?(?:小时|钟头)(?=[，\n]|$)")
_ROUND_THE_CLOCK = re.compile(r"上(?:24|二十四)(?:个?小时)?休(?:24|48|二十四|四十八|12|一天|两天)")
_NOT_WORK_HOURS = re.compile(
    r"(?:制?轮班|制?倒班|轮流|轮换|轮岗|不打烊|便利|营业|热线|热水|服务|供应|咨询|监控"
    r"|开放|超市|药店|网吧|自助|内|前|之内|以内|核实|三班|四班|恒温|店|三班倒|四班|工地看"
    r"|餐厅|快餐|酒店|休)"
)
_SHIFTS_BEFORE = re.compile(r"(?:营业时间?|开放时间?|两班|轮班|倒班|排班)[^，\n]{0,4}$")
_OVERTIME = re.compile(
    rf"(?:每天|每日|一天|天天)?(?:要|需|得)?加班(?:要|到|都|需|至少|时间|不少于)?(?:{NUMBER}(?:-|到|至|~))?(?P<hours>{NUMBER})个?(?:多)?(?:小时"
    rf"|钟头)"
)
_NO_REST = re.compile(
    r"(?:全月|整月|每月|一个?月|月)(?:都)?(?:无休|不休|休0天|休零天|没有?休息?|不放假|上满?30天"
    r"|上满?三十天)|(?:没有|无)(?:任何)?(?:休息日|休息天|假期|周末)|连续?上?(?:三十|30"
    r"|二十八|28)天|(?:三百六十五|365)天[^，\n]{0,3}(?:无休|不休|在岗|上班)|全年无休(?!营业)|通宵连轴|连轴转|(?:^|[，\n])无休(?=[，\n]|$)|(?:24|二十四)小时(?:住院|全天|贴身)?(?:陪护|看护|护理)(?![^，\n]{0,4}(?:轮|倒|班))|24小时(?:在岗|值班|待命|随叫随到)|二十四小时(?:在岗"
    r"|值班|待命)|白班?连夜班?|白加黑|五加二|5\+?2白加黑"
)


def find_day_hours(text: str) -> Iterator[Figure]:
    """Hours of work a day said outright."""
    for match in _ROUND_THE_CLOCK.finditer(text):
        yield Figure(match.start(), match.end(), 24)
    for match in _BARE_LONG_DAY.finditer(text):
        yield Figure(match.start("hours"), match.end(), float(match["hours"]))
    for match in _DAY_HOURS.finditer(text):
        following = text[match.end() : match.end() + 3]
        if _NOT_WORK_HOURS.match(following):
            continue
        value = bounds(match["hours"] or match["hours2"])
        if value is not None and 0 < value[1] <= 24:
            yield Figure(match.start(), match.end(), value[1] + (0.5 if match["half"] else 0))


def hours_of_a_day(text: str) -> float | None:
    """Hours of a day that a posting states: 每天8小时, else a bare 8小时; None when it states none."""
    said = [figure.value for figure in find_day_hours(text)]
    # 24小时护理 alone says how long somebody is cared for, not how long one person works.
    bare = [length.amount for length in find_hours(text) if length.amount <= _LONGEST_BARE_HOURS]
    return next(iter(said or bare), None)


_LONGEST_BARE_HOURS = 12


def find_span_hours(text: str) -> Iterator[Figure]:
    """Hours between a start and an end said as clock times, less the rest that was said."""
    spans = [span for span in find_times(text) if span.hours is not None and _is_of_work(span, text)]
    for span in spans:
        yield Figure(span.start, span.end, span.hours or 0)


def find_split_day(text: str) -> Figure | None:
    """Hours of a day told in parts, 8:00-12:00，13:00-18:00，19:00-23:00; None when it is told in one."""
    spans = [span for span in find_times(text) if span.hours is not None and _is_of_work(span, text)]
    follow = all(
        _minute(before.at) + 60 * (before.hours or 0) <= _minute(after.at)
        for before, after in pairwise(spans)
    )
    if len(spans) < 2 or not follow:
        return None
    return Figure(spans[0].start, spans[-1].end, sum(span.hours or 0 for span in spans))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _is_of_work(span: TimeMention, text: str) -> bool:
    business = re.match(r"营业|开门|开放|供应", text[span.end :])
    return not business and not _SHIFTS_BEFORE.search(text[: span.start])


def find_overtime_hours(text: str) -> Iterator[Figure]:
    """Hours of overtime a day."""
    for match in _OVERTIME.finditer(text):
        value = bounds(match["hours"])
        if value is not None:
            yield Figure(match.start(), match.end(), value[1])


def find_no_rest(text: str) -> re.Match[str] | None:
    """Wording that leaves no day of rest."""
    return _NO_REST.search(text)
