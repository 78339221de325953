"""Some items in their order, of which a screen gets the first few; and the changes of those few. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Items by id. order: what they are sorted by; it ends in the id. limit: how many a screen gets."""

    __slots__ = ("_items", "_limit", "_order", "_sorted")

    def __init__(self, order: Callable[[T], tuple[Any, ...]], limit: int) -> None:
        self._order = order
        self._limit = limit
        self._items: dict[str, T] = {}
        self._sorted: list[tuple[Any, ...]] = []

    def window(self) -> tuple[T, ...]:
        """What a screen gets."""
        return tuple(self._items[key[-1]] for key in islice(self._sorted, self._limit))

    def put(self, id: str, item: T | None) -> tuple[list[str], list[T]]:
        """Set an item, or take it away (None); the ids that leave the window, and the items that are new or
        changed in it."""
        if self._items.get(id) == item:
            return [], []
        before = self._shown()
        known = self._items.pop(id, None)
        if known is not None:
            del self._sorted[bisect_left(self._sorted, self._order(known))]
        if item is not None:
            self._items[id] = item
            insort(self._sorted, self._order(item))
        after = self._shown()
        left = [gone for gone in before if gone not in after]
        return left, [shown for new, shown in after.items() if before.get(new) != shown]

    def add_all(self, items: Iterable[tuple[str, T]]) -> None:
        """Take in items that are not here, without telling, at the cost of one sort."""
        fresh = dict(items)
        self._items |= fresh
        self._sorted += (self._order(item) for item in fresh.values())
        self._sorted.sort()

    def renew(self, items: Iterable[tuple[str, T]]) -> None:
        """Items that are here say something else now, and keep their place; without telling."""
        self._items |= dict(items)

    def take_out(self, ids: Iterable[str]) -> None:
        """Let items go without telling."""
        for id in ids:
            item = self._items.pop(id)
            del self._sorted[bisect_left(self._sorted, self._order(item))]

    def __len__(self) -> int:
        return len(self._items)

    def reset(self, items: Iterable[tuple[str, T]]) -> None:
        """Hold these and no others, without telling."""
        self._items = dict(items)
        self._sorted = sorted(self._order(item) for item in self._items.values())

    def _shown(self) -> dict[str, T]:
        return {key[-1]: self._items[key[-1]] for key in islice(self._sorted, self._limit)}
