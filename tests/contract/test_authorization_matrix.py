"""Who may do what: every operation of the API document as every kind of caller, on the whole system.

authorization_matrix.json holds the decision for each cell: the status, and for a refusal its code. A new
operation fails here until it is decided there and can be asked here (REQUESTS). The rows that are asked
for belong to one town station. "other_staff" are the next town's, "other_county_admin" administers
another county, "closed" had his account closed while his session lives on, "expired" has an
administrator's session of yesterday.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData, Table, make_url, select
from xlsxwriter import Workbook

from gateway.app import routed_app
from gateway.sessions import SessionTokens
from services.seekers.domain.identity import check_character
from tests.contract.desk_requests import DESK_REQUESTS
from tests.contract.dispatch_requests import DISPATCH_REQUESTS
from tests.contract.integrator_requests import INTEGRATOR_REQUESTS
from tests.contract.matching_requests import MATCHING_REQUESTS
from tests.contract.message_requests import KIT, MESSAGE_LISTS, MESSAGE_REQUESTS, published
from tests.contract.network_requests import NETWORK_REQUESTS
from tests.contract.support_requests import SUPPORT_LISTS, SUPPORT_REQUESTS
from tests.e2e.api import TERMS, Clerk, soon
from tests.support.api_document import api_document
from tests.support.bare_system import ADMIN, COUNTY, BareSystem
from tests.support.eventually import eventually
from tests.support.network import OPENABLE, opened
from yizhan.cli.bootstrap import found_county
from yizhan.clock import COUNTY_ZONE, FrozenClock
from yizhan.contracts.actor import Role
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.stations import Bootstrap, Staff, StationFacts
from yizhan.database import Database
from yizhan.settings import DATABASE_OWNERS

DOCUMENT = api_document()
OPERATIONS: dict[str, tuple[str, str]] = {
    operation["operationId"]: (verb.upper(), path)
    for path, verbs in DOCUMENT["paths"].items()
    for verb, operation in verbs.items()
}
MATRIX: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "authorization_matrix.json").read_text(encoding="utf-8")
)
CALLERS = ("public", "own_staff", "other_staff", "county_admin", "other_county_admin", "closed", "expired")

#: Open to anybody and no part of the API document: pages, and what monitors ask.
PAGES = {
    "/",
    "/index.css",
    "/console",
    "/console/{name}",
    "/console/assets/{name}",
    "/livez",
    "/metrics",
    "/api/v1/openapi.json",
    "/screen/config.json",
    "/screen/sw.js",
    "/screen/assets/{name}",
    "/screen/{code}",
    "/draw/assets/{name}",
    "/draw/{code}/{date}",
    "/draw/{code}/{date}/qr.svg",
    "/stop/assets/{name}",
    "/stop/{mark}",
}


def test_every_operation_is_decided() -> None:
    """For every caller, and nothing is decided that is no operation any more."""
    assert {case.partition(":")[0] for case in MATRIX} == set(OPERATIONS)
    assert set(MATRIX) == set(REQUESTS)
    for case, cells in MATRIX.items():
        assert set(cells) == set(CALLERS), case


def test_what_is_outside_the_document_is_known_to_be_open() -> None:
    """A page or probe that is added is decided here."""
    served = {route.path for route in routed_app().routes}  # type: ignore[attr-defined]
    assert served == PAGES | set(DOCUMENT["paths"])


#: Table → its rows, as text, in order.
Rows = dict[str, list[str]]


@dataclass
class Ground:
    """A town with rows, its neighbour, and a client for each kind of caller."""

    system: BareSystem
    town: str
    clerk: Clerk
    clients: dict[str, httpx.Client]
    employer: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    fairs_of_today: list[str] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)

    def staff(self) -> str:
        """The id of a new account of the town."""
        return str(self.clerk.post(f"/stations/{self.town}/staff", account()[0])["id"])

    def device(self) -> str:
        issued = self.clerk.post(f"/stations/{self.town}/devices", {"label": "大厅"})
        return str(issued["device"]["id"])

    def notice(self) -> str:
        body = {"text": "明早六点开市", "valid_until": soon(24 * 60)}
        return str(self.clerk.post(f"/stations/{self.town}/notices", body)["id"])

    def posting(self, *steps: str) -> str:
        """The id of a new posting of the town, taken so far."""
        id = str(self.clerk.draft(self.town, self.employer)["id"])
        bodies = {"verify": {"method": "phone_call"}}
        for step in steps:
            self.clerk.post(f"/postings/{id}/{step}", bodies.get(step, {}))
        return id

    def company(self) -> str:
        """The id of a new company whose credit code, with a letter that none has, waits for review."""
        body = {
            "station": self.town,
            "kind": "company",
            "name": f"某建筑公司{secrets.token_hex(3)}",
            "credit_code": f"I{secrets.token_hex(8).upper()}0",
        }
        return str(self.clerk.post("/employers", body)["id"])

    def closed_employer(self) -> str:
        id = self.clerk.employer(self.town)
        self.clerk.post(f"/employers/{id}/close", {"reason": "不再用工"})
        return id

    def contact(self) -> dict[str, str]:
        """A new contact of the town's employer, as an address names it."""
        added = self.clerk.post(f"/employers/{self.employer}/contacts", CONTACT)
        return {"id": self.employer, "contact_id": added["id"]}

    def seeker(self) -> dict[str, Any]:
        """Somebody new in the town's register, who is shown on the screens."""
        return self.clerk.post("/seekers", application(self.town))

    def checked_in(self) -> str:
        """The number of somebody new who waits in the town."""
        taken = self.clerk.post(f"/stations/{self.town}/check-ins", check_in(slip=self.seeker()["slip"]))
        return str(taken["number"])

    def drawing(self, *steps: str, people: int = 0) -> str:
        """The code of a new station below the town whose draw is announced, and taken so far."""
        code = self.new_code()
        facts = {"name_plate": "某社区零工驿站", "short_name": "某社区", **OPENABLE}
        body = {"code": code, "kind": "community_station", "parent": self.town, "facts": facts}
        self.clerk.post("/stations", body)
        opened(self.clerk.client, code)
        announce = f"/stations/{code}/draw/announce"
        eventually(lambda: self.clerk.client.post(announce, json={}).is_success, within_seconds=30)
        for _ in range(people):
            self.clerk.post(f"/stations/{code}/check-ins", check_in(slip=self.seeker()["slip"]))
        for step in steps:
            self.clerk.post(f"/stations/{code}/draw/{step}", {})
        return code

    def upload(self) -> str:
        """The id of a file that waits to be attached."""
        answer = self.clerk.client.post("/uploads", content=b"%PDF-1.4\n%%EOF\n")
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def sheet(self) -> str:
        """The id of an uploaded workbook with one employer in it."""
        out = io.BytesIO()
        with Workbook(out, {"in_memory": True}) as book:
            rows = (("雇主类型", "雇主名称"), ("个人", f"新街{secrets.token_hex(3)}家"))
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        answer = self.clerk.client.post("/uploads", content=out.getvalue())
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def imported(self) -> str:
        """The id of an import that was read and waits for a choice."""
        body = {"kind": "employers", "station": self.town, "file": self.sheet()}
        id = str(self.clerk.post("/imports", body)["id"])
        eventually(
            lambda: self.clerk.client.get(f"/imports/{id}").json()["status"] == "ready", within_seconds=30
        )
        return id

    def shown(self) -> dict[str, str]:
        """A posting with a file in its dossier."""
        id, file_id = self.posting(), self.upload()
        self.clerk.post(f"/postings/{id}/evidence", {"file_id": file_id})
        return {"id": id, "file_id": file_id}

    def claimed(self) -> str:
        """The id of a posting to which an exception is claimed."""
        id = self.posting()
        self.clerk.post(f"/postings/{id}/exceptions", dict(_CLAIM))
        return id

    def evidence(self) -> dict[str, str]:
        """A file that a verification of the town's employer rests on."""
        answer = self.clerk.client.post("/uploads", content=b"%PDF-1.4\n%%EOF\n")
        assert answer.is_success, answer.text
        file_id = str(answer.json()["id"])
        body = {"method": "document", "evidence": [file_id], "valid_until": soon(24 * 60)}
        self.clerk.post(f"/employers/{self.employer}/verify", body)
        return {"id": self.employer, "file_id": file_id}

    def sanction(self, *, appealed: bool = False) -> str:
        """The id of a new warning."""
        body = {"kind": "warned", "reason": "拖欠工钱"}
        id = str(self.clerk.post(f"/employers/{self.employer}/sanctions", body)["id"])
        if appealed:
            self.clerk.post(f"/sanctions/{id}/appeal", {"text": "已经结清"})
        return id

    def doubles(self) -> tuple[str, str]:
        """The ids of two new employers with one name."""
        body = {"station": self.town, "kind": "individual", "name": f"双桥{secrets.token_hex(3)}家"}
        one, other = (str(self.clerk.post("/employers", body)["id"]) for _ in range(2))
        return one, other

    def pair(self) -> str:
        """The id of their pair."""
        ids = set(self.doubles())
        answer = self.clerk.client.get("/employer-duplicates", params={"station": self.town})
        return next(
            str(pair["id"])
            for pair in answer.json()["pairs"]
            if {pair["one"]["id"], pair["other"]["id"]} == ids
        )

    def fair(self, *steps: str, today: bool = False) -> str:
        """The id of a new fair of the town, the employer invited, taken so far. today: its day has come."""
        id = self.fair_of_today() if today else self.planned_fair()
        for step in steps:
            self.clerk.post(f"/fairs/{id}/{step}", {})
        self.clerk.post(f"/fairs/{id}/employers", {"employer_ids": [self.employer]})
        return id

    def planned_fair(self, *, today: bool = False) -> str:
        plan = fair_plan(today=today)
        return str(self.clerk.post("/fairs", {"station": self.town, "plan": plan})["id"])

    def fair_of_today(self) -> str:
        """Many are planned at once: the clockwork warns of each, and that shall be over when rows are
        compared, but need not be waited for each time."""
        if not self.fairs_of_today:
            self.fairs_of_today = [self.planned_fair(today=True) for _ in range(25)]
        id = self.fairs_of_today.pop()
        client = self.clients["county_admin"]
        eventually(lambda: client.get(f"/fairs/{id}").json()["warned_at"], within_seconds=30)
        return id

    def settle(self) -> None:
        """Wait until no import is under way or holds an upload: the clockwork's work on it would show as
        changed rows."""
        database, tables = self.stores["jobs"]
        imports = next(one for one in tables if one.name == "imports")
        at_work = imports.c.status.in_(["reading", "committing"]) | imports.c.file_id.is_not(None)

        def at_rest() -> bool:
            with database.reading() as connection:
                return connection.execute(select(imports.c.id).where(at_work)).first() is None

        eventually(at_rest, within_seconds=30)

    def new_code(self) -> str:
        """A station code below the town that nobody has."""
        return f"{self.town}{next(self.numbers):02d}"

    @cached_property
    def stores(self) -> dict[str, tuple[Database, list[Table]]]:
        """Each service's database with the tables in which decisions are kept."""
        stores = {}
        for service in DATABASE_OWNERS:
            database = Database(self.system.settings.database_url(service))
            tables = MetaData()
            with database.reading() as connection:
                tables.reflect(bind=connection)
            stores[service] = database, [one for one in tables.sorted_tables if one.name not in _NO_DECISIONS]
        return stores

    def rows(self) -> Rows:
        """All that the services keep, by table."""
        kept: Rows = {}
        for service, (database, tables) in self.stores.items():
            with database.reading() as connection:
                for table in tables:
                    # Which of its rows the relay has sent is no matter here; that one was added is.
                    wanted = select(table.c.event_id) if table.name == "outbox" else select(table)
                    kept[f"{service}.{table.name}"] = sorted(map(repr, connection.execute(wanted)))
        return kept

    def marks(self) -> list[int]:
        """Per database a number that is another one after every commit of any process."""
        return [watched.execute("PRAGMA data_version").fetchone()[0] for watched in self.watched]

    @cached_property
    def watched(self) -> list[sqlite3.Connection]:
        """A connection to each database that stays open: the number is told to each on its own."""
        paths = [make_url(database.url).database for database, _ in self.stores.values()]
        return [sqlite3.connect(path) for path in paths if path is not None]

    def rest(self) -> None:
        """Wait until every event is sent and nobody has written for a moment: what the services tell one
        another of has arrived by then."""

        def at_rest() -> bool:
            before = self.marks()
            time.sleep(0.06)  # the moment
            return self.marks() == before and not self.unsent()

        eventually(at_rest, within_seconds=60)

    def unsent(self) -> bool:
        """Whether an event waits for the relay."""
        waiting = "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1"
        return any(watched.execute(waiting).fetchone() for watched in self.watched)

    def refusals(self, case: str, refused: list[str]) -> tuple[dict[str, str], list[str]]:
        """How those callers are answered, and which tables are not as before then.

        That nothing at all was written in between is the quick way to know. Where something was, it is
        looked at: several times, each with rows of its own, since clockwork (an offer that expires, a lease)
        may have its moment in between. A refusal that leaves a trace leaves one every time.
        """
        for turn in range(5):
            asked = REQUESTS[case](self)
            self.rest()
            marks, before = self.marks(), self.rows() if turn else {}
            found = {who: outcome(send(self.clients[who], case, asked)) for who in refused}
            if self.marks() == marks:
                return found, []
            after = self.rows() if turn else {}
            changed = [name for name in after if after[name] != before[name]]
            if turn and not changed:
                return found, []
        return found, changed

    def close(self) -> None:
        """Let go of the databases."""
        for watched in self.watched:
            watched.close()
        for database, _ in self.stores.values():
            database.close()


