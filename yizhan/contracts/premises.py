"""What services/stations says of a station's premises: area, functions, position, maps that list it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, Sequence, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method
from yizhan.contracts.stations import StationRef

# --- values -------------------------------------------------------------------------------------------


class StationFunction(StrEnum):
    """What a visitor can do at a station (plan 三(二))."""

    #: 接待服务
    RECEPTION = "reception"
    #: 求职登记
    REGISTRATION = "registration"
    #: 信息咨询
    CONSULTATION = "consultation"
    #: 对接洽谈
    MATCHING = "matching"
    #: 用工信息发布
    PUBLISHING = "publishing"
    #: 候工休息
    WAITING = "waiting"


class Datum(StrEnum):
    """What coordinates are counted from."""

    #: 国测局坐标: 高德, 腾讯. What is kept.
    GCJ02 = "gcj02"
    #: Satellite receivers.
    WGS84 = "wgs84"
    #: 百度's own.
    BD09 = "bd09"


Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="degrees east")]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="degrees north")]


class Position(Message):
    """A point on the ground, in degrees. A position that is kept is in GCJ-02, to six decimals (0.1 m)."""

    lng: Longitude
    lat: Latitude
    datum: Datum


class StationPremises(Message):
    """A station's premises at one version. `sequence` is 0 while nothing has been entered."""

    code: StationCode
    area_sqm: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    functions: tuple[StationFunction, ...] = ()
    position: Position | None = None
    sequence: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class MapLinks(Message):
    """Addresses that show the station on each map, in the app where it is installed."""

    amap: str
    baidu: str
    tencent: str


class PremisesCard(Message):
    """A station's premises as anybody may see them. `links`: None without a position."""

    premises: StationPremises
    links: MapLinks | None


class MapName(StrEnum):
    #: 高德地图
    AMAP = "amap"
    #: 百度地图
    BAIDU = "baidu"
    #: 腾讯地图
    TENCENT = "tencent"


class ListingState(StrEnum):
    """How far a map is with showing the station by itself."""

    NOT_SUBMITTED = "not_submitted"
    SUBMITTED = "submitted"
    LISTED = "listed"
    #: Listed with a wrong place, name or telephone.
    WRONG = "wrong"


ListingUrl = Annotated[str, Field(max_length=500, pattern=r"^https://[!-~]+$")]


class MapListing(Message):
    """One report of a map's listing. `url`: where the listing is seen. `sequence`: 1 for a map's first."""

    id: Identifier
    sequence: Sequence
    station: StationCode
    map: MapName
    state: ListingState
    at: Moment
    by: str
    url: ListingUrl | None = None
    note: OfficeText | None = None


# --- events -------------------------------------------------------------------------------------------


class PremisesAmended(Facts):
    """A station's area, functions or position changed. Subject: `<station code>/premises`."""

    event_type: ClassVar[str] = "stations.premises.amended.v1"
    premises: StationPremises
    by: str


class MapListingReported(Facts):
    """A map's listing of a station changed its state. Subject: `<station code>/<map>`."""

    event_type: ClassVar[str] = "stations.map_listing.reported.v1"
    station: StationCode
    map: MapName
    state: ListingState
    url: ListingUrl | None
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class AmendPremises(Message):
    """Fields left out stay as they are; a position is converted to GCJ-02.

    expected_sequence: refuse if the premises have changed since.
    """

    code: StationCode
    area_sqm: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    functions: Annotated[tuple[StationFunction, ...], Field(max_length=len(StationFunction))] | None = None
    position: Position | None = None
    expected_sequence: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class ReportMapListing(Message):
    """The same state and address again change nothing."""

    station: StationCode
    map: MapName
    state: ListingState
    url: ListingUrl | None = None
    note: OfficeText | None = None


class MapListingQuery(Message):
    """Each map's newest report, and all reports, newest first. `after`: the last id of the page before."""

    station: StationCode
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class MapListingList(Message):
    """current: one per map that was ever reported on; a map that is not there was never submitted to."""

    current: tuple[MapListing, ...]
    history: tuple[MapListing, ...]
    next: Identifier | None


SERVICE = "stations"


class PremisesRpc:
    """The methods of services/stations that are about premises and maps."""

    get_premises = Method(SERVICE, "get_premises", StationRef, PremisesCard, command=False)
    amend_premises = Method(SERVICE, "amend_premises", AmendPremises, PremisesCard, command=True)
    report_map_listing = Method(SERVICE, "report_map_listing", ReportMapListing, MapListing, command=True)
    list_map_listings = Method(SERVICE, "list_map_listings", MapListingQuery, MapListingList, command=False)


# --- errors -------------------------------------------------------------------------------------------


class PositionOutside(YizhanError):
    """The position is outside China; longitude and latitude may have been exchanged."""

    code = "stations.position_outside"
    status = 422


class PremisesChanged(YizhanError):
    """The premises have changed since they were read."""

    code = "stations.premises_changed_meanwhile"
    status = 409
