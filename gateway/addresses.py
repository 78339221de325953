"""The address by which a caller reached the gateway, as far as it can be one."""

from __future__ import annotations

import re

from fastapi import Request

#: A host as a browser writes it: a name, an IPv4 address or a bracketed IPv6 address, and a port.
_HOST = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?")


def asked_host(request: Request, fallback: str) -> str:
    """The host that was asked for, without its port."""
    match = _HOST.fullmatch(request.headers.get("host", ""))
    return match[1] if match else fallback


def asked_origin(request: Request, fallback: str) -> str:
    """Scheme, host and port that were asked for: what a page of ours at the same place begins with."""
    match = _HOST.fullmatch(request.headers.get("host", ""))
    return f"{request.url.scheme}://{match[0] if match else fallback}"
