"""A station's premises: what is known of the house, and how far the maps are with listing it."""

from __future__ import annotations

from datetime import datetime

from services.stations.domain.coordinates import in_gcj02
from services.stations.domain.map_links import links
from yizhan.contracts.premises import (
    AmendPremises,
    MapListing,
    PremisesCard,
    PremisesChanged,
    ReportMapListing,
    StationPremises,
)
from yizhan.contracts.stations import StationFacts


def amend(premises: StationPremises, request: AmendPremises) -> StationPremises:
    """The premises after the change; the same object when nothing changes.

    Raises PremisesChanged, PositionOutside.
    """
    if request.expected_sequence is not None and request.expected_sequence != premises.sequence:
        raise PremisesChanged(
            "the premises have changed since they were read", code=premises.code, sequence=premises.sequence
        )
    area_sqm = premises.area_sqm if request.area_sqm is None else request.area_sqm
    functions = premises.functions if request.functions is None else tuple(dict.fromkeys(request.functions))
    position = premises.position if request.position is None else in_gcj02(request.position)
    if (area_sqm, functions, position) == (premises.area_sqm, premises.functions, premises.position):
        return premises
    return StationPremises(
        code=premises.code,
        area_sqm=area_sqm,
        functions=functions,
        position=position,
        sequence=premises.sequence + 1,
    )


def card(premises: StationPremises, facts: StationFacts) -> PremisesCard:
    """The premises with links to the maps."""
    if premises.position is None:
        return PremisesCard(premises=premises, links=None)
    found = links(premises.position, name=facts.name_plate, address=facts.address)
    return PremisesCard(premises=premises, links=found)


def report(
    known: MapListing | None, request: ReportMapListing, *, id: str, now: datetime, by: str
) -> MapListing:
    """A new report; the known one when it says the same. known: the newest of this map."""
    if known is not None and (known.state, known.url) == (request.state, request.url):
        return known
    return MapListing(
        id=id,
        sequence=1 if known is None else known.sequence + 1,
        station=request.station,
        map=request.map,
        state=request.state,
        at=now,
        by=by,
        url=request.url,
        note=request.note,
    )
