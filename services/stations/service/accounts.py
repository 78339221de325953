"""The county, and who works in it."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations.domain import staff, station
from services.stations.domain.scope import require_county_admin, require_staff, require_system
from services.stations.passwords import hash_password, matches
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import in_native_thread, method
from yizhan.contracts.actor import Role
from yizhan.contracts.errors import CredentialsRefused
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.stations import (
    AddStaff,
    Bootstrap,
    CountyExists,
    LoginTaken,
    SignedIn,
    SignIn,
    Staff,
    StaffList,
    StaffNotFound,
    StaffRef,
    Station,
    StationRef,
    StationsRpc,
)


class Accounts(Desk):
    """Founding the county, signing in, staff accounts."""

    @method(StationsRpc.bootstrap)
    def bootstrap(self, tx: Connection, call: Call, request: Bootstrap) -> Staff:
        require_system(call.actor)
        county = station.found_county(request.division, request.facts)
        staff.check_password(request.password, login=request.login, refused=self._public_passwords())
        if not self._stations.insert(tx, county):
            raise CountyExists("this county has been set up", division=request.division)
        self._tell_added(tx, call, county)
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
