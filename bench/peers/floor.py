"""The floor: a bare loop of socket writes of a ready frame. No library, no event loop, no checks.

`python -m bench.peers.floor PORT`. With "acks" it also reads what comes back, once per delivery.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import selectors
import socket
import sys
import time

from bench.machine import allow_many_files
from bench.peers.orders import moment

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def serve(port: int) -> None:
    """Serve until standard input ends."""
    poll = selectors.EpollSelector()
    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    poll.register(listener, selectors.EVENT_READ, "listener")
    poll.register(0, selectors.EVENT_READ, "orders")
    sockets: list[socket.socket] = []
    pending = b""
    while True:
        for key, _ in poll.select():
            if key.data == "listener":
                connection, _ = listener.accept()
                poll.register(connection, selectors.EVENT_READ, "new")
            elif key.data == "new":
                if _shake_hands(key.fileobj):  # type: ignore[arg-type]
                    poll.modify(key.fileobj, selectors.EVENT_READ, "open")
                    sockets.append(key.fileobj)  # type: ignore[arg-type]
                else:
                    poll.unregister(key.fileobj)
            elif key.data == "open":
                if not key.fileobj.recv(4096):  # type: ignore[union-attr]
                    return
            else:
                data = os.read(0, 65536)
                if not data:
                    return
                *orders, pending = (pending + data).split(b"\n")
                for order in orders:
                    _obey(json.loads(order), sockets, poll)


def _shake_hands(connection: socket.socket) -> bool:
    """False when whoever connected only wanted to see whether somebody listens."""
    request = connection.recv(4096)
    if not request:
        return False
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    connection.send(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return True


def _obey(order: dict, sockets: list[socket.socket], poll: selectors.EpollSelector) -> None:  # type: ignore[type-arg]
    started = time.time()
    for number in range(order["count"]):
        due = started + number / order["rate"]
        time.sleep(max(0.0, due - time.time()))
        text = (order["head"] + moment(due) + order["tail"]).encode()
        frame = bytes((0x81, 126)) + len(text).to_bytes(2) + text
        for connection in sockets:
            connection.send(frame)
        if order["acks"]:
            answered = 0
            while answered < len(sockets):
                for key, _ in poll.select(1.0):
                    if key.data == "open":
                        key.fileobj.recv(4096)  # type: ignore[union-attr]
                        answered += 1


if __name__ == "__main__":
    allow_many_files()
    serve(int(sys.argv[1]))
