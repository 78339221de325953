"""What a station has to be for what is done there."""

from __future__ import annotations

from yizhan.contracts.jobs import StationNotOpen
from yizhan.contracts.stations import StationStatus
from yizhan.network.tree import Place


def require_open(place: Place) -> None:
    """Raises StationNotOpen for a station that is suspended."""
    if place.status is not StationStatus.OPEN:
        raise StationNotOpen("this station is suspended and takes no new postings", station=place.code)
