"""The network as heard of: in any order, twice, or with some of it missing."""

from __future__ import annotations

from itertools import islice, permutations

import pytest
from sqlalchemy import select

from services.jobs.storage import tables
from tests.integration.jobs.office import (
    COMMUNITY,
    COMMUNITY_CLERK,
    COUNTY,
    OTHER_CLERK,
    OTHER_TOWN,
    TOWN,
    TOWN_CLERK,
    Office,
)
from yizhan.clock import FrozenClock
from yizhan.contracts.jobs import JobsRpc, PostingQuery, SubmitPosting
from yizhan.contracts.subscriptions import JOBS_NETWORK
from yizhan.database import Database

pytestmark = pytest.mark.integration

HAMLET = "522730010101"


def paths(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        query = select(tables.network.c.code, tables.network.c.path)
        return {row.code: row.path for row in connection.execute(query)}


def test_in_whatever_order_the_news_come_the_tree_is_the_same(office: Office) -> None:
    """The community moves to the other town; a hamlet below it was told of before the move alone."""
    news = [
        office.news_of_station(COMMUNITY, parent=TOWN, path=[COUNTY, TOWN, COMMUNITY], sequence=1),
        office.news_of_station(
            COMMUNITY, parent=OTHER_TOWN, path=[COUNTY, OTHER_TOWN, COMMUNITY], sequence=2
        ),
        office.news_of_station(HAMLET, parent=COMMUNITY, path=[COUNTY, TOWN, COMMUNITY, HAMLET]),
        office.news_of_station(OTHER_TOWN, parent=COUNTY, path=[COUNTY, OTHER_TOWN]),
        office.news_of_station(COUNTY, parent=None, path=[COUNTY]),
    ]
    # Every tenth order here; every one that matters in the unit tests, where they cost nothing.
    for order in islice(permutations(news), 0, None, 10):
        with office.database.transaction() as tx:
            tx.execute(tables.network.delete())
            tx.execute(tables.inbox.delete())
        for event in order:
            office.hear(event)
        assert paths(office.database) == {
            COUNTY: f"{COUNTY}/",
            OTHER_TOWN: f"{COUNTY}/{OTHER_TOWN}/",
            COMMUNITY: f"{COUNTY}/{OTHER_TOWN}/{COMMUNITY}/",
            HAMLET: f"{COUNTY}/{OTHER_TOWN}/{COMMUNITY}/{HAMLET}/",
        }


def test_a_station_that_moves_takes_its_postings_into_the_new_scope(office: Office) -> None:
    """Who was in charge is no longer; who is now, is."""
    posting = office.draft(COMMUNITY)
    office.hear(
        office.news_of_station(COMMUNITY, parent=OTHER_TOWN, path=[COUNTY, OTHER_TOWN, COMMUNITY], sequence=2)
    )
    submit = SubmitPosting(id=posting.id)
    assert office.refusal(JobsRpc.submit_posting, submit, TOWN_CLERK).code == "auth.outside_scope"
    assert office.ask(JobsRpc.list_postings, PostingQuery(station=TOWN), TOWN_CLERK).postings == ()
    listed = office.ask(JobsRpc.list_postings, PostingQuery(station=OTHER_TOWN), OTHER_CLERK).postings
    assert listed == (posting,)
    assert office.ask(JobsRpc.submit_posting, submit, OTHER_CLERK).status == "submitted"


def test_an_older_event_and_a_redelivery_change_nothing(office: Office) -> None:
    """By sequence, and by the inbox."""
    moved = office.news_of_station(
        COMMUNITY, parent=OTHER_TOWN, path=[COUNTY, OTHER_TOWN, COMMUNITY], sequence=5
    )
    office.hear(moved)
    after, rows = paths(office.database), office.rows()
    office.hear(moved)
    assert office.rows() == rows
    office.hear(office.news_of_station(COMMUNITY, parent=TOWN, path=[COUNTY, TOWN, COMMUNITY], sequence=4))
    assert paths(office.database) == after


def test_a_station_heard_of_before_its_parent_is_in_its_countys_scope(
    database: Database, clock: FrozenClock
) -> None:
    """Its own clerk can work, and so can the town's, before the town is heard of."""
    office = Office(database, clock)
    office.hear(office.news_of_station(COMMUNITY, parent=TOWN, path=[COUNTY, TOWN, COMMUNITY]))
    posting = office.draft(COMMUNITY)
    for clerk in (COMMUNITY_CLERK, TOWN_CLERK):
        assert office.ask(JobsRpc.list_postings, PostingQuery(station=COMMUNITY), clerk).postings == (
            posting,
        )


def test_the_handler_listens_where_the_catalogue_says() -> None:
    """Its name is the queue's."""
    assert JOBS_NETWORK.queue == "jobs.network"