#: What records the hearing of events and the passing of time, and no decision of anybody. The outlet tells
#: the broker of an integrator some seconds later and notes that it did; what was decided is in its steps.
_NO_DECISIONS = {"inbox", "outlet_lease", "integrators", "integrator_queues", "integrator_days"}


#: More tests than one ask one system for people: each begins somewhere else among its five million.
_PEOPLE = itertools.count(secrets.randbelow(5_000_000))


def person() -> str:
    """An identity number that holds and that nobody has."""
    number = next(_PEOPLE)
    body = f"522730{date(1980, 1, 1) + timedelta(days=number // 1000):%Y%m%d}{number % 1000:03d}"
    return body + check_character(body)


def application(station: str, number: str | None = None) -> dict[str, Any]:
    return {
        "station": station,
        "id_number": number or person(),
        "name": "王小芳",
        "wishes": {"trades": [{"trade": "搬运工"}]},
        "consents": ["id_number", "public_display"],
    }


def check_in(**who: str) -> dict[str, str]:
    return {"id": new_identifier(datetime.now(UTC)), "channel": "slip", **who}


def today() -> str:
    return str(datetime.now(COUNTY_ZONE).date())


def account() -> tuple[dict[str, str], str, str]:
    """The body of a new account, its login and its password."""
    login, password = f"clerk-{secrets.token_hex(5)}", f"Qz7-{secrets.token_hex(8)}"
    body = {"login": login, "name": "小王", "role": "station_staff", "password": password}
    return body, login, password


