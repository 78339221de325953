"""Letters in the inboxes of people who use the console, and templates that somebody wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from services.notify.domain.template import Template
from services.notify.storage.tables import letters, templates
from yizhan.contracts.letters import Letter
from yizhan.contracts.templates import MessageTemplate
from yizhan.database import Database
from yizhan.network.pages import BEFORE_ALL, cut

#: Nobody needs a count beyond this.
_COUNTED = 100

_PAGE = (
    select(letters)
    .where(letters.c.person == bindparam("person"), letters.c.id < bindparam("before"))
    .order_by(letters.c.id.desc())
    .limit(bindparam("limit"))
)
_UNREAD_PAGE = _PAGE.where(letters.c.read_at.is_(None))
_UNREAD = select(func.count()).select_from(
    select(letters.c.id)
    .where(letters.c.person == bindparam("person"), letters.c.read_at.is_(None))
    .limit(_COUNTED)
    .subquery()
)
_READ_ALL = (
    update(letters)
    .where(letters.c.person == bindparam("of_person"), letters.c.read_at.is_(None))
    .values(read_at=bindparam("now"))
)
_READ = _READ_ALL.where(letters.c.id.in_(bindparam("ids", expanding=True)))
_WRITTEN = select(templates).order_by(templates.c.kind, templates.c.channel, templates.c.version)


class Letters:
    """What lies in the inboxes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, tx: Connection, person: str, letter: Letter) -> None:
        """Put a letter there; one with the same id lies there already."""
        row = letter.model_dump() | {"person": person}
        self._database.insert_ignore(tx, letters, row)

    def page(
        self, tx: Connection, person: str, *, unread: bool, after: str | None, limit: int
    ) -> tuple[list[Letter], str | None]:
        """Somebody's letters, newest first, and the cursor of the next page."""
        bound = {"person": person, "before": after or BEFORE_ALL, "limit": limit + 1}
        rows = tx.execute(_UNREAD_PAGE if unread else _PAGE, bound).mappings()
        found = [Letter.model_validate({name: row[name] for name in Letter.model_fields}) for row in rows]
        return cut(found, limit)

    def unread(self, tx: Connection, person: str) -> int:
        """How many somebody has not read, counted up to 100."""
        return tx.execute(_UNREAD, {"person": person}).scalar_one()

    def read(self, tx: Connection, person: str, ids: Sequence[str], *, now: datetime) -> int:
        """Somebody has read these, or all when none is named; how many he had not read before."""
        bound = {"of_person": person, "now": now, "ids": list(ids)}
        if not ids:
            bound.pop("ids")
        return tx.execute(_READ if ids else _READ_ALL, bound).rowcount


class Templates:
    """Templates that somebody wrote."""

    def all(self, tx: Connection) -> list[MessageTemplate]:
        """Every version."""
        return [
            MessageTemplate.model_validate({name: row[name] for name in MessageTemplate.model_fields})
            for row in tx.execute(_WRITTEN).mappings()
        ]

    def add(self, database: Database, tx: Connection, template: Template, *, by: str, now: datetime) -> bool:
        """Keep a new version; False when somebody wrote it meanwhile."""
        row = template.model_dump() | {"written_by": by, "written_at": now}
        return database.insert_ignore(tx, templates, row)
