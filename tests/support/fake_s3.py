"""A bucket on the loopback that believes nobody: every request's signature (SigV4) is made again."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass
class FakeS3:
    """refusals: why requests were turned away. fail_next: so many requests are answered 503."""

    key_id: str
    secret: str
    bucket: str = "yizhan"
    region: str = "cn-south-1"
    port: int = 0
    objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    fail_next: int = 0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fault(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> str | None:
        """Why a request is not its key's owner's; None when it is."""
        scheme, _, rest = headers.get("authorization", "").partition(" ")
        if scheme != _ALGORITHM:
            return "unsigned"
        said = dict(part.strip().split("=", 1) for part in rest.split(","))
        key_id, day, region, service, ending = said["Credential"].split("/")
        if (key_id, region, service, ending) != (self.key_id, self.region, "s3", "aws4_request"):
            return "another key, region or service"
        if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            return "another body"
        moment = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if (
            not headers["x-amz-date"].startswith(day)
            or abs((datetime.now(UTC) - moment).total_seconds()) > 900
        ):
            return "another time"
        signed = said["SignedHeaders"].split(";")
        if "host" not in signed or any(name.startswith("x-amz-") and name not in signed for name in headers):
            return "a header is not signed"
        expected = self._signature(verb, target, headers, signed, day)
        return None if hmac.compare_digest(expected, said["Signature"]) else "another signature"

    def _signature(self, verb: str, target: str, headers: dict[str, str], signed: list[str], day: str) -> str:
        parts = urlsplit(target)
        query = sorted(
            (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        )
        canonical = "\n".join(
            [
                verb,
                parts.path,
                "&".join(f"{name}={value}" for name, value in query),
                *(f"{name}:{' '.join(headers[name].split())}" for name in signed),
                "",
                ";".join(signed),
                headers["x-amz-content-sha256"],
            ]
        )
        scope = f"{day}/{self.region}/s3/aws4_request"
        to_sign = "\n".join(
            [_ALGORITHM, headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = b"AWS4" + self.secret.encode()
        for step in (day, self.region, "s3", "aws4_request"):
            key = hmac.new(key, step.encode(), hashlib.sha256).digest()
        return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


@contextmanager
def fake_s3(key_id: str, secret: str) -> Iterator[FakeS3]:
    """A store that serves for as long as the block runs."""
    store = FakeS3(key_id, secret)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"store": store}))
    store.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    store: FakeS3
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._take()

    def do_HEAD(self) -> None:
        self._take()

    def do_PUT(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_DELETE(self) -> None:
        self._take()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.store.fail_next:
            self.store.fail_next -= 1
            return self._answer(503, b"")
        fault = self.store.fault(self.command, self.path, headers, body)
        if fault is not None:
            self.store.refusals.append(fault)
            return self._answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        bucket, _, key = unquote(urlsplit(self.path).path).removeprefix("/").partition("/")
        if bucket != self.store.bucket:
            return self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        if not key and self.command == "POST":
            return self._delete_many(body)
        if not key:
            return self._list(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))
        return self._object(key, headers, body)

    def _object(self, key: str, headers: dict[str, str], body: bytes) -> None:
        objects = self.store.objects
        if self.command == "PUT" and "x-amz-copy-source" in headers:
            source = unquote(headers["x-amz-copy-source"]).removeprefix("/").partition("/")[2]
            if source not in objects:
                return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            objects[key] = (objects[source][0], datetime.now(UTC))
            return self._answer(
                200, b'<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>', {"ETag": '"1"'}
            )
        if self.command == "PUT":
            objects[key] = (body, datetime.now(UTC))
            return self._answer(200, b"", {"ETag": '"1"'})
        if self.command == "DELETE":
            objects.pop(key, None)
            return self._answer(204, b"")
        if key not in objects:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        content, moment = objects[key]
        told = {"ETag": '"1"', "Last-Modified": moment.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        if "range" in headers:
            first, _, last = headers["range"].removeprefix("bytes=").partition("-")
            cut = content[int(first) : int(last) + 1]
            told["Content-Range"] = f"bytes {first}-{int(first) + len(cut) - 1}/{len(content)}"
            return self._answer(206, cut, told)
        return self._answer(200, content, told)

    def _delete_many(self, body: bytes) -> None:
        keys = [unescape(key.decode()) for key in re.findall(rb"<Key>([^<]+)</Key>", body)]
        for key in keys:
            self.store.objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        self._answer(200, f"<DeleteResult>{deleted}</DeleteResult>".encode())

    def _list(self, query: dict[str, str]) -> None:
        found = sorted(key for key in self.store.objects if key.startswith(query.get("prefix", "")))
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.store.objects[key][0])}</Size>"
            f"<ETag>&quot;1&quot;</ETag><LastModified>{self.store.objects[key][1].isoformat()}</LastModified></Contents>"
            for key in found
        )
        answer = f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        self._answer(200, answer.encode())

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
