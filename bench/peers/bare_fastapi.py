"""Bare FastAPI on one uvicorn worker, each answer a document from Redis.
`python -m bench.peers.bare_fastapi PORT REDIS_URL KEY`."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Response
from redis.asyncio import Redis

app = FastAPI()
redis: Redis


@app.get("/board/{code}")
async def board(code: str) -> Response:  # noqa: ARG001
    return Response(await redis.get(sys.argv[3]), media_type="application/json")


if __name__ == "__main__":
    redis = Redis.from_url(sys.argv[2])
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        http="httptools",
        loop="asyncio",
        log_level="error",
        access_log=False,
    )
