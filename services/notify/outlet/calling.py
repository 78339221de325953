"""One webhook call: to the address that was looked at and no other, signed, bounded, never redirected."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook

from services.notify.domain.internal_addresses import is_internal
from services.notify.domain.webhook import Answer
from yizhan.contracts.envelope import CONTENT_TYPE

#: Host and port → addresses.
Resolve = Callable[[str, int], Awaitable[list[str]]]

#: So much of an answer is read, that its connection can be used again; what is longer is left unread.
_READ_BYTES = 16 * 1024


async def look_up(host: str, port: int) -> list[str]:
    """By the machine's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class WebhookCaller:
    """Posts to one receiver. internal_allowed: call without TLS and inside the house too."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        answer_seconds: float,
        internal_allowed: bool,
        resolve: Resolve = look_up,
    ) -> None:
        parts = urlsplit(url)
        self._url = httpx.URL(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._secure = parts.scheme == "https"
        self._signing = Webhook(secret)
        self._answer_seconds = answer_seconds
        self._internal_allowed = internal_allowed
        self._resolve = resolve
        # No proxy and no netrc of the environment, no redirects: what was looked at is what is called.
        self._client = httpx.AsyncClient(
            timeout=answer_seconds, trust_env=False, follow_redirects=False, http2=False
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, event_id: str, body: str, *, now: datetime) -> Answer:
        """Post one event. Never raises: whatever goes wrong is an answer."""
        try:
            async with asyncio.timeout(self._answer_seconds):
                address = await self._address()
                if address is None:
                    return Answer(None, "address_refused")
                return await self._post(address, self._headers(event_id, body, now), body)
        except TimeoutError:
            return Answer(None, "timeout")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(None, _fault(error))
        except OSError:
            return Answer(None, "unknown_host")

    async def _address(self) -> str | None:
        """The address to call, looked up anew for each call; None when any that the name has is internal.

        It is called by this very address: a second look-up could say something else.
        """
        if not self._internal_allowed and not self._secure:
            return None
        addresses = await self._resolve(self._host, self._port)
        if not addresses:
            raise OSError("no address")
        if not self._internal_allowed and any(is_internal(address) for address in addresses):
            return None
        return addresses[0]

    def _headers(self, event_id: str, body: str, now: datetime) -> Mapping[str, str]:
        return {
            "content-type": CONTENT_TYPE,
            "user-agent": "yizhan-webhooks",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signing.sign(event_id, now, body),
        }

    async def _post(self, address: str, headers: Mapping[str, str], body: str) -> Answer:
        pinned = self._url.copy_with(host=address)
        host = self._url.netloc.decode("ascii")
        request = self._client.build_request(
            "POST",
            pinned,
            headers={**headers, "host": host},
            content=body.encode(),
            # The certificate is the name's, not the address's.
            extensions={"sni_hostname": self._host},
        )
        response = await self._client.send(request, stream=True)
        try:
            await _read_some(response)
        finally:
            await response.aclose()
        redirected = 300 <= response.status_code < 400
        return Answer(response.status_code, "redirect_not_followed" if redirected else None)


async def _read_some(response: httpx.Response) -> None:
    """Read a short answer to its end. A long or a lying one changes nothing: its status has come."""
    read = 0
    try:
        async with asyncio.timeout(1.0):
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > _READ_BYTES:
                    return
    except (httpx.HTTPError, TimeoutError):
        return


def _fault(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.ConnectError):
        return "cannot_connect"
    return "broken_answer"
