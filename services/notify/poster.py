"""A posting's poster: an SVG of A4 with a QR code, which a browser shows, prints, and keeps as PNG or PDF."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from html import escape

import segno

from services.notify.domain.kit import facts, values
from services.notify.domain.texts import KitTexts, Texts, Topic
from yizhan.contracts.jobs import Posting

#: Millimetres: A4, and the columns of the facts.
_WIDTH, _HEIGHT, _MARGIN = 210, 297, 18
_LABEL_X, _TEXT_X = _MARGIN, _MARGIN + 26
_LINE = 12.5
#: Half-widths that a line of facts holds, and lines that one fact may take.
_COLUMNS, _MOST_LINES = 44, 3
_QR_SIDE = 52
#: What stands above the facts, and below them.
_TOLD_LARGE = {Topic.TRADE, Topic.MISSING, Topic.APPLY}
_FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"


def poster(posting: Posting, *, station: str, link: str, texts: Texts) -> str:
    """The drawing. station: what the station is called. link: what the code leads to."""
    said = texts.poster
    filled = values(posting, station, texts.kit)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}mm" '
        f'height="{_HEIGHT}mm" font-family="{_FONT}" fill="#1f2328">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<rect width="{_WIDTH}" height="30" fill="#b3261e"/>',
        _text(_MARGIN, 20, 13, said.head.format_map(filled), fill="#ffffff", weight=700),
        _text(_WIDTH - _MARGIN, 20, 7, said.seal, fill="#ffffff", anchor="end"),
        _fitted(_MARGIN, 62, 26, said.wanted.format_map(filled), weight=700),
        _fitted(_MARGIN, 92, 23, filled["wage"], fill="#b3261e", weight=700),
        *_facts(filled, texts.kit),
        f'<rect x="{_MARGIN}" y="222" width="{_WIDTH - 2 * _MARGIN}" height="0.5" fill="#d0d7de"/>',
        _code(link, _MARGIN, 230),
        _text(_MARGIN + _QR_SIDE + 9, 246, 8.5, said.scan, weight=700),
        _text(_MARGIN + _QR_SIDE + 9, 260, 6, said.apply.format_map(filled)),
        _text(_MARGIN + _QR_SIDE + 9, 270, 6, said.warning),
        "</svg>",
    ]
    return "".join(parts)


def _facts(filled: Mapping[str, str], said: KitTexts) -> Iterator[str]:
    y = 112.0
    for fact, text in facts(filled, said):
        if fact.topic in _TOLD_LARGE:
            continue
        lines = list(_broken(text))
        if y + _LINE * len(lines) > 222:
            return
        yield _text(_LABEL_X, y, 7.5, fact.label, fill="#57606a")
        for line in lines:
            yield _text(_TEXT_X, y, 7.5, line)
            y += _LINE


def _broken(text: str) -> Iterator[str]:
    """Lines of a text, at most so many; what is left out is told by an ellipsis."""
    line, width, lines = "", 0, 0
    for character in text.replace("\n", " "):
        wide = _half_widths(character)
        if width + wide > _COLUMNS:
            lines += 1
            if lines == _MOST_LINES:
                yield line[:-1] + "…"
                return
            yield line
            line, width = "", 0
        line, width = line + character, width + wide
    if line:
        yield line


def _half_widths(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _fitted(x: float, y: float, size: float, text: str, *, weight: int, fill: str = "") -> str:
    """Large type, made smaller when it would run off the sheet; a half-width is taken as 0.6 of the size."""
    room = (_WIDTH - 2 * _MARGIN) / (0.56 * max(_half_widths(text), 1))
    return _text(x, y, min(size, room), text, weight=weight, fill=fill)


def _text(
    x: float, y: float, size: float, text: str, *, fill: str = "", weight: int = 400, anchor: str = "start"
) -> str:
    colour = f' fill="{fill}"' if fill else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:.3g}" font-weight="{weight}" text-anchor="{anchor}"'
        f"{colour}>{escape(text)}</text>"
    )


def _code(link: str, x: float, y: float) -> str:
    """The QR code as one path, with its quiet zone left by the sheet's white."""
    rows = [list(row) for row in segno.make(link, error="m", micro=False).matrix]
    scale = _QR_SIDE / len(rows)
    cells = "".join(
        f"M{column},{row}h1v1h-1z"
        for row, cells in enumerate(rows)
        for column, dark in enumerate(cells)
        if dark
    )
    return f'<path transform="translate({x:g},{y:g}) scale({scale:.5g})" d="{cells}" fill="#000000"/>'
