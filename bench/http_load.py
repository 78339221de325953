"""A closed crowd of HTTP clients: what can a server do at most? `python -m bench.http_load PORT CLIENTS`.

One line of JSON on standard input, one answer each:

    {"method": "GET", "path": "/…", "headers": {}, "body": null, "seconds": 2}

With a body, each request has an Idempotency-Key of its own.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from typing import Any

from bench.http import HttpConnection, request_bytes


async def serve(port: int, clients: int) -> None:
    """Obey until standard input ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        # New ones each time: a server closes those that stay idle between rounds, at a moment of its own.
        connections = [await HttpConnection.open(port) for _ in range(clients)]
        print(json.dumps(await _run(connections, port, **json.loads(line))), flush=True)
        for connection in connections:
            connection.close()


async def _run(
    connections: list[HttpConnection],
    port: int,
    *,
    method: str,
    path: str,
    headers: dict[str, str],
    body: Any,
    seconds: float,
) -> dict[str, Any]:
    raw_body = b"" if body is None else json.dumps(body).encode()
    plain = request_bytes(method, path, headers, raw_body, port=port)
    until = time.perf_counter() + seconds
    delays: list[float] = []

    async def ask_on(connection: HttpConnection) -> None:
        while (asked := time.perf_counter()) < until:
            request = plain
            if body is not None:
                key = {"Idempotency-Key": secrets.token_hex(12)}
                request = request_bytes(method, path, {**headers, **key}, raw_body, port=port)
            await connection.ask(request)
            delays.append(time.perf_counter() - asked)

    started = time.perf_counter()
    await asyncio.gather(*(ask_on(connection) for connection in connections))
    elapsed = time.perf_counter() - started
    delays.sort()
    return {
        "answers": len(delays),
        "per_second": len(delays) / elapsed,
        "p50": delays[len(delays) // 2],
        "p99": delays[int(len(delays) * 0.99)],
    }


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
