"""`yizhan simulate day`: a county's morning from a seed under every policy, beside the best of hindsight."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from services.jobs.domain.rulebook import shipped
from yizhan.contracts.compliance import RuleKind
from yizhan.contracts.matching import Weights
from yizhan.simulation.county import Size
from yizhan.simulation.figures import Figures, Simulated, averaged, simulate
from yizhan.simulation.optimum import ScipyMissing
from yizhan.simulation.plot import plot

app = typer.Typer(help="模拟县里的一天，比较派工规则", no_args_is_help=True)

#: What each policy is called.
NAMES = {
    "arrival": "先到先派",
    "draw": "抽签派工",
    "difficulty": "困难优先",
    "arrival+overflow": "先到+外溢",
    "draw+overflow": "抽签+外溢",
    "difficulty+overflow": "困难优先+外溢",
    "best": "择优匹配",
    "best+crews": "择优+班组",
}
_TITLES = {
    "of_optimum": "到岗人数占事后最优的比例（红线 0.95）",
    "waiting_minutes": "到站到接活的平均等待（分钟）",
    "travel_km": "平均路程（公里）",
    "gini": "当天收入差距（基尼系数）",
}
_COLUMNS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("到岗率", lambda one: f"{one.fill:.3f}"),
    ("占最优", lambda one: f"{one.of_optimum:.3f}"),
    ("等待分", lambda one: f"{one.waiting_minutes:.0f}"),
    ("九成内", lambda one: f"{one.most_waiting_minutes:.0f}"),
    ("路程km", lambda one: f"{one.travel_km:.1f}"),
    ("基尼", lambda one: f"{one.gini:.3f}"),
    ("困难者", lambda one: f"{one.priority_fill:.3f}"),
    ("其他人", lambda one: f"{one.others_fill:.3f}"),
    ("婉拒", lambda one: f"{one.declined:.0f}"),
    ("爽约", lambda one: f"{one.missed:.0f}"),
)


@app.callback()
def _group() -> None:
    """Keeps `day` a command of its own."""


@app.command()
def day(
    seed: Annotated[int, typer.Option(help="随机种子；同一种子得到同一个早晨")] = 1,
    seeds: Annotated[int, typer.Option(min=1, max=200, help="从这个种子起模拟这么多个早晨，取平均")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=5000, help="当天来候工的人数")] = Size.workers,
    seats: Annotated[int, typer.Option(min=1, max=5000, help="各岗位招工人数合计")] = Size.seats,
    plot_to: Annotated[Path | None, typer.Option("--plot", help="把对比图写进这个 SVG 文件")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """模拟一个早晨：同一批零工和岗位，换不同的派工规则，与事后最优比较。"""
    try:
        days = [simulate(seed + number, Size(workers, seats), _weights()) for number in range(seeds)]
    except ScipyMissing:
        typer.secho(
            "对照用的事后最优由 scipy 计算，请先安装："
            ".venv/bin/pip install --require-hashes -r requirements-simulate.lock",
            err=True,
            fg="red",
        )
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in days], ensure_ascii=False, indent=1))
    else:
        _show(days)
    if plot_to is not None:
        plot_to.write_text(plot(averaged(days), NAMES, _TITLES), encoding="utf-8")


def _weights() -> Weights:
    return Weights.model_validate(shipped(RuleKind.MATCHING).data)


def _show(days: Sequence[Simulated]) -> None:
    first, best = days[0], [one.optimum_fill for one in days]
    typer.echo(
        f"种子 {first.seed}–{days[-1].seed}，每个早晨 {first.workers} 人、{first.seats} 个工位、"
        f"约 {sum(one.postings for one in days) / len(days):.0f} 个岗位；"
        f"事后最优到岗率 {sum(best) / len(best):.3f}"
    )
    typer.echo(_padded("规则", 16) + "".join(_padded(name, 9) for name, _ in _COLUMNS))
    for one in averaged(days):
        typer.echo(_padded(NAMES[one.policy], 16) + "".join(_padded(show(one), 9) for _, show in _COLUMNS))
    shares = sorted(day.policies[_BEST].of_optimum for day in days)
    typer.echo(f"{NAMES['best']}占最优：最低 {shares[0]:.3f}，平均 {sum(shares) / len(shares):.3f}")


#: Where the best match stands among the policies.
_BEST = list(NAMES).index("best")


def _padded(text: str, width: int) -> str:
    """A Chinese character takes two columns."""
    columns = sum(1 + (ord(character) > 0x2E80) for character in text)
    return text + " " * max(width - columns, 1)
