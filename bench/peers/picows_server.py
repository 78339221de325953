"""picows, a websocket library in Cython. `python -m bench.peers.picows_server PORT`."""

from __future__ import annotations

import asyncio
import sys

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from bench.machine import allow_many_files
from bench.peers.orders import obey

connections: set[WSTransport] = set()


class Listener(WSListener):
    def on_ws_connected(self, transport: WSTransport) -> None:
        connections.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
        else:
            frame.get_payload_as_bytes()


def listener(_: WSUpgradeRequest) -> Listener:
    return Listener()


async def main(port: int) -> None:
    async def send(text: str) -> None:
        message = text.encode()
        for connection in connections:
            connection.send(WSMsgType.TEXT, message)

    server = await ws_create_server(listener, "127.0.0.1", port, backlog=1024)
    async with server:
        await obey(send)


if __name__ == "__main__":
    allow_many_files()
    asyncio.run(main(int(sys.argv[1])))
