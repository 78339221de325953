"""Who may do what: role, place, and what is known of the account."""

from __future__ import annotations

import pytest

from services.jobs.domain.network import require_open
from yizhan.contracts.actor import PUBLIC, SYSTEM, Actor, Role
from yizhan.contracts.errors import NotAllowed, OutsideScope
from yizhan.contracts.jobs import StationNotOpen
from yizhan.contracts.stations import StationStatus
from yizhan.network.scope import Account, require_staff, require_system, standing
from yizhan.network.tree import Place

TOWN = ("522730", "52273001")
CLERK = Actor(id="clerk-1", role=Role.STATION_STAFF, station="52273001")


def test_staff_act_at_their_station_and_below_it() -> None:
    """The path of the place decides, not its code."""
    require_staff(CLERK, TOWN)
    require_staff(CLERK, (*TOWN, "5227300107"))
    for elsewhere in (("522730",), ("522730", "52273002"), ("522730", "52273002", "5227300107")):
        with pytest.raises(OutsideScope):
            require_staff(CLERK, elsewhere)


def test_the_public_is_no_staff_and_the_system_may_do_all() -> None:
    """Two actors without a station."""
    require_staff(SYSTEM, TOWN)
    require_system(SYSTEM)
    with pytest.raises(NotAllowed):
        require_staff(PUBLIC, TOWN)


@pytest.mark.parametrize("actor", [PUBLIC, CLERK, CLERK.model_copy(update={"role": Role.COUNTY_ADMIN})])
def test_only_the_system_is_the_system(actor: Actor) -> None:
    """An export of everything is for our own processes."""
    with pytest.raises(NotAllowed):
        require_system(actor)


def test_a_closed_account_may_do_nothing() -> None:
    """Its session may live on; its owner may not act."""
    with pytest.raises(NotAllowed):
        standing(CLERK, Account(Role.STATION_STAFF, "52273001", active=False))


def test_news_of_an_account_outweigh_its_session() -> None:
    """Moved to another station after signing in: the new place counts."""
    moved = standing(CLERK, Account(Role.COUNTY_ADMIN, "522730", active=True))
    assert (moved.id, moved.role, moved.station) == ("clerk-1", Role.COUNTY_ADMIN, "522730")


def test_an_account_never_heard_of_stands_as_its_session_says() -> None:
    """The news may still be on its way."""
    assert standing(CLERK, None) is CLERK


def test_news_of_an_account_do_not_touch_the_system() -> None:
    """Nobody becomes the system, and the system becomes nobody, by an account."""
    assert standing(SYSTEM, Account(Role.STATION_STAFF, "522730", active=False)) is SYSTEM


def test_a_suspended_station_takes_no_postings() -> None:
    """Its evidence names the station."""
    require_open(Place("52273001", TOWN, StationStatus.OPEN))
    with pytest.raises(StationNotOpen) as refusal:
        require_open(Place("52273001", TOWN, StationStatus.SUSPENDED))
    assert refusal.value.evidence == {"station": "52273001"}