@dataclass(frozen=True)
class Asked:
    """One request, under /api/v1 unless the operation's path is elsewhere."""

    address: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    content: bytes | None = None


_CLAIM = {"rule": "sex", "evidence": "井下作业，见安监批复。"}
_LIMITS = json.loads((files("services.jobs") / "limits.json").read_text("utf-8"))


def _terms() -> dict[str, Any]:
    return {**TERMS, "starts_at": soon()}


def fair_plan(*, today: bool = False) -> dict[str, Any]:
    """A fair that opens in a moment, so that its day has come, or in a month."""
    opens_at = datetime.now(UTC) + (timedelta(seconds=20) if today else timedelta(days=30))
    return {
        "title": "春季专场招聘会",
        "place": "老农贸市场广场",
        "opens_at": opens_at.isoformat(),
        "closes_at": (opens_at + timedelta(hours=6)).isoformat(),
        "booths": 5,
    }


def _came(on: Ground) -> str:
    id = on.fair("announce", "hold", today=True)
    on.clerk.post(f"/fairs/{id}/employers/{on.employer}/check-in", {})
    return id


CONTACT = {"name": "王某某", "phone": "13800000000", "role": "工头"}


def _merge(kept: str, merged: str) -> Asked:
    return Asked({"id": kept}, body={"merged": merged, "reason": "同一家"})


