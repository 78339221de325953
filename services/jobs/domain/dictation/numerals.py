"""Numbers as people say them: 三, 俩, 十来, 一百八, 两百五, 三千二, 1.5万."""

from __future__ import annotations

import re

DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "壹": 1,
    "二": 2,
    "贰": 2,
    "两": 2,
    "俩": 2,
    "三": 3,
    "叁": 3,
    "仨": 3,
    "四": 4,
    "肆": 4,
    "五": 5,
    "伍": 5,
    "六": 6,
    "陆": 6,
    "七": 7,
    "柒": 7,
    "八": 8,
    "捌": 8,
    "九": 9,
    "玖": 9,
}
_SCALES = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "万": 10000,
    "k": 1000,
    "w": 10000,
}

SPOKEN_CHARACTERS = "零〇一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟"
#: One spoken or written number, as text for use inside larger patterns; it has no groups.
NUMBER = rf"(?:\d{{1,8}}(?:\.\d{{1,3}})?(?:[百千万kw]\d{{0,4}})?|[{SPOKEN_CHARACTERS}]{{1,10}})"

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)([百千万kw]?)(\d*)")


def number_value(said: str) -> float | None:
    """The value of a number as said: 一百八 is 180, 三千二 is 3200, 1万2 is 12000; None if it is not one."""
    written = _WRITTEN.fullmatch(said)
    if written is not None:
        base, scale, rest = written.groups()
        if not scale:
            return float(base)
        unit = _SCALES[scale]
        tail = int(rest) * unit // 10 ** len(rest) if rest else 0
        return float(base) * unit + tail
    return _spoken_value(said)


def _spoken_value(said: str) -> float | None:
    if not said or any(character not in DIGITS and character not in _SCALES for character in said):
        return None
    if not any(character in _SCALES for character in said):
        return _digit_by_digit(said)
    total = section = 0
    pending: int | None = None
    last_scale = 0
    zero_before = False
    for character in said:
        if character in DIGITS:
            if pending is not None and not zero_before:
                return None
            zero_before = DIGITS[character] == 0
            pending = DIGITS[character]
            continue
        scale = _SCALES[character]
        count = 1 if pending is None and scale == 10 else pending
        if scale == 10000:
            total += (section + (pending or 0)) * scale
            section = 0
        elif count is None:
            return None
        else:
            section += count * scale
        pending, last_scale, zero_before = None, scale, False
    if pending is not None:
        # 一百八 is 180, but 一百零八 is 108 and 十八 is 18.
        spoken_zero = len(said) > 1 and DIGITS.get(said[-2]) == 0
        section += pending if spoken_zero or last_scale <= 10 else pending * last_scale // 10
    return float(total + section)


def _digit_by_digit(said: str) -> float | None:
    """三 is 3, 一二〇 is 120; a run of 俩 or 仨 is no number."""
    if len(said) > 1 and any(character in "两俩仨" for character in said):
        return None
    return float("".join(str(DIGITS[character]) for character in said))
