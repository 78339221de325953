"""The RPC face of services/stations: translate, decide in the domain, save and tell in one transaction."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import Connection

from services.stations import storage
from services.stations.domain import device, notice, staff, station
from services.stations.domain.scope import require_county_admin, require_staff, require_system
from services.stations.events import Events
from services.stations.passwords import hash_password, matches
from yizhan.bus.clockwork import every
from yizhan.bus.idempotency import Idempotency
from yizhan.bus.nameko_entrypoints import (
    ServiceClock,
    ServiceDatabase,
    ServiceSettings,
    in_native_thread,
    method,
)
from yizhan.bus.outbox import Outbox
from yizhan.clock import Clock
from yizhan.contracts.actor import SYSTEM, Actor, Role
from yizhan.contracts.errors import CredentialsRefused, FieldFault, NotAllowed, RequestInvalid
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call, Nothing
from yizhan.contracts.stations import (
    AddStaff,
    AddStation,
    AmendStation,
    Bootstrap,
    CountyExists,
    Device,
    DeviceList,
    DeviceNotFound,
    DeviceRef,
    ExportPage,
    IssuedDevice,
    IssueDevice,
    LoginTaken,
    NetworkExport,
    Notice,
    NoticeList,
    NoticeNotFound,
    NoticeRef,
    PostNotice,
    SignedIn,
    SignIn,
    Staff,
    StaffList,
    StaffNotFound,
    StaffRef,
    Station,
    StationCodeTaken,
    StationList,
    StationNotFound,
    StationRef,
    StationsRpc,
)
from yizhan.database import Database
from yizhan.settings import DEMO_PASSWORD, Settings

#: A retry that comes later than this is a new command.
_IDEMPOTENCY_KEPT = timedelta(days=3)


class StationsService:
    """One worker's view of the service; nameko makes one for each call."""

    name = "stations"

    database: Database = ServiceDatabase()
    clock: Clock = ServiceClock()
    settings: Settings = ServiceSettings()

    @property
    def _stations(self) -> storage.Stations:
        return storage.Stations(self.database)

    @property
    def _accounts(self) -> storage.StaffAccounts:
        return storage.StaffAccounts(self.database)

    @property
    def _devices(self) -> storage.Devices:
        return storage.Devices(self.database)

    @property
    def _notices(self) -> storage.Notices:
        return storage.Notices(self.database)

    @property
    def _events(self) -> Events:
        return Events(Outbox(self.database, storage.outbox))

    # --- the county and its staff ---------------------------------------------------------------------

    @method(StationsRpc.bootstrap)
    def bootstrap(self, tx: Connection, call: Call, request: Bootstrap) -> Staff:
        require_system(call.actor)
        now = self.clock.now()
        county = station.found_county(request.division, request.facts)
        staff.check_password(request.password, login=request.login, refused=self._public_passwords())
        if not self._stations.insert(tx, county):
            raise CountyExists("this county has been set up", division=request.division)
        self._events.station_added(tx, call, county, now=now)
        added = AddStaff(
            login=request.login,
            name=request.name,
            role=Role.COUNTY_ADMIN,
            station=county.code,
            password=request.password,
        )
        return self._open_account(tx, call, added, county)

    @method(StationsRpc.sign_in)
    def sign_in(self, tx: Connection, call: Call, request: SignIn) -> SignedIn:  # noqa: ARG002
        found = self._accounts.find_by_login(tx, request.login)
        # argon2 takes tens of milliseconds of a core, in which the other greenlets would stand still.
        right = in_native_thread(matches, request.password, found[1] if found else None)
        if found is None or not right or not found[0].active:
            raise CredentialsRefused("login or password is wrong")
        return SignedIn(staff=found[0])

    @method(StationsRpc.add_staff)
    def add_staff(self, tx: Connection, call: Call, request: AddStaff) -> Staff:
        home = self._station(tx, request.station)
        require_county_admin(self._acting(tx, call.actor), home.path)
        staff.check_password(request.password, login=request.login, refused=self._public_passwords())
        return self._open_account(tx, call, request, home)

    def _open_account(self, tx: Connection, call: Call, request: AddStaff, home: Station) -> Staff:
        now = self.clock.now()
        account = staff.add(request, home, id=new_identifier(now))
        if not self._accounts.insert(tx, account, hash_password(request.password)):
            raise LoginTaken("another account has this login", login=request.login)
        self._events.staff_account_added(tx, call, account, now=now)
        return account

    @method(StationsRpc.close_staff)
    def close_staff(self, tx: Connection, call: Call, request: StaffRef) -> Staff:
        account = self._accounts.lock(tx, request.id)
        if account is None:
            raise StaffNotFound("no such account", id=request.id)
        require_county_admin(self._acting(tx, call.actor), self._station(tx, account.station).path)
        closed = staff.close(account)
        if closed is not account:
            self._accounts.save(tx, closed)
            self._events.staff_account_amended(tx, call, closed, now=self.clock.now())
        return closed

    @method(StationsRpc.list_staff)
    def list_staff(self, tx: Connection, call: Call, request: StationRef) -> StaffList:
        top = self._station(tx, request.code)
        require_staff(self._acting(tx, call.actor), top.path)
        codes = self._stations.codes_within(tx, top.path)
        return StaffList(staff=tuple(self._accounts.of_stations(tx, codes)))

    # --- the tree -------------------------------------------------------------------------------------

    @method(StationsRpc.add_station)
    def add_station(self, tx: Connection, call: Call, request: AddStation) -> Station:
        # The parent is locked, so that it cannot move while its new child's path is written.
        parent = self._stations.lock(tx, request.parent)
        if parent is None:
            raise StationNotFound("no such parent", code=request.parent)
        require_county_admin(self._acting(tx, call.actor), parent.path)
        added = station.add(request, parent)
        if not self._stations.insert(tx, added):
            raise StationCodeTaken("another station has this code", code=request.code)
        self._events.station_added(tx, call, added, now=self.clock.now())
        return added

    @method(StationsRpc.amend_station)
    def amend_station(self, tx: Connection, call: Call, request: AmendStation) -> Station:
        moves = request.parent is not None
        if moves:
            # The root's lock lets one move happen at a time; two at once could close a loop.
            self._stations.lock(tx, request.code[:6])
        current = self._stations.lock(tx, request.code)
        if current is None:
            raise StationNotFound("no such station", code=request.code)
        actor = self._acting(tx, call.actor)
        if moves or request.status is not None:
            require_county_admin(actor, current.path)
        else:
            require_staff(actor, current.path)
        new_parent = self._station(tx, request.parent) if request.parent is not None else None
        amended = station.amend(current, request, new_parent)
        if amended is current:
            return current
        now = self.clock.now()
        changed = [amended]
        if amended.path != current.path:
            changed += station.follow(amended, self._stations.below(tx, current))
        for one in changed:
            self._stations.save(tx, one)
            self._events.station_amended(tx, call, one, now=now)
        return amended

    @method(StationsRpc.get_station)
    def get_station(self, tx: Connection, call: Call, request: StationRef) -> Station:  # noqa: ARG002
        return self._station(tx, request.code)

    @method(StationsRpc.list_stations)
    def list_stations(self, tx: Connection, call: Call, request: Nothing) -> StationList:  # noqa: ARG002
        return StationList(stations=tuple(self._stations.all(tx)))

    # --- screens --------------------------------------------------------------------------------------

    @method(StationsRpc.issue_device)
    def issue_device(self, tx: Connection, call: Call, request: IssueDevice) -> IssuedDevice:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.station).path)
        now = self.clock.now()
        issued = device.issue(request, id=new_identifier(now), now=now)
        code = device.new_code(secrets.randbelow)
        self._devices.insert(tx, issued, device.code_sha256(code))
        self._events.screen_device_issued(tx, call, issued, device.code_sha256(code), now=now)
        return IssuedDevice(device=issued, code=code)

    @method(StationsRpc.revoke_device)
    def revoke_device(self, tx: Connection, call: Call, request: DeviceRef) -> Device:
        current = self._devices.lock(tx, request.id)
        if current is None:
            raise DeviceNotFound("no such screen device", id=request.id)
        require_staff(self._acting(tx, call.actor), self._station(tx, current.station).path)
        now = self.clock.now()
        revoked = device.revoke(current, now=now)
        if revoked is not current:
            self._devices.save(tx, revoked)
            self._events.screen_device_revoked(tx, call, revoked, now=now)
        return revoked

    @method(StationsRpc.list_devices)
    def list_devices(self, tx: Connection, call: Call, request: StationRef) -> DeviceList:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.code).path)
        return DeviceList(devices=tuple(self._devices.of_station(tx, request.code)))

    # --- notices --------------------------------------------------------------------------------------

    @method(StationsRpc.post_notice)
    def post_notice(self, tx: Connection, call: Call, request: PostNotice) -> Notice:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.station).path)
        now = self.clock.now()
        posted = notice.post(request, id=new_identifier(now), now=now)
        self._notices.insert(tx, posted)
        self._events.notice_posted(tx, call, posted, now=now)
        return posted

    @method(StationsRpc.end_notice)
    def end_notice(self, tx: Connection, call: Call, request: NoticeRef) -> Notice:
        current = self._notices.lock(tx, request.id)
        if current is None:
            raise NoticeNotFound("no such notice", id=request.id)
        require_staff(self._acting(tx, call.actor), self._station(tx, current.station).path)
        return self._end(tx, call, current)

    @method(StationsRpc.list_notices)
    def list_notices(self, tx: Connection, call: Call, request: StationRef) -> NoticeList:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.code).path)
        return NoticeList(notices=tuple(self._notices.current(tx, [request.code])))

    def _end(self, tx: Connection, call: Call, current: Notice) -> Notice:
        now = self.clock.now()
        ended = notice.end(current, now=now)
        if ended is not current:
            self._notices.save(tx, ended)
            self._events.notice_ended(tx, call, ended, now=now)
        return ended

    # --- clockwork ------------------------------------------------------------------------------------
    # Pages drop a notice at its time by themselves; this makes the record follow.

    @every(seconds=20)
    def end_due_notices(self, tx: Connection) -> None:
        now = self.clock.now()
        for id in self._notices.due(tx, now=now, limit=100):
            # Read again under its lock: another instance, or a person, may have ended it meanwhile.
            current = self._notices.lock(tx, id)
            if current is not None:
                self._end(tx, Call(actor=SYSTEM, correlation=new_identifier(now)), current)

    @every(seconds=3600)
    def forget_old_keys(self, tx: Connection) -> None:
        idempotency = Idempotency(self.database, storage.idempotency)
        idempotency.forget_before(tx, self.clock.now() - _IDEMPOTENCY_KEPT)

    # --- for the board --------------------------------------------------------------------------------

    @method(StationsRpc.export_network)
    def export_network(self, tx: Connection, call: Call, request: ExportPage) -> NetworkExport:
        require_system(call.actor)
        try:
            return storage.export_page(self.database, tx, after=request.after, limit=request.limit)
        except ValueError as error:
            fault = FieldFault(pointer="/after", code="cursor", detail=str(error))
            raise RequestInvalid("the cursor is none of ours", faults=(fault,)) from error

    # --- shared ---------------------------------------------------------------------------------------

    def _station(self, tx: Connection, code: str) -> Station:
        found = self._stations.find(tx, code)
        if found is None:
            raise StationNotFound("no station has this code", code=code)
        return found

    def _acting(self, tx: Connection, actor: Actor) -> Actor:
        """The actor, unless his account was closed after he signed in. Raises NotAllowed."""
        if self._accounts.is_closed(tx, actor.id):
            raise NotAllowed("this account is closed")
        return actor

    def _public_passwords(self) -> frozenset[str]:
        return frozenset() if self.settings.demo else frozenset({DEMO_PASSWORD})