#: How each operation is asked of the town's rows; each call makes a row of its own. After a colon: what it is
#: asked to do, where that makes a difference.
REQUESTS: dict[str, Callable[[Ground], Asked]] = {
    "readHealth": lambda _: Asked(),
    "readBoard": lambda on: Asked({"code": on.town}),
    "openSession": lambda on: Asked(body=dict(ADMIN)),
    "currentSession": lambda _: Asked(),
    "openConsoleSession": lambda on: Asked(body=dict(ADMIN)),
    "readConsoleSession": lambda _: Asked(),
    "closeConsoleSession": lambda _: Asked(),
    "listStations": lambda _: Asked(),
    "addStation": lambda on: Asked(
        body={
            "code": on.new_code(),
            "kind": "community_station",
            "parent": on.town,
            "facts": {"name_plate": "某社区零工驿站", "short_name": "某社区"},
        }
    ),
    "getStation": lambda on: Asked({"code": on.town}),
    "amendStation": lambda on: Asked(
        {"code": on.town},
        body={"facts": {"name_plate": "某镇零工驿站", "short_name": f"某镇{next(on.numbers)}"}},
    ),
    "amendStation:parent": lambda on: Asked({"code": on.town}, body={"parent": COUNTY}),
    "listStaff": lambda on: Asked({"code": on.town}),
    "addStaff": lambda on: Asked({"code": on.town}, body=account()[0]),
    "closeStaff": lambda on: Asked({"id": on.staff()}),
    "listDevices": lambda on: Asked({"code": on.town}),
    "issueDevice": lambda on: Asked({"code": on.town}, body={"label": "大厅"}),
    "revokeDevice": lambda on: Asked({"id": on.device()}),
    "listScreens": lambda on: Asked({"code": on.town}),
    "listNotices": lambda on: Asked({"code": on.town}),
    "postNotice": lambda on: Asked(
        {"code": on.town}, body={"text": "明早六点开市", "valid_until": soon(24 * 60)}
    ),
    "endNotice": lambda on: Asked({"id": on.notice()}),
    "listEmployers": lambda on: Asked(query={"station": on.town}),
    "registerEmployer": lambda on: Asked(
        body={"station": on.town, "kind": "individual", "name": f"老街{secrets.token_hex(3)}家"}
    ),
    "getEmployer": lambda on: Asked({"id": on.employer}),
    "amendEmployer": lambda on: Asked(
        {"id": on.clerk.employer(on.town)}, body={"expected_sequence": 1, "name": "河边砖厂"}
    ),
    "closeEmployer": lambda on: Asked({"id": on.clerk.employer(on.town)}, body={"reason": "不再用工"}),
    "reopenEmployer": lambda on: Asked({"id": on.closed_employer()}, body={"reason": "又开工了"}),
    "reviewEmployer": lambda on: Asked({"id": on.company()}, body={"genuine": True, "note": "看过原件"}),
    "verifyEmployer": lambda on: Asked(
        {"id": on.employer}, body={"method": "phone_call", "valid_until": soon(24 * 60)}
    ),
    "employerHistory": lambda on: Asked({"id": on.employer}),
    "employerRecord": lambda on: Asked({"id": on.employer}),
    "readEmployerEvidence": lambda on: Asked(on.evidence()),
    "listEmployerContacts": lambda on: Asked({"id": on.employer}),
    "addEmployerContact": lambda on: Asked({"id": on.employer}, body=CONTACT),
    "amendEmployerContact": lambda on: Asked(on.contact(), body=CONTACT),
    "removeEmployerContact": lambda on: Asked(on.contact()),
    "readEmployerContact": lambda on: Asked(on.contact(), body={"purpose": "核实岗位"}),
    "listContactReads": lambda on: Asked({"id": on.employer}),
    "sanctionEmployer": lambda on: Asked({"id": on.employer}, body={"kind": "warned", "reason": "拖欠工钱"}),
    "sanctionEmployer:blacklisted": lambda on: Asked(
        {"id": on.clerk.employer(on.town)}, body={"kind": "blacklisted", "reason": "多次拖欠工钱"}
    ),
    "listSanctions": lambda on: Asked(query={"station": on.town}),
    "appealSanction": lambda on: Asked({"id": on.sanction()}, body={"text": "已经结清"}),
    "decideAppeal": lambda on: Asked(
        {"id": on.sanction(appealed=True)}, body={"decision": "upheld", "reason": "未见回单"}
    ),
    "liftSanction": lambda on: Asked({"id": on.sanction()}, body={"reason": "整改完成"}),
    "listEmployerDuplicates": lambda on: Asked(query={"station": on.town}),
    "dismissEmployerDuplicate": lambda on: Asked({"id": on.pair()}, body={"reason": "两家人"}),
    "mergeEmployers": lambda on: _merge(*on.doubles()),
    "listImports": lambda on: Asked(query={"station": on.town}),
    "startImport": lambda on: Asked(body={"kind": "employers", "station": on.town, "file": on.sheet()}),
    "getImport": lambda on: Asked({"id": on.imported()}),
    "listImportRows": lambda on: Asked({"id": on.imported()}),
    "commitImport": lambda on: Asked({"id": on.imported()}, body={}),
    "cancelImport": lambda on: Asked({"id": on.imported()}, body={}),
    "importReport": lambda on: Asked({"id": on.imported()}),
    "importTemplate": lambda _: Asked({"kind": "employers"}),
    "uploadFile": lambda _: Asked(content=b"%PDF-1.4\n%%EOF\n"),
    "listPostings": lambda on: Asked(query={"station": on.town}),
    "draftPosting": lambda on: Asked(
        body={"station": on.town, "employer_id": on.employer, "source": "phone", "terms": _terms()}
    ),
    "getPosting": lambda on: Asked({"id": on.posting()}),
    "getPosting:published": lambda on: Asked({"id": on.posting("submit", "verify", "publish")}),
    "listPostings:drafts": lambda on: Asked(query={"station": on.town, "status": "draft"}),
    "amendPosting": lambda on: Asked({"id": on.posting()}, body={"terms": _terms()}),
    "submitPosting": lambda on: Asked({"id": on.posting()}, body={}),
    "verifyPosting": lambda on: Asked({"id": on.posting("submit")}, body={"method": "phone_call"}),
    "rejectPosting": lambda on: Asked({"id": on.posting("submit")}, body={"reason": "电话三次无人接听"}),
    "publishPosting": lambda on: Asked({"id": on.posting("submit", "verify")}, body={}),
    "withdrawPosting": lambda on: Asked(
        {"id": on.posting("submit", "verify", "publish")}, body={"reason": "活已经干完"}
    ),
    "searchPostings": lambda on: Asked(query={"station": on.town, "text": "byg"}),
    "listPostingsToReconfirm": lambda on: Asked(query={"station": on.town}),
    "reconfirmPostings": lambda on: Asked(body={"ids": [on.posting("submit", "verify", "publish")]}),
    "closePosting": lambda on: Asked(
        {"id": on.posting("submit", "verify", "publish")}, body={"reason": "活已经干完"}
    ),
    "recordTaken": lambda on: Asked(
        {"id": on.posting("submit", "verify", "publish")}, body={"taken": 1, "reason": "雇主来电"}
    ),
    "markDuplicate": lambda on: Asked({"id": on.posting()}, body={"duplicate_of": on.posting()}),
    "postingDossier": lambda on: Asked({"id": on.posting()}),
    "attachEvidence": lambda on: Asked({"id": on.posting()}, body={"file_id": on.upload()}),
    "readPostingEvidence": lambda on: Asked(on.shown()),
    "postingFindings": lambda on: Asked({"id": on.posting()}),
    "claimException": lambda on: Asked({"id": on.posting()}, body=dict(_CLAIM)),
    "decideException": lambda on: Asked({"id": on.claimed(), "rule": "sex"}, body={"accept": True}),
    "checkText": lambda on: Asked({"code": on.town}, body={"text": "限男性"}),
    "readSpeech": lambda on: Asked({"code": on.town}, body={"text": "要两个小工，180一天"}),
    "listRules": lambda _: Asked({"kind": "posting_limits"}),
    "addRules": lambda _: Asked(
        {"kind": "posting_limits"},
        body={"valid_from": "2999-01-01", "reason": "省厅通知", "data": _LIMITS},
    ),
    # What a stream tells is cut to the caller's scope; a second of it is enough.
    "readLive": lambda on: Asked(query={"seconds": "1"}),
    "listDispatches": lambda on: Asked(query={"station": on.town}),
    "listFairs": lambda on: Asked(query={"station": on.town}),
    "planFair": lambda on: Asked(body={"station": on.town, "plan": fair_plan()}),
    "getFair": lambda on: Asked({"id": on.fair()}),
    "getFair:announced": lambda on: Asked({"id": on.fair("announce")}),
    "amendFair": lambda on: Asked({"id": on.fair()}, body={"plan": fair_plan()}),
    "announceFair": lambda on: Asked({"id": on.fair()}, body={}),
    "holdFair": lambda on: Asked({"id": on.fair("announce", today=True)}, body={}),
    "closeFair": lambda on: Asked({"id": on.fair("announce", "hold", today=True)}, body={}),
    "cancelFair": lambda on: Asked({"id": on.fair("announce")}, body={"reason": "暴雨红色预警"}),
    "inviteToFair": lambda on: Asked({"id": on.fair()}, body={"employer_ids": [on.clerk.employer(on.town)]}),
    "confirmFairEmployer": lambda on: Asked({"id": on.fair(), "employer_id": on.employer}, body={}),
    "declineFairEmployer": lambda on: Asked({"id": on.fair(), "employer_id": on.employer}, body={}),
    "checkInFairEmployer": lambda on: Asked(
        {"id": on.fair("announce", "hold", today=True), "employer_id": on.employer}, body={}
    ),
    "bringPostings": lambda on: Asked(
        {"id": on.fair(), "employer_id": on.employer}, body={"posting_ids": [on.posting()]}
    ),
    "recordFairIntents": lambda on: Asked({"id": _came(on), "employer_id": on.employer}, body={"intents": 3}),
    "recordFairReach": lambda on: Asked(
        {"id": on.fair("announce", "hold", today=True)}, body={"people": 80, "source": "head_count"}
    ),
    "fairHistory": lambda on: Asked({"id": on.fair()}),
    "listShortFairs": lambda on: Asked(query={"station": on.town}),
    "readFairMonth": lambda on: Asked({"month": "2026-03"}, query={"station": on.town}),
    "postingHistory": lambda on: Asked({"id": on.posting()}),
}


