"""What services/stations says: the network tree, what its screens need, staff, screen devices, notices."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema

from yizhan.contracts.actor import Role
from yizhan.contracts.base import (
    DivisionCode,
    Identifier,
    Message,
    Moment,
    PlainText,
    PublicLine,
    PublicText,
    Sequence,
    ServiceLine,
    StationCode,
)
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method, Nothing

# --- values -------------------------------------------------------------------------------------------


class StationKind(StrEnum):
    """The levels of 1+6+N. Community stations and contact points stand under any but a contact point."""

    COUNTY_MARKET = "county_market"
    TOWN_STATION = "town_station"
    COMMUNITY_STATION = "community_station"
    CONTACT_POINT = "contact_point"


class StationStatus(StrEnum):
    """Whether a station takes part in the day's work; open only in the stage `open`."""

    OPEN = "open"
    SUSPENDED = "suspended"


class StationStage(StrEnum):
    """A station's life, from its plan to the end of its licence. contracts/stages.py has the steps."""

    PLANNED = "planned"
    INSPECTED = "inspected"
    #: Something is to be mended by a date.
    RECTIFYING = "rectifying"
    OPEN = "open"
    SUSPENDED = "suspended"
    #: For good.
    REVOKED = "revoked"


Clocktime = Annotated[
    str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM, Asia/Shanghai")
]


class OpeningHours(Message):
    """The same every day; `closes` after `opens`."""

    opens: Clocktime
    closes: Clocktime


class StationFacts(Message):
    """What the public may know of a station; all a screen needs of it.

    name_plate: the sign over the door (门牌标识). slogans rotate on the screen.
    """

    name_plate: PublicLine
    short_name: Annotated[PublicText, Field(max_length=12)]
    slogans: Annotated[tuple[PublicLine, ...], Field(max_length=20)] = ()
    hotline: ServiceLine | None = None
    complaint_line: ServiceLine | None = None
    opening_hours: OpeningHours | None = None
    address: PublicText | None = None


class Station(Message):
    """A node of the tree at one version. `path`: codes from the county market down to itself.

    stage: None in what was told before stations had stages.
    """

    code: StationCode
    kind: StationKind
    parent: StationCode | None
    path: tuple[StationCode, ...]
    status: StationStatus
    facts: StationFacts
    sequence: Sequence
    stage: StationStage | None = None


class Staff(Message):
    """A staff account without its secrets."""

    id: Identifier
    login: str
    name: str
    role: Role
    station: StationCode
    active: bool
    sequence: Sequence


#: The role of an account in events, whose schema was frozen when there were these; accounts have no other.
ToldRole = Annotated[
    Role,
    WithJsonSchema({"type": "string", "enum": ["county_admin", "station_staff", "system", "public"]}),
]


class Device(Message):
    """A screen's credential without its secret. A station may have many."""

    id: Identifier
    station: StationCode
    label: str
    issued_at: Moment
    revoked_at: Moment | None
    sequence: Sequence


class NoticeReach(StrEnum):
    STATION = "station"
    #: The station and everything below it.
    SUBTREE = "subtree"


class Notice(Message):
    """A text for the screens between two moments."""

    id: Identifier
    station: StationCode
    reach: NoticeReach
    text: PublicText
    valid_from: Moment
    valid_until: Moment
    ended_at: Moment | None = None
    sequence: Sequence


# --- events -------------------------------------------------------------------------------------------
# Each carries the whole public state of its aggregate at that sequence, so that a consumer that missed one,
# or hears two in the wrong order, needs only the newest.


class StationAdded(Facts):
    """A node joined the tree. Subject: the station's code."""

    event_type: ClassVar[str] = "stations.station.added.v1"
    station: Station
    by: str


class StationAmended(Facts):
    """A node's facts, place in the tree, stage or status changed. Subject: the station's code."""

    event_type: ClassVar[str] = "stations.station.amended.v1"
    station: Station
    by: str


