"""Recommendations out of rows, on both databases: who, in what order, and what other weights would change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.jobs.office import (
    ADMIN,
    COMMUNITY,
    OTHER_CLERK,
    OTHER_TOWN,
    TOWN,
    TOWN_CLERK,
    Office,
)
from tests.integration.jobs.seekers import arrive, drawn, register
from yizhan.clock import county_day
from yizhan.contracts.employers import SanctionKind
from yizhan.contracts.jobs import Posting, PostingStatus
from yizhan.contracts.matching import (
    MatchingRpc,
    MatchReason,
    MatchWarning,
    Misfit,
    PlanRound,
    PreviewWeights,
    RecommendationOrder,
    RecommendedWorkers,
    RecommendPostings,
    RecommendWorkers,
    SetWeights,
    Weights,
    WeightsQuery,
)
from yizhan.contracts.premises import Datum, Position, PremisesAmended, StationPremises
from yizhan.contracts.sanctions import SanctionEmployer, SanctionsRpc
from yizhan.contracts.seekers import Crew
from yizhan.contracts.subscriptions import JOBS_SEEKERS

pytestmark = pytest.mark.integration


def publish(office: Office, station: str = TOWN, **terms: Any) -> Posting:
    return office.bring_to(PostingStatus.PUBLISHED, station, **terms)


def recommended(office: Office, posting: Posting, limit: int = 20) -> RecommendedWorkers:
    answer: RecommendedWorkers = office.ask(
        MatchingRpc.recommend_workers, RecommendWorkers(id=posting.id, limit=limit)
    )
    return answer


def ids(answer: RecommendedWorkers) -> list[str]:
    return [one.worker_id for one in answer.workers]


def unfit(answer: RecommendedWorkers) -> dict[Misfit, int]:
    return {one.misfit: one.people for one in answer.unfit}


def weights(office: Office, **changes: int) -> Weights:
    history = office.ask(MatchingRpc.get_weights, WeightsQuery())
    changed: Weights = history.in_force.weights.model_copy(update=changes)
    return changed


def place(office: Office, code: str, lng: float, lat: float) -> None:
    """services/stations says where a station is."""
    position = Position(lng=lng, lat=lat, datum=Datum.GCJ02)
    premises = StationPremises(code=code, position=position, sequence=1)
    facts = PremisesAmended(premises=premises, by=ADMIN.id)
    office.hear(office.event(facts, f"{code}/premises", 1, code))


def test_who_waits_here_comes_before_who_is_registered_and_each_has_his_reasons(office: Office) -> None:
    """A 搬家工 is found for a posting that wants a 搬运工; who looks for something else is not."""
    at_home = register(office, "搬家工")
    waits = register(office, "搬运工")
    register(office, "泥瓦工")
    arrive(office, waits, "A007")
    answer = recommended(office, publish(office))
    assert ids(answer) == [waits, at_home]
    first = answer.workers[0]
    assert (first.waits, first.number, answer.order) == (True, "A007", RecommendationOrder.SCORE)
    assert {one.reason for one in first.reasons} == set(MatchReason) - {MatchReason.PAY}
    assert sum(one.points for one in first.reasons) == first.score


def test_where_the_station_draws_its_order_goes_first_and_fit_is_a_filter(office: Office) -> None:
    """Whoever is drawn first and does not suit the job is not offered it."""
    people = [register(office, *trades) for trades in (("搬运工",), ("泥瓦工",), ("搬运工",))]
    for number, id in enumerate(people, start=1):
        arrive(office, id, f"A00{number}", minutes=number)
    office.hear(drawn(office, ("A002", "A003", "A001"), 3), JOBS_SEEKERS)
    answer = recommended(office, publish(office))
    assert (ids(answer), answer.order) == ([people[2], people[0]], RecommendationOrder.DRAW)
    assert [one.turn for one in answer.workers] == [2, 3]


def test_a_minor_is_not_sent_to_work_that_is_closed_to_minors(office: Office) -> None:
    """To other work he is; somebody past retirement goes anywhere, and the desk is warned."""
    minor = register(office, "焊工", "小工", minor=True)
    old = register(office, "焊工", "小工", retirement="reached")
    forbidden = recommended(office, publish(office, trade="焊工", description="高空作业"))
    assert (ids(forbidden), unfit(forbidden)) == ([old], {Misfit.CLOSED_TO_MINORS: 1})
    assert forbidden.workers[0].warnings == (MatchWarning.PAST_RETIREMENT,)
    assert set(ids(recommended(office, publish(office, trade="小工")))) == {minor, old}


def test_nobody_goes_to_an_employer_who_may_not_post(office: Office) -> None:
    """Its postings are down; asked all the same, nobody suits them."""
    register(office)
    posting = publish(office)
    sanction = SanctionEmployer(id=posting.employer_id, kind=SanctionKind.SUSPENDED, reason="拖欠工钱")
    office.ask(SanctionsRpc.sanction_employer, sanction, ADMIN)
    assert ids(recommended(office, posting)) == []


def test_how_far_somebody_goes_is_measured_between_stations(office: Office) -> None:
    """The other town is some 11 km away."""
    for code, lat in ((TOWN, 26.45), (OTHER_TOWN, 26.55)):
        place(office, code, 106.97, lat)
    near = register(office)
    willing = register(office, station=OTHER_TOWN, distance_km=12)
    register(office, station=OTHER_TOWN, distance_km=10)
    answer = recommended(office, publish(office))
    assert (ids(answer), unfit(answer)) == ([near, willing], {Misfit.TOO_FAR: 1})
    distance = next(one for one in answer.workers[1].reasons if one.reason is MatchReason.DISTANCE)
    assert distance.figure == pytest.approx(11_120, abs=20)


def test_for_somebody_the_postings_that_suit_him(office: Office) -> None:
    """Of his trades, open, and not of yesterday's; the better paid first."""
    someone = register(office, "搬运工", "小工")
    publish(office, trade="泥瓦工")
    office.draft()
    poor, rich = publish(office, trade="小工"), publish(office, trade="搬家工")
    ask = RecommendPostings(worker_id=someone)
    answer = office.ask(MatchingRpc.recommend_postings, ask)
    assert {one.posting.id for one in answer.postings} == {poor.id, rich.id}
    assert office.refusal(MatchingRpc.recommend_postings, ask, OTHER_CLERK).code == "auth.outside_scope"
    office.clock.move_to(office.clock.now() + timedelta(hours=7))
    assert office.ask(MatchingRpc.recommend_postings, ask).postings == ()


