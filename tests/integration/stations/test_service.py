"""services/stations on both databases, without a broker between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import BaseModel
from sqlalchemy import select

from services.stations import storage
from services.stations.service import StationsService
from tests.integration.stations.office import (
    ADMIN,
    CLERK,
    FACTS,
    NEIGHBOUR,
    PASSWORD,
    Office,
    bootstrap,
)
from yizhan.contracts.actor import PUBLIC, SYSTEM, Actor, Role
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.rpc import Method, Nothing
from yizhan.contracts.stations import (
    AddStaff,
    AddStation,
    AmendStation,
    DeviceRef,
    ExportPage,
    IssueDevice,
    NoticeReach,
    NoticeRef,
    PostNotice,
    SignIn,
    StaffRef,
    StationKind,
    StationRef,
    StationsRpc,
)
from yizhan.database import Database
from yizhan.migrations import pending
from yizhan.settings import DEMO_PASSWORD

pytestmark = pytest.mark.integration


def test_the_migrations_make_the_tables_that_the_queries_know(stations_database: Database) -> None:
    """Nothing is left to apply and nothing differs."""
    url = stations_database.url
    assert pending("stations", url) == []
    with stations_database.engine.connect() as connection:
        options = {"version_table": "alembic_version_stations"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, storage.metadata) == []


def test_a_county_is_founded_once(office: Office) -> None:
    """The second time is refused and leaves nothing behind."""
    before = office.rows()
    assert office.refusal(StationsRpc.bootstrap, bootstrap(), SYSTEM) == "stations.county_exists"
    assert office.refusal(StationsRpc.bootstrap, bootstrap(), ADMIN) == "auth.not_allowed"
    assert office.rows() == before


def test_the_administrator_signs_in_and_others_do_not(office: Office) -> None:
    """A wrong login and a wrong password get the same answer."""
    signed_in = office.ask(StationsRpc.sign_in, SignIn(login="chief", password=PASSWORD), PUBLIC)
    assert signed_in.staff.role is Role.COUNTY_ADMIN
    for attempt in (SignIn(login="chief", password="wrong"), SignIn(login="nobody", password=PASSWORD)):
        assert office.refusal(StationsRpc.sign_in, attempt, PUBLIC) == "auth.credentials_refused"


def test_the_demo_password_is_refused_outside_the_demo(stations_database: Database) -> None:
    """It is printed on every terminal."""
    real = Office(stations_database)
    refused = real.refusal(StationsRpc.bootstrap, bootstrap(DEMO_PASSWORD), SYSTEM)
    assert refused == "stations.password_refused"
    assert real.rows()["stations"] == 0
    demo = Office(stations_database, demo=True)
    assert demo.ask(StationsRpc.bootstrap, bootstrap(DEMO_PASSWORD), SYSTEM).login == "chief"


def test_a_closed_account_is_out_at_once(office: Office) -> None:
    """Neither signing in nor a session from before helps; the others hear of it."""
    request = AddStaff(
        login="clerk", name="钱", role=Role.STATION_STAFF, station="52273001", password=PASSWORD
    )
    account = office.ask(StationsRpc.add_staff, request)
    acting = Actor(id=account.id, role=account.role, station=account.station)
    device = IssueDevice(station="52273001", label="大厅")
    assert office.ask(StationsRpc.issue_device, device, acting).code
    office.ask(StationsRpc.close_staff, StaffRef(id=account.id))
    assert office.refusal(StationsRpc.issue_device, device, acting) == "auth.not_allowed"
    sign_in = SignIn(login="clerk", password=PASSWORD)
    assert office.refusal(StationsRpc.sign_in, sign_in, PUBLIC) == "auth.credentials_refused"
    last = office.events()[-1]
    assert (last.type, last.data.active, last.sequence) == ("stations.staff_account.amended.v1", False, 2)


def test_one_login_belongs_to_one_account(office: Office) -> None:
    """Across all stations."""
    request = AddStaff(
        login="chief", name="孙", role=Role.STATION_STAFF, station="52273001", password=PASSWORD
    )
    assert office.refusal(StationsRpc.add_staff, request) == "stations.login_taken"


def test_a_station_moves_with_all_below_it(office: Office) -> None:
    """Each of them tells its new path, and its version."""
    office.add("522730010301", StationKind.CONTACT_POINT, "5227300103")
    office.ask(StationsRpc.amend_station, AmendStation(code="5227300103", parent="52273002"))
    point = office.ask(StationsRpc.get_station, StationRef(code="522730010301"))
    assert point.path == ("522730", "52273002", "5227300103", "522730010301")
    told = [event.data.station for event in office.events()[-2:]]
    assert [(one.code, one.sequence) for one in told] == [("5227300103", 2), ("522730010301", 2)]
    codes = [one.code for one in office.ask(StationsRpc.list_stations, Nothing()).stations]
    assert codes == ["522730", "52273001", "52273002", "5227300103", "522730010301"]


def test_a_taken_code_and_an_unknown_parent_are_refused(office: Office) -> None:
    """Nothing is half-done."""
    before = office.rows()
    taken = AddStation(code="52273002", kind=StationKind.TOWN_STATION, parent="522730", facts=FACTS)
    lost = AddStation(code="52273009", kind=StationKind.TOWN_STATION, parent="522799", facts=FACTS)
    assert office.refusal(StationsRpc.add_station, taken) == "stations.code_taken"
    assert office.refusal(StationsRpc.add_station, lost) == "stations.station_not_found"
    assert office.rows() == before


def commands(office: Office) -> list[tuple[Method[Any, Any], BaseModel]]:
    """Every command of the contract, on rows of the first town."""
    device = office.ask(StationsRpc.issue_device, IssueDevice(station="52273001", label="大厅")).device
    until = office.clock.now() + timedelta(days=1)
    post = PostNotice(station="52273001", text="停水", valid_until=until)
    notice = office.ask(StationsRpc.post_notice, post)
    add = AddStaff(login="worker", name="李", role=Role.STATION_STAFF, station="52273001", password=PASSWORD)
    account = office.ask(StationsRpc.add_staff, add.model_copy(update={"login": "clerk-one"}))
    station = AddStation(code="5227300109", kind=StationKind.CONTACT_POINT, parent="52273001", facts=FACTS)
    return [
        (StationsRpc.bootstrap, bootstrap()),
        (StationsRpc.add_station, station),
        (StationsRpc.amend_station, AmendStation(code="52273001", parent="522730")),
        (StationsRpc.amend_station, AmendStation(code="52273001", facts=FACTS)),
        (StationsRpc.add_staff, add),
        (StationsRpc.close_staff, StaffRef(id=account.id)),
        (StationsRpc.issue_device, IssueDevice(station="52273001", label="门口")),
        (StationsRpc.revoke_device, DeviceRef(id=device.id)),
        (StationsRpc.post_notice, post),
        (StationsRpc.end_notice, NoticeRef(id=notice.id)),
    ]


def test_nobody_changes_another_stations_rows(office: Office) -> None:
    """Every command, from next door and from the street: refused, and nothing changed or told."""
    tried = commands(office)
    assert {method.name for method, _ in tried} == {
        method.name for method in vars(StationsRpc).values() if isinstance(method, Method) and method.command
    }
    before, told = office.rows(), len(office.events())
    for method, request in tried:
        for actor in (NEIGHBOUR, PUBLIC):
            code = office.refusal(method, request, actor)
            assert code in ("auth.outside_scope", "auth.not_allowed"), (method.name, actor.id, code)
    assert (office.rows(), len(office.events())) == (before, told)


def test_staff_read_their_own_stations_only(office: Office) -> None:
    """Accounts, devices and notices of others stay theirs."""
    for method in (StationsRpc.list_staff, StationsRpc.list_devices, StationsRpc.list_notices):
        assert office.ask(method, StationRef(code="52273001"), CLERK)
        assert office.refusal(method, StationRef(code="52273001"), NEIGHBOUR) == "auth.outside_scope"
        assert office.refusal(method, StationRef(code="52273001"), PUBLIC) == "auth.not_allowed"


def test_a_screens_code_is_told_once(office: Office) -> None:
    """It is in no table, no event and no repeated answer; only its hash is."""
    request = IssueDevice(station="5227300103", label="大厅")
    issued = office.ask(StationsRpc.issue_device, request, CLERK, key="issue-one-screen")
    again = office.ask(StationsRpc.issue_device, request, CLERK, key="issue-one-screen")
    assert issued.code is not None
    assert (again.device, again.code) == (issued.device, None)
    with office.database.reading() as connection:
        for table in storage.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                assert issued.code not in str(row)


def test_the_same_key_with_another_body_is_refused(office: Office) -> None:
    """A slip in a client must not pass for a repetition."""
    office.ask(StationsRpc.issue_device, IssueDevice(station="522730", label="一"), key="one-key-twice")
    with pytest.raises(RemoteProblem) as refused:
        office.ask(StationsRpc.issue_device, IssueDevice(station="522730", label="二"), key="one-key-twice")
    assert refused.value.problem.code == "request.idempotency_key_reused"


def test_however_many_ask_with_one_key_it_is_done_once(office: Office) -> None:
    """Twenty at once get one station between them."""
    request = AddStation(code="5227300205", kind=StationKind.CONTACT_POINT, parent="52273002", facts=FACTS)
    before = len(office.events())
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: office.ask(StationsRpc.add_station, request, key="twenty-at-once"), range(20))
        )
    assert len({answer.model_dump_json() for answer in answers}) == 1
    told = [event.type for event in office.events()[before:]]
    assert told == ["stations.station.added.v1", "stations.station_step.taken.v1"]


def test_two_moves_at_once_close_no_loop(office: Office) -> None:
    """A under B and B under A, together: one of them is refused."""
    office.add("5227300104", StationKind.COMMUNITY_STATION, "52273001")
    moves = [("5227300103", "5227300104"), ("5227300104", "5227300103")]

    def move(pair: tuple[str, str]) -> str | None:
        try:
            office.ask(StationsRpc.amend_station, AmendStation(code=pair[0], parent=pair[1]))
        except RemoteProblem as error:
            return error.problem.code
        return None

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(move, moves))
    assert sorted(outcomes, key=str) == [None, "stations.misplaced"]


def test_a_notice_ends_by_itself_at_its_time(office: Office) -> None:
    """Once, however many instances look."""
    until = office.clock.now() + timedelta(hours=1)
    request = PostNotice(station="522730", reach=NoticeReach.SUBTREE, text="停电", valid_until=until)
    notice = office.ask(StationsRpc.post_notice, request)
    office.clock.move_to(until)
    end_due: Any = StationsService.end_due_notices
    for _ in range(2):
        with office.database.transaction() as tx:
            end_due.__wrapped__(office.service, tx)
    ended = [event for event in office.events() if event.type == "stations.notice.ended.v1"]
    assert [event.data.notice.id for event in ended] == [notice.id]
    assert office.ask(StationsRpc.list_notices, StationRef(code="522730")).notices == ()


def test_an_export_walks_through_everything_once(office: Office) -> None:
    """In pages of any size, and only for the system."""
    commands(office)
    seen: list[str] = []
    after: str | None = None
    while True:
        page = office.ask(StationsRpc.export_network, ExportPage(after=after, limit=1), SYSTEM)
        seen += [one.code for one in page.stations] + [one.id for one in page.notices]
        seen += [one.device_id for one in page.devices]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == 4 + 1 + 1
    assert office.refusal(StationsRpc.export_network, ExportPage(), ADMIN) == "auth.not_allowed"
    strange = ExportPage(after="staff:")
    assert office.refusal(StationsRpc.export_network, strange, SYSTEM) == "request.invalid"
