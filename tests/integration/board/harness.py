"""A county for the board's integration tests: its owners on the real bus, board processes, and screens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from typing import Any

import pika
import redis.asyncio as aioredis
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from services.board.process import BoardProcess
from services.board.session import hash_of
from tests.support.eventually import eventually_async
from tests.unit.board.world import (
    COMMUNITY,
    MARKET,
    NOON,
    OTHER_TOWN,
    TOWN,
    FollowingScreen,
    called_event,
    device_id,
    draw_event,
    dropped_event,
    event,
    fair,
    fair_event,
    issued_event,
    posting,
    posting_event,
    revoked_event,
    seeker_card,
    shown_event,
    station,
    station_event,
    waiting_event,
)
from yizhan.bus import topology
from yizhan.bus.connection import Broker, Delivery, Outgoing
from yizhan.clock import county_day
from yizhan.contracts.envelope import CONTENT_TYPE, Event
from yizhan.contracts.fairs import Fair, LiveFairs
from yizhan.contracts.jobs import LivePostings, Posting, PostingStatus
from yizhan.contracts.rpc import Reply
from yizhan.contracts.screen import SUBPROTOCOL, ScreenState
from yizhan.contracts.seeker_cards import LiveCards, SeekerCard
from yizhan.contracts.station_days import ExportedDay, LiveDays
from yizhan.contracts.stations import DeviceHash, NetworkExport, Station
from yizhan.contracts.subscriptions import BOARD_FOLD
from yizhan.settings import Settings

__all__ = ["COMMUNITY", "MARKET", "NOON", "OTHER_TOWN", "TOWN", "County", "Screen", "event"]

#: Generous: the machine that runs the tests may be busy.
PATIENCE_SECONDS = 30.0


def code_of(at_station: str) -> str:
    return f"CODE-OF-{at_station}"


class County:
    """The owning services as the board sees them: they tell events and answer exports.

    answering: whether the owners can be asked. export_gate: held, an export waits before its answer.
    """

    def __init__(self, broker_url: str, redis_url: str, redis_prefix: str) -> None:
        self.broker_url = broker_url
        self.redis_url = redis_url
        self.redis_prefix = redis_prefix
        self.redis = aioredis.Redis.from_url(redis_url)
        self.stations: dict[str, Station] = {}
        self.postings: dict[str, Posting] = {}
        self.fairs: dict[str, Fair] = {}
        self.devices: dict[str, DeviceHash] = {}
        self.cards: dict[str, SeekerCard] = {}
        self.days: dict[str, ExportedDay] = {}
        self.answering = True
        self.export_gate = threading.Event()
        self.export_gate.set()
        self.exports = 0
        self._broker = Broker(broker_url, "county")
        self._owners = OwnersThread(broker_url, self._answer)
        self._boards: list[tuple[BoardProcess, asyncio.Task[None]]] = []
        self._children: list[subprocess.Popen[bytes]] = []
        self._screens: list[Screen] = []

    async def start(self) -> None:
        await self._broker.start()
        await self._broker.connected.wait()
        for plan in topology.queue_plans((BOARD_FOLD,)):
            await self._broker.delete_queue(plan.name)
        await topology.declare_with(self._broker, (BOARD_FOLD,), ladder_seconds=topology.RETRY_LADDER_SECONDS)
        self._owners.start()
        for node in (
            station(MARKET, None, name="市场"),
            station(TOWN, MARKET, name="冠山"),
            station(COMMUNITY, TOWN, name="兴龙"),
            station(OTHER_TOWN, MARKET, name="龙山"),
        ):
            self.stations[node.code] = node
        for number, code in enumerate(self.stations, start=1):
            issued = issued_event(number, code, hash_of(code_of(code)))
            self.devices[device_id(number)] = DeviceHash(
                device_id=device_id(number),
                station=code,
                code_sha256=issued.data.code_sha256,
                sequence=1,
            )

    async def stop(self) -> None:
        for screen in self._screens:
            await screen.close()
        for board, task in self._boards:
            board.stop()
            with contextlib.suppress(Exception):
                await task
        for child in self._children:
            child.kill()
            child.wait()
        self.export_gate.set()
        self._owners.stop()
        await self._broker.close()
        await self.redis.aclose()

    # --- the owners -----------------------------------------------------------------------------------

    def _answer(self, routing_key: str) -> str | None:
        """One export; None while the owners are away. Runs on the owners' thread."""
        if not self.answering:
            return None
        if routing_key.startswith("stations."):
            result: Any = NetworkExport(
                stations=tuple(self.stations.values()),
                notices=(),
                devices=tuple(self.devices.values()),
                next=None,
            )
        elif routing_key == "jobs.export_live_fairs":
            result = LiveFairs(fairs=tuple(self.fairs.values()), next=None)
        elif routing_key == "seekers.export_live_cards":
            result = LiveCards(cards=tuple(self.cards.values()), next=None)
        elif routing_key == "seekers.export_days":
            today = county_day(datetime.now(UTC))
            result = LiveDays(date=today, days=tuple(self.days.values()), next=None)
        else:
            live = [one for one in self.postings.values() if one.status is PostingStatus.PUBLISHED]
            result = LivePostings(postings=tuple(live), next=None)
        self.exports += 1
        assert self.export_gate.wait(PATIENCE_SECONDS)
        answer = Reply(result=result.model_dump(mode="json")).model_dump(mode="json")
        return json.dumps({"result": answer, "error": None})

    async def tell(self, told: Event[Any]) -> None:
        await self.tell_many([told])

    async def tell_many(self, events: list[Event[Any]]) -> None:
        """Events that say no time of their own happen now."""
        now = datetime.now(UTC)
        events = [told.model_copy(update={"time": now}) if told.time == NOON else told for told in events]
        outcomes = await self._broker.send_all(
            [
                Outgoing(
                    topology.EVENTS_EXCHANGE,
                    told.routing_key,
                    told.model_dump_json().encode(),
                    content_type=CONTENT_TYPE,
                    message_id=told.id,
                )
                for told in events
            ],
            timeout_seconds=PATIENCE_SECONDS,
        )
        assert all(outcome is None for outcome in outcomes), outcomes

    async def tell_bytes(self, routing_key: str, body: bytes, message_id: str | None = None) -> None:
        await self._broker.publish(topology.EVENTS_EXCHANGE, routing_key, body, message_id=message_id)

    async def publish_posting(self, number: int, at_station: str, **details: Any) -> Event[Any]:
        """A posting is published: the owner keeps it and tells of it."""
        one = posting(number, at_station, **details)
        self.postings[one.id] = one
        told = posting_event(one)
        await self.tell(told)
        return told

    async def announce_fair(self, number: int, at_station: str, **details: Any) -> None:
        """A fair is announced, or is over: the owner keeps what is on the screens, and tells of it."""
        one = fair(number, at_station, **details)
        if one.ended_at is None:
            self.fairs[one.id] = one
        else:
            self.fairs.pop(one.id, None)
        await self.tell(fair_event(one))

    async def show_card(self, number: int, at_station: str) -> None:
        """Somebody consents to be on the screens."""
        card = seeker_card(number, at_station)
        self.cards[card.id] = card
        await self.tell(shown_event(card))

    async def drop_card(self, number: int, at_station: str) -> None:
        """He withdraws it."""
        told = dropped_event(number, at_station)
        del self.cards[told.subject]
        await self.tell(told)

    async def tell_day(self, at_station: str, day: date) -> None:
        """A day begins with a draw, three people come, and a number is called."""
        waiting, draw = waiting_event(at_station, day=day), draw_event(at_station, day=day)
        called = called_event(1, at_station, day=day)
        self.days[at_station] = ExportedDay(
            station=at_station,
            waiting=waiting.data.waiting,
            waiting_sequence=1,
            called=(called.data.called,),
            draw=draw.data.draw,
            draw_sequence=1,
        )
        await self.tell_many([draw, waiting, called])

    async def fact_names(self) -> list[bytes]:
        """The names of all facts that the board keeps."""
        names: list[bytes] = await self.redis.hkeys(f"{self.redis_prefix}board:facts")  # type: ignore[misc]
        return names

    async def revoke_device(self, at_station: str) -> None:
        id = next(id for id, device in self.devices.items() if device.station == at_station)
        del self.devices[id]
        await self.tell(revoked_event(int(id[-12:], 16), at_station))

    async def move(self, code: str, parent: str) -> None:
        old = self.stations[code]
        node = old.model_copy(update={"parent": parent, "sequence": old.sequence + 1})
        self.stations[code] = node
        await self.tell(station_event(node))

    # --- boards ---------------------------------------------------------------------------------------

    def settings(self, **more: Any) -> Settings:
        return Settings(
            broker_url=self.broker_url,
            redis_url=self.redis_url,
            redis_prefix=self.redis_prefix,
            board_port=free_port(),
            process_name=f"board-{len(self._boards) + len(self._children)}",
            **more,
        )

    async def board(self, **more: Any) -> BoardProcess:
        """A board in this process, ready to serve."""
        settings = self.settings(**more)
        board = BoardProcess(settings)
        await board.start()
        self._boards.append((board, asyncio.create_task(board.serve())))
        await eventually_async(lambda: board.feed.ready, within_seconds=PATIENCE_SECONDS)
        return board

    async def stop_board(self, board: BoardProcess) -> None:
        board.stop()
        await next(task for one, task in self._boards if one is board)

    async def board_child(self) -> tuple[subprocess.Popen[bytes], int]:
        """A board as a process of its own; answers it and its port once it listens."""
        settings = self.settings()
        environment = {
            **os.environ,
            "YIZHAN_BROKER_URL": settings.broker_url,
            "YIZHAN_REDIS_URL": settings.redis_url,
            "YIZHAN_REDIS_PREFIX": settings.redis_prefix,
            "YIZHAN_BOARD_PORT": str(settings.board_port),
            "YIZHAN_PROCESS_NAME": settings.process_name,
        }
        program = (
            "from services.board.process import run; from yizhan.settings import Settings; "
            "run(Settings.from_environment())"
        )
        child = subprocess.Popen([sys.executable, "-c", program], env=environment)  # noqa: ASYNC220
        self._children.append(child)
        await eventually_async(lambda: can_connect(settings.board_port), within_seconds=PATIENCE_SECONDS)
        return child, settings.board_port

    # --- screens --------------------------------------------------------------------------------------

    async def screen(self, at_station: str, port: int, **hello: Any) -> Screen:
        """A screen that has said hello, and says it again while the board is not ready."""
        screen = Screen(at_station, port)
        self._screens.append(screen)
        await screen.connect(**hello)
        return screen

    async def flush(self) -> None:
        """Everything under the prefix goes, at once, as with FLUSHALL."""
        keys = [key async for key in self.redis.scan_iter(match=f"{self.redis_prefix}*")]
        await self.redis.delete(*keys)

    async def epoch(self) -> str | None:
        value = await self.redis.hget(f"{self.redis_prefix}board:head", "epoch")  # type: ignore[misc]
        return value.decode() if value else None


