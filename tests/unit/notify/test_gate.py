"""The gate: who gets which event, and what of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from services.notify.domain.gate import Gate, Handed, Passing
from yizhan.contracts.envelope import Event
from yizhan.contracts.examples import examples
from yizhan.contracts.integrator_examples import integrator
from yizhan.contracts.integrators import (
    Grants,
    Integrator,
    IntegratorStatus,
    PersonalGrant,
    ReadGrant,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)
COUNTY, TOWN, COMMUNITY = "522730", "52273001", "5227300103"
PATHS = {COUNTY: (COUNTY,), TOWN: (COUNTY, TOWN), COMMUNITY: (COUNTY, TOWN, COMMUNITY)}


def granted(*families: str, stations: tuple[str, ...] = (TOWN,), **changes: Any) -> Integrator:
    grants = Grants(read=ReadGrant(families=families, stations=stations), **changes)
    return integrator.model_copy(update={"grants": grants})


def passing(event: Event[Any]) -> Passing:
    body = event.model_dump_json().encode()
    return Passing(body, json.loads(body))


def handed(one: Integrator, event_type: str, **paths: tuple[str, ...]) -> list[Handed]:
    return Gate((one,)).hand_over(passing(examples()[event_type]), {**PATHS, **paths}, now=NOW)


def test_an_event_below_the_granted_station_is_handed_over_as_it_was_published() -> None:
    """Not a byte is changed where nothing has to be."""
    (given,) = handed(granted("jobs.posting"), "jobs.posting.published.v1")
    assert given.body == examples()["jobs.posting.published.v1"].model_dump_json().encode()
    assert given.disclosed == ()


def test_the_tree_decides_what_lies_below_and_not_the_code() -> None:
    """A community that was moved to another town is that town's, though its code begins as before."""
    moved = {COMMUNITY: (COUNTY, "52273002", COMMUNITY)}
    assert handed(granted("jobs.posting"), "jobs.posting.published.v1", **moved) == []
    other = granted("jobs.posting", stations=("52273002",))
    assert len(handed(other, "jobs.posting.published.v1", **moved)) == 1


def test_another_family_or_place_is_not_handed_over() -> None:
    """What was granted and nothing else."""
    assert handed(granted("jobs.fair"), "jobs.posting.published.v1") == []
    assert handed(granted("jobs.posting", stations=("52273009",)), "jobs.posting.published.v1") == []


def test_whoever_is_suspended_gets_nothing() -> None:
    """Its own answers neither."""
    stopped = granted("jobs.posting").model_copy(update={"status": IntegratorStatus.SUSPENDED})
    assert handed(stopped, "jobs.posting.published.v1") == []
    assert handed(stopped, "jobs.external_posting.accepted.v1") == []


def test_an_answer_goes_to_whoever_asked_and_to_nobody_else() -> None:
    """Whatever either was granted to read."""
    asked = granted("jobs.fair")
    another = asked.model_copy(update={"id": "019ca716-0000-7e02-8f15-6d0b3a9e2c71"})
    answer = passing(examples()["jobs.external_posting.accepted.v1"])
    given = Gate((asked, another)).hand_over(answer, PATHS, now=NOW)
    assert [one.integrator.id for one in given] == [asked.id]


def test_personal_fields_are_masked_and_the_event_keeps_its_schema() -> None:
    """How somebody is called on a screen is for that screen."""
    (given,) = handed(granted("seekers.card", stations=(COUNTY,)), "seekers.card.shown.v1")
    raw = json.loads(given.body)
    assert raw["data"]["card"]["called"] == "求职者"
    assert given.disclosed == ()
    Event[type(examples()["seekers.card.shown.v1"].data)].model_validate(raw)  # type: ignore[misc]


def test_a_grant_with_a_legal_basis_tells_them_and_says_so_until_it_ends() -> None:
    """From its last moment on they are masked again."""
    personal = PersonalGrant(legal_basis="县政府办〔2026〕3号", until=NOW + timedelta(days=1))
    one = granted("seekers.card", stations=(COUNTY,), personal=personal)
    event = passing(examples()["seekers.card.shown.v1"])
    (given,) = Gate((one,)).hand_over(event, PATHS, now=NOW)
    assert given.body == event.body
    assert (given.disclosed, given.legal_basis) == (("card.called",), "县政府办〔2026〕3号")
    (after,) = Gate((one,)).hand_over(event, PATHS, now=NOW + timedelta(days=1))
    assert json.loads(after.body)["data"]["card"]["called"] == "求职者"
    assert after.disclosed == ()
