"""What this process knows of the state in Redis, kept current: a channel per station, and devices.

News come by pub/sub, which may drop them; so every second the head is compared with what was heard, and what
was missed is read from the log. A channel asks for a reading; readings of all channels run beside each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable
from datetime import datetime

import structlog
from redis import RedisError

from services.board import metrics
from services.board.channel import AskLoad, Channel
from services.board.session import KnownDevice
from services.board.state import BoardState, Head, read_device

log = structlog.get_logger(__name__)

#: The moment of the fact in a Delta's JSON; reading it thus spares parsing the changes.
_DELTA_AT = re.compile(r'"at":"([^"]+)"')

LOOK_EVERY_SECONDS = 1.0
RETRY_SECONDS = 0.25

#: Redis unheard of for so long is away, as far as /healthz is concerned.
AWAY_AFTER_SECONDS = 5.0

#: A station that cannot be read so often in a row has lost a part of its keys.
LOST_AFTER_READINGS = 4


class Feed:
    """Channels and devices of one process. on_void: called with a device's id when its code is revoked.
    make_channel: a new channel that asks its loads of the given callable."""

    def __init__(
        self,
        state: BoardState,
        *,
        make_channel: Callable[[str, AskLoad], Channel],
        on_void: Callable[[str], None],
    ) -> None:
        self._state = state
        self._make_channel = make_channel
        self._on_void = on_void
        self.channels: dict[str, Channel] = {}
        self._devices: dict[str, KnownDevice] | None = None
        self._devices_version = ""
        self._head: Head | None = None
        self._subscribed = False
        self._heard_at = float("-inf")
        self._loads: set[asyncio.Task[None]] = set()

    # --- the registry that sessions ask ---------------------------------------------------------------

    @property
    def ready(self) -> bool:
        return self._devices is not None and self._head is not None

    def device(self, code_sha256: str) -> KnownDevice | None:
        return None if self._devices is None else self._devices.get(code_sha256)

    def has_station(self, code: str) -> bool:
        return code in self.channels or (self._head is not None and code in self._head.offsets)

    def channel(self, station: str) -> Channel:
        """The station's channel; made at its first screen and kept."""
        channel = self.channels.get(station)
        if channel is None:
            channel = self._make_channel(station, self._ask_load)
            self.channels[station] = channel
        return channel

    def redis_fault(self) -> str | None:
        """Why Redis is held to be away; None when it is well."""
        silence = time.monotonic() - self._heard_at
        if silence > AWAY_AFTER_SECONDS:
            return "no answer from Redis"
        return None if self._subscribed else "not subscribed"

    # --- keeping current ------------------------------------------------------------------------------

    async def listen(self) -> None:
        """Hear what folders tell, for ever."""
        state = self._state
        while True:
            try:
                async with state.subscription() as subscription:
                    names = (state.deltas_channel, state.devices_channel, state.epochs_channel)
                    await subscription.subscribe(*names)
                    unconfirmed = len(names)
                    while True:
                        message = await subscription.get_message(timeout=LOOK_EVERY_SECONDS * 5)
                        if message is None:
                            continue
                        if message["type"] == "message":
                            self._hear(message["channel"].decode(), message["data"].decode())
                        elif message["type"] == "subscribe":
                            # A client that reconnected by itself is told so again, after a gap.
                            unconfirmed -= 1
                            if unconfirmed <= 0:
                                self._catch_up()
            except (RedisError, OSError) as error:
                log.warning("feed.subscription_lost", error=str(error))
            finally:
                self._subscribed = False
            await asyncio.sleep(RETRY_SECONDS)

    def _catch_up(self) -> None:
        """What was told before this moment is in Redis; what comes after it will be heard."""
        self._subscribed = True
        self._devices_version = ""
        for channel in self.channels.values():
            channel.want_load()

    def _hear(self, channel_name: str, data: str) -> None:
        if channel_name == self._state.deltas_channel:
            station, epoch, offset, delta = data.split(" ", 3)
            channel = self.channels.get(station)
            if channel is not None:
                channel.told(epoch, int(offset), delta)
                if channel.audience:
                    metrics.POST_TO_SCREEN_SECONDS.observe(self._seconds_since(delta))
        elif channel_name == self._state.devices_channel:
            code_sha256, _, device = data.partition(" ")
            self._learn(code_sha256, read_device(device))
        else:
            for channel in self.channels.values():
                channel.want_load()

    def _seconds_since(self, delta: str) -> float:
        """How long ago the fact of a delta was; 0 when this machine's clock is behind its owner's."""
        found = _DELTA_AT.search(delta)
        return 0.0 if found is None else max(0.0, time.time() - datetime.fromisoformat(found[1]).timestamp())

    def _learn(self, code_sha256: str, device: KnownDevice) -> None:
        if self._devices is not None:
            self._devices[code_sha256] = device
            if device.void:
                self._on_void(device.id)

    async def look(self) -> None:
        """Look regularly whether something went unheard, for ever."""
        while True:
            try:
                await self._look()
            except (RedisError, OSError) as error:
                log.warning("feed.look_failed", error=str(error))
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _look(self) -> None:
        head = await self._state.look()
        self._heard_at = time.monotonic()
        if head is None:
            return  # being rebuilt; screens keep what they have
        earlier, self._head = self._head, head
        if head.devices_version != self._devices_version:
            await self._read_devices(head.devices_version)
        for station, channel in self.channels.items():
            told = 0 if earlier is None or earlier.epoch != head.epoch else earlier.offsets.get(station, 0)
            if channel.epoch != head.epoch or channel.offset < told:
                channel.want_load()

    async def _read_devices(self, version: str) -> None:
        devices = await self._state.devices()
        after = await self._state.look()
        if after is None or after.devices_version != version:
            # Emptied or changed while it was read: a screen whose code seems to be gone would forget it.
            return
        known = self._devices or {}
        self._devices = devices
        self._devices_version = version
        for code_sha256, device in known.items():
            now = devices.get(code_sha256)
            if not device.void and (now is None or now.void):
                self._on_void(device.id)

    # --- loading --------------------------------------------------------------------------------------

    def _ask_load(self, channel: Channel) -> None:
        task = asyncio.get_running_loop().create_task(self._load(channel))
        self._loads.add(task)
        task.add_done_callback(self._loads.discard)

    async def _load(self, channel: Channel) -> None:
        unreadable = 0
        while channel.wants_load:
            channel.begin_load()
            try:
                stored = await self._state.station(channel.station)
            except (RedisError, OSError) as error:
                log.warning("feed.load_failed", station=channel.station, error=str(error))
                channel.load_failed()
            else:
                if stored is not None:
                    channel.loaded(stored)
                    continue
                channel.load_failed()
                unreadable += 1
                if unreadable % LOST_AFTER_READINGS == 0:
                    await self._report_loss(channel.station)
            await asyncio.sleep(RETRY_SECONDS)

    async def _report_loss(self, station: str) -> None:
        """A station that the head counts, but that cannot be read, has lost its document: start anew."""
        with contextlib.suppress(RedisError, OSError):
            head = await self._state.look()
            if head is not None and station in head.offsets:
                log.error("feed.station_lost", station=station, epoch=head.epoch)
                await self._state.abandon()
