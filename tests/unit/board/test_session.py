"""A screen's conversation: what it may say, and what follows."""

from __future__ import annotations

import json

import pytest

from services.board.session import (
    MESSAGE_LIMIT,
    MESSAGE_WINDOW_SECONDS,
    Admitted,
    KnownDevice,
    Session,
    hash_of,
)
from tests.unit.board.world import COMMUNITY, TOWN, device_id
from yizhan.contracts.screen import RefusalCode, Refused

EPOCH = "0123456789abcdef"
GOOD, VOID = "GOODCODE", "VOIDCODE"


class Registry:
    """Two devices of one town station."""

    def __init__(self, *, ready: bool = True) -> None:
        self.ready = ready
        self._devices = {
            hash_of(GOOD): KnownDevice(device_id(1), TOWN, void=False),
            hash_of(VOID): KnownDevice(device_id(2), TOWN, void=True),
        }

    def device(self, code_sha256: str) -> KnownDevice | None:
        return self._devices.get(code_sha256)

    def has_station(self, code: str) -> bool:
        return code in (TOWN, COMMUNITY)


def say(session: Session, message: dict[str, object] | str, *, at: float = 0.0, sent: int = 7) -> object:
    text = message if isinstance(message, str) else json.dumps(message)
    return session.receive(text.encode(), Registry(), at=at, epoch=EPOCH, sent=sent)


def hello(token: str = GOOD, station: str = TOWN, **more: object) -> dict[str, object]:
    return {"type": "hello", "station": station, "token": token, **more}


@pytest.fixture
def greeted() -> Session:
    session = Session()
    assert isinstance(say(session, hello()), Admitted)
    return session


def test_a_good_hello_is_admitted_where_it_wants_to_resume() -> None:
    """Epoch and offset are passed on as they are."""
    outcome = say(Session(), hello(epoch=EPOCH, offset=5))
    assert isinstance(outcome, Admitted)
    assert (outcome.device.id, outcome.epoch, outcome.offset) == (device_id(1), EPOCH, 5)


@pytest.mark.parametrize(
    ("message", "code", "retry"),
    [
        (hello("FORGED"), RefusalCode.CODE_REFUSED, True),
        (hello(GOOD, COMMUNITY), RefusalCode.CODE_REFUSED, True),
        (hello(VOID), RefusalCode.CODE_REVOKED, False),
        (hello(GOOD, "999999"), RefusalCode.UNKNOWN_STATION, True),
        ({"type": "ack", "epoch": EPOCH, "offset": 1}, RefusalCode.HELLO_EXPECTED, True),
        ("{", RefusalCode.BAD_MESSAGE, False),
        ("[]", RefusalCode.BAD_MESSAGE, False),
        (hello(GOOD, "here"), RefusalCode.BAD_MESSAGE, False),
        (hello(GOOD, surprise=1), RefusalCode.BAD_MESSAGE, False),
        (hello("x" * 65), RefusalCode.BAD_MESSAGE, False),
        ({"type": "command"}, RefusalCode.BAD_MESSAGE, False),
    ],
    ids=[
        "forged code",
        "another station's code",
        "void code",
        "unknown station",
        "ack first",
        "no JSON",
        "no object",
        "no station code",
        "unknown field",
        "long token",
        "unknown type",
    ],
)
def test_an_unfit_first_message_is_refused(
    message: dict[str, object] | str, code: RefusalCode, retry: bool
) -> None:
    """Each with its code, and whether to come back."""
    assert say(Session(), message) == Refused(code=code, retry=retry)


def test_nobody_is_judged_before_devices_are_known() -> None:
    """A board that has just started refuses for now, not for good."""
    outcome = Session().receive(json.dumps(hello()), Registry(ready=False), at=0, epoch="", sent=-1)
    assert outcome == Refused(code=RefusalCode.NOT_READY, retry=True)


def test_an_ack_is_proof_of_display(greeted: Session) -> None:
    """It is noted for staff to see."""
    greeted.changed = False
    assert say(greeted, {"type": "ack", "epoch": EPOCH, "offset": 6}) is None
    assert (greeted.acked_epoch, greeted.acked_offset, greeted.changed) == (EPOCH, 6, True)


@pytest.mark.parametrize("claim", [{"epoch": EPOCH, "offset": 8}, {"epoch": "f" * 16, "offset": 1}])
def test_an_ack_of_what_was_never_sent_is_not_noted(greeted: Session, claim: dict[str, object]) -> None:
    """A screen cannot have drawn it."""
    assert say(greeted, {"type": "ack", **claim}) is None
    assert greeted.acked_offset is None


def test_a_health_report_is_kept(greeted: Session) -> None:
    """Size, page and last paint, and what it holds."""
    report = {
        "type": "health",
        "epoch": EPOCH,
        "offset": 3,
        "last_paint_seconds": 0.5,
        "width": 1920,
        "height": 1080,
        "page": "v2",
    }
    assert say(greeted, report) is None
    assert (greeted.width, greeted.height, greeted.page) == (1920, 1080, "v2")
    assert (greeted.last_paint_seconds, greeted.acked_offset) == (0.5, 3)


def test_a_second_hello_is_refused(greeted: Session) -> None:
    """A screen that wants to start anew opens a new connection."""
    assert say(greeted, hello()) == Refused(code=RefusalCode.BAD_MESSAGE, retry=False)


def test_a_flood_of_messages_is_refused(greeted: Session) -> None:
    """A page that has run wild does not keep the board busy; the next window starts anew."""
    ack = {"type": "ack", "epoch": EPOCH, "offset": 1}
    outcomes = {str(say(greeted, ack, at=1.0)) for _ in range(MESSAGE_LIMIT - 1)}
    assert outcomes == {"None"}
    assert isinstance(say(greeted, ack, at=1.0), Refused)
    assert say(greeted, ack, at=1.0 + MESSAGE_WINDOW_SECONDS + 0.1) is None
