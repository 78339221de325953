"""Fan-out: what one update to a thousand screens, or five, costs the process that serves them.

Every server runs at the same time with its own client process and the same number of connections. Rounds
alternate between them, so that whatever else the machine does meets all of them alike.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

from redis.asyncio import Redis

from bench import county
from bench.children import Child, python
from bench.figures import Figure, alone, compared
from bench.ground import Ground, ground
from bench.machine import cpu_seconds, resident_bytes
from bench.peers import installed
from bench.screens import STATION
from services.board.projection import Projection
from services.board.state import BoardState
from yizhan.bus import topology
from yizhan.cli.ports import free_plan, free_port
from yizhan.contracts.screen import Delta

NAME = "fan-out"

BOARD = "yizhan board"
FLOOR = "floor: loop of socket.send"
BROADCAST = "websockets.broadcast"

#: name → (kind of client, command without its port).
_PEERS: dict[str, tuple[str, list[str]]] = {
    FLOOR: ("plain", python("-m", "bench.peers.floor")),
    BROADCAST: ("plain", python("-m", "bench.peers.broadcast")),
    "picows": ("plain", python("-m", "bench.peers.picows_server")),
    "ws on Node": ("plain", ["node", "bench/peers/ws.js"]),
    "socket.io on Node": ("socketio", ["node", "bench/peers/socketio.js"]),
    "python-socketio": ("socketio", python("-m", "bench.peers.socketio_server")),
}

#: Those whose clients also answer each update, as a page does when it has painted.
_ACKED = (BOARD, FLOOR, BROADCAST, "ws on Node")

MOST_SCREENS = 10_000
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Load:
    """updates, rate_per_second: of one round of one server. slow_updates: of python-socketio, which needs
    ten times as long."""

    screens: int
    rounds: int
    updates: int
    slow_updates: int
    rate_per_second: float


LOADS = (
    Load(1000, rounds=3, updates=16, slow_updates=4, rate_per_second=32),
    Load(5000, rounds=3, updates=5, slow_updates=1, rate_per_second=8),
)
_ACKED_ROUNDS = 3


@dataclass
class Contestant:
    """One server, its clients, and how it is told to send. costs: µs of its processor per delivery."""

    name: str
    server: Child
    clients: Child
    send: Callable[[int, float, bool], Awaitable[None]]
    resident_before: int = 0
    costs: list[float] = field(default_factory=list)
    delays: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0

    async def ask(self, **command: Any) -> dict[str, Any]:
        """Ask the clients, without holding up the loop."""
        return await asyncio.to_thread(self.clients.ask, **command)

    async def connect(self, total: int) -> None:
        answer = await self.ask(do="connect", total=total)
        if answer["served"] != total:
            raise self.server.failure(f"serves {answer['served']} of {total} connections")
        self.connections = total

    async def round(self, updates: int, rate_per_second: float, *, acks: bool) -> dict[str, Any]:
        """Send so many updates and wait until every screen has each of them."""
        await self.ask(do="start", acks=acks)
        collected = asyncio.create_task(
            self.ask(do="collect", updates=updates, within_seconds=_PATIENCE_SECONDS)
        )
        before = cpu_seconds(self.server.pid)
        await self.send(updates, rate_per_second, acks)
        answer = await collected
        if acks:
            await asyncio.sleep(0.2)  # the last answers are still to be sent, and to be read
        spent = cpu_seconds(self.server.pid) - before
        if answer["complete"] != self.connections:
            raise self.server.failure(f"{answer['complete']} of {self.connections} screens got everything")
        self.costs.append(spent / answer["frames"] * 1e6)
        self.delays.append(answer)
        return answer


async def run() -> list[Figure]:
    """Measure fan-out at every load, memory per connection, and the most screens."""
    missing = installed.install()
    for name, reason in missing.items():
        print(f"{name} is left out: {reason}")
    with ground() as place:
        async with AsyncExitStack() as stack:
            source = await _county(place, stack)
            contestants = [await _board(place, source, stack)]
            for name, (kind, command) in _PEERS.items():
                if name not in missing:
                    contestants.append(await _peer(place, name, kind, command, stack))
            figures = await _compare(contestants)
            for peer in contestants[1:]:
                peer.clients.stop()
                peer.server.stop()
            figures += await _hold_most(contestants[0])
    return figures


# --- contestants ---------------------------------------------------------------------------------------


async def _county(place: Ground, stack: AsyncExitStack) -> county.UpdateSource:
    await topology.declare(place.broker_url)
    redis = Redis.from_url(place.redis_url)
    stack.push_async_callback(redis.aclose)
    state = BoardState(redis, place.redis_prefix)
    epoch = await county.stage(state, county.facts(postings=200, devices=MOST_SCREENS))
    source = county.UpdateSource(state, epoch)
    await source.start()
    return source


async def _board(place: Ground, source: county.UpdateSource, stack: AsyncExitStack) -> Contestant:
    plan = free_plan()
    server = stack.enter_context(place.start("board", "board", plan=plan))
    server.wait_for_port(plan.of("board"))

    async def send(updates: int, rate_per_second: float, _: bool) -> None:
        started = time.time()
        for number in range(updates):
            due = started + number / rate_per_second
            write = source.next(datetime.fromtimestamp(due, UTC))
            await asyncio.sleep(max(0.0, due - time.time()))
            await source.write(write)

    # Until stations and devices have been read, a hello is refused.
    await asyncio.sleep(1.5)
    clients = stack.enter_context(_clients(place, "board", plan.of("board")))
    return Contestant(BOARD, server, clients, send, resident_bytes(server.pid))


async def _peer(place: Ground, name: str, kind: str, command: list[str], stack: AsyncExitStack) -> Contestant:
    port = free_port()
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(installed.PYTHON_FOLDER)]))
    server = stack.enter_context(
        Child(
            [*command, str(port)],
            environment={"PYTHONPATH": path, "PEERS": str(installed.NODE_FOLDER)},
            log=place.folder / f"{name.split()[0].strip(':')}-{port}.log",
        )
    )
    server.wait_for_port(port)
    head, tail = _update_text()

    async def send(updates: int, rate_per_second: float, acks: bool) -> None:
        server.tell(count=updates, rate=rate_per_second, head=head, tail=tail, acks=acks)

    clients = stack.enter_context(_clients(place, kind, port))
    return Contestant(name, server, clients, send, resident_bytes(server.pid))


def _clients(place: Ground, kind: str, port: int) -> Child:
    return Child(python("-m", "bench.screens", kind, str(port)), log=place.folder / f"clients-{port}.log")


def _update_text() -> tuple[str, str]:
    """An update of the board's own, cut where its moment stands."""
    projection = Projection.of(county.facts(postings=200, devices=0))
    applied = projection.apply(county.posting_fact(county.posting(0, sequence=5, missing=7)))
    assert applied is not None
    at = datetime(2026, 3, 1, 5, 30, 0, 1, UTC)
    changes = tuple(applied.changes[STATION])
    text = Delta(epoch="0" * 16, offset=1000, at=at, changes=changes).model_dump_json()
    head, _, tail = text.partition("2026-03-01T05:30:00.000001Z")
    return head, tail


