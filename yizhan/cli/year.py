"""A year of the demo county as it may go: contact points, employers, postings with their fates, fairs.

Pure and seeded: the same seed gives the same year, so that a load which was broken off is gone on with, under
the same keys. Postings are the data set's own jobs, on other days, at other stations, for a little more.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from yizhan.cli.demo_county import county, terms_of
from yizhan.cli.demo_network import network
from yizhan.clock import COUNTY_ZONE

#: The market and the six towns; with them the plan's "1+6".
STATIONS = 7
CONTACT_POINTS = 20
EMPLOYERS = 60
FAIRS = 12
_EMPLOYERS_AT_A_FAIR = 6
#: What lies nearer could begin before a broken load is gone on with.
_FIRST_DAY = 3
#: As far ahead as a job may start; the plan's year.
_LAST_DAY = 362
_MOST_RAISE_PERCENT = 20
#: A town is some kilometres wide.
_SPREAD_DEGREES = 0.02


class Fate(StrEnum):
    """How far a posting comes."""

    DRAFT = "draft"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    PUBLISHED = "published"
    PARTLY_FILLED = "partly_filled"
    FILLED = "filled"
    CLOSED = "closed"


#: Of a hundred postings, so many.
SHARES: Mapping[Fate, int] = {
    Fate.DRAFT: 3,
    Fate.REJECTED: 4,
    Fate.WITHDRAWN: 6,
    Fate.PUBLISHED: 30,
    Fate.PARTLY_FILLED: 12,
    Fate.FILLED: 20,
    Fate.CLOSED: 25,
}


@dataclass(frozen=True)
class YearPosting:
    """employer: its number. body: of POST /postings, without the employer's id. verification: how it is made
    sure of. taken: hands bound at last."""

    number: int
    employer: int
    body: dict[str, Any]
    verification: str
    fate: Fate
    taken: int


@dataclass(frozen=True)
class Year:
    """anchor: the moment that the year begins at."""

    seed: int
    postings: int
    anchor: datetime

    @property
    def stations(self) -> list[str]:
        """The market, the towns, and all contact points: where postings come in."""
        known = [one["code"] for one in county()["stations"] if one["kind"] != "community_station"]
        return [county()["county"]["division"], *known, *(point["code"] for point in self.points())]

    def points(self) -> list[dict[str, Any]]:
        """Contact points that the data set misses to twenty: bodies of POST /stations."""
        stations = county()["stations"]
        towns = [one for one in stations if one["kind"] == "town_station"]
        model = next(one for one in stations if one["kind"] == "contact_point")
        missing = CONTACT_POINTS - sum(one["kind"] == "contact_point" for one in stations)
        points = []
        for number in range(missing):
            town = towns[number % len(towns)]
            name = f"{town['facts']['short_name']}第{number // len(towns) + 2}"
            facts = {
                **model["facts"],
                "name_plate": f"龙里县{name}零工联络点",
                "short_name": f"{name}联络点",
                "address": f"{town['facts']['short_name']}候工区",
            }
            code = f"{town['code']}7{number // len(towns) + 1}"
            points.append({"code": code, "kind": "contact_point", "parent": town["code"], "facts": facts})
        return points

    def position_of(self, code: str) -> dict[str, Any]:
        """Where a contact point is: some way from its town."""
        town = network()["premises"][code[:8]]
        chance = random.Random(f"{self.seed} {code}")
        return {
            "lng": round(town["lng"] + chance.uniform(-_SPREAD_DEGREES, _SPREAD_DEGREES), 6),
            "lat": round(town["lat"] + chance.uniform(-_SPREAD_DEGREES, _SPREAD_DEGREES), 6),
            "datum": "gcj02",
        }

    def employers(self) -> list[dict[str, Any]]:
        """Bodies of POST /employers: people, who need no code."""
        chance = random.Random(f"{self.seed} employers")
        return [
            {
                "station": chance.choice(self.stations),
                "kind": "individual",
                "name": f"{chance.choice(_SURNAMES)}家{chance.choice(_BUSINESSES)}{number + 1}号",
            }
            for number in range(EMPLOYERS)
        ]

    def jobs(self) -> Iterator[YearPosting]:
        """The year's postings, in the order in which they come in."""
        for number in range(self.postings):
            yield self._job(number)

    def _job(self, number: int) -> YearPosting:
        # Each by a seed of its own, so that a longer year begins as a shorter one does.
        chance = random.Random(f"{self.seed} {number}")
        job = chance.choice(county()["postings"])
        fate = chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
        # One hand is there or is not: nobody is taken in part.
        headcount = chance.randint(2 if fate is Fate.PARTLY_FILLED else 1, 8)
        body = {
            "station": chance.choice(self.stations),
            "source": job["source"],
            "terms": {
                **terms_of(job, self._start(job, number)),
                "headcount": headcount,
                "wage": _raised(job["wage"], chance),
            },
        }
        taken = {Fate.FILLED: headcount, Fate.CLOSED: headcount, Fate.PARTLY_FILLED: headcount // 2}
        return YearPosting(
            number=number,
            employer=chance.randrange(EMPLOYERS),
            body=body,
            verification=job["verification"],
            fate=fate,
            taken=taken.get(fate, 0),
        )

    def _start(self, job: Mapping[str, Any], number: int) -> datetime:
        """On its day of the year, at the job's hour."""
        days = _FIRST_DAY + number * (_LAST_DAY - _FIRST_DAY) // max(self.postings, 1)
        day = self.anchor.astimezone(COUNTY_ZONE).date() + timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(job["at"]), COUNTY_ZONE).astimezone(UTC)

    def fairs(self) -> list[tuple[dict[str, Any], tuple[int, ...]]]:
        """One a month: the body of POST /fairs, and the numbers of the employers who will come."""
        chance = random.Random(f"{self.seed} fairs")
        made = []
        for number in range(FAIRS):
            day = self.anchor.astimezone(COUNTY_ZONE).date() + timedelta(days=_FIRST_DAY + 30 * number)
            opens_at = datetime.combine(day, time(9), COUNTY_ZONE)
            plan = {
                "title": f"{day.month}月零工专场招聘会",
                "place": "公共就业服务大厅一楼",
                "opens_at": opens_at.isoformat(),
                "closes_at": (opens_at + timedelta(hours=4)).isoformat(),
                "booths": 20,
            }
            coming = tuple(chance.sample(range(EMPLOYERS), _EMPLOYERS_AT_A_FAIR))
            made.append(({"station": county()["county"]["division"], "plan": plan}, coming))
        return made


_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张"
_BUSINESSES = ("建房", "果园", "茶园", "小吃店", "农庄", "装修", "养殖场", "菜地", "货运", "砂石场")


def _raised(wage: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """A little more, never less: what was lawful stays so."""
    percent = 100 + chance.randint(0, _MOST_RAISE_PERCENT)
    raised = {name: wage[name] * percent // 100 for name in ("fen", "max_fen") if wage.get(name)}
    return {**wage, **raised}