def _known_person(on: Ground) -> dict[str, str]:
    """The slip and the identity number of somebody new."""
    number = person()
    seeker = on.clerk.post("/seekers", application(on.town, number))
    return {"slip": seeker["slip"], "id_number": number}


def _from_elsewhere(on: Ground) -> str:
    """The identity number of somebody whom the county's market has registered."""
    number = person()
    on.clerk.post("/seekers", application(COUNTY, number))
    return number


def _offline(on: Ground) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    entry = {
        "id": new_identifier(datetime.now(UTC)),
        "number": f"Y{next(on.numbers):03d}",
        "at": now,
        "slip": on.seeker()["slip"],
    }
    return {"date": today(), "sent_at": now, "check_ins": [entry]}


REQUESTS |= {
    "listSeekers": lambda on: Asked(query={"station": on.town}),
    "registerSeeker": lambda on: Asked(body=application(on.town)),
    "searchSeekers": lambda on: Asked(body={"station": on.town, "name": "王"}),
    "lookUpPerson": lambda on: Asked(body={"station": on.town, "id_number": person()}),
    "transferSeeker": lambda on: Asked(
        body={"station": on.town, "id_number": _from_elsewhere(on), "person_present": True}
    ),
    "getSeeker": lambda on: Asked({"id": on.seeker()["id"]}),
    "amendSeeker": lambda on: Asked({"id": on.seeker()["id"]}, body={"phone": "13985412345"}),
    "closeSeeker": lambda on: Asked({"id": on.seeker()["id"]}, body={"reason": "found_work"}),
    "reopenSeeker": lambda on: Asked({"id": _closed_seeker(on)}, body={}),
    "replaceSlip": lambda on: Asked({"id": on.seeker()["id"]}, body={}),
    "listConsentTexts": lambda _: Asked(),
    "readOwnRecord": lambda on: Asked(body=_known_person(on)),
    "listConsents": lambda on: Asked({"id": on.seeker()["id"]}),
    "giveConsent": lambda on: Asked({"id": on.seeker()["id"]}, body={"purpose": "messages"}),
    "withdrawConsent": lambda on: Asked({"id": on.seeker()["id"], "purpose": "public_display"}),
    "readSeekerInClear": lambda on: Asked(
        {"id": on.seeker()["id"]}, body={"fields": ["name"], "purpose": "contact"}
    ),
    "listClearReadings": lambda on: Asked({"id": on.seeker()["id"]}),
    "eraseSeeker": lambda on: Asked({"id": on.seeker()["id"]}, body={"reason": "asked_for"}),
    "takeCheckIn": lambda on: Asked({"code": on.town}, body=check_in(slip=on.seeker()["slip"])),
    "mergeCheckIns": lambda on: Asked({"code": on.town}, body=_offline(on)),
    "reserveSeries": lambda on: Asked(
        {"code": on.town}, body={"date": today(), "desk": new_identifier(datetime.now(UTC))}
    ),
    "setQueueOrder": lambda on: Asked({"code": on.town}, body={"order": "arrival"}),
    "readDay": lambda on: Asked({"code": on.town}),
    "callNext": lambda on: Asked({"code": on.town}, body={} if on.checked_in() else None),
    "callTicket": lambda on: Asked({"code": on.town}, body={"number": on.checked_in()}),
    "countStreet": lambda on: Asked(
        {"code": on.town}, body={"id": new_identifier(datetime.now(UTC)), "trade": "小工"}
    ),
    "readStreetCounts": lambda on: Asked({"code": on.town}),
    "announceDraw": lambda on: Asked({"code": on.drawing()}, body={}),
    "closeDraw": lambda on: Asked({"code": on.drawing()}, body={}),
    "revealDraw": lambda on: Asked({"code": on.drawing("close")}, body={}),
    "overrideDraw": lambda on: Asked(
        {"code": on.drawing("close", "reveal", people=1)},
        body={"ticket": "A001", "position": 1, "reason": "家里有病人"},
    ),
    "readDraw": lambda on: Asked({"code": on.drawing(), "date": today()}),
}


