"""HTTP clients of tests: past any proxy, and with certificates read once for all of them."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

#: httpx reads the system's certificates for every client, 30 ms of a core each, also where none is asked for.
_CERTIFICATES = ssl.create_default_context()

TIMEOUT_SECONDS = 10.0


def client(base_url: str = "", **options: Any) -> httpx.Client:
    """A client as httpx makes it."""
    return httpx.Client(base_url=base_url, **_with_defaults(options))


def async_client(base_url: str = "", **options: Any) -> httpx.AsyncClient:
    """The same for coroutines."""
    return httpx.AsyncClient(base_url=base_url, **_with_defaults(options))


def get(url: str, **options: Any) -> httpx.Response:
    """One answer by a connection of its own. Raises httpx.TransportError."""
    with client(**options) as made:
        return made.get(url)


def _with_defaults(options: dict[str, Any]) -> dict[str, Any]:
    return {"timeout": TIMEOUT_SECONDS, "trust_env": False, "verify": _CERTIFICATES, **options}