# --- rounds --------------------------------------------------------------------------------------------


async def _compare(contestants: list[Contestant]) -> list[Figure]:
    figures: list[Figure] = []
    for load in LOADS:
        for each in contestants:
            await each.connect(load.screens)
        await _alternate(contestants, load, load.rounds, acks=False)
        figures += _costs(contestants, load.screens)
        if load is LOADS[0]:
            acked = [each for each in contestants if each.name in _ACKED]
            await _alternate(acked, load, _ACKED_ROUNDS, acks=True)
            figures += _acked_costs(acked, load.screens)
    return figures + _memory(contestants)


async def _alternate(contestants: list[Contestant], load: Load, rounds: int, *, acks: bool) -> None:
    for each in contestants:
        # The first is to warm up: code that has not run yet, buffers that have not grown.
        await each.round(2, load.rate_per_second, acks=acks)
        each.costs.clear()
        each.delays.clear()
    for number in range(rounds):
        for each in contestants if number % 2 else reversed(contestants):
            updates = load.slow_updates if each.name == "python-socketio" else load.updates
            await each.round(updates, load.rate_per_second, acks=acks)


def _costs(contestants: list[Contestant], screens: int) -> list[Figure]:
    board, *peers = contestants
    figures = []
    for peer in peers:
        at_most = {FLOOR: 1.3, BROADCAST: 0.75}.get(peer.name, 1.0)
        figure = f"server CPU per delivery, {screens:,} screens"
        figures.append(compared(NAME, figure, "µs", board.costs, peer.name, peer.costs, at_most=at_most))
    figures.append(
        alone(
            NAME, f"deliveries a core can send, {screens:,} screens", "per second", 1e6 / median(board.costs)
        )
    )
    for name in ("p50", "p99"):
        milliseconds = median(each[name] for each in board.delays) * 1000
        figures.append(alone(NAME, f"due → frame {name}, {screens:,} screens", "ms", milliseconds))
    if screens == LOADS[0].screens:
        figures.append(alone(NAME, "size of an update", "bytes", board.delays[-1]["bytes"]))
    return figures


def _acked_costs(contestants: list[Contestant], screens: int) -> list[Figure]:
    board, *peers = contestants
    figure = f"CPU per delivery and its ack, {screens:,} screens"
    return [compared(NAME, figure, "µs", board.costs, peer.name, peer.costs) for peer in peers]


def _memory(contestants: list[Contestant]) -> list[Figure]:
    def kib(each: Contestant) -> float:
        return (resident_bytes(each.server.pid) - each.resident_before) / each.connections / 1024

    board, *peers = contestants
    figure = f"memory per connection, {board.connections:,} screens"
    ours = kib(board)
    figures = [alone(NAME, figure, "KiB", ours, at_most=20)]
    return figures + [compared(NAME, figure, "KiB", [ours], peer.name, [kib(peer)]) for peer in peers]


async def _hold_most(board: Contestant) -> list[Figure]:
    """As many screens as promised, all served, and an update that reaches every one."""
    await board.connect(MOST_SCREENS)
    board.costs.clear()
    board.delays.clear()
    answer = await board.round(6, 2, acks=False)
    return [
        alone(
            NAME,
            "screens held, each served every update",
            "screens",
            answer["complete"],
            at_least=MOST_SCREENS,
        ),
        alone(NAME, f"server CPU per delivery, {MOST_SCREENS:,} screens", "µs", board.costs[-1]),
        alone(
            NAME,
            f"memory per connection, {MOST_SCREENS:,} screens",
            "KiB",
            (resident_bytes(board.server.pid) - board.resident_before) / MOST_SCREENS / 1024,
            at_most=20,
        ),
    ]