def _closed_seeker(on: Ground) -> str:
    id = str(on.seeker()["id"])
    on.clerk.post(f"/seekers/{id}/close", {"reason": "found_work"})
    return id


def _asked(
    request: Callable[[Any], tuple[dict[str, str], dict[str, Any] | None]],
) -> Callable[[Ground], Asked]:
    def ask(on: Ground) -> Asked:
        address, body = request(on)
        return Asked(address, body=body)

    return ask


REQUESTS |= {
    case: _asked(request)
    for case, request in (
        NETWORK_REQUESTS | DESK_REQUESTS | DISPATCH_REQUESTS | MATCHING_REQUESTS | MESSAGE_REQUESTS
    ).items()
}
REQUESTS |= {case: _asked(request) for case, request in SUPPORT_REQUESTS.items()}
REQUESTS |= {case: lambda on: Asked(query={"station": on.town}) for case in (*SUPPORT_LISTS, *MESSAGE_LISTS)}
REQUESTS["publicationKit"] = lambda on: Asked({"id": published(on)}, query=KIT)
REQUESTS["readTrainingYear"] = lambda on: Asked({"year": "2026"}, query={"station": on.town})
REQUESTS |= {case: _asked(request) for case, request in INTEGRATOR_REQUESTS.items()}


def send(client: httpx.Client, case: str, asked: Asked) -> httpx.Response:
    """Ask, as the owner of the client."""
    verb, path = OPERATIONS[case.partition(":")[0]]
    address = path.format_map(asked.address)
    url = (
        address.removeprefix("/api/v1")
        if address.startswith("/api/v1")
        else str(client.base_url.copy_with(path=address))
    )
    headers = {"idempotency-key": secrets.token_hex(12)} if verb != "GET" else {}
    answer = client.request(
        verb, url, params=asked.query, json=asked.body, content=asked.content, headers=headers
    )
    # A console's cookie would make somebody else of the next caller.
    client.cookies.clear()
    return answer