class StaffAccountAdded(Facts):
    """Somebody can sign in from now on. Holds no name and no login. Subject: the account's id."""

    event_type: ClassVar[str] = "stations.staff_account.added.v1"
    staff_id: Identifier
    role: ToldRole
    station: StationCode
    active: bool
    by: str


class StaffAccountAmended(Facts):
    """An account's role, station or state changed; an inactive one may do nothing.
    Subject: the account's id."""

    event_type: ClassVar[str] = "stations.staff_account.amended.v1"
    staff_id: Identifier
    role: ToldRole
    station: StationCode
    active: bool
    by: str


class ScreenDeviceIssued(Facts):
    """A screen may connect with the code whose SHA-256 (hex) this is; the code has 100 random bits.
    Subject: the device's id. label: what staff call the screen; None in what was told before it said so."""

    event_type: ClassVar[str] = "stations.screen_device.issued.v1"
    device_id: Identifier
    station: StationCode
    code_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    by: str
    label: PublicLine | None = None


class ScreenDeviceRevoked(Facts):
    """A screen's code is void; whoever is connected with it is cut off. Subject: the device's id."""

    event_type: ClassVar[str] = "stations.screen_device.revoked.v1"
    device_id: Identifier
    station: StationCode
    by: str


class NoticePosted(Facts):
    """A notice is to be shown while it is valid. Subject: the notice's id."""

    event_type: ClassVar[str] = "stations.notice.posted.v1"
    notice: Notice
    by: str


class NoticeEnded(Facts):
    """A notice is over, by its time or by hand. Subject: the notice's id."""

    event_type: ClassVar[str] = "stations.notice.ended.v1"
    notice: Notice
    by: str


# --- RPC ----------------------------------------------------------------------------------------------


class SignIn(Message):
    login: Annotated[PlainText, Field(min_length=1, max_length=64)]
    password: Annotated[PlainText, Field(min_length=1, max_length=256)]


class SignedIn(Message):
    staff: Staff


class Bootstrap(Message):
    """The first county market and its first administrator; refused when the county exists."""

    division: DivisionCode
    facts: StationFacts
    login: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{2,31}$")]
    name: Annotated[PlainText, Field(min_length=1, max_length=40)]
    password: Annotated[PlainText, Field(min_length=10, max_length=256)]


class AddStation(Message):
    """The station is planned; it opens by its steps."""

    code: StationCode
    kind: StationKind
    parent: StationCode
    facts: StationFacts


class AmendStation(Message):
    """Fields left out stay as they are. `expected_sequence`: refuse if the station has changed since."""

    code: StationCode
    parent: StationCode | None = None
    facts: StationFacts | None = None
    expected_sequence: Sequence | None = None


class StationRef(Message):
    code: StationCode


class StationList(Message):
    stations: tuple[Station, ...]


class AddStaff(Message):
    login: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{2,31}$")]
    name: Annotated[PlainText, Field(min_length=1, max_length=40)]
    role: Role
    station: StationCode
    password: Annotated[PlainText, Field(min_length=10, max_length=256)]


class StaffRef(Message):
    id: Identifier


class StaffList(Message):
    staff: tuple[Staff, ...]


class IssueDevice(Message):
    station: StationCode
    label: PublicLine


class IssuedDevice(Message):
    """`code`: 20 characters of Crockford base 32, told this once and kept only as a hash.

    None in the answer to a repeated Idempotency-Key: whoever lost the first answer revokes the device and
    issues another.
    """

    kept_without: ClassVar[frozenset[str]] = frozenset({"code"})

    device: Device
    code: str | None


class DeviceRef(Message):
    id: Identifier


class DeviceList(Message):
    devices: tuple[Device, ...]


class PostNotice(Message):
    station: StationCode
    reach: NoticeReach = NoticeReach.STATION
    text: PublicText
    valid_from: Moment | None = None
    valid_until: Moment


