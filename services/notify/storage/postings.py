"""Postings as heard of, and where they were put up outside."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, bindparam, insert, select

from services.notify.storage.tables import postings, publications
from yizhan.contracts.jobs import Posting
from yizhan.contracts.publications import Publication
from yizhan.database import Database
from yizhan.network.pages import Listing, Subtree, cut
from yizhan.network.tree import is_news

_KNOWN = select(postings.c.sequence).where(postings.c.id == bindparam("id"))
_ONE = select(postings.c.posting).where(postings.c.id == bindparam("id"))
_INSERT = insert(publications)
_PUBLICATIONS = Listing(publications)


class Postings:
    """The newest of each that was heard."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hear(self, tx: Connection, posting: Posting) -> None:
        """Keep a posting unless a newer one is known."""
        if is_news(tx.execute(_KNOWN, {"id": posting.id}).scalar(), posting.sequence):
            row = {
                "id": posting.id,
                "station": posting.station,
                "status": posting.status.value,
                "posting": posting.model_dump(mode="json"),
                "sequence": posting.sequence,
            }
            self._database.upsert(tx, postings, row, key=["id"])

    def find(self, tx: Connection, id: str) -> Posting | None:
        """One by its id."""
        kept = tx.execute(_ONE, {"id": id}).scalar()
        return None if kept is None else Posting.tolerant(kept)


class Publications:
    """Receipts of what was put up."""

    def add(self, tx: Connection, publication: Publication) -> None:
        """Keep one."""
        tx.execute(_INSERT, publication.model_dump() | {"channel": publication.channel.value})

    def page(
        self, tx: Connection, subtree: Subtree, *, after: str | None, limit: int
    ) -> tuple[list[Publication], str | None]:
        """Those of a subtree, newest first, and the cursor of the next page."""
        rows = _PUBLICATIONS.page(tx, subtree, after=after, limit=limit)
        return cut([_publication(row) for row in rows], limit)


def _publication(row: RowMapping) -> Publication:
    return Publication.model_validate(dict(row))
