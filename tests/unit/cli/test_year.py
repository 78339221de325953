"""The demo's year: the same for the same seed, lawful, and always ahead of its beginning."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from services.jobs.domain.compliance import PostingText, check, shipped_rules
from yizhan.cli.demo_county import county
from yizhan.cli.year import EMPLOYERS, SHARES, Fate, Year
from yizhan.contracts.compliance import Severity
from yizhan.contracts.employers import RegisterEmployer
from yizhan.contracts.fairs import PlanFair
from yizhan.contracts.jobs import DraftPosting
from yizhan.contracts.stations import AddStation

ANCHOR = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
YEAR = Year(1, 400, ANCHOR)
ANY_ID = "019a0000-0000-7000-8000-000000000000"


def test_the_same_seed_gives_the_same_year() -> None:
    """Another seed another one; a longer year begins with the same jobs, on other days."""
    assert list(YEAR.jobs()) == list(Year(1, 400, ANCHOR).jobs())
    assert list(YEAR.jobs()) != list(Year(2, 400, ANCHOR).jobs())
    longer = Year(1, 800, ANCHOR).jobs()
    assert [job.fate for job, _ in zip(longer, range(400), strict=False)] == [job.fate for job in YEAR.jobs()]


def test_seven_stations_and_twenty_contact_points_take_postings() -> None:
    """The points that the data set misses come below its towns, under codes of their own."""
    points = [AddStation.model_validate(point) for point in YEAR.points()]
    known = {station["code"] for station in county()["stations"]}
    assert not known & {point.code for point in points}
    assert {point.parent for point in points} <= known
    assert len(YEAR.stations) == len(set(YEAR.stations)) == 27
    assert {job.body["station"] for job in YEAR.jobs()} == set(YEAR.stations)
    assert all(YEAR.position_of(point.code)["lng"] > 106 for point in points)


def test_every_posting_is_taken_by_the_api_and_by_the_law() -> None:
    """It starts after the load could be gone on with, and within a year."""
    rules = shipped_rules()
    for job in YEAR.jobs():
        draft = DraftPosting.model_validate({**job.body, "employer_id": ANY_ID})
        terms = draft.terms
        assert ANCHOR + timedelta(days=2) < terms.starts_at < ANCHOR + timedelta(days=366)
        assert 0 <= job.taken <= terms.headcount
        text = PostingText(
            title=terms.trade,
            text=f"{terms.place}\n{terms.description}",
            wage_fen=terms.wage.fen,
            wage_unit=terms.wage.unit.value,
            start_date=date(2026, 6, 1),
            division="522730",
        )
        refusing = [one for one in check(text, rules).findings if one.severity == Severity.REFUSE]
        assert refusing == [], terms


def test_all_fates_come_in_their_shares() -> None:
    """Drafts, rejections and withdrawals too; the shares are of a hundred."""
    assert sum(SHARES.values()) == 100
    found = Counter(job.fate for job in YEAR.jobs())
    assert set(found) == set(Fate)
    assert found[Fate.PUBLISHED] > found[Fate.DRAFT]


def test_employers_and_fairs_are_taken_by_the_api() -> None:
    """A fair a month, each with more employers than it needs."""
    employers = [RegisterEmployer.model_validate(one) for one in YEAR.employers()]
    assert len({one.name for one in employers}) == EMPLOYERS
    fairs = [(PlanFair.model_validate(body), coming) for body, coming in YEAR.fairs()]
    assert len(fairs) == 12
    assert all(len(set(coming)) > 5 and max(coming) < EMPLOYERS for _, coming in fairs)
    assert all(fair.plan.opens_at > ANCHOR for fair, _ in fairs)
