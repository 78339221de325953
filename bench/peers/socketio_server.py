"""python-socketio on uvicorn. `python -m bench.peers.socketio_server PORT`."""

from __future__ import annotations

import asyncio
import sys

import socketio
import uvicorn

from bench.machine import allow_many_files
from bench.peers.orders import obey


async def main(port: int) -> None:
    server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], http_compression=False)

    async def send(text: str) -> None:
        await server.emit("update", text)

    config = uvicorn.Config(
        socketio.ASGIApp(server),
        host="127.0.0.1",
        port=port,
        loop="asyncio",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        backlog=1024,
        log_level="error",
    )
    orders = asyncio.create_task(obey(send))
    await uvicorn.Server(config).serve()
    orders.cancel()


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(main(int(sys.argv[1])))
