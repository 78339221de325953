"""How moments and money are said in a message."""

from __future__ import annotations

from datetime import datetime

from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.jobs import Wage, WageUnit

_UNITS = {WageUnit.DAY: "天", WageUnit.HOUR: "小时", WageUnit.MONTH: "月"}


def moment_text(moment: datetime) -> str:
    """`3月3日 07:00`, in the county."""
    local = moment.astimezone(COUNTY_ZONE)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def day_text(moment: datetime) -> str:
    """`3月3日`, in the county."""
    local = moment.astimezone(COUNTY_ZONE)
    return f"{local.month}月{local.day}日"


def money_text(fen: int) -> str:
    """`260元`, `12.5元`."""
    whole, rest = divmod(fen, 100)
    return f"{whole}元" if rest == 0 else f"{whole}.{rest:02d}".rstrip("0") + "元"


def wage_text(wage: Wage) -> str:
    """`260元/天`, `200-260元/天`, `0.8元/斤`."""
    least = money_text(wage.fen)
    paid = least if wage.max_fen is None else f"{least.removesuffix('元')}-{money_text(wage.max_fen)}"
    return f"{paid}/{_UNITS.get(wage.unit) or wage.piece_name}"
