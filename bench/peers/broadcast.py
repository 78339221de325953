"""Bare `websockets`: its asyncio server and `broadcast`. `python -m bench.peers.broadcast PORT`."""

from __future__ import annotations

import asyncio
import json
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.machine import allow_many_files
from bench.peers.orders import obey


async def main(port: int) -> None:
    connections: set[ServerConnection] = set()

    async def handle(connection: ServerConnection) -> None:
        connections.add(connection)
        async for text in connection:
            json.loads(text)

    async def send(text: str) -> None:
        broadcast(connections, text)

    async with serve(handle, "127.0.0.1", port, compression=None, ping_interval=None, backlog=1024):
        await obey(send)


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(main(int(sys.argv[1])))
