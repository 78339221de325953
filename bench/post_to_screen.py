"""Post → screen: from the moment at which a posting was due to be published to its frame on 1,000 screens.

The whole system as `./run up` starts it, ten postings a second whether the last is through or not. In
between, at the same pace, the bare hops that no such system can do without: one nameko echo, one confirmed
publish onto a quorum queue, one broadcast to as many connections.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import redis.asyncio as aioredis

from bench.children import Child, python
from bench.echo import echo
from bench.figures import Figure, alone, quantile
from bench.ground import Ground, ground, whole_system
from bench.http import HttpConnection, request_bytes
from bench.machine import cpu_seconds
from bench.screens import NUMBERED_PLACE, STATION
from services.board.state import BoardState
from tests.support.system import RunningSystem
from yizhan.bus import topology
from yizhan.bus.connection import Broker, Delivery
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import free_port

NAME = "post-to-screen"

SCREENS = 1000
PER_SECOND = 10
BLOCKS = 4
PER_BLOCK = 20
_WARM_UP = 10
_QUEUE = "bench.confirmed"
_CONNECTIONS = 4


class Watch:
    """Hears of each numbered posting on its way: on the bus, and when a board process has told it on."""

    def __init__(self, system: RunningSystem, broker: Broker, prefix: str, redis_url: str) -> None:
        self.on_bus: dict[int, float] = {}
        self.folded: dict[int, float] = {}
        self._redis = aioredis.Redis.from_url(redis_url)
        self._channel = BoardState(self._redis, prefix).deltas_channel
        broker.listen("bench.watch-", topology.EVENTS_EXCHANGE, ("jobs.posting.published.#",), self._on_event)
        self._task: asyncio.Task[None] | None = None
        self._system = system

    async def start(self) -> None:
        subscription = self._redis.pubsub()
        await subscription.subscribe(self._channel)
        self._task = asyncio.create_task(self._listen(subscription))

    async def _listen(self, subscription: Any) -> None:
        async for message in subscription.listen():
            if message["type"] == "message":
                _note(self.folded, message["data"])

    def _on_event(self, delivery: Delivery) -> None:
        _note(self.on_bus, delivery.body)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._redis.aclose()


def _note(table: dict[int, float], body: bytes) -> None:
    mark = f'"place":"{NUMBERED_PLACE}'.encode()
    place = body.find(mark)
    if place > 0:
        start = place + len(mark)
        table.setdefault(int(body[start : body.find(b'"', start)]), time.time())


class Publisher:
    """A clerk whose postings are verified and wait for their moment. due, answered: by number."""

    def __init__(self, system: RunningSystem) -> None:
        self._port = system.port
        self._login = system.logins["county_admin"]
        self._free: asyncio.Queue[HttpConnection] = asyncio.Queue()
        self._headers: dict[str, str] = {}
        self.ids: list[str] = []
        self.due: dict[int, float] = {}
        self.answered: dict[int, float] = {}

    async def start(self, postings: int) -> None:
        for _ in range(_CONNECTIONS):
            self._free.put_nowait(await HttpConnection.open(self._port))
        session = await self._post("/sessions", login=self._login["name"], password=self._login["password"])
        self._headers = {"Authorization": f"Bearer {session['token']}"}
        name = "老街口宋家"
        employer = await self._post("/employers", station=STATION, kind="individual", name=name)
        # Later than the hour before its beginning, in which a job is told once more, as open to neighbours.
        base = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=75)
        self.ids = await asyncio.gather(
            # Each starts before the last, so that each is new on the first page of every screen.
            *(
                self._prepare(number, employer["id"], base - timedelta(seconds=number))
                for number in range(postings)
            )
        )

    async def _prepare(self, number: int, employer: str, starts_at: datetime) -> str:
        terms = {
            "trade": "搬运工",
            "headcount": 3,
            "place": f"{NUMBERED_PLACE}{number}",
            "wage": {"fen": 20000, "unit": "day"},
            "settlement": "daily",
            "starts_at": starts_at.isoformat(),
        }
        drafted = await self._post(
            "/postings", station=STATION, employer_id=employer, source="phone", terms=terms
        )
        id = str(drafted["id"])
        await self._post(f"/postings/{id}/submit")
        await self._post(f"/postings/{id}/verify", method="phone_call")
        return id

    async def publish(self, number: int, due: float) -> None:
        self.due[number] = due
        await self._post(f"/postings/{self.ids[number]}/publish")
        self.answered[number] = time.time()

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        headers = {**self._headers, "Idempotency-Key": secrets.token_hex(12)}
        raw = request_bytes("POST", f"/api/v1{path}", headers, json.dumps(body).encode(), port=self._port)
        connection = await self._free.get()
        try:
            found: dict[str, Any] = json.loads(await connection.ask(raw))
            return found
        finally:
            self._free.put_nowait(connection)


async def paced(count: int, act: Callable[[int, float], Awaitable[None]], *, first: int = 0) -> None:
    """Open loop: act on time, be the last done or not. Raises what an act raised."""
    started = time.time() + 0.05
    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            due = started + number / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.time()))
            tasks.create_task(_as_coroutine(act, first + number, due))


async def _as_coroutine(act: Callable[[int, float], Awaitable[None]], number: int, due: float) -> None:
    await act(number, due)


class Hops:
    """The bare hops' seconds."""

    def __init__(self) -> None:
        self.echo: list[float] = []
        self.publish: list[float] = []
        self.broadcast: list[dict[str, Any]] = []


