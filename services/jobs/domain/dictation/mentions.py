"""A thing that was said, and where it stands in the utterance."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from services.jobs.domain.dictation.numerals import DIGITS, number_value


@dataclass(frozen=True, slots=True)
class Mention:
    """Something said at utterance[start:end]; confidence runs from 0 to 1."""

    start: int
    end: int
    confidence: float


def plain(text: str) -> str:
    """The utterance in half width and lower case, every character where it was."""
    return "".join(map(_plain_character, text))


def _plain_character(character: str) -> str:
    if character in "，。；！？、：（）\n\t":
        return {"：": ":", "\n": "，", "\t": " "}.get(character, character)
    folded = unicodedata.normalize("NFKC", character).lower()
    folded = {
        ",": "，",
        ";": "；",
        "!": "！",
        "?": "？",
        "—": "-",
        "–": "-",
        "~": "-",
        "(": "（",
        ")": "）",
    }.get(folded, folded)
    return folded if len(folded) == 1 else character


_CONSECUTIVE = re.compile(
    r"(?P<head>[一二两三四五六七八九]?[百千万]|[二三四五六七八九]?十)?(?P<low>[一二两三四五六七八九])(?P<high>[二两三四五六七八九])(?P<scale>[十百千万]{0,2})"
)


def bounds(said: str) -> tuple[float, float] | None:
    """The lowest and highest value of a number said: 七八 is (7, 8), 一百五六 is (150, 160)."""
    consecutive = _CONSECUTIVE.fullmatch(said)
    if consecutive is not None and DIGITS[consecutive["high"]] - DIGITS[consecutive["low"]] == 1:
        head, scale = consecutive["head"] or "", consecutive["scale"] or ""
        low = number_value(head + consecutive["low"] + scale)
        high = number_value(head + consecutive["high"] + scale)
        if low is not None and high is not None and low < high:
            return low, high
    value = number_value(said)
    return None if value is None else (value, value)


def free(span: tuple[int, int], taken: Iterable[Mention]) -> bool:
    """Whether no taken mention overlaps the span."""
    return all(span[1] <= mention.start or span[0] >= mention.end for mention in taken)