def test_a_round_leaves_nobody_where_only_another_could_have_gone(office: Office) -> None:
    """One of the two can do both jobs; a crew of three goes to neither of these."""
    both, one = register(office, "搬运工", "泥瓦工"), register(office, "搬运工")
    crew = register(office, "搬运工", crew=Crew(people=3, leads=True))
    for number, id in enumerate((both, one, crew), start=1):
        arrive(office, id, f"A00{number}")
    carrying = publish(office, headcount=1)
    building = publish(office, COMMUNITY, trade="泥瓦工", headcount=1)
    answer = office.ask(MatchingRpc.plan_round, PlanRound(station=TOWN))
    placed = {
        placement.posting_id: [worker.worker_id for worker in placement.workers]
        for placement in answer.placements
    }
    assert placed == {carrying.id: [one], building.id: [both]}
    assert answer.unplaced == 1


def test_weights_hold_from_their_day_on_and_none_is_ever_lost(office: Office) -> None:
    """Only the county's administrators set them, and not for days that are past."""
    today = county_day(office.clock.now())
    later = SetWeights(valid_from=today + timedelta(days=1), weights=weights(office, trade=99), reason="试行")
    assert office.refusal(MatchingRpc.set_weights, later, TOWN_CLERK).code == "auth.not_allowed"
    past = later.model_copy(update={"valid_from": today - timedelta(days=1)})
    assert office.refusal(MatchingRpc.set_weights, past, ADMIN).code == "jobs.weights_in_the_past"
    office.ask(MatchingRpc.set_weights, later, ADMIN)
    assert weights(office).trade != 99
    office.clock.move_to(office.clock.now() + timedelta(days=1))
    history = office.ask(MatchingRpc.get_weights, WeightsQuery(), TOWN_CLERK)
    assert history.in_force.weights.trade == 99
    assert [version.id is None for version in history.versions] == [False, True]
    assert recommended(office, publish(office)).version == history.in_force.id


def test_a_preview_shows_who_would_have_gone_yesterday(office: Office) -> None:
    """Skill against waiting, for the one place that there was."""
    skilled = register(office, skills=[{"trade": "搬运工", "level": "certified"}])
    waited = register(office)
    arrive(office, waited, "A001", minutes=0)
    arrive(office, skilled, "A002", minutes=180)
    posting = publish(office, headcount=1)
    publish(office, OTHER_TOWN, trade="泥瓦工")
    office.clock.move_to(office.clock.now() + timedelta(days=1))
    ask = PreviewWeights(station=TOWN, weights=weights(office, trade=0, waiting_full_minutes=600))
    preview = office.ask(MatchingRpc.preview_weights, ask, ADMIN)
    assert (preview.changed, [one.posting_id for one in preview.postings]) == (1, [posting.id])
    changes = [(one.worker_id, one.number, one.before, one.after) for one in preview.postings[0].changes]
    assert changes == [(waited, "A001", 2, 1), (skilled, "A002", 1, 2)]
    same = PreviewWeights(station=TOWN, weights=weights(office))
    assert office.ask(MatchingRpc.preview_weights, same, ADMIN).changed == 0
