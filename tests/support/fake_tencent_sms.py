"""Tencent Cloud's SMS on the loopback, believing nobody: every TC3-HMAC-SHA256 signature is made again."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_SIGNED = "content-type;host"


@dataclass
class FakeTencentSms:
    """sent: what was taken, by phone and text. answers: codes to give instead of Ok, in their order; one that
    begins with `Error:` fails the whole request. delay_seconds: how long it thinks before it answers."""

    key_id: str = "AKIDfakefakefake"
    secret: str = "fake-secret"
    port: int = 0
    sent: list[tuple[str, str]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    delay_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """What Tencent would say."""
        if headers.get("x-tc-action") != "SendSms" or headers.get("x-tc-version") != "2021-01-11":
            return _error("InvalidAction")
        if abs(time.time() - int(headers.get("x-tc-timestamp", "0"))) > 300:
            return _error("AuthFailure.SignatureExpire")
        if not hmac.compare_digest(self._authorization(headers, body), headers.get("authorization", "")):
            return _error("AuthFailure.SignatureFailure")
        asked = json.loads(body)
        for name in ("PhoneNumberSet", "SmsSdkAppId", "TemplateId", "SignName"):
            if not asked.get(name):
                return _error("MissingParameter")
        time.sleep(self.delay_seconds)
        with self.lock:
            code = self.answers.pop(0) if self.answers else "Ok"
            if code.startswith("Error:"):
                return _error(code.removeprefix("Error:"))
            if code == "Ok":
                self.sent.append((asked["PhoneNumberSet"][0], asked["TemplateParamSet"][0]))
            status = {
                "SerialNo": f"5000:{time.time_ns()}" if code == "Ok" else "",
                "PhoneNumber": asked["PhoneNumberSet"][0],
                "Fee": 1 if code == "Ok" else 0,
                "SessionContext": asked.get("SessionContext", ""),
                "Code": code,
                "Message": "send success" if code == "Ok" else code,
                "IsoCode": "CN",
            }
        return {"Response": {"SendStatusSet": [status], "RequestId": "a0aabda6-cf91-4f3e-a81f-9198114a2279"}}

    def _authorization(self, headers: dict[str, str], body: bytes) -> str:
        day = datetime.fromtimestamp(int(headers["x-tc-timestamp"]), UTC).strftime("%Y-%m-%d")
        canonical = "\n".join(
            (
                "POST",
                "/",
                "",
                f"content-type:{headers['content-type']}\nhost:{headers['host']}\n",
                _SIGNED,
                hashlib.sha256(body).hexdigest(),
            )
        )
        scope = f"{day}/sms/tc3_request"
        told = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"TC3-HMAC-SHA256\n{headers['x-tc-timestamp']}\n{scope}\n{told}"
        key = f"TC3{self.secret}".encode()
        for part in (day, "sms", "tc3_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        credential = f"Credential={self.key_id}/{scope}"
        return f"TC3-HMAC-SHA256 {credential}, SignedHeaders={_SIGNED}, Signature={signature}"


def _error(code: str) -> dict[str, Any]:
    return {"Response": {"Error": {"Code": code, "Message": code}, "RequestId": "r-1"}}


@contextmanager
def serving(fake: FakeTencentSms) -> Iterator[FakeTencentSms]:
    """The fake at a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = json.dumps(fake.answer(headers, body)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
