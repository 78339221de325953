"""A county at work through a deployment's public doors: its office over HTTP, its screens over websockets."""

from __future__ import annotations

import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.compose.deployment import Deployment
from tests.support import http
from tests.support.eventually import eventually
from yizhan.contracts.screen import (
    SUBPROTOCOL,
    Delta,
    DropRow,
    Hello,
    JobRow,
    PutRow,
    Refused,
    Snapshot,
    from_server,
)

DIVISION = "522730"
LOGIN = "county.admin"
PASSWORD = "a password for this test 1"

#: What passes by itself: an event of a moment ago that has not reached everybody yet.
_PASSING = (404, 409, 422, 429, 503)


class Office:
    """Staff of the county market, signed in at one gateway."""

    def __init__(self, gateway: str) -> None:
        self._client = http.client(gateway, timeout=15)
        session = self._ask("POST", "/sessions", {"login": LOGIN, "password": PASSWORD})
        self._client.headers["authorization"] = f"Bearer {session['token']}"

    def __enter__(self) -> Office:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def issue_screen_code(self, label: str) -> str:
        """A code by which a screen of the county market connects."""
        return str(self._ask("POST", f"/stations/{DIVISION}/devices", {"label": label})["code"])

    def register_employer(self) -> str:
        """An employer's id."""
        body = {"station": DIVISION, "kind": "individual", "name": "王记砂石场"}
        return str(self._ask_until_known("POST", "/employers", body)["id"])

    def publish_posting(self, employer: str, trade: str = "搬运工") -> str:
        """A posting from its draft to the screens; its id."""
        starts = datetime.now(UTC) + timedelta(hours=20)
        terms = {
            "trade": trade,
            "wage": {"fen": 20000, "unit": "day"},
            "settlement": "daily",
            "headcount": 3,
            "place": "冠山街道",
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=8)).isoformat(),
        }
        body = {"station": DIVISION, "employer_id": employer, "terms": terms}
        posting = str(self._ask_until_known("POST", "/postings", body)["id"])
        self._ask("POST", f"/postings/{posting}/submit")
        self._ask("POST", f"/postings/{posting}/verify", {"method": "phone_call"})
        self._ask("POST", f"/postings/{posting}/publish")
        return posting

    def posting_status(self, posting: str) -> int:
        """The HTTP status with which a posting is found, or not."""
        return self._client.get(f"/api/v1/postings/{posting}").status_code

    def page(self, path: str) -> str:
        """A page for people, as the gateway serves it."""
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    def wellness(self) -> dict[str, Any]:
        """/healthz of the whole system."""
        report: dict[str, Any] = self._client.get("/healthz").json()
        return report

    def _ask_until_known(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """The same command until services/jobs has heard of the station."""

        def answered() -> httpx.Response | None:
            answer = self._client.request(method, f"/api/v1{path}", json=body)
            return None if answer.status_code in _PASSING else answer

        answer = eventually(answered, within_seconds=30)
        assert answer is not None
        assert answer.is_success, answer.text
        return answer.json()

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, f"/api/v1{path}", json=body or {})
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


def found_county(deployment: Deployment) -> Office:
    """The county market and its administrator, made by the command line; his session at the first gateway."""
    deployment.yizhan(
        "bootstrap",
        f"--division={DIVISION}",
        "--name-plate=县零工市场",
        f"--login={LOGIN}",
        "--name=测试员",
        YIZHAN_PASSWORD=PASSWORD,
    )
    return Office(deployment.gateways()[0])


class Screen:
    """What one screen at a board shows: rows by id, kept up as a page keeps them."""

    def __init__(self, board: str, code: str) -> None:
        self.rows: dict[str, JobRow] = {}
        self._board = board
        self._code = code
        self._socket: ClientConnection | None = None
        self._open = ExitStack()

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up()

    def shows(self, posting: str, *, within_seconds: float) -> bool:
        """Listen, coming back after a refusal or a lost connection, until the posting is there."""
        deadline = time.monotonic() + within_seconds
        while posting not in self.rows and time.monotonic() < deadline:
            try:
                self._take(deadline - time.monotonic())
            except TimeoutError:
                break
            except (WebSocketException, OSError):
                self._hang_up()
        return posting in self.rows

    def _hang_up(self) -> None:
        self._open.close()
        self._socket = None

    def _take(self, timeout_seconds: float) -> None:
        if self._socket is None:
            connection = connect(self._board, subprotocols=[Subprotocol(SUBPROTOCOL)], proxy=None)
            self._socket = self._open.enter_context(connection)
            self._socket.send(Hello(station=DIVISION, token=self._code).model_dump_json(exclude_none=True))
        message = from_server.validate_json(self._socket.recv(timeout_seconds))
        if isinstance(message, Snapshot):
            self.rows = {row.id: row for row in message.state.rows}
        elif isinstance(message, Delta):
            for change in message.changes:
                if isinstance(change, PutRow):
                    self.rows[change.row.id] = change.row
                elif isinstance(change, DropRow):
                    self.rows.pop(change.id, None)
        elif isinstance(message, Refused):
            assert message.retry, message
            self._hang_up()
