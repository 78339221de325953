"""Pages of a subtree: complete, in order, without doubles, at a cost that does not grow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event

from services.jobs import storage
from services.jobs.storage import tables
from tests.integration.jobs.office import ADMIN, COMMUNITY, COUNTY, OTHER_TOWN, TOWN, Office
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.employers import (
    EmployerKind,
    EmployerRef,
    EmployersRpc,
    RegisterEmployer,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import ExportLivePostings, JobsRpc, PostingQuery, PostingStatus
from yizhan.database import Database
from yizhan.network import pages

pytestmark = pytest.mark.integration


def all_pages(office: Office, station: str, limit: int, status: PostingStatus | None = None) -> list[str]:
    ids: list[str] = []
    after = None
    while True:
        query = PostingQuery(station=station, status=status, after=after, limit=limit)
        page = office.ask(JobsRpc.list_postings, query, ADMIN)
        assert len(page.postings) <= limit
        ids += [posting.id for posting in page.postings]
        after = page.next
        if after is None:
            return ids


def test_pages_hold_each_posting_of_the_subtree_once_newest_first(office: Office) -> None:
    """The station's and all below it, nobody else's, with any size of page."""
    employer = office.register_employer()
    made = {TOWN: [], COMMUNITY: [], OTHER_TOWN: [], COUNTY: []}  # type: dict[str, list[str]]
    for number in range(12):
        station = (TOWN, COMMUNITY, OTHER_TOWN, COUNTY)[number % 4]
        status = PostingStatus.SUBMITTED if number % 3 else PostingStatus.DRAFT
        made[station].append(office.bring_to(status, station, employer=employer).id)
    town = sorted(made[TOWN] + made[COMMUNITY], reverse=True)
    everything = sorted((id for ids in made.values() for id in ids), reverse=True)
    for limit in (1, 2, 3, 5, 6, 7, 100):
        assert all_pages(office, TOWN, limit) == town
        assert all_pages(office, COUNTY, limit) == everything
        submitted = all_pages(office, TOWN, limit, PostingStatus.SUBMITTED)
        drafts = all_pages(office, TOWN, limit, PostingStatus.DRAFT)
        assert sorted(submitted + drafts, reverse=True) == town
        assert submitted == sorted(submitted, reverse=True)
    assert all_pages(office, OTHER_TOWN, 100, PostingStatus.PUBLISHED) == []


def test_any_number_of_stations_is_listed(office: Office) -> None:
    """A prefecture's, too: neither database finds the statement too large."""
    posting = office.draft()
    codes = tuple(f"52273{number:03}" for number in range(700))
    with office.database.reading() as connection:
        listed, following = storage.Postings(office.database).page(
            connection, pages.Subtree((*codes, TOWN)), status=None, after=None, limit=50
        )
    assert (listed, following) == ([posting], None)


def test_an_unknown_station_has_no_list(office: Office) -> None:
    """An empty page would be a lie."""
    problem = office.refusal(JobsRpc.list_postings, PostingQuery(station="52273099"), ADMIN)
    assert problem.code == "jobs.unknown_station"


def test_the_export_pages_through_published_postings_by_id(office: Office) -> None:
    """A rebuild gets every one of them once."""
    employer = office.register_employer()
    ids = [
        office.bring_to(PostingStatus.PUBLISHED, station, employer=employer).id
        for station in (TOWN, OTHER_TOWN, COMMUNITY)
    ]
    office.bring_to(PostingStatus.VERIFIED, employer=employer)
    first = office.ask(JobsRpc.export_live_postings, ExportLivePostings(limit=2), SYSTEM)
    second = office.ask(JobsRpc.export_live_postings, ExportLivePostings(limit=2, after=first.next), SYSTEM)
    assert [posting.id for posting in (*first.postings, *second.postings)] == sorted(ids)
    assert second.next is None


def test_a_credit_code_enters_the_register_once_in_the_county(office: Office) -> None:
    """Whoever comes second is told who has it; individuals without one are many."""
    code = "91350100M000100Y43"
    request = RegisterEmployer(station=TOWN, kind=EmployerKind.COMPANY, name="龙里建材", credit_code=code)
    first = office.ask(EmployersRpc.register_employer, request)
    before = office.rows()
    again = request.model_copy(update={"station": OTHER_TOWN, "name": "龙里建材分店"})
    problem = office.refusal(EmployersRpc.register_employer, again, ADMIN)
    assert problem.code == "jobs.employer_exists"
    assert problem.evidence == {"credit_code": code, "employer_id": first.id}
    assert office.rows() == before
    assert office.register_employer().id != office.register_employer().id
    assert office.ask(EmployersRpc.get_employer, EmployerRef(id=first.id)) == first
    (event,) = office.events(first.id)
    assert (event.type, event.data.employer) == ("jobs.employer.registered.v1", first)


def plan(office: Office, status: PostingStatus | None) -> str:
    """How the database means to fetch a page of some stations."""
    database = office.database
    codes = tuple(f"52273{number:03}" for number in range(8))
    listed: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        listed.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    with database.reading() as connection:
        storage.Postings(database).page(connection, pages.Subtree(codes), status=status, after=None, limit=50)
        event.remove(database.engine, "before_cursor_execute", note)
        ((statement, parameters),) = listed
        explain = "EXPLAIN " if database.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        rows = connection.exec_driver_sql(explain + statement, parameters)
        return "\n".join(" ".join(map(str, row)) for row in rows)


@pytest.mark.parametrize("status", [None, PostingStatus.DRAFT])
def test_a_page_of_a_subtree_walks_down_an_index_per_station(
    office: Office, database: Database, status: PostingStatus | None
) -> None:
    """Neither database reads or sorts what is not on the page, once there are rows enough to matter."""
    fill(office, 20_000, 40)
    found = plan(office, status)
    index = "postings_of_station_by_status" if status else "postings_of_station"
    if database.dialect == "postgresql":
        assert f"Scan Backward using {index}" in found
        assert "Seq Scan on postings" not in found
    else:
        assert re.search(rf"SEARCH postings USING COVERING INDEX {index} \(station=\?.* AND id<\?\)", found)
        assert "SCAN postings" not in found


def fill(office: Office, count: int, stations: int) -> None:
    """Many drafts at many stations, written past the service."""
    employer = office.register_employer()
    pattern = office.draft(employer=employer)
    with office.database.transaction() as tx:
        row = tx.execute(tables.postings.select()).mappings().one()
        rows = [
            {
                **row,
                "id": new_identifier(office.clock.now()),
                "station": f"52273{number % stations:03}",
                "status": "expired" if number // stations % 4 else "draft",
            }
            for number in range(count)
        ]
        for start in range(0, count, 2000):
            tx.execute(tables.postings.insert(), rows[start : start + 2000])
        tx.exec_driver_sql("ANALYZE postings")
    assert pattern.id
