"""How operations on stations' steps, premises, facilities, guides and trainings are asked of a town."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

from PIL import Image

from tests.e2e.api import Clerk
from tests.support.network import OPENABLE, facilities, opened
from yizhan.clock import COUNTY_ZONE

#: Address and body of a request.
Request = tuple[dict[str, str], dict[str, Any] | None]


class Town(Protocol):
    """What is asked of: a town station, and an administrator's clerk."""

    town: str
    clerk: Clerk
    #: Rows that many requests may share, by their kind.
    shared: dict[str, str]

    def new_code(self) -> str: ...

    def staff(self) -> str: ...


def day(offset: int = 0) -> str:
    return (datetime.now(COUNTY_ZONE).date() + timedelta(days=offset)).isoformat()


ITEM = {"name": "信息咨询", "limit_days": 0}


def to_rectify() -> dict[str, Any]:
    return {"reason": "安全出口不畅通", "due_on": day(14), "items": ["清理安全出口"]}


def planned(on: Town) -> str:
    """The code of a new station below the town."""
    code = on.new_code()
    facts = {"name_plate": "某社区零工驿站", "short_name": "某社区", **OPENABLE}
    body = {"code": code, "kind": "community_station", "parent": on.town, "facts": facts}
    on.clerk.post("/stations", body)
    return code


def ready(on: Town) -> str:
    """One that has been suspended and lacks nothing."""
    code = running(on)
    on.clerk.post(f"/stations/{code}/suspend", {"reason": "停水"})
    return code


def running(on: Town) -> str:
    """One that is open."""
    code = planned(on)
    opened(on.clerk.client, code)
    return code


def rectification(on: Town) -> str:
    """The id of something to be mended."""
    code = running(on)
    on.clerk.post(f"/stations/{code}/rectify", to_rectify())
    history = on.clerk.client.get(f"/stations/{code}/history").raise_for_status().json()
    return str(history["steps"][0]["rectifications"][0]["id"])


def facility(on: Town) -> str:
    """The id of a new facility of the town."""
    entered = on.clerk.post(
        f"/stations/{on.town}/facilities", {"facilities": facilities(datetime.now(COUNTY_ZONE).date())}
    )
    return str(entered["facilities"][0]["id"])


def photo() -> bytes:
    """A PNG."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def uploaded(on: Town) -> str:
    """The id of a photo that waits to be attached."""
    answer = on.clerk.client.post("/uploads", content=photo(), headers={"content-type": "image/png"})
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def photographed(on: Town) -> dict[str, str]:
    """A facility's photo, as an address names it."""
    id, file_id = facility(on), uploaded(on)
    on.clerk.post(f"/facilities/{id}/photos", {"file_id": file_id})
    return {"id": id, "file_id": file_id}


def item(on: Town) -> str:
    """The id of a new service item of the town."""
    return str(on.clerk.post(f"/stations/{on.town}/service-items", ITEM)["id"])


def training(on: Town) -> dict[str, Any]:
    """The body of a new record."""
    return {"topic": "业务流程", "held_on": day(), "hours": 2, "staff": [on.staff()]}


def recorded(on: Town) -> str:
    """The id of a new record."""
    return str(on.clerk.post(f"/stations/{on.town}/trainings", training(on))["id"])


NETWORK_REQUESTS: dict[str, Callable[[Any], Request]] = {
    "inspectStation": lambda on: ({"code": planned(on)}, {"reason": "现场查看"}),
    "rectifyStation": lambda on: ({"code": running(on)}, to_rectify()),
    "openStation": lambda on: ({"code": ready(on)}, {}),
    "suspendStation": lambda on: ({"code": running(on)}, {"reason": "停水"}),
    "revokeStation": lambda on: ({"code": planned(on)}, {"reason": "停办"}),
    "mendRectification": lambda on: ({"id": rectification(on)}, {"note": "已清理"}),
    "stationHistory": lambda on: ({"code": on.town}, None),
    "stationReadiness": lambda on: ({"code": on.town}, None),
    "listDue": lambda on: ({"code": on.town}, None),
    "getPremises": lambda on: ({"code": on.town}, None),
    "amendPremises": lambda on: ({"code": planned(on)}, {"area_sqm": 40}),
    "listMapListings": lambda on: ({"code": on.town}, None),
    "reportMapListing": lambda on: ({"code": planned(on)}, {"map": "amap", "state": "listed"}),
    "listFacilities": lambda on: ({"code": on.town}, None),
    "addFacilities": lambda on: (
        {"code": on.town},
        {"facilities": [{"kind": "computer", "label": "办公电脑"}]},
    ),
    "getFacility": lambda on: ({"id": facility(on)}, None),
    "amendFacility": lambda on: ({"id": facility(on)}, {"count": 3}),
    "listFacilityInspections": lambda on: ({"id": facility(on)}, None),
    "inspectFacility": lambda on: ({"id": facility(on)}, {"inspected_on": day(), "due_on": day(90)}),
    "attachFacilityPhoto": lambda on: ({"id": facility(on)}, {"file_id": uploaded(on)}),
    "detachFacilityPhoto": lambda on: (photographed(on), None),
    "readFacilityPhoto": lambda on: (photographed(on), None),
    "getGuide": lambda on: ({"code": on.town}, None),
    "amendGuide": lambda on: ({"code": planned(on)}, {"flow": [{"title": "登记"}]}),
    "addServiceItem": lambda on: ({"code": planned(on)}, ITEM),
    "amendServiceItem": lambda on: ({"id": item(on)}, {"limit_days": 3}),
    "withdrawServiceItem": lambda on: ({"id": item(on)}, None),
    "listTrainings": lambda on: ({"code": on.town}, None),
    "recordTraining": lambda on: ({"code": on.town}, training(on)),
    "withdrawTraining": lambda on: ({"id": recorded(on)}, {"reason": "重复登记"}),
}
