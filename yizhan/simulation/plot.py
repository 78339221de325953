"""A plot of the policies, as SVG that any browser shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from yizhan.simulation.figures import Figures

_WIDTH, _PANEL_HEIGHT, _TOP, _LEFT, _ROW = 900, 250, 34, 170, 24
_BAR = "#2563a8"
_INK, _PALE = "#1c2733", "#d9e2ec"


@dataclass(frozen=True)
class _Panel:
    title: str
    value: Callable[[Figures], float]
    most: float
    shown: Callable[[float], str]
    mark: float | None = None


def plot(policies: Sequence[Figures], names: dict[str, str], titles: dict[str, str]) -> str:
    """Bars by policy: fill beside the optimum, waiting, travel, inequality. names, titles: in the reader's
    language."""
    panels = (
        _Panel(
            titles["of_optimum"], lambda one: one.of_optimum, 1.0, lambda value: f"{value:.3f}", mark=0.95
        ),
        _Panel(
            titles["waiting_minutes"],
            lambda one: one.waiting_minutes,
            max(one.waiting_minutes for one in policies) or 1.0,
            lambda value: f"{value:.0f}",
        ),
        _Panel(
            titles["travel_km"],
            lambda one: one.travel_km,
            max(one.travel_km for one in policies) or 1.0,
            lambda value: f"{value:.1f}",
        ),
        _Panel(titles["gini"], lambda one: one.gini, 1.0, lambda value: f"{value:.3f}"),
    )
    height = _PANEL_HEIGHT * len(panels) + 16
    body = "".join(
        _drawn(panel, policies, names, top=number * _PANEL_HEIGHT + 10) for number, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="Noto Sans CJK SC, sans-serif" font-size="14">'
        f'<rect width="100%" height="100%" fill="white"/>{body}</svg>\n'
    )


def _drawn(panel: _Panel, policies: Sequence[Figures], names: dict[str, str], *, top: int) -> str:
    length = _WIDTH - _LEFT - 80
    parts = [
        f'<text x="12" y="{top + 18}" font-size="16" font-weight="bold" fill="{_INK}">{panel.title}</text>'
    ]
    for row, one in enumerate(policies):
        y, value = top + _TOP + row * _ROW, panel.value(one)
        width = max(value / panel.most, 0.0) * length
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end" fill="{_INK}">{names[one.policy]}</text>'
            f'<rect x="{_LEFT}" y="{y + 2}" width="{length}" height="16" fill="{_PALE}" opacity="0.5"/>'
            f'<rect x="{_LEFT}" y="{y + 2}" width="{width:.1f}" height="16" fill="{_BAR}"/>'
            f'<text x="{_LEFT + length + 8}" y="{y + 15}" fill="{_INK}">{panel.shown(value)}</text>'
        )
    if panel.mark is not None:
        x = _LEFT + panel.mark * length
        bottom = top + _TOP + len(policies) * _ROW
        parts.append(f'<line x1="{x}" x2="{x}" y1="{top + _TOP - 4}" y2="{bottom}" stroke="#b3261e"/>')
    return "".join(parts)
