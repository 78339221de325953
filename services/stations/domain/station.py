"""A node of the 1+6+N tree: where it may stand, and what changes when it moves."""

from __future__ import annotations

from collections.abc import Iterable

from yizhan.contracts.stations import (
    AddStation,
    AmendStation,
    OpeningHoursInvalid,
    Station,
    StationChanged,
    StationFacts,
    StationKind,
    StationMisplaced,
    StationStage,
    StationStatus,
)

#: Under which kinds a kind may stand. A contact point is a leaf; community stations nest at any depth.
_PARENTS: dict[StationKind, frozenset[StationKind]] = {
    StationKind.COUNTY_MARKET: frozenset(),
    StationKind.TOWN_STATION: frozenset({StationKind.COUNTY_MARKET}),
    StationKind.COMMUNITY_STATION: frozenset(StationKind) - {StationKind.CONTACT_POINT},
    StationKind.CONTACT_POINT: frozenset(StationKind) - {StationKind.CONTACT_POINT},
}


def found_county(division: str, facts: StationFacts) -> Station:
    """The root of a county's tree. Raises OpeningHoursInvalid."""
    _check_facts(facts)
    return Station(
        code=division,
        kind=StationKind.COUNTY_MARKET,
        parent=None,
        path=(division,),
        status=StationStatus.OPEN,
        facts=facts,
        sequence=1,
        stage=StationStage.OPEN,
    )


def add(request: AddStation, parent: Station) -> Station:
    """A new node under `parent`, planned. Raises StationMisplaced, OpeningHoursInvalid."""
    _check_place(request.code, request.kind, parent)
    _check_facts(request.facts)
    return Station(
        code=request.code,
        kind=request.kind,
        parent=parent.code,
        path=(*parent.path, request.code),
        status=StationStatus.SUSPENDED,
        facts=request.facts,
        sequence=1,
        stage=StationStage.PLANNED,
    )


def amend(station: Station, request: AmendStation, new_parent: Station | None) -> Station:
    """The station after the change; the same object when nothing changes.

    new_parent: the station that `request.parent` names. Raises StationChanged, StationMisplaced,
    OpeningHoursInvalid.
    """
    if request.expected_sequence is not None and request.expected_sequence != station.sequence:
        raise StationChanged(
            "the station has changed since it was read", code=station.code, sequence=station.sequence
        )
    if request.facts is not None:
        _check_facts(request.facts)
    parent, path = station.parent, station.path
    if new_parent is not None and new_parent.code != station.parent:
        if station.code in new_parent.path:
            raise StationMisplaced("a station cannot stand below itself", code=station.code)
        _check_place(station.code, station.kind, new_parent)
        parent, path = new_parent.code, (*new_parent.path, station.code)
    changes = {
        "parent": parent,
        "path": path,
        "facts": request.facts or station.facts,
    }
    if all(getattr(station, name) == value for name, value in changes.items()):
        return station
    return station.model_copy(update={**changes, "sequence": station.sequence + 1})


def follow(moved: Station, descendants: Iterable[Station]) -> list[Station]:
    """The descendants of a station that moved, with their new paths."""
    followed = []
    for station in descendants:
        tail = station.path[station.path.index(moved.code) + 1 :]
        followed.append(
            station.model_copy(update={"path": (*moved.path, *tail), "sequence": station.sequence + 1})
        )
    return followed


def _check_place(code: str, kind: StationKind, parent: Station) -> None:
    if parent.kind not in _PARENTS[kind]:
        raise StationMisplaced(
            f"a {kind} cannot stand under a {parent.kind}", code=code, kind=kind, parent=parent.code
        )
    if parent.stage is StationStage.REVOKED:
        raise StationMisplaced("nothing new stands under a station that is revoked", parent=parent.code)
    if code[:6] != parent.code[:6]:
        raise StationMisplaced("a station stands in its own county", code=code, parent=parent.code)
    if len(code) == len("522730"):
        raise StationMisplaced("a six-digit code is the county market's", code=code, parent=parent.code)


def _check_facts(facts: StationFacts) -> None:
    hours = facts.opening_hours
    if hours is not None and hours.closes <= hours.opens:
        raise OpeningHoursInvalid("a station closes after it opens", opens=hours.opens, closes=hours.closes)
