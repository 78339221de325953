"""Telephone numbers in a posting, however their digits are dressed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.jobs.domain.compliance.figures import Figure
from services.jobs.domain.dictation.numerals import DIGITS

_DIGIT_LOOKS = {character: str(value) for character, value in DIGITS.items() if value < 10}
_DIGIT_LOOKS.update({str(number): str(number) for number in range(10)})
_DIGIT_LOOKS.update(
    {
        "幺": "1",
        "妖": "1",
        "夭": "1",
        "洞": "0",
        "拐": "7",
        "勾": "9",
        "o": "0",
        "l": "1",
        "i": "1",
        "О": "0",
        "酒": "9",
        "久": "9",
        "吧": "8",
        "巴": "8",
        "伞": "3",
        "散": "3",
        "武": "5",
        "舞": "5",
        "柳": "6",
        "溜": "6",
        "妻": "7",
        "期": "7",
        "爸": "8",
        "斯": "4",
        "肆": "4",
        "山": "3",
        "鹅": "2",
        "衣": "1",
        "医": "1",
        "灵": "0",
        "泠": "0",
        "气": "7",
        "就": "9",
        "似": "4",
        "而": "2",
        "儿": "2",
    }
)
_WEAK_DIGITS = frozenset("洞拐勾oli酒久吧巴伞散武舞柳溜妻期爸斯山鹅衣医灵泠气就似而儿О")
_LOOKING_LIKE = str.maketrans(_DIGIT_LOOKS)
_GAP = r"[\s.·•・*_|^#=,，、/\\~\-—–+（）()【】\[\]…:：\"'“”转]{0,3}"
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+?86){_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!\d)")
_LANDLINE = re.compile(rf"(?<!\d)0\d{{2,3}}{_GAP}[2-9](?:[\s-]?\d){{6,7}}(?!\d)")
_CALLED = re.compile(
    r"(?:电话|手机|致电|拨打|联系|热线|号码|call|tel|座机)[^，\n\d]{0,4}(?P<number>[2-9]\d{6,7})(?!\d)"
)
#: 14:00-18:00, whose digits are nobody's number.
_CLOCK = re.compile(r"(?<![\d:：])(?:[01]?\d|2[0-4])[:：][0-5]\d(?![\d:：])")
_ENOUGH_DIGITS = re.compile(r"(?:\d.{0,4}?){7}")


def find_numbers_to_call(plain: str) -> Iterator[Figure]:
    """Telephone numbers in a text folded character by character, however the digits are dressed."""
    plain = _CLOCK.sub(lambda match: "□" * len(match.group()), plain)
    digits = plain.translate(_LOOKING_LIKE)
    if _ENOUGH_DIGITS.search(digits) is None:
        return
    for match in _MOBILE.finditer(digits):
        words = plain[match.start() : match.end()]
        weak = sum(character in _WEAK_DIGITS for character in words)
        if weak <= 4:
            yield Figure(match.start(), match.end(), 11)
    for match in _LANDLINE.finditer(digits):
        if not any(character in _WEAK_DIGITS for character in plain[match.start() : match.end()]):
            yield Figure(match.start(), match.end(), 11)
    for match in _CALLED.finditer(plain):
        yield Figure(*match.span("number"), 8)
