"""How every operation of the API document is asked of a town's rows."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import httpx

from tests.contract.desk_requests import DESK_REQUESTS
from tests.contract.dispatch_requests import DISPATCH_REQUESTS
from tests.contract.ground import (
    CLAIM,
    CONTACT,
    Ground,
    account,
    application,
    check_in,
    fair_plan,
    person,
    today,
)
from tests.contract.integrator_requests import INTEGRATOR_REQUESTS
from tests.contract.matching_requests import MATCHING_REQUESTS
from tests.contract.message_requests import KIT, MESSAGE_LISTS, MESSAGE_REQUESTS, published
from tests.contract.network_requests import NETWORK_REQUESTS
from tests.contract.support_requests import SUPPORT_LISTS, SUPPORT_REQUESTS
from tests.e2e.api import TERMS, soon
from tests.support.api_document import api_document
from tests.support.bare_system import ADMIN, COUNTY
from yizhan.contracts.identifiers import new_identifier

DOCUMENT = api_document()
OPERATIONS: dict[str, tuple[str, str]] = {
    operation["operationId"]: (verb.upper(), path)
    for path, verbs in DOCUMENT["paths"].items()
    for verb, operation in verbs.items()
}


@dataclass(frozen=True)
class Asked:
    """One request, under /api/v1 unless the operation's path is elsewhere."""

    address: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None
    content: bytes | None = None


_LIMITS = json.loads((files("services.jobs") / "limits.json").read_text("utf-8"))


def _terms() -> dict[str, Any]:
    return {**TERMS, "starts_at": soon()}


def _came(on: Ground) -> str:
    id = on.fair("announce", "hold", today=True)
    on.clerk.post(f"/fairs/{id}/employers/{on.employer}/check-in", {})
    return id


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
    "claimException": lambda on: Asked({"id": on.posting()}, body=dict(CLAIM)),
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