def outcome(answer: httpx.Response) -> str:
    """A cell as the matrix writes it: `200`, or `403 auth.outside_scope`."""
    if answer.is_success:
        return str(answer.status_code)
    return f"{answer.status_code} {answer.json().get('code', answer.text)}"


@pytest.fixture(scope="module")
def ground(bare_system: BareSystem) -> Iterator[Ground]:
    with ExitStack() as stack:
        admin = stack.enter_context(bare_system.client(bare_system.admin_token))
        clerk = Clerk(admin)
        town, other_town = bare_system.new_town(), bare_system.new_town()
        own, _ = _staff_token(bare_system, clerk, town)
        other, _ = _staff_token(bare_system, clerk, other_town)
        closed, closed_id = _staff_token(bare_system, clerk, town)
        tokens = {
            "public": None,
            "own_staff": own,
            "other_staff": other,
            "county_admin": bare_system.admin_token,
            "other_county_admin": _other_county_token(bare_system),
            "closed": closed,
            "expired": _expired_token(bare_system),
        }
        clients = {who: stack.enter_context(bare_system.client(token)) for who, token in tokens.items()}
        admin.delete(f"/staff/{closed_id}").raise_for_status()
        query = {"station": town}
        eventually(
            lambda: clients["closed"].get("/postings", params=query).status_code == 403, within_seconds=30
        )
        eventually(
            lambda: clients["closed"].get("/seekers", params=query).status_code == 403, within_seconds=30
        )
        series = {"date": today(), "desk": new_identifier(datetime.now(UTC))}
        path = f"/stations/{town}/check-ins/series"
        eventually(lambda: admin.post(path, json=series).is_success, within_seconds=30)
        made = Ground(bare_system, town, clerk, clients, clerk.employer(town))
        yield made
        made.close()