async def run() -> list[Figure]:
    """Measure, and say where the time goes."""
    async with AsyncExitStack() as stack:
        system = stack.enter_context(whole_system())
        system.hold("demo")  # its own postings would come in between
        place = stack.enter_context(ground())
        await topology.declare(place.broker_url)
        data = DataDirectory(system.data)
        servers = data.recall("servers") or {}
        screens = stack.enter_context(_screens(system, place))
        await asyncio.to_thread(screens.ask, do="connect", total=SCREENS)
        floor, floor_screens = await _bare_broadcast(place, stack)
        client, broker, _ = await stack.enter_async_context(echo(place))
        await broker.declare_queue(_QUEUE, {"x-queue-type": "quorum"})
        system_broker = Broker(servers["broker"], "bench watch")
        watch = Watch(system, system_broker, data.redis_prefix, servers["redis"])
        await system_broker.start()
        await system_broker.connected.wait()
        await watch.start()
        publisher = Publisher(system)
        await publisher.start(_WARM_UP + BLOCKS * PER_BLOCK)
        hops = Hops()

        async def one_echo(_: int, due: float) -> None:
            await client.call({"actor": "bench", "body": {"id": "x" * 36}})
            hops.echo.append(time.time() - due)

        async def one_publish(_: int, due: float) -> None:
            await broker.publish("", _QUEUE, b"x" * 1400)
            hops.publish.append(time.time() - due)

        await asyncio.to_thread(screens.ask, do="start", acks=True)
        await paced(_WARM_UP, publisher.publish)
        before = {name: cpu_seconds(pid) for name, pid in system.pids.items()}
        spent = dict.fromkeys(before, 0.0)
        for block in range(BLOCKS):
            before = {name: cpu_seconds(system.pids[name]) for name in spent if name in system.pids}
            await paced(PER_BLOCK, publisher.publish, first=_WARM_UP + block * PER_BLOCK)
            await asyncio.sleep(0.3)
            for name, at in before.items():
                spent[name] += cpu_seconds(system.pids[name]) - at
            await paced(PER_BLOCK, one_echo)
            await paced(PER_BLOCK, one_publish)
            hops.broadcast.append(await _broadcast_block(floor, floor_screens))
        arrivals = (await asyncio.to_thread(screens.ask, do="get_arrivals"))["arrivals"]
        await watch.stop()
        await system_broker.close()
        return _figures(publisher, watch, arrivals, hops, spent)


def _screens(system: RunningSystem, place: Ground) -> Child:
    code = system.screens[STATION].partition("#code=")[2]
    command = python("-m", "bench.screens", "board", str(system.port + 1), code)
    return Child(command, log=place.folder / "screens.log")


