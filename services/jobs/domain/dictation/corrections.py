"""What the speaker took back: 三个，不对，四个; 不是明天是后天."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from services.jobs.domain.dictation.mentions import Mention

_TAKEN_BACK = re.compile(
    r"不对|错了|说错|口误|[哦噢啊喔诶欸哎呃]不|不不|改成|改为|改到|换成|更正|纠正|应该是|算了|"
    r"(?<=[，。、\s])不(?=[，。、\s]|$)|(?<=[，。、\s])不是|(?<=[，。])(?:还是)|等等|等下|记错|搞错|讲错"
)
_DENIED = re.compile(r"(?:不是|不要|不用|并非)(?:要|在|到|去|招|的)?$")
#: A number alone after a correction: 三个人，不对，四.
_BARE_REPAIR = re.compile(
    r"(?:不对|错了|说错了?|口误|[哦噢啊]不|改成|改为|应该是|更正|还是|(?<=[，。])不)[，。、\s]*(?:是"
    r"|应该是|改成|要|要的是|来|说错了|还是)?[，、\s]*"
    r"(?P<number>\d+(?:\.\d+)?|[一二两三四五六七八九十百千万]+)(?=[，。；！\s]|吧|$)"
)

M = TypeVar("M", bound=Mention)


def standing(mentions: Sequence[M], text: str) -> list[M]:
    """The mentions that were not taken back, in order."""
    kept: list[M] = []
    for index, mention in enumerate(mentions):
        later = mentions[index + 1 :]
        denied = _DENIED.search(text[: mention.start]) is not None
        if denied:
            continue
        if any(_TAKEN_BACK.search(text, mention.end, other.start) for other in later[:1]):
            continue
        kept.append(mention)
    return kept


def bare_repairs(text: str) -> list[tuple[int, int, str]]:
    """(start, end, number as said) of each number that stands alone after a correction."""
    return [(*match.span("number"), match["number"]) for match in _BARE_REPAIR.finditer(text)]
