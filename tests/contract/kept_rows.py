"""All rows that the services of a running system keep, to be compared before and after."""

from __future__ import annotations

import sqlite3
import time
from functools import cached_property

from sqlalchemy import MetaData, Table, make_url, select

from tests.support.eventually import eventually
from yizhan.database import Database
from yizhan.settings import DATABASE_OWNERS, Settings

#: Table → its rows, as text, in order.
Rows = dict[str, list[str]]

#: What records the hearing of events and the passing of time, and no decision of anybody. The outlet tells
#: the broker of an integrator some seconds later and notes that it did; what was decided is in its steps.
_NO_DECISIONS = {"inbox", "outlet_lease", "integrators", "integrator_queues", "integrator_days"}


class KeptRows:
    """settings: of the system's processes, whose databases are files."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

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
        return [watched.execute("PRAGMA data_version").fetchone()[0] for watched in self.watched]

    @cached_property
    def watched(self) -> list[sqlite3.Connection]:
        """A connection to each database that stays open: the number is told to each on its own."""
        paths = [make_url(database.url).database for database, _ in self.stores.values()]
        return [sqlite3.connect(path) for path in paths if path is not None]

    def rest(self) -> None:
        """Wait until every event is sent and nobody has written for a moment: what the services tell one
        another of has arrived by then."""

        def at_rest() -> bool:
            before = self.marks()
            time.sleep(0.06)  # the moment
            return self.marks() == before and not self.unsent()

        eventually(at_rest, within_seconds=60)

    def unsent(self) -> bool:
        """Whether an event waits for the relay."""
        waiting = "SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT 1"
        return any(watched.execute(waiting).fetchone() for watched in self.watched)

    def close(self) -> None:
        """Let go of the databases."""
        for watched in self.watched:
            watched.close()
        for database, _ in self.stores.values():
            database.close()
