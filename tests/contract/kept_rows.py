"""All rows that the services of a running system keep, to be compared before and after."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import MetaData, Table, make_url, select

from tests.support.eventually import eventually
from yizhan.contracts.subscriptions import SUBSCRIPTIONS
from yizhan.database import Database
from yizhan.settings import DATABASE_OWNERS, Settings

#: Table → its rows, as text, in order.
Rows = dict[str, list[str]]

#: What records the hearing of events and the passing of time, and no decision of anybody. The outlet tells
#: the broker of an integrator some seconds later and notes that it did; what was decided is in its steps.
_NO_DECISIONS = {"inbox", "outlet_lease", "integrators", "integrator_queues", "integrator_days"}


class _Listener(NamedTuple):
    """A handler that notes in its service's inbox what it has heard. keys: those of its bindings."""

    service: str
    handler: str
    keys: re.Pattern[str]

    def hears(self, key: str) -> bool:
        return self.keys.fullmatch(key) is not None


def _keys(bindings: Iterable[str]) -> re.Pattern[str]:
    """Routing keys that topic bindings take: `*` is one word, `#` any number of them."""
    words = (re.escape(one).replace(r"\*", r"[^.]+").replace(r"\.\#", r"(\..+)?") for one in bindings)
    return re.compile("|".join(words))


_LISTENERS = tuple(
    _Listener(one.service, one.handler, _keys(one.bindings))
    for one in SUBSCRIPTIONS
    if one.service in DATABASE_OWNERS
)


class KeptRows:
    """settings: of the system's processes, whose databases are files."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        #: Per service the number of the last row of its outbox up to which all is heard.
        self._heard: dict[str, int] = {}

    def settle(self) -> None:
        """Wait until no import is under way or holds an upload: the clockwork's work on it would show as
        changed rows."""
        database, tables = self.stores["jobs"]
        imports = next(one for one in tables if one.name == "imports")
        at_work = imports.c.status.in_(["reading", "committing"]) | imports.c.file_id.is_not(None)

        def at_rest() -> bool:
            with database.reading() as connection:
                return connection.execute(select(imports.c.id).where(at_work)).first() is None

        eventually(at_rest, within_seconds=30)

    @cached_property
    def stores(self) -> dict[str, tuple[Database, list[Table]]]:
        """Each service's database with the tables in which decisions are kept."""
        stores = {}
        for service in DATABASE_OWNERS:
            database = Database(self._settings.database_url(service))
            tables = MetaData()
            with database.reading() as connection:
                tables.reflect(bind=connection)
            stores[service] = database, [one for one in tables.sorted_tables if one.name not in _NO_DECISIONS]
        return stores

    def rows(self) -> Rows:
        """All that the services keep, by table."""
        kept: Rows = {}
        for service, (database, tables) in self.stores.items():
            with database.reading() as connection:
                for table in tables:
                    # Which of its rows the relay has sent is no matter here; that one was added is.
                    wanted = select(table.c.event_id) if table.name == "outbox" else select(table)
                    kept[f"{service}.{table.name}"] = sorted(map(repr, connection.execute(wanted)))
        return kept

    def marks(self) -> list[int]:
        """Per database a number that is another one after every commit of any process."""
        return [watched.execute("PRAGMA data_version").fetchone()[0] for watched in self.watched.values()]

    @cached_property
    def watched(self) -> dict[str, sqlite3.Connection]:
        """A connection to each database that stays open: the number is told to each on its own."""
        paths = {name: make_url(database.url).database for name, (database, _) in self.stores.items()}
        return {name: sqlite3.connect(path) for name, path in paths.items() if path is not None}

    def rest(self) -> None:
        """Wait until every event is heard by every service that listens to it, the messages that followed
        from it are on their way, and nobody has written for a moment."""

        def at_rest() -> bool:
            before = self.marks()
            time.sleep(0.06)  # the moment
            return self.marks() == before and not self.unheard() and not self.undelivered()

        eventually(at_rest, within_seconds=60)

    def unheard(self) -> bool:
        """Whether a service has yet to hear an event of another."""
        for service, database in self.watched.items():
            told = database.execute(
                "SELECT id, event_id, routing_key FROM outbox WHERE id > ? ORDER BY id",
                (self._heard.get(service, 0),),
            )
            for id, event_id, key in told.fetchall():
                if not all(self._has_heard(one, event_id) for one in _LISTENERS if one.hears(key)):
                    return True
                self._heard[service] = id
        return False

    def _has_heard(self, listener: _Listener, event_id: str) -> bool:
        heard = "SELECT 1 FROM inbox WHERE event_id = ? AND handler = ?"
        found = self.watched[listener.service].execute(heard, (event_id, listener.handler))
        return found.fetchone() is not None

    def undelivered(self) -> bool:
        """Whether the courier has something to do."""
        due = "SELECT 1 FROM deliveries WHERE state = 'queued' AND due_at <= ? LIMIT 1"
        now = datetime.now(UTC).isoformat(sep=" ")
        return self.watched["notify"].execute(due, (now,)).fetchone() is not None

    def close(self) -> None:
        """Let go of the databases."""
        for watched in self.watched.values():
            watched.close()
        for database, _ in self.stores.values():
            database.close()
