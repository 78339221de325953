"""The gateway: board documents read and postings durably created per second, beside bare FastAPI that reads
the same document from the same Redis, and beside a bare nameko echo over the same broker."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from bench.children import Child, python
from bench.echo import EchoClient, echo
from bench.figures import Figure, alone, compared
from bench.ground import ground, whole_system
from bench.machine import cpu_seconds
from bench.screens import STATION
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import free_port
from yizhan.contracts.screen import document_key

NAME = "gateway"

ROUNDS = 4
SECONDS = 1.5
CLIENTS = 32


@dataclass
class Measured:
    """Per round: answers per second, and µs of each process per answer."""

    rates: list[float] = field(default_factory=list)
    costs: dict[str, list[float]] = field(default_factory=dict)


async def run() -> list[Figure]:
    """Measure both kinds of request and both bare servers, in turns."""
    async with AsyncExitStack() as stack:
        system = stack.enter_context(whole_system())
        system.hold("demo")
        place = stack.enter_context(ground())
        data = DataDirectory(system.data)
        servers = data.recall("servers") or {}
        bare_port = free_port()
        key = document_key(data.redis_prefix, STATION)
        bare_command = python("-m", "bench.peers.bare_fastapi", str(bare_port), servers["redis"], key)
        bare = stack.enter_context(Child(bare_command, log=place.folder / "fastapi.log"))
        bare.wait_for_port(bare_port)
        clients = stack.enter_context(_clients(system.port))
        bare_clients = stack.enter_context(_clients(bare_port))
        echo_client, _, echo_service = await stack.enter_async_context(echo(place))
        with system.client() as session:
            employer = session.post(
                "/employers", json={"station": STATION, "kind": "individual", "name": "老街口宋家"}
            ).json()
            headers = {"Authorization": session.headers["authorization"]}
        read: dict[str, Any] = {"method": "GET", "headers": {}, "body": None, "seconds": SECONDS}
        create: dict[str, Any] = {**read, "method": "POST", "path": "/api/v1/postings", "headers": headers}
        create["body"] = _draft(employer["id"])
        ours, theirs, creates, echoes = Measured(), Measured(), Measured(), Measured()
        gateway, jobs = system.pids["gateway"], system.pids["jobs"]
        path = f"/api/v1/stations/{STATION}/board"
        for number in range(-1, ROUNDS):
            await _round(ours, clients, {**read, "path": path}, {"gateway": gateway})
            await _round(theirs, bare_clients, {**read, "path": f"/board/{STATION}"}, {"server": bare.pid})
            await _round(creates, clients, create, {"gateway": gateway, "jobs": jobs})
            await _echo_round(echoes, echo_client, echo_service.pid)
            if number < 0:  # to warm up
                ours, theirs, creates, echoes = Measured(), Measured(), Measured(), Measured()
    return [
        _rate("board documents read", ours, "bare FastAPI reading Redis", theirs),
        _cost("CPU per read", ours, ("gateway",), "bare FastAPI reading Redis", theirs),
        _rate("postings durably created", creates, "bare nameko echo", echoes),
        _cost("CPU per create, jobs", creates, ("jobs",), "bare nameko echo", echoes),
        alone(NAME, "CPU per create, gateway", "µs", median(creates.costs["gateway"])),
    ]


def _clients(port: int) -> Child:
    return Child(python("-m", "bench.http_load", str(port), str(CLIENTS)))


def _draft(employer_id: str) -> dict[str, Any]:
    return {
        "station": STATION,
        "employer_id": employer_id,
        "source": "phone",
        "terms": {
            "trade": "搬运工",
            "headcount": 3,
            "place": "老农贸市场门口集合",
            "wage": {"fen": 20000, "unit": "day"},
            "settlement": "daily",
            "starts_at": (datetime.now(UTC) + timedelta(hours=8)).isoformat(),
        },
    }


async def _round(measured: Measured, clients: Child, order: dict[str, Any], pids: dict[str, int]) -> None:
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    answer = await asyncio.to_thread(clients.ask, **order)
    _note(measured, answer["per_second"], answer["answers"], pids, before)


async def _echo_round(measured: Measured, client: EchoClient, pid: int) -> None:
    """As many callers as the other rounds have clients, each with its next call after its last."""
    before = {"server": cpu_seconds(pid)}
    started = time.perf_counter()
    answers = 0

    async def call_on() -> None:
        nonlocal answers
        while time.perf_counter() - started < SECONDS:
            await client.call({"actor": "bench", "body": {"id": "x" * 36}})
            answers += 1

    await asyncio.gather(*(call_on() for _ in range(CLIENTS)))
    _note(measured, answers / (time.perf_counter() - started), answers, {"server": pid}, before)


def _note(
    measured: Measured, rate: float, answers: int, pids: dict[str, int], before: dict[str, float]
) -> None:
    measured.rates.append(rate)
    for name, pid in pids.items():
        spent = (cpu_seconds(pid) - before[name]) / answers * 1e6
        measured.costs.setdefault(name, []).append(spent)


def _rate(figure: str, ours: Measured, beside: str, theirs: Measured) -> Figure:
    return compared(NAME, figure, "per second", ours.rates, beside, theirs.rates, at_least=0.5)


def _cost(figure: str, ours: Measured, names: tuple[str, ...], beside: str, theirs: Measured) -> Figure:
    costs = [sum(parts) for parts in zip(*(ours.costs[name] for name in names), strict=True)]
    return compared(NAME, figure, "µs", costs, beside, theirs.costs["server"])