class NoticeRef(Message):
    id: Identifier


class NoticeList(Message):
    notices: tuple[Notice, ...]


class ExportPage(Message):
    """A page of everything that the screens need, for a rebuild. `after`: the cursor of the page before."""

    after: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 500


class DeviceHash(Message):
    """A live screen credential as the board keeps it. label: what staff call the screen."""

    device_id: Identifier
    station: StationCode
    code_sha256: str
    sequence: Sequence
    label: PublicLine | None = None


class NetworkExport(Message):
    """`next`: the cursor of the next page, None on the last."""

    stations: tuple[Station, ...]
    notices: tuple[Notice, ...]
    devices: tuple[DeviceHash, ...]
    next: str | None


SERVICE = "stations"


class StationsRpc:
    """Every method of services/stations."""

    bootstrap = Method(SERVICE, "bootstrap", Bootstrap, Staff, command=True)
    sign_in = Method(SERVICE, "sign_in", SignIn, SignedIn, command=False)
    add_station = Method(SERVICE, "add_station", AddStation, Station, command=True)
    amend_station = Method(SERVICE, "amend_station", AmendStation, Station, command=True)
    get_station = Method(SERVICE, "get_station", StationRef, Station, command=False)
    list_stations = Method(SERVICE, "list_stations", Nothing, StationList, command=False)
    add_staff = Method(SERVICE, "add_staff", AddStaff, Staff, command=True)
    close_staff = Method(SERVICE, "close_staff", StaffRef, Staff, command=True)
    list_staff = Method(SERVICE, "list_staff", StationRef, StaffList, command=False)
    issue_device = Method(SERVICE, "issue_device", IssueDevice, IssuedDevice, command=True)
    revoke_device = Method(SERVICE, "revoke_device", DeviceRef, Device, command=True)
    list_devices = Method(SERVICE, "list_devices", StationRef, DeviceList, command=False)
    post_notice = Method(SERVICE, "post_notice", PostNotice, Notice, command=True)
    end_notice = Method(SERVICE, "end_notice", NoticeRef, Notice, command=True)
    list_notices = Method(SERVICE, "list_notices", StationRef, NoticeList, command=False)
    export_network = Method(SERVICE, "export_network", ExportPage, NetworkExport, command=False)


# --- errors -------------------------------------------------------------------------------------------


class StationNotFound(YizhanError):
    """No station has this code."""

    code = "stations.station_not_found"
    status = 404


class StationCodeTaken(YizhanError):
    """Another station has this code."""

    code = "stations.code_taken"
    status = 409


class StationMisplaced(YizhanError):
    """A station of this kind cannot stand there: a wrong or revoked parent, another county, or a loop."""

    code = "stations.misplaced"
    status = 422


class StationChanged(YizhanError):
    """The station has changed since it was read."""

    code = "stations.changed_meanwhile"
    status = 409


class CountyExists(YizhanError):
    """The county has been set up already."""

    code = "stations.county_exists"
    status = 409


class StaffNotFound(YizhanError):
    """No staff account has this id."""

    code = "stations.staff_not_found"
    status = 404


class LoginTaken(YizhanError):
    """Another account has this login."""

    code = "stations.login_taken"
    status = 409


class PasswordRefused(YizhanError):
    """The password is known, too simple, or the demo's outside demo mode."""

    code = "stations.password_refused"
    status = 422


class DeviceNotFound(YizhanError):
    """No screen device has this id."""

    code = "stations.device_not_found"
    status = 404


class NoticeNotFound(YizhanError):
    """No notice has this id."""

    code = "stations.notice_not_found"
    status = 404


class NoticePeriodInvalid(YizhanError):
    """A notice ends after it begins, in the future, and within a year."""

    code = "stations.notice_period_invalid"
    status = 422


class OpeningHoursInvalid(YizhanError):
    """A station closes after it opens."""

    code = "stations.opening_hours_invalid"
    status = 422
