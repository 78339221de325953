"""The demo's stations: whole enough to open, and lifelike."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files

from services.stations.domain.coordinates import is_inside
from services.stations.domain.readiness import DatedRequirements
from yizhan.cli.demo_county import county
from yizhan.cli.demo_network import facilities_of, network, premises_of
from yizhan.contracts.actor import Role
from yizhan.contracts.facilities import AddFacilities
from yizhan.contracts.guides import AddServiceItem, AmendGuide
from yizhan.contracts.premises import AmendPremises, ReportMapListing
from yizhan.contracts.stations import StationKind
from yizhan.contracts.training import RecordTraining

TODAY = date(2026, 3, 2)
DIVISION = county()["county"]["division"]
CODES = [DIVISION, *(station["code"] for station in county()["stations"])]
SOMEBODY = "019a0000-0000-7000-8000-000000000000"


def test_every_station_has_what_its_kind_needs_to_open() -> None:
    """By the same data that services/stations goes by."""
    text = (files("services.stations") / "requirements.json").read_text("utf-8")
    needs = DatedRequirements.read(json.loads(text)).on(TODAY).kinds
    manned = [member["station"] for member in county()["staff"] if member["role"] == Role.STATION_STAFF]
    for station in county()["stations"]:
        code, wanted = station["code"], needs[StationKind(station["kind"])]
        premises = AmendPremises.model_validate({"code": code, **premises_of(code)})
        assert (premises.area_sqm or 0) >= wanted.least_area_sqm
        assert set(wanted.functions) <= set(premises.functions or ())
        assert manned.count(code) >= wanted.least_active_staff
        assert not wanted.hotline or station["facts"]["hotline"]
        entered = AddFacilities.model_validate({"station": code, **facilities_of(code, TODAY)}).facilities
        for kind in wanted.facilities:
            assert any(thing.kind is kind for thing in entered)
        for thing in entered:
            assert thing.kind not in wanted.inspected or (thing.due_on is not None and thing.due_on >= TODAY)


def test_every_station_stands_in_the_county_at_a_place_of_its_own() -> None:
    """Longli lies between 106.7 and 107.3 east, 26.1 and 26.8 north."""
    assert set(network()["premises"]) == set(CODES)
    places = {(one["lng"], one["lat"]) for one in network()["premises"].values()}
    assert len(places) == len(CODES)
    assert all(106.7 < lng < 107.3 and 26.1 < lat < 26.8 and is_inside(lng, lat) for lng, lat in places)


def test_services_flow_posts_listings_and_trainings_fit_the_contract() -> None:
    """Each names what exists."""
    for item in network()["items"]:
        AddServiceItem.model_validate({"station": DIVISION, "reach": "subtree", **item})
    guide = {"code": DIVISION, "flow": network()["flow"], "posts": network()["posts"]}
    assert AmendGuide.model_validate(guide).flow
    logins = {member["login"] for member in county()["staff"]}
    for listing in network()["listings"]:
        assert ReportMapListing.model_validate(listing).station in CODES
    for record in network()["trainings"]:
        assert set(record["staff"]) <= logins
        body = {name: record[name] for name in ("station", "topic", "hours")}
        RecordTraining.model_validate({**body, "held_on": TODAY, "staff": [SOMEBODY]})


def test_something_is_overdue_and_something_soon_will_be() -> None:
    """So that a newcomer sees what the list of due things is for."""
    things = [thing for code in CODES for thing in facilities_of(code, TODAY)["facilities"]]
    days = [(date.fromisoformat(thing["due_on"]) - TODAY).days for thing in things if "due_on" in thing]
    assert min(days) < 0
    assert any(0 < day <= 30 for day in days)