def _staff_token(system: BareSystem, clerk: Clerk, station: str) -> tuple[str, str]:
    """A session of a new account, and the account's id."""
    body, login, password = account()
    id = clerk.post(f"/stations/{station}/staff", body)["id"]
    return system.sign_in(login, password), id


def _other_county_token(system: BareSystem) -> str:
    division = f"5299{secrets.randbelow(90) + 10}"
    login, password = f"chief-{secrets.token_hex(4)}", f"Qz7-{secrets.token_hex(8)}"
    facts = StationFacts(name_plate="邻县零工市场", short_name="邻县")
    request = Bootstrap(division=division, facts=facts, login=login, name="邻县", password=password)
    asyncio.run(found_county(system.settings, request))
    return system.sign_in(login, password)


def _expired_token(system: BareSystem) -> str:
    key = system.settings.session_key
    assert key is not None
    yesterday = FrozenClock((datetime.now(UTC) - timedelta(days=1)).isoformat())
    admin = Staff(
        id=new_identifier(yesterday.now()),
        login="admin",
        name="管理员",
        role=Role.COUNTY_ADMIN,
        station=COUNTY,
        active=True,
        sequence=1,
    )
    return SessionTokens(key.get_secret_value().encode(), yesterday).issue(admin).token


@pytest.mark.integration
@pytest.mark.parametrize("case", sorted(REQUESTS))
def test_every_caller_is_answered_as_decided(ground: Ground, case: str) -> None:
    """And a command that is refused changes nothing: no row, no event, no kept answer."""
    decided = MATRIX[case]
    refused = [who for who in CALLERS if not decided[who].startswith("2")]
    found, changed = ground.refusals(case, refused)
    assert found == {who: decided[who] for who in refused}
    assert not changed
    for who in CALLERS:
        if who not in refused:
            # A row for each: a step that was taken cannot be taken again.
            answer = send(ground.clients[who], case, REQUESTS[case](ground))
            found[who] = outcome(answer)
    assert found == decided
    if case in ("startImport", "commitImport", "cancelImport"):
        ground.settle()
