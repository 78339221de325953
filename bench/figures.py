"""What a bench finds: one figure of ours, beside what it is compared with, and the aim it has to meet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results.json"
_README = Path(__file__).parent / "README.md"
_TABLE_HEADING = "## Last full run\n"


@dataclass(frozen=True, slots=True)
class Figure:
    """bench: its name. figure: what was measured, in `unit`. beside: what `theirs` is of; "" when it stands
    alone. ratio: ours to theirs within the same rounds, None when there is nothing to compare. aim: "" for a
    figure that is for orientation only; met is None then."""

    bench: str
    figure: str
    unit: str
    ours: float
    beside: str = ""
    theirs: float | None = None
    ratio: float | None = None
    aim: str = ""
    met: bool | None = None


def compared(
    bench: str,
    figure: str,
    unit: str,
    ours: Sequence[float],
    beside: str,
    theirs: Sequence[float],
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Figure:
    """A figure from alternating rounds: medians of both, and the median of each round's ratio, which a busy
    machine disturbs least. at_most, at_least: the aim for the ratio."""
    ratio = median(our / their for our, their in zip(ours, theirs, strict=True))
    aim, met = _judge(ratio, at_most, at_least, "×")
    return Figure(bench, figure, unit, median(ours), beside, median(theirs), ratio, aim, met)


def alone(
    bench: str,
    figure: str,
    unit: str,
    ours: float,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
) -> Figure:
    """A figure that is judged by itself."""
    aim, met = _judge(ours, at_most, at_least, f" {unit}")
    return Figure(bench, figure, unit, ours, aim=aim, met=met)


def _judge(
    value: float, at_most: float | None, at_least: float | None, suffix: str
) -> tuple[str, bool | None]:
    if at_most is not None:
        return f"≤ {at_most:,g}{suffix}", value <= at_most
    if at_least is not None:
        return f"≥ {at_least:,g}{suffix}", value >= at_least
    return "", None


def show(figures: Iterable[Figure], *, title: str) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for name in ("bench", "figure", "unit"):
        table.add_column(name, overflow="fold")
    table.add_column("ours", justify="right")
    table.add_column("beside", overflow="fold")
    for name in ("theirs", "ratio", "aim", "met"):
        table.add_column(name, justify="right")
    previous = ""
    for each in figures:
        if previous and each.bench != previous:
            table.add_section()
        previous = each.bench
        table.add_row(
            each.bench,
            each.figure,
            each.unit,
            _number(each.ours),
            each.beside,
            _number(each.theirs),
            "" if each.ratio is None else f"{each.ratio:.2f}",
            each.aim,
            {True: "[green]yes", False: "[red]no", None: ""}[each.met],
        )
    Console(width=None if Console().is_terminal else 150).print(table)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.2f}"


def keep(figures: Sequence[Figure], ran: Iterable[str], order: Sequence[str]) -> None:
    """Write results.json: what was measured now, and what other benches found earlier."""
    ran = set(ran)
    earlier = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    rows = [row for row in earlier if row["bench"] not in ran and row["bench"] in order]
    rows += [
        {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(each).items()}
        for each in figures
    ]
    rows.sort(key=lambda row: order.index(row["bench"]))
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    RESULTS.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def write_readme(figures: Sequence[Figure], *, about: str) -> None:
    """Put a full run's table at the end of the README, under the command and the machine that made it."""
    head = _README.read_text(encoding="utf-8").partition(_TABLE_HEADING)[0]
    lines = [
        f"`./run bench` · {about}\n",
        "| bench | figure | unit | ours | beside | theirs | ratio | aim | met |",
        "| --- | --- | --- | ---: | --- | ---: | ---: | --- | --- |",
    ]
    for each in figures:
        ratio = "" if each.ratio is None else f"{each.ratio:.2f}"
        met = {True: "yes", False: "**no**", None: ""}[each.met]
        cells = [each.bench, each.figure, each.unit, _number(each.ours), each.beside]
        lines.append(f"| {' | '.join([*cells, _number(each.theirs), ratio, each.aim, met])} |")
    _README.write_text(head + _TABLE_HEADING + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie; 0.5 is the median. `values` must not be empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
