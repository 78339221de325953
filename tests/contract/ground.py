"""A town with rows of every kind, to ask operations of."""

from __future__ import annotations

import io
import itertools
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
from xlsxwriter import Workbook

from services.seekers.domain.identity import check_character
from tests.contract.kept_rows import KeptRows
from tests.e2e.api import Clerk, soon
from tests.support.bare_system import BareSystem
from tests.support.eventually import eventually
from tests.support.network import OPENABLE, opened
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.identifiers import new_identifier

CONTACT = {"name": "王某某", "phone": "13800000000", "role": "工头"}
CLAIM = {"rule": "sex", "evidence": "井下作业，见安监批复。"}


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
        self.kept.settle()
        return id

    def shown(self) -> dict[str, str]:
        """A posting with a file in its dossier."""
        id, file_id = self.posting(), self.upload()
        self.clerk.post(f"/postings/{id}/evidence", {"file_id": file_id})
        return {"id": id, "file_id": file_id}

    def claimed(self) -> str:
        """The id of a posting to which an exception is claimed."""
        id = self.posting()
        self.clerk.post(f"/postings/{id}/exceptions", dict(CLAIM))
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

    def new_code(self) -> str:
        """A station code below the town that nobody has."""
        return f"{self.town}{next(self.numbers):04d}"

    @cached_property
    def kept(self) -> KeptRows:
        """What the services of its system keep."""
        return KeptRows(self.system.settings)


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


def fair_plan(*, today: bool = False) -> dict[str, Any]:
    """A fair that opens in a moment, so that its day has come, or in a month."""
    moment, now = timedelta(seconds=20), datetime.now(COUNTY_ZONE)
    if today and (now + moment).date() != now.date():
        time.sleep(moment.total_seconds())  # past midnight: it is held on its own day
    opens_at = datetime.now(UTC) + (moment if today else timedelta(days=30))
    return {
        "title": "春季专场招聘会",
        "place": "老农贸市场广场",
        "opens_at": opens_at.isoformat(),
        "closes_at": (opens_at + timedelta(hours=6)).isoformat(),
        "booths": 5,
    }