class OwnersThread:
    """Speaks nameko's RPC from the answering side, on a thread of its own. answer: from a routing key to the
    reply's JSON, or None to stay silent."""

    def __init__(self, broker_url: str, answer: Callable[[str], str | None]) -> None:
        self._parameters = pika.URLParameters(broker_url)
        self._answer = answer
        self._stopping = threading.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="owners", daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._listening.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        connection = pika.BlockingConnection(self._parameters)
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        for service in ("stations", "jobs", "seekers"):
            channel.queue_bind(queue, topology.RPC_EXCHANGE, f"{service}.*")
        channel.basic_consume(queue, self._on_call, auto_ack=True)
        self._listening.set()
        while not self._stopping.is_set():
            connection.process_data_events(time_limit=0.05)
        connection.close()

    def _on_call(self, channel: Any, method: Any, properties: Any, _: bytes) -> None:
        reply = self._answer(method.routing_key)
        if reply is not None:
            channel.basic_publish(
                topology.RPC_EXCHANGE,
                properties.reply_to,
                reply.encode(),
                pika.BasicProperties(
                    correlation_id=properties.correlation_id, content_type="application/json"
                ),
            )


class Screen:
    """A websocket client that follows the protocol; `page` holds what it shows."""

    def __init__(self, at_station: str, port: int) -> None:
        self.station = at_station
        self.port = port
        self.page = FollowingScreen()
        self.closed_with: int | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def connect(self, *, token: str | None = None, **hello: Any) -> None:
        """Open, and say hello with what is held."""
        self._socket = await open_socket(self.port)
        if self.page.epoch is not None and "epoch" not in hello:
            hello |= {"epoch": self.page.epoch, "offset": self.page.held_offset}
        first = {"type": "hello", "station": self.station, "token": token or code_of(self.station)}
        await self.say({**first, **hello})
        self._reader = asyncio.create_task(self._read(self._socket))

    async def _read(self, connection: ClientConnection) -> None:
        try:
            async for message in connection:
                self.page.write(message.encode() if isinstance(message, str) else message)
        except ConnectionClosed:
            pass
        finally:
            self.closed_with = connection.close_code

    async def say(self, message: dict[str, Any]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(message))

    async def ack(self) -> None:
        await self.say({"type": "ack", "epoch": self.page.epoch, "offset": self.page.held_offset})

    def shows(self, number: int) -> bool:
        """Whether posting `number` is among the rows."""
        state = self.page.state
        return state is not None and any(row.id.endswith(f"{number:012x}") for row in state.rows)

    @property
    def state(self) -> ScreenState | None:
        return self.page.state

    async def until(self, condition: Any) -> None:
        await eventually_async(condition, within_seconds=PATIENCE_SECONDS)

    async def until_shows_nothing(self) -> None:
        await self.until(lambda: self.state is not None and not self.state.rows)

    async def until_shows(self, number: int) -> None:
        await self.until(lambda: self.shows(number))

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader


async def open_socket(port: int, **more: Any) -> ClientConnection:
    return await connect(
        f"ws://127.0.0.1:{port}/",
        **{"subprotocols": [Subprotocol(SUBPROTOCOL)], "compression": None, "proxy": None, **more},
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def can_connect(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def kill(child: subprocess.Popen[bytes]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()


async def messages_in(broker_url: str, queue: str) -> AsyncIterator[Delivery]:
    """What is in a queue, one after the other."""
    broker = Broker(broker_url, "look")
    found: asyncio.Queue[Delivery] = asyncio.Queue()
    await broker.start()
    broker.consume(queue, found.put, 10)
    try:
        while True:
            yield await asyncio.wait_for(found.get(), PATIENCE_SECONDS)
    finally:
        await broker.close()
