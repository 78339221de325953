"""Accounts, scope, screen codes and notices."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from services.stations.domain import device, notice, staff, station
from services.stations.domain.scope import require_county_admin, require_staff, require_system
from yizhan.contracts.actor import PUBLIC, SYSTEM, Actor, Role
from yizhan.contracts.errors import NotAllowed, OutsideScope
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.stations import (
    AddStaff,
    IssueDevice,
    NoticePeriodInvalid,
    PasswordRefused,
    PostNotice,
    StationFacts,
)

NOW = datetime.fromisoformat("2026-03-01T05:30:00+08:00")
COUNTY = station.found_county("522730", StationFacts(name_plate="龙里县零工市场", short_name="市场"))
TOWN_PATH = ("522730", "52273001")
CLERK = Actor(id="clerk", role=Role.STATION_STAFF, station="52273001")
ADMIN = Actor(id="admin", role=Role.COUNTY_ADMIN, station="522730")


def test_staff_act_at_their_station_and_all_below_it() -> None:
    """A town's clerk serves the town's community stations too."""
    require_staff(CLERK, TOWN_PATH)
    require_staff(CLERK, (*TOWN_PATH, "5227300103"))


def test_staff_do_not_act_elsewhere() -> None:
    """Neither next door nor above."""
    for path in (("522730", "52273002"), ("522730",)):
        with pytest.raises(OutsideScope):
            require_staff(CLERK, path)


def test_station_staff_do_not_administer() -> None:
    """The tree and the accounts are the county's."""
    with pytest.raises(NotAllowed):
        require_county_admin(CLERK, TOWN_PATH)
    require_county_admin(ADMIN, TOWN_PATH)


def test_the_public_changes_nothing() -> None:
    """Reading a screen needs no account; anything else does."""
    for require in (require_staff, require_county_admin):
        with pytest.raises(NotAllowed):
            require(PUBLIC, TOWN_PATH)
    with pytest.raises(NotAllowed):
        require_system(ADMIN)
    require_system(SYSTEM)


@pytest.mark.parametrize(
    "password",
    [
        "lingong-yizhan",
        "1111111111",
        "1234567890",
        "19860412001",
        "Qwertyuiop",
        "jihgfedcba",
        "clerk-clerk-01",
    ],
)
def test_a_password_that_others_guess_is_refused(password: str) -> None:
    """Public ones, ones that repeat themselves, digits, runs of keys, ones that hold the login."""
    with pytest.raises(PasswordRefused):
        staff.check_password(password, login="clerk", refused=frozenset({"lingong-yizhan"}))


def test_the_county_administrator_belongs_to_the_county_market() -> None:
    """Else a community station's account could hold the county's rights."""
    community = COUNTY.model_copy(update={"kind": "community_station", "code": "5227300103"})
    request = AddStaff(
        login="boss", name="李", role=Role.COUNTY_ADMIN, station="5227300103", password="x" * 10
    )
    with pytest.raises(NotAllowed):
        staff.add(request, community, id=new_identifier(NOW))


def test_nobody_gets_the_systems_role() -> None:
    """Only roles that people have can be given to an account."""
    request = AddStaff(login="boss", name="李", role=Role.SYSTEM, station="522730", password="x" * 10)
    with pytest.raises(NotAllowed):
        staff.add(request, COUNTY, id=new_identifier(NOW))


def test_closing_an_account_twice_changes_it_once() -> None:
    """The second time tells nobody anything."""
    request = AddStaff(login="lilan", name="李", role=Role.STATION_STAFF, station="522730", password="x" * 10)
    account = staff.add(request, COUNTY, id=new_identifier(NOW))
    closed = staff.close(account)
    assert (closed.active, closed.sequence) == (False, 2)
    assert staff.close(closed) is closed


def test_a_screen_code_can_be_typed_from_paper() -> None:
    """Twenty characters without those that look like others."""
    code = device.new_code(random.Random(7).randrange)
    assert len(code) == 20
    assert not set(code) & set("ILOU")


def test_revoking_a_device_twice_changes_it_once() -> None:
    """The moment of the first revocation stays."""
    issued = device.issue(IssueDevice(station="522730", label="大厅"), id=new_identifier(NOW), now=NOW)
    revoked = device.revoke(issued, now=NOW)
    assert revoked.revoked_at == NOW
    assert device.revoke(revoked, now=NOW + timedelta(days=1)) is revoked


@pytest.mark.parametrize(
    ("starts_in", "ends_in"),
    [
        (timedelta(0), timedelta(0)),
        (timedelta(days=2), timedelta(days=1)),
        (timedelta(0), timedelta(days=400)),
    ],
)
def test_a_notice_has_a_sensible_period(starts_in: timedelta, ends_in: timedelta) -> None:
    """It ends after it begins, in the future, and within a year."""
    request = PostNotice(station="522730", text="停水", valid_from=NOW + starts_in, valid_until=NOW + ends_in)
    with pytest.raises(NoticePeriodInvalid):
        notice.post(request, id=new_identifier(NOW), now=NOW)


def test_a_notice_in_the_past_is_refused() -> None:
    """It would never be seen."""
    request = PostNotice(
        station="522730",
        text="停水",
        valid_from=NOW - timedelta(days=2),
        valid_until=NOW - timedelta(days=1),
    )
    with pytest.raises(NoticePeriodInvalid):
        notice.post(request, id=new_identifier(NOW), now=NOW)


def test_a_notice_is_valid_from_now_unless_it_says_otherwise() -> None:
    """The common case needs one date only."""
    request = PostNotice(station="522730", text="停水", valid_until=NOW + timedelta(hours=1))
    assert notice.post(request, id=new_identifier(NOW), now=NOW).valid_from == NOW
