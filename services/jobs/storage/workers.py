"""Who looks for work and who waits for it today: a projection of what services/seekers tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select

from services.jobs.domain.worker import LEVELS, Attendance, DayHours, Skill, Worker
from services.jobs.storage.tables import attendance, draws, worker_trades, workers
from yizhan.contracts.checkins import CheckIn
from yizhan.contracts.draws import Draw
from yizhan.contracts.jobs import WageUnit
from yizhan.contracts.seekers import Crew, LeastWage, RetirementStanding
from yizhan.database import Database
from yizhan.network.tree import is_news

_KNOWN = select(workers.c.sequence).where(workers.c.id == bindparam("id"))
_WORKERS = select(workers).where(
    workers.c.id.in_(bindparam("ids", expanding=True)), workers.c.station.is_not(None)
)
_SKILLS = select(worker_trades).where(worker_trades.c.worker_id.in_(bindparam("ids", expanding=True)))
_INSERT_SKILL = insert(worker_trades)
_DROP_SKILLS = delete(worker_trades).where(worker_trades.c.worker_id == bindparam("of_id"))
_DROP_ATTENDANCE = delete(attendance).where(attendance.c.worker_id == bindparam("of_id"))
_DRAWN = select(draws.c.sequence).where(
    draws.c.station == bindparam("station"), draws.c.day == bindparam("day")
)
_ROLL = select(attendance).where(
    attendance.c.station.in_(bindparam("stations", expanding=True)),
    attendance.c.day == bindparam("day"),
    attendance.c.worker_id.is_not(None),
)
_OF_WORKER = select(attendance).where(
    attendance.c.worker_id == bindparam("id"), attendance.c.day == bindparam("day")
)
_FORGET = delete(attendance).where(attendance.c.day < bindparam("before"))
_FORGET_DRAWS = delete(draws).where(draws.c.day < bindparam("before"))

#: More than there are priorities, 0 to 9.
_PRIORITIES = 10

#: What a row says of somebody who looks for no work any more.
_GONE: dict[str, Any] = {column.name: None for column in workers.c if column.name not in ("id", "sequence")}


class Workers:
    """Who looks for work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hear(self, tx: Connection, id: str, worker: Worker | None, *, sequence: int) -> None:
        """Keep news of somebody unless newer ones are known. worker: None once he looks for no work, or was
        erased; nothing of him is left then but that there was news."""
        if not is_news(tx.execute(_KNOWN, {"id": id}).scalar(), sequence):
            return
        row = _GONE if worker is None else worker_row(worker)
        self._database.upsert(tx, workers, {"id": id, "sequence": sequence, **row}, key=["id"])
        tx.execute(_DROP_SKILLS, {"of_id": id})
        if worker is not None and worker.skills:
            tx.execute(_INSERT_SKILL, [skill_row(worker, skill) for skill in worker.skills])

    def find(self, tx: Connection, id: str) -> Worker | None:
        """Somebody who looks for work."""
        return self.of_ids(tx, [id]).get(id)

    def of_ids(self, tx: Connection, ids: Iterable[str]) -> dict[str, Worker]:
        """Those of them who look for work, by id."""
        wanted = {"ids": sorted(set(ids))}
        skills: dict[str, list[Skill]] = {}
        for row in tx.execute(_SKILLS, wanted):
            skills.setdefault(row.worker_id, []).append(Skill(row.trade, row.level))
        return {
            row["id"]: worker_of_row(row, skills.get(row["id"], ()))
            for row in tx.execute(_WORKERS, wanted).mappings()
        }


