"""Service items, and what stations show of their flow and their organisation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, or_, select, update

from services.stations.domain.guide import OwnGuide
from services.stations.storage.tables import guides, service_items
from yizhan.contracts.guides import FlowStep, Post, ServiceItem
from yizhan.contracts.stations import NoticeReach
from yizhan.database import Database


class ServiceItems:
    """What stations offer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, tx: Connection, item: ServiceItem) -> None:
        """Write a new item."""
        tx.execute(insert(service_items).values(**_row(item)))

    def lock(self, tx: Connection, id: str) -> ServiceItem | None:
        """An item whose row nobody else changes until the transaction ends."""
        query = self._database.for_update(select(service_items).where(service_items.c.id == id))
        row = tx.execute(query).mappings().first()
        return None if row is None else _item(row)

    def save(self, tx: Connection, item: ServiceItem) -> None:
        """Write an item that was locked."""
        tx.execute(update(service_items).where(service_items.c.id == item.id).values(**_row(item)))

    def own_count(self, tx: Connection, code: str) -> int:
        """How many a station offers of its own."""
        query = select(func.count()).where(service_items.c.station == code, service_items.c.active.is_(True))
        return tx.execute(query).scalar_one()

    def offered(self, tx: Connection, path: tuple[str, ...]) -> list[ServiceItem]:
        """What a station offers: what reaches it from above, the highest first, then its own."""
        query = select(service_items).where(_reaches(path)).order_by(service_items.c.id)
        found = [_item(row) for row in tx.execute(query).mappings()]
        return sorted(found, key=lambda item: path.index(item.station))

    def offered_count(self, tx: Connection, path: tuple[str, ...]) -> int:
        """How many that are."""
        return tx.execute(select(func.count()).select_from(service_items).where(_reaches(path))).scalar_one()


class Guides:
    """Stations' own flows and charts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tx: Connection, code: str) -> OwnGuide:
        """A station's own; an empty version 0 before the first."""
        return next(iter(self.upwards(tx, (code,))), OwnGuide(code))

    def upwards(self, tx: Connection, path: tuple[str, ...]) -> list[OwnGuide]:
        """Those along a path, from its end to its root."""
        rows = tx.execute(select(guides).where(guides.c.station.in_(path))).mappings()
        return sorted((_guide(row) for row in rows), key=lambda one: path.index(one.station), reverse=True)

    def save(self, tx: Connection, own: OwnGuide) -> None:
        """Write a guide whose station is locked."""
        row = {
            "station": own.station,
            "flow": [step.model_dump(mode="json") for step in own.flow],
            "posts": [post.model_dump(mode="json") for post in own.posts],
            "sequence": own.sequence,
        }
        self._database.upsert(tx, guides, row, key=["station"])


def _reaches(path: tuple[str, ...]) -> ColumnElement[bool]:
    """Items of the station at the end of a path, and those from above that reach it."""
    table = service_items.c
    from_above = (table.station.in_(path)) & (table.reach == NoticeReach.SUBTREE.value)
    return table.active.is_(True) & or_(table.station == path[-1], from_above)


def _row(item: ServiceItem) -> dict[str, Any]:
    return item.model_dump(mode="json")


def _item(row: RowMapping) -> ServiceItem:
    return ServiceItem(
        id=row["id"],
        station=row["station"],
        reach=NoticeReach(row["reach"]),
        name=row["name"],
        materials=tuple(row["materials"]),
        limit_days=row["limit_days"],
        basis=row["basis"],
        active=row["active"],
        sequence=row["sequence"],
    )


def _guide(row: RowMapping) -> OwnGuide:
    return OwnGuide(
        station=row["station"],
        flow=tuple(FlowStep.model_validate(step) for step in row["flow"]),
        posts=tuple(Post.model_validate(post) for post in row["posts"]),
        sequence=row["sequence"],
    )