async def _bare_broadcast(place: Ground, stack: AsyncExitStack) -> tuple[Child, Child]:
    port = free_port()
    server = stack.enter_context(
        Child(python("-m", "bench.peers.broadcast", str(port)), log=place.folder / "broadcast.log")
    )
    server.wait_for_port(port)
    clients = stack.enter_context(
        Child(python("-m", "bench.screens", "plain", str(port)), log=place.folder / "broadcast-screens.log")
    )
    await asyncio.to_thread(clients.ask, do="connect", total=SCREENS)
    return server, clients


async def _broadcast_block(server: Child, clients: Child) -> dict[str, Any]:
    await asyncio.to_thread(clients.ask, do="start", acks=True)
    # As long as a real update of this bench.
    head, tail = '{"type":"delta","at":"', '","changes":["' + "x" * 700 + '"]}'
    server.tell(count=PER_BLOCK, rate=PER_SECOND, head=head, tail=tail, acks=True)
    return await asyncio.to_thread(clients.ask, do="collect", updates=PER_BLOCK, within_seconds=30)


def _figures(
    publisher: Publisher, watch: Watch, arrivals: list[Any], hops: Hops, spent: dict[str, float]
) -> list[Figure]:
    measured = {number: (told, sorted(times)) for number, told, times in arrivals if number >= _WARM_UP}
    expected = BLOCKS * PER_BLOCK
    reached = sum(len(times) == SCREENS for _, times in measured.values())
    whole = [at - publisher.due[number] for number, (_, times) in measured.items() for at in times]
    answered = [at - publisher.answered[number] for number, (_, times) in measured.items() for at in times]
    figures = [alone(NAME, "postings that reached all 1,000 screens", "postings", reached, at_least=expected)]
    parts = {}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        parts[name] = [quantile(hops.echo, share), quantile(hops.publish, share)]
        parts[name].append(quantile([block[name] for block in hops.broadcast], 0.5))
        ours, theirs = quantile(whole, share) * 1000, sum(parts[name]) * 1000
        ratio = ours / theirs
        aim = "≤ 3×" if name == "p50" else ""
        figures.append(
            Figure(
                NAME,
                f"due → frame {name}",
                "ms",
                ours,
                "sum of the bare hops",
                theirs,
                ratio,
                aim,
                ratio <= 3 if aim else None,
            )
        )
    for name, share, at_most in (("p50", 0.5, 30), ("p99", 0.99, 100)):
        figures.append(
            alone(
                NAME,
                f"due → frame {name}, for orientation",
                "ms",
                quantile(whole, share) * 1000,
                at_most=at_most,
            )
        )
        figures.append(alone(NAME, f"HTTP accepted → frame {name}", "ms", quantile(answered, share) * 1000))
    for place, hop in enumerate(("nameko echo", "confirmed publish", "broadcast to 1,000")):
        figures.append(alone(NAME, f"bare hop p50: {hop}", "ms", parts["p50"][place] * 1000))
    figures += _way(publisher, watch, measured)
    figures += [
        alone(NAME, f"CPU per posting: {name}", "ms", seconds / expected * 1000)
        for name, seconds in spent.items()
        if name in ("gateway", "jobs", "relay", "board")
    ]
    return figures


def _way(publisher: Publisher, watch: Watch, measured: dict[int, tuple[float, list[float]]]) -> list[Figure]:
    """Where the time goes: each stretch of the way, at its median."""
    stretches: dict[str, list[float]] = {
        "due → decided in jobs": [],
        "decided → on the bus": [],
        "on the bus → folded and told": [],
        "told → first screen": [],
        "first screen → median screen": [],
        "median screen → last screen": [],
        "decided → HTTP answered": [],
    }
    for number, (told, times) in measured.items():
        points = [
            publisher.due[number],
            told,
            watch.on_bus[number],
            watch.folded[number],
            times[0],
            times[len(times) // 2],
            times[-1],
        ]
        for name, start, end in zip(stretches, points, points[1:], strict=False):
            stretches[name].append(end - start)
        stretches["decided → HTTP answered"].append(publisher.answered[number] - told)
    return [
        alone(NAME, f"p50 of the way: {name}", "ms", quantile(seconds, 0.5) * 1000)
        for name, seconds in stretches.items()
    ]
