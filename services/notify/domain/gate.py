"""The gate: which events leave the house for which integrator, and how they read outside.

Every way out, the live queue, webhooks and replays, asks here, so that none can say more than another.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yizhan.contracts.catalog import EVENTS
from yizhan.contracts.envelope import family_of
from yizhan.contracts.integrators import ANSWERS, Integrator, IntegratorStatus
from yizhan.contracts.personal import mask, personal_fields

Paths = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Passing:
    """An event at the gate. body: as it was published; said: what it says, parsed."""

    body: bytes
    said: Mapping[str, Any]

    @property
    def type(self) -> str:
        return str(self.said["type"])

    @property
    def family(self) -> str:
        """`jobs.posting` of `jobs.posting.published.v1`."""
        return family_of(self.type)


@dataclass(frozen=True, slots=True)
class Handed:
    """An event as one integrator gets it. disclosed: personal fields in it, with the basis to tell them."""

    integrator: Integrator
    body: bytes
    disclosed: tuple[str, ...] = ()
    legal_basis: str | None = None


class Gate:
    """What may pass to whom, for the integrators as they stand."""

    def __init__(self, integrators: Iterable[Integrator]) -> None:
        self._readers: defaultdict[str, list[tuple[Integrator, frozenset[str]]]] = defaultdict(list)
        self._by_id: dict[str, Integrator] = {}
        for one in integrators:
            if one.status is not IntegratorStatus.ACTIVE:
                continue
            self._by_id[one.id] = one
            if one.grants.read is not None:
                stations = frozenset(one.grants.read.stations)
                for family in one.grants.read.families:
                    self._readers[family].append((one, stations))

    def hand_over(self, passing: Passing, paths: Paths, *, now: datetime) -> list[Handed]:
        """The event for everybody who may have it.

        paths: of every station, from the county market down. One that was never heard of has only itself.
        """
        if passing.family == ANSWERS:
            asked = self._by_id.get(passing.said["data"]["answer"]["integrator_id"])
            return [] if asked is None else [Handed(asked, passing.body)]
        station = passing.said["station"]
        path = paths.get(station, (station,))
        return [
            _handed(integrator, passing, now=now)
            for integrator, stations in self._readers.get(passing.family, ())
            if not stations.isdisjoint(path)
        ]


def _handed(integrator: Integrator, passing: Passing, *, now: datetime) -> Handed:
    facts = EVENTS.get(passing.type)
    if facts is None or not personal_fields(facts):
        return Handed(integrator, passing.body)
    masked, spoken = mask(facts, passing.said["data"])
    if not spoken:
        return Handed(integrator, passing.body)
    personal = integrator.grants.personal
    if personal is not None and now < personal.until:
        return Handed(integrator, passing.body, spoken, personal.legal_basis)
    return Handed(integrator, json.dumps({**passing.said, "data": masked}, ensure_ascii=False).encode())
