"""The board in Redis: facts, the head (epoch and folder), and per station offset, log and document.

Nothing here cannot be rebuilt from the owners. Every change is one Lua script, so readers see all of it or
nothing. The head counts the fields of the other hashes and names the run of the Redis server that it was
written in: keys that were flushed, evicted or restored from an old dump are noticed, and a new epoch begins.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from typing import Any

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from services.board.channel import LOG_LIMIT, Stored
from services.board.facts import Fact, FactKind, field_of, from_json, to_json
from services.board.session import KnownDevice
from yizhan.contracts.screen import BoardDocument, ScreenHealth, StationCard, document_key, health_key
from yizhan.contracts.screen_outages import ScreenOutage
from yizhan.contracts.stations import DeviceHash

#: How long a rebuild may go without renewing its lock before another process starts its own.
REBUILD_LOCK_SECONDS = 15

#: What kinds of facts a state holds. A board that keeps more of them builds its own: nobody tells again what
#: an older one passed over.
SHAPE = "3"

#: Screens not heard of for so long leave the health table.
HEALTH_LIFE_SECONDS = 30 * 24 * 3600

_PAGE = 500


class Verdict(StrEnum):
    """What became of a write. STALE: another folder or epoch has taken over. DAMAGED: keys are missing."""

    DONE = "done"
    STALE = "stale"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Head:
    """The board at one moment. devices_version: changes with every change to the devices."""

    epoch: str
    devices_version: str
    offsets: Mapping[str, int]


@dataclass(slots=True)
class StationUpdate:
    """What a batch did to one station. offset: after the last of `deltas` (JSON each)."""

    offset: int
    document: str
    deltas: list[str]


@dataclass(slots=True)
class FoldWrite:
    """What a batch of facts did."""

    facts: dict[str, str] = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)
    devices: dict[str, str] = field(default_factory=dict)
    stations: dict[str, StationUpdate] = field(default_factory=dict)


class BoardState:
    """Redis as the board sees it. Raises redis.RedisError when Redis is away."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        # Untyped: redis-py types an answer as everything that any protocol version or decoding may give.
        self._redis: Any = redis
        self._prefix = prefix
        self._head = f"{prefix}board:head"
        self._facts = f"{prefix}board:facts"
        self._offsets = f"{prefix}board:offsets"
        self._devices = f"{prefix}board:devices"
        self._lock = f"{prefix}board:rebuild"
        self._watch = f"{prefix}board:outage-watch"
        self._outages = f"{prefix}board:outages"
        self.deltas_channel = f"{prefix}board:deltas"
        self.devices_channel = f"{prefix}board:devices-changed"
        self.epochs_channel = f"{prefix}board:epochs"
        self._claim = redis.register_script(_script("claim"))
        self._fold = redis.register_script(_script("fold"))
        self._activate = redis.register_script(_script("activate"))
        self._hold = redis.register_script(_script("hold"))
        self._release = redis.register_script(_script("release"))

    def _log_key(self, station: str) -> str:
        return f"{self._prefix}board:log:{station}"

    # --- reading --------------------------------------------------------------------------------------

    async def look(self) -> Head | None:
        """The head, or None when there is no whole state of this run of Redis."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(self._head)
            pipe.hlen(self._facts)
            pipe.hlen(self._devices)
            pipe.hgetall(self._offsets)
            pipe.info("server")
            head, facts, devices, offsets, info = await pipe.execute()
        if b"epoch" not in head or head.get(b"shape") != SHAPE.encode():
            return None
        counted = (int(head[b"facts"]), int(head[b"devices"]), int(head[b"stations"]))
        if counted != (facts, devices, len(offsets)) or head[b"run_id"].decode() != info["run_id"]:
            return None
        return Head(
            epoch=head[b"epoch"].decode(),
            devices_version=f"{head[b'epoch'].decode()}.{int(head[b'devices_version'])}",
            offsets={code.decode(): int(offset) for code, offset in offsets.items()},
        )

    async def station(self, code: str) -> Stored | None:
        """One station's newest state and log. None when it has none, or has lost a part of it."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hget(self._head, "epoch")
            pipe.hget(self._offsets, code)
            pipe.get(document_key(self._prefix, code))
            pipe.lrange(self._log_key(code), 0, -1)
            epoch, offset, document, log = await pipe.execute()
        if epoch is None or offset is None or document is None:
            return None
        text = document.decode()
        # Cheap proof that document and log are of this very moment.
        if not text.startswith(f'{{"epoch":"{epoch.decode()}","offset":{int(offset)},'):
            return None
        return Stored(epoch.decode(), int(offset), text, tuple(delta.decode() for delta in log))

    async def devices(self) -> dict[str, KnownDevice]:
        """Every device by the hash of its code."""
        table = await self._redis.hgetall(self._devices)
        return {hash.decode(): read_device(value) for hash, value in table.items()}

    async def facts(self) -> AsyncIterator[Fact]:
        """All facts. Stable only for the folder that has just claimed them."""
        cursor = 0
        while True:
            cursor, page = await self._redis.hscan(self._facts, cursor, count=_PAGE)
            for name, value in page.items():
                yield from_json(name.decode(), value)
            if cursor == 0:
                return

    def subscription(self) -> PubSub:
        """A new subscriber, not yet subscribed."""
        subscription: PubSub = self._redis.pubsub()
        return subscription

    # --- folding --------------------------------------------------------------------------------------

    async def claim(self, token: str) -> str | None:
        """Become the folder; answers the epoch, or None when there is nothing whole to fold into."""
        keys = [self._head, self._facts, self._offsets, self._devices]
        epoch = await self._claim(keys=keys, args=[token, SHAPE])
        return None if epoch is None else epoch.decode()

    async def offsets(self) -> dict[str, int]:
        """Each station's offset."""
        return {code.decode(): int(at) for code, at in (await self._redis.hgetall(self._offsets)).items()}

    async def horizon(self) -> datetime | None:
        """Before it, everything that still exists is among the facts; None when that is not known."""
        told = await self._redis.hget(self._head, "horizon")
        return datetime.fromisoformat(told.decode()) if told else None

    async def fold(self, token: str, epoch: str, write: FoldWrite) -> Verdict:
        """Write a batch: all of it, or nothing."""
        keys = [self._head, self._facts, self._offsets, self._devices]
        args: list[str | int] = [token, epoch, LOG_LIMIT, self.deltas_channel, self.devices_channel]
        args += [len(write.facts), *_flat(write.facts)]
        args += [len(write.purged), *write.purged]
        args += [len(write.devices), *_flat(write.devices)]
        args.append(len(write.stations))
        for code, update in write.stations.items():
            keys += [self._log_key(code), document_key(self._prefix, code)]
            args += [code, update.offset, update.document, len(update.deltas), *update.deltas]
        return Verdict((await self._fold(keys=keys, args=args)).decode())

    # --- rebuilding -----------------------------------------------------------------------------------

    async def hold_rebuild_lock(self, token: str) -> bool:
        """Take the lock, or renew it. False when another process has it."""
        return bool(await self._hold(keys=[self._lock], args=[token, REBUILD_LOCK_SECONDS * 1000]))

    async def abandon(self) -> None:
        """Give the present state up: no folder may write into it any more, and it is to be rebuilt."""
        await self._redis.delete(self._head)

    async def release_rebuild_lock(self, token: str) -> None:
        await self._release(keys=[self._lock], args=[token])

    async def stage(self, epoch: str, facts: Iterable[Fact], documents: Mapping[str, str]) -> tuple[int, int]:
        """Write the coming epoch's facts and devices beside the present ones, and its documents in place.
        Answers how many facts and devices were staged."""
        staged_facts, staged_devices = self._staged(epoch)
        rows: dict[str, str] = {}
        devices: dict[str, str] = {}
        for fact in facts:
            rows[field_of(fact.key)] = to_json(fact)
            devices |= device_field(fact)
        await self._write_pages(staged_facts, rows)
        await self._write_pages(staged_devices, devices)
        for codes in _pages(list(documents)):
            async with self._redis.pipeline(transaction=True) as pipe:
                for code in codes:
                    pipe.set(document_key(self._prefix, code), documents[code])
                    pipe.delete(self._log_key(code))
                await pipe.execute()
        return len(rows), len(devices)

    async def activate(
        self,
        token: str,
        epoch: str,
        staged: tuple[int, int],
        stations: Iterable[str],
        *,
        horizon: datetime | None = None,
    ) -> bool:
        """Begin the epoch that was staged. False when the lock or the staged keys were lost.

        horizon: what was told before it is in the staged facts, or gone; None when that is not known.
        """
        info = await self._redis.info("server")
        keys = [self._head, self._facts, self._offsets, self._devices, self._lock, *self._staged(epoch)]
        told = "" if horizon is None else horizon.isoformat()
        args = [token, epoch, info["run_id"], self.epochs_channel, *staged, told, SHAPE, *stations]
        return bool(await self._activate(keys=keys, args=args))

    def _staged(self, epoch: str) -> tuple[str, str]:
        return f"{self._prefix}board:staged-facts:{epoch}", f"{self._prefix}board:staged-devices:{epoch}"

    async def _write_pages(self, key: str, rows: Mapping[str, str]) -> None:
        for names in _pages(list(rows)):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.hset(key, mapping={name: rows[name] for name in names})
                # A rebuild that dies leaves no rubbish; RENAME takes the limit along, so activate lifts it.
                pipe.expire(key, REBUILD_LOCK_SECONDS * 4)
                await pipe.execute()

    # --- screen health --------------------------------------------------------------------------------

    async def write_health(self, reports: Sequence[ScreenHealth]) -> None:
        """Tell how screens fare, in one round trip."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for report in reports:
                key = health_key(self._prefix, report.station)
                pipe.hset(key, report.device_id, report.model_dump_json())
                pipe.expire(key, HEALTH_LIFE_SECONDS)
            await pipe.execute()

    async def forget_health(self, station: str, device_id: str) -> None:
        """A revoked device is no screen any more."""
        await self._redis.hdel(health_key(self._prefix, station), device_id)

    async def health(self, stations: Sequence[str]) -> dict[str, dict[str, ScreenHealth]]:
        """How the screens of stations fare, by station and device, in one round trip; an unreadable report is
        as good as none."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for code in stations:
                pipe.hgetall(health_key(self._prefix, code))
            tables = await pipe.execute()
        return {code: _reports(table) for code, table in zip(stations, tables, strict=True)}

    # --- outages of screens ---------------------------------------------------------------------------

    async def hold_watch(self, token: str, seconds: float) -> bool:
        """Be the one who watches for outages, or stay it. False while another process is."""
        return bool(await self._hold(keys=[self._watch], args=[token, int(seconds * 1000)]))

    async def outages(self) -> dict[str, ScreenOutage]:
        """The outages that were told and are not over, by device."""
        table = await self._redis.hgetall(self._outages)
        return {
            device.decode(): ScreenOutage.model_validate_json(kept, extra="ignore")
            for device, kept in table.items()
        }

    async def keep_outage(self, outage: ScreenOutage) -> None:
        """It was told."""
        await self._redis.hset(self._outages, outage.device_id, outage.model_dump_json())

    async def forget_outage(self, outage: ScreenOutage) -> None:
        """That it is over was told."""
        await self._redis.hdel(self._outages, outage.device_id)

    async def card(self, station: str) -> StationCard | None:
        """What a station's screens say of it; None when that is not known."""
        document = await self._redis.get(document_key(self._prefix, station))
        return None if document is None else BoardDocument.model_validate_json(document).state.station


