"""Who might go to a posting: by trade, near, and first of all who waits today; at the same cost however many
people look for work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, select, union_all

from services.jobs.domain.worker import Attendance, Skill, Worker
from services.jobs.storage.tables import attendance, worker_trades, workers
from services.jobs.storage.workers import in_turn, worker_of_row

#: Stations that are asked at once, the nearest first; what is found there decides whether to go further.
STATIONS_AT_ONCE = 8
#: The best of a trade that one station offers, of those who are registered there and do not wait today.
BEST_OF_STATION = 8

_ROLL = (
    select(attendance, worker_trades.c.level)
    .join(worker_trades, worker_trades.c.worker_id == attendance.c.worker_id)
    .where(
        attendance.c.station.in_(bindparam("stations", expanding=True)),
        attendance.c.day == bindparam("day"),
        worker_trades.c.trade == bindparam("trade"),
    )
)
_WORKERS = select(workers).where(workers.c.id.in_(bindparam("ids", expanding=True)))


def _walk(number: int) -> Any:
    walk = (
        select(worker_trades.c.worker_id, worker_trades.c.level)
        .where(
            worker_trades.c.trade == bindparam("trade"),
            worker_trades.c.station == bindparam(f"station_{number}"),
        )
        .order_by(worker_trades.c.rank, worker_trades.c.since, worker_trades.c.worker_id)
        .limit(bindparam("best"))
        .subquery(f"walk_{number}")
    )
    return select(walk)


#: Each term walks down an index no further than a station's best.
_BEST = union_all(*(_walk(number) for number in range(STATIONS_AT_ONCE)))


@dataclass(frozen=True, slots=True)
class Seeking:
    """Somebody who looks for a trade; of his skills there is this one alone. here: where he waits today."""

    worker: Worker
    here: Attendance | None


class Candidates:
    """People who look for a trade."""

    def waiting(self, tx: Connection, trade: str, stations: Sequence[str], day: date) -> list[Seeking]:
        """Those who came to any of some stations on a day."""
        rows = tx.execute(_ROLL, {"stations": list(stations), "day": day, "trade": trade}).mappings()
        levels: dict[str, int] = {}
        here: dict[str, Attendance] = {}
        for row in rows:
            entry = _attendance(row)
            known = here.get(entry.worker_id)
            if known is None or in_turn(entry) < in_turn(known):
                here[entry.worker_id], levels[entry.worker_id] = entry, row["level"]
        return self._loaded(tx, trade, levels, here)

    def registered(
        self, tx: Connection, trade: str, stations: Sequence[str], *, but: Iterable[str]
    ) -> Iterator[list[Seeking]]:
        """The best who are registered at stations, the nearest first, some stations at a time.

        stations: by distance. but: who is known already.
        """
        known = set(but)
        for start in range(0, len(stations), STATIONS_AT_ONCE):
            asked = stations[start : start + STATIONS_AT_ONCE]
            # Always as many terms, so that one statement is compiled; no station has the empty code.
            padded = (*asked, *("",) * (STATIONS_AT_ONCE - len(asked)))
            values: dict[str, Any] = {f"station_{number}": code for number, code in enumerate(padded)}
            rows = tx.execute(_BEST, {**values, "trade": trade, "best": BEST_OF_STATION})
            levels = {row.worker_id: row.level for row in rows if row.worker_id not in known}
            yield self._loaded(tx, trade, levels, {})

    def _loaded(
        self, tx: Connection, trade: str, levels: dict[str, int], here: dict[str, Attendance]
    ) -> list[Seeking]:
        if not levels:
            return []
        rows = tx.execute(_WORKERS, {"ids": list(levels)}).mappings()
        return [
            Seeking(worker_of_row(row, (Skill(trade, levels[row["id"]]),)), here.get(row["id"]))
            for row in rows
        ]


def _attendance(row: RowMapping) -> Attendance:
    return Attendance(
        worker_id=row["worker_id"],
        station=row["station"],
        day=row["day"],
        number=row["number"],
        at=row["at"],
        called=row["called"],
        turn=row["turn"],
    )
