"""Staff accounts: which passwords are taken, which roles stand where, when an account is closed."""

from __future__ import annotations

from yizhan.contracts.actor import Role
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.stations import AddStaff, PasswordRefused, Staff, Station, StationKind

_FEWEST_DISTINCT_CHARACTERS = 5
#: Along these a password is typed with one finger, and guessed first.
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb")


def check_password(password: str, *, login: str, refused: frozenset[str]) -> None:
    """Raises PasswordRefused. `refused`: passwords that are public, such as the demo's outside demo mode."""
    if password in refused:
        raise PasswordRefused("this password is public", reason="public")
    if len(set(password)) < _FEWEST_DISTINCT_CHARACTERS:
        raise PasswordRefused("this password repeats itself", reason="too_simple")
    if password.isdigit() or any(password.lower() in text for run in _RUNS for text in (run, run[::-1])):
        raise PasswordRefused("this password is digits only, or a run of keys", reason="too_simple")
    if login in password.lower():
        raise PasswordRefused("this password holds the login", reason="holds_login")


def add(request: AddStaff, station: Station, *, id: str) -> Staff:
    """A new account. Raises NotAllowed for a role that no person has, or that does not stand there."""
    if request.role not in (Role.COUNTY_ADMIN, Role.STATION_STAFF):
        raise NotAllowed("no account has this role", role=request.role)
    if request.role is Role.COUNTY_ADMIN and station.kind is not StationKind.COUNTY_MARKET:
        raise NotAllowed("a county's administrator belongs to its county market", station=station.code)
    return Staff(
        id=id,
        login=request.login,
        name=request.name,
        role=request.role,
        station=request.station,
        active=True,
        sequence=1,
    )


def close(staff: Staff) -> Staff:
    """The account, closed for good; one that is closed already stays as it is."""
    if not staff.active:
        return staff
    return staff.model_copy(update={"active": False, "sequence": staff.sequence + 1})