def _reports(table: Mapping[bytes, bytes]) -> dict[str, ScreenHealth]:
    reports = {}
    for device, kept in table.items():
        with contextlib.suppress(ValidationError):
            reports[device.decode()] = ScreenHealth.model_validate_json(kept, extra="ignore")
    return reports


def device_field(fact: Fact) -> dict[str, str]:
    """A device's entry in the table of devices: hash of its code → what is known of it. Empty for other facts
    and for a device whose code was never told."""
    if fact.kind is not FactKind.DEVICE or not isinstance(fact.body, DeviceHash):
        return {}
    device = {
        "id": fact.id,
        "station": fact.body.station,
        "void": fact.gone_at is not None,
        "label": fact.body.label,
    }
    return {fact.body.code_sha256: json.dumps(device, separators=(",", ":"))}


def read_device(value: str | bytes) -> KnownDevice:
    """An entry of the table of devices."""
    device = json.loads(value)
    return KnownDevice(
        id=device["id"], station=device["station"], void=device["void"], label=device.get("label")
    )


def _script(name: str) -> str:
    return files("services.board.scripts").joinpath(f"{name}.lua").read_text(encoding="utf-8")


def _flat(pairs: Mapping[str, str]) -> list[Any]:
    return [part for pair in pairs.items() for part in pair]


def _pages(names: list[str]) -> list[list[str]]:
    return [names[start : start + _PAGE] for start in range(0, len(names), _PAGE)]
