"""Lengths of work as they are said: 干八个小时, 三天, 半天, 一个星期."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.jobs.domain.dictation.mentions import Mention, bounds
from services.jobs.domain.dictation.numerals import NUMBER, SPOKEN_CHARACTERS, number_value


@dataclass(frozen=True, slots=True)
class LengthMention(Mention):
    """A length of work, in hours or days."""

    amount: float


_HOURS = re.compile(
    rf"(?P<amount>{NUMBER}|半)(?:个(?P<half>半)?|(?P<half2>半))?(?:来|多)?(?:小时|钟头|钟(?!点"
    rf"|表))(?![以之]?[内后前]|到|车程|路|热线|便利)"
)
_DAYS = re.compile(
    rf"(?<![第前头隔几\d{SPOKEN_CHARACTERS}])(?P<amount>\d{{1,2}}(?:\.5)?|(?:(?!一天)[{SPOKEN_CHARACTERS}]){{1,3}}"
    rf"|一|半)(?P<whole>天|日(?!结|薪|工))(?P<half>半)?(?![以之]?[内后前]|一结|热)"
    rf"|(?P<half_month>半)个月(?!结|一结)|(?P<weeks>一|两|1|2)个?(?:星期|礼拜)(?!一|二|三"
    rf"|四|五|六|天|日|[内后前]|结)|(?P<week>一)周(?!一|二|三|四|五|六|[内后前结日末]|[^，。；]{{0,2}}[\d一两二三四五六][次天趟])"
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
    return bool(re.match(r"的?活|就[完好]|搞定|完工|[干做搞弄]完", text[match.end() :]))


def _single(said: str) -> float | None:
    said_bounds = bounds(said)
    return said_bounds[0] if said_bounds and said_bounds[0] == said_bounds[1] else None
