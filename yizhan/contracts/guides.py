"""What services/stations tells the public: service items, the way through the house, who does what."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import (
    Identifier,
    Message,
    PublicLine,
    PublicParagraph,
    PublicText,
    Sequence,
    StationCode,
)
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method
from yizhan.contracts.stations import NoticeReach, StationRef

# --- values -------------------------------------------------------------------------------------------

#: A station has at most so many items of its own at a time.
MOST_SERVICE_ITEMS = 100

Materials = Annotated[tuple[PublicText, ...], Field(max_length=30)]
#: In working days; 0: done while the visitor waits.
LimitDays = Annotated[int, Field(ge=0, le=366)]
Basis = Annotated[PublicParagraph, Field(min_length=1)]


class ServiceItem(Message):
    """One service that a station offers (服务事项), at one version.

    reach: of the station alone, or of all below it too. materials: what to bring. limit_days: within how many
    working days it is done; None for what has no end, such as advice. basis: what it rests on.
    """

    id: Identifier
    station: StationCode
    reach: NoticeReach
    name: PublicLine
    materials: Materials = ()
    limit_days: LimitDays | None = None
    basis: Basis | None = None
    active: bool = True
    sequence: Sequence


class FlowStep(Message):
    """One step of the way through the house."""

    title: PublicLine
    text: PublicText | None = None


class Post(Message):
    """One post of the organisation chart. `public_name`: what the public may call whoever holds it, as chosen
    by the station (何老师). `reports_to`: the title of the post above.
    """

    title: PublicLine
    public_name: Annotated[PublicLine, Field(max_length=12)] | None = None
    duties: PublicText | None = None
    reports_to: PublicLine | None = None


Flow = Annotated[tuple[FlowStep, ...], Field(max_length=20)]
Posts = Annotated[tuple[Post, ...], Field(max_length=40)]


class Guide(Message):
    """What a visitor is told. A station without a flow or chart of its own shows that of the nearest above.

    items: its own and those that reach it from above. flow_of, posts_of: whose they are, None without any.
    sequence: of its own flow and chart, 0 while it has neither.
    """

    code: StationCode
    items: tuple[ServiceItem, ...]
    flow: tuple[FlowStep, ...]
    flow_of: StationCode | None
    posts: tuple[Post, ...]
    posts_of: StationCode | None
    sequence: Annotated[int, Field(ge=0, le=2**31 - 1)]


# --- events -------------------------------------------------------------------------------------------


class ServiceItemAdded(Facts):
    """A station offers something from now on. Subject: the item's id."""

    event_type: ClassVar[str] = "stations.service_item.added.v1"
    item: ServiceItem
    by: str


class ServiceItemAmended(Facts):
    """An item changed, or is no longer offered. Subject: the item's id."""

    event_type: ClassVar[str] = "stations.service_item.amended.v1"
    item: ServiceItem
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class AddServiceItem(Message):
    station: StationCode
    reach: NoticeReach = NoticeReach.STATION
    name: PublicLine
    materials: Materials = ()
    limit_days: LimitDays | None = None
    basis: Basis | None = None


class AmendServiceItem(Message):
    """Fields left out stay as they are. `expected_sequence`: refuse if the item has changed since."""

    id: Identifier
    reach: NoticeReach | None = None
    name: PublicLine | None = None
    materials: Materials | None = None
    limit_days: LimitDays | None = None
    basis: Basis | None = None
    expected_sequence: Sequence | None = None


class ServiceItemRef(Message):
    id: Identifier


class AmendGuide(Message):
    """Each list replaces the former; one left out stays as it is, an empty one lets the one above show.

    expected_sequence: refuse if the guide has changed since.
    """

    code: StationCode
    flow: Flow | None = None
    posts: Posts | None = None
    expected_sequence: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


SERVICE = "stations"


class GuidesRpc:
    """The methods of services/stations that are about what the public is told."""

    get_guide = Method(SERVICE, "get_guide", StationRef, Guide, command=False)
    amend_guide = Method(SERVICE, "amend_guide", AmendGuide, Guide, command=True)
    add_service_item = Method(SERVICE, "add_service_item", AddServiceItem, ServiceItem, command=True)
    amend_service_item = Method(SERVICE, "amend_service_item", AmendServiceItem, ServiceItem, command=True)
    withdraw_service_item = Method(
        SERVICE, "withdraw_service_item", ServiceItemRef, ServiceItem, command=True
    )


# --- errors -------------------------------------------------------------------------------------------


class ServiceItemNotFound(YizhanError):
    """No service item has this id."""

    code = "stations.service_item_not_found"
    status = 404


class ServiceItemWithdrawn(YizhanError):
    """The item is no longer offered."""

    code = "stations.service_item_withdrawn"
    status = 409


class ServiceItemChanged(YizhanError):
    """The item has changed since it was read."""

    code = "stations.service_item_changed_meanwhile"
    status = 409


class ServiceItemsFull(YizhanError):
    """The station has as many service items as it may; withdraw one first."""

    code = "stations.service_items_full"
    status = 409


class GuideChanged(YizhanError):
    """The guide has changed since it was read."""

    code = "stations.guide_changed_meanwhile"
    status = 409


class ChartInvalid(YizhanError):
    """In a chart every title is there once, and each post reports to another one, in no circle."""

    code = "stations.chart_invalid"
    status = 422
