"""The integrators as this process knows them: read at its start, on each of their events, now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.notify import storage
from services.notify.domain.gate import Gate
from yizhan.contracts.integrators import Integrator, IntegratorStatus
from yizhan.database import Database, DatabaseBusy
from yizhan.encryption import FieldCipher

log = structlog.get_logger(__name__)

READ_EVERY_SECONDS = 2.0


@dataclass(frozen=True)
class Snapshot:
    """What the registry said at one moment. paths: of every station; receivers: webhooks by integrator id."""

    integrators: Mapping[str, Integrator] = field(default_factory=dict)
    revoked: tuple[str, ...] = ()
    receivers: Mapping[str, storage.Receiver] = field(default_factory=dict)
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gate: Gate = field(default_factory=lambda: Gate(()))

    def active(self, name: str) -> Integrator | None:
        """An integrator that is served, by its name."""
        for one in self.integrators.values():
            if one.name == name and one.status is IntegratorStatus.ACTIVE:
                return one
        return None


class Registry:
    """Keeps the newest snapshot."""

    def __init__(self, database: Database, cipher: FieldCipher) -> None:
        self._database = database
        self._integrators = storage.Integrators(database, cipher)
        self._network = storage.Network(database)
        self._failing = "not read yet"
        # One after the other: what was read before must not come after what was read later.
        self._reading = asyncio.Lock()
        self.known = Snapshot()
        #: Set once it has been read.
        self.ready = asyncio.Event()
        #: Set whenever it has been read; whoever waits for news clears it.
        self.news = asyncio.Event()

    def fault(self) -> str | None:
        """None while it can be read."""
        return self._failing or None

    async def read(self) -> Snapshot:
        """Read it now. Raises SQLAlchemyError, DatabaseBusy."""
        async with self._reading:
            self.known = await asyncio.to_thread(self._read)
        self._failing = ""
        self.ready.set()
        self.news.set()
        return self.known

    def _read(self) -> Snapshot:
        with self._database.reading() as connection:
            found = self._integrators.all(connection)
            return Snapshot(
                {one.id: one for one in found},
                tuple(self._integrators.revoked_names(connection)),
                {one.integrator_id: one for one in self._integrators.receivers(connection)},
                self._network.paths(connection),
                Gate(found),
            )

    async def run(self) -> None:
        """Read it again and again, for ever."""
        while True:
            try:
                await self.read()
            except (SQLAlchemyError, DatabaseBusy, OSError) as error:
                self._failing = f"the registry cannot be read: {type(error).__name__}"
                log.warning("registry.unreadable", error=str(error))
            await asyncio.sleep(READ_EVERY_SECONDS)
