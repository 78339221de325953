"""The demo's client of the public HTTP API; it has no other way in, like everybody else."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import Any

import httpx

#: Refusals that pass by themselves, beside those whose status says so: a station made or opened just now is
#: not yet known as such to every service.
_PASSING_CODES = frozenset({"jobs.unknown_station", "jobs.station_not_open", "seekers.unknown_station"})
_PASSING_STATUSES = frozenset({429, 502, 503, 504})
_PATIENCE_SECONDS = 60.0
_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 5.0


class ApiRefused(Exception):
    """The API refused a request for good; `code` is the problem's."""

    def __init__(self, method: str, path: str, status: int, code: str, detail: str) -> None:
        super().__init__(f"{method} {path}: {status} {code} {detail}")
        self.status = status
        self.code = code


def idempotency_key(*parts: str) -> str:
    """The same key for the same thing at every run, so that loading twice makes nothing twice."""
    return "demo-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]


class Api:
    """One signed-in caller. Passing refusals are tried again for a minute, under the same key."""

    def __init__(self, gateway_url: str) -> None:
        self._client = httpx.Client(base_url=f"{gateway_url}/api/v1", timeout=15.0, trust_env=False)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def sign_in(self, login: str, password: str) -> None:
        """Raises ApiRefused with auth.credentials_refused."""
        answer = self.post("/sessions", {"login": login, "password": password})
        self._client.headers["authorization"] = f"Bearer {answer['token']}"

    def get(self, path: str, **query: str | int) -> Any:
        """The answer's JSON. Raises ApiRefused."""
        return self._ask("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None) -> Any:
        """The answer's JSON; None when it has none. key: the Idempotency-Key. Raises ApiRefused."""
        return self._ask("POST", path, body=body if body is not None else {}, key=key)

    def patch(self, path: str, body: Mapping[str, Any], *, key: str) -> Any:
        """The answer's JSON. key: the Idempotency-Key. Raises ApiRefused."""
        return self._ask("PATCH", path, body=body, key=key)

    def put(self, path: str, body: Mapping[str, Any], *, key: str) -> Any:
        """The answer's JSON. key: the Idempotency-Key. Raises ApiRefused."""
        return self._ask("PUT", path, body=body, key=key)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Any:
        headers = {"idempotency-key": key} if key else {}
        deadline = time.monotonic() + _PATIENCE_SECONDS
        pause_seconds = _PAUSE_SECONDS
        while True:
            try:
                answer = self._client.request(method, path, params=query, json=body, headers=headers)
            except httpx.TransportError as error:
                refused = ApiRefused(method, path, 0, "unreachable", str(error))
            else:
                if answer.is_success:
                    return answer.json() if answer.content else None
                refused = _refusal(method, path, answer)
                if not (refused.status in _PASSING_STATUSES or refused.code in _PASSING_CODES):
                    raise refused
            if time.monotonic() > deadline:
                raise refused
            time.sleep(pause_seconds)
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, pause_seconds * 2)


def _refusal(method: str, path: str, answer: httpx.Response) -> ApiRefused:
    try:
        problem = answer.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        code, detail = "?", answer.text[:200]
    return ApiRefused(method, path, answer.status_code, code, detail)