class Roll:
    """Who came to a station on a day, and whose turn it is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hear_of_check_in(self, tx: Connection, check_in: CheckIn) -> None:
        """Somebody has a number."""
        row = {"worker_id": check_in.person, "at": check_in.at}
        self._keep(tx, check_in.station, check_in.date, [{"number": check_in.number, **row}])

    def hear_of_call(self, tx: Connection, station: str, day: date, number: str, times: int) -> None:
        """A number was called, so often until now."""
        known = tx.execute(
            select(attendance.c.called).where(
                attendance.c.station == station, attendance.c.day == day, attendance.c.number == number
            )
        ).scalar()
        if is_news(known, times):
            self._keep(tx, station, day, [{"number": number, "called": times}])

    def hear_of_draw(self, tx: Connection, draw: Draw, *, sequence: int) -> None:
        """A day's draw, unless a newer record of it is known."""
        where = {"station": draw.station, "day": draw.date}
        if is_news(tx.execute(_DRAWN, where).scalar(), sequence):
            self._database.upsert(tx, draws, {**where, "sequence": sequence}, key=["station", "day"])
            turns = [{"number": number, "turn": turn} for turn, number in enumerate(draw.queue, start=1)]
            self._keep(tx, draw.station, draw.date, turns)

    def _keep(self, tx: Connection, station: str, day: date, news: Iterable[dict[str, Any]]) -> None:
        """News of numbers, beside what is known of them."""
        for row in news:
            key = {"station": station, "day": day, "number": row["number"]}
            self._database.insert_ignore(tx, attendance, {**key, "called": 0})
            values = {name: value for name, value in row.items() if name != "number"}
            tx.execute(
                attendance.update()
                .where(*(attendance.c[name] == value for name, value in key.items()))
                .values(**values)
            )

    def of_stations(self, tx: Connection, stations: Sequence[str], day: date) -> dict[str, Attendance]:
        """Who came to any of them on a day, by worker: of several numbers that somebody has, the first."""
        return _standing(tx.execute(_ROLL, {"stations": list(stations), "day": day}).mappings())

    def of_worker(self, tx: Connection, id: str, day: date) -> Attendance | None:
        """Where somebody waits on a day."""
        return _standing(tx.execute(_OF_WORKER, {"id": id, "day": day}).mappings()).get(id)

    def drawn(self, tx: Connection, station: str, day: date) -> bool:
        """Whether a station draws its order on a day."""
        return tx.execute(_DRAWN, {"station": station, "day": day}).scalar() is not None

    def forget(self, tx: Connection, id: str) -> None:
        """Somebody was erased: the days stay, without him."""
        tx.execute(_DROP_ATTENDANCE, {"of_id": id})

    def forget_before(self, tx: Connection, day: date) -> None:
        """Days that are past use."""
        tx.execute(_FORGET, {"before": day})
        tx.execute(_FORGET_DRAWS, {"before": day})


def in_turn(entry: Attendance) -> tuple[object, ...]:
    """The order in which numbers of one station are offered work: as drawn, then as they came."""
    return entry.turn is None, entry.turn or 0, entry.at, entry.number


def _standing(rows: Iterable[RowMapping]) -> dict[str, Attendance]:
    found: dict[str, Attendance] = {}
    for row in rows:
        entry = Attendance(**row)
        known = found.get(entry.worker_id)
        if known is None or in_turn(entry) < in_turn(known):
            found[entry.worker_id] = entry
    return found


def worker_row(worker: Worker) -> dict[str, Any]:
    """What a row says of somebody who looks for work."""
    hours, wage, crew = worker.hours, worker.least_wage, worker.crew
    return {
        "station": worker.station,
        "days": sum(1 << (day - 1) for day in worker.days),
        "begins_minute": None if hours is None else hours.begins_minute,
        "ends_minute": None if hours is None else hours.ends_minute,
        "distance_km": worker.distance_km,
        "least_wage_fen": None if wage is None else wage.fen,
        "least_wage_unit": None if wage is None else wage.unit.value,
        "crew_people": None if crew is None else crew.people,
        "crew_leads": None if crew is None else crew.leads,
        "minor": worker.minor,
        "retirement": worker.retirement.value,
        "since": worker.since,
        "priority": worker.priority,
    }


def skill_row(worker: Worker, skill: Skill) -> dict[str, Any]:
    """A row of what somebody can do."""
    return {
        "worker_id": worker.id,
        "trade": skill.trade,
        "station": worker.station,
        "level": skill.level,
        "rank": (len(LEVELS) - skill.level) * _PRIORITIES - worker.priority,
        "since": worker.since,
    }


def worker_of_row(row: RowMapping, skills: Iterable[Skill]) -> Worker:
    """Somebody who looks for work, out of his row."""
    wage_fen, people, begins = row["least_wage_fen"], row["crew_people"], row["begins_minute"]
    return Worker(
        id=row["id"],
        station=row["station"],
        skills=tuple(skills),
        days=_DAYS[row["days"]],
        hours=None if begins is None else DayHours(begins, row["ends_minute"]),
        distance_km=row["distance_km"],
        least_wage=None if wage_fen is None else _least_wage(wage_fen, row["least_wage_unit"]),
        crew=None if people is None else Crew(people=people, leads=row["crew_leads"]),
        minor=row["minor"],
        retirement=RetirementStanding(row["retirement"]),
        since=row["since"],
        priority=row["priority"],
    )


def _least_wage(fen: int, unit: str) -> LeastWage:
    return LeastWage(fen=fen, unit=WageUnit(unit))


#: The weekdays of each set of bits.
_DAYS = [frozenset(day for day in range(1, 8) if bits >> (day - 1) & 1) for bits in range(1 << 7)]
