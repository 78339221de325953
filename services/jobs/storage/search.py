"""Search by text and pinyin on both databases: a table of tokens, walked newest first.

A row's text becomes tokens: single characters and bigrams of Chinese; of pinyin in full (搬运工: banyungong)
and of its initials (byg), as of Latin words and numbers, runs of one, two and three letters. A query becomes
tokens in the same way, only the longest ones, and a row is found when it has all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pypinyin import Style, lazy_pinyin
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    RowMapping,
    Select,
    String,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
)

from yizhan.network.pages import BEFORE_ALL, MOST_TERMS, Subtree

#: At most so many tokens of one query are asked for; the longest query that a person types has fewer.
_MOST_SOUGHT = 24
#: A condition that so few rows meet is the way in: they are looked at one by one, whatever their station.
_FEW = 500
#: How far is counted to see which of several conditions the fewest rows meet.
_COUNTED = 5_000

_TOKEN_LENGTH = 16
_RUNS = re.compile(r"(?P<han>[\u3400-\u9fff\uf900-\ufaff]+)|(?P<latin>[a-z0-9]+)")


def token_table(metadata: MetaData, name: str) -> Table:
    """The tokens of a table with columns `id` and `station`. Its migration makes the same columns."""
    return Table(
        name,
        metadata,
        Column("token", String(_TOKEN_LENGTH), primary_key=True),
        Column("station", String(20), primary_key=True),
        Column("id", String(36), primary_key=True),
        # One B-tree and not two: the key is the whole row.
        sqlite_with_rowid=False,
    )


# --- tokens -------------------------------------------------------------------------------------------


def tokens_of(*names: str, prose: str = "") -> frozenset[str]:
    """Tokens of a row. names: short texts that are also found by pinyin and by one character; prose: a longer
    one, found by two characters or more."""
    tokens: set[str] = set()
    for text in names:
        for han, latin in _runs(text):
            tokens.update(_grams(latin, 1, 2, 3) if latin else _grams(han, 1, 2))
            if han:
                full, initials = _pinyin(han)
                tokens.update(_grams(full, 3))
                tokens.update(_grams(initials, 1, 2, 3))
    for han, latin in _runs(prose):
        tokens.update(_grams(latin, 2, 3) if latin else _grams(han, 2))
    return frozenset(tokens)


def sought(query: str) -> tuple[str, ...]:
    """Tokens that a row must have to be found; none for a query without a letter, digit or character."""
    tokens: dict[str, None] = {}
    for han, latin in _runs(query):
        run, longest = (latin, 3) if latin else (han, 2)
        tokens.update(dict.fromkeys(_grams(run, min(longest, len(run)))))
    return tuple(tokens)[:_MOST_SOUGHT]


def _runs(text: str) -> Iterable[tuple[str, str]]:
    folded = unicodedata.normalize("NFKC", text).lower()
    return ((match["han"] or "", match["latin"] or "") for match in _RUNS.finditer(folded))


def _grams(run: str, *lengths: int) -> Iterable[str]:
    return (
        run[start : start + length] for length in lengths for start in range(max(len(run) - length + 1, 0))
    )


@lru_cache(maxsize=4096)
def _pinyin(han: str) -> tuple[str, str]:
    """As it is typed: without tones, ü as v. Characters without a reading are left out."""
    read = [
        syllable.replace("ü", "v")
        for syllable in lazy_pinyin(han, style=Style.NORMAL, errors="ignore")
        if syllable
    ]
    return "".join(read), "".join(syllable[0] for syllable in read)


# --- the index ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Condition:
    """Something that a row must meet beside its tokens. where: over the row's table; its parameters'
    values are in `bound`, under names that no other condition has. indexed: an index finds the rows that
    meet it."""

    where: ColumnElement[bool]
    bound: Mapping[str, Any] = field(default_factory=dict)
    indexed: bool = False


class TokenIndex:
    """The tokens of one table's rows. rows: has columns `id` and `station`; tokens: made by `token_table`."""

    def __init__(self, rows: Table, tokens: Table) -> None:
        self._rows = rows
        self._tokens = tokens
        self._insert = insert(tokens)
        self._delete = delete(tokens).where(
            tokens.c.token.in_(bindparam("tokens", expanding=True)),
            tokens.c.station == bindparam("of_station"),
            tokens.c.id == bindparam("of_id"),
        )

    def write(self, tx: Connection, id: str, station: str, tokens: Iterable[str]) -> None:
        """The tokens of a new row."""
        if found := sorted(tokens):
            tx.execute(self._insert, [{"token": token, "station": station, "id": id} for token in found])

    def rewrite(
        self, tx: Connection, id: str, station: str, before: frozenset[str], after: frozenset[str]
    ) -> None:
        """The tokens of a row that has changed; what stays is not touched."""
        if gone := sorted(before - after):
            tx.execute(self._delete, {"tokens": gone, "of_station": station, "of_id": id})
        self.write(tx, id, station, after - before)

    def page(
        self,
        tx: Connection,
        subtree: Subtree,
        *,
        tokens: Sequence[str] = (),
        conditions: Sequence[Condition] = (),
        after: str | None,
        limit: int,
    ) -> Sequence[RowMapping]:
        """At most limit + 1 rows of the subtree, newest first, that have all tokens and meet all conditions.

        Where one of them is met by few rows, these are looked at. Else rows are many enough that a walk from
        the newest on fills a page early, along the rarest token, or along the stations without any.
        """
        bound: dict[str, Any] = {"before": after or BEFORE_ALL, "limit": limit + 1}
        for condition in conditions:
            bound |= condition.bound
        ways = self._ways(tokens, conditions)
        counts = _counts(tx, ways, bound)
        if ways and min(counts) <= _FEW:
            way = ways[counts.index(min(counts))]
            ids = [id for id in tx.execute(way.limit(_FEW + 1), bound).scalars() if id < bound["before"]]
            return self._among(tx, subtree, ids, tokens, conditions, bound)
        by_rarity = [token for _, token in sorted(zip(counts, tokens, strict=False))]
        return self._walk(tx, subtree, by_rarity, conditions, bound)

    def _ways(self, tokens: Sequence[str], conditions: Sequence[Condition]) -> list[Select[Any]]:
        by_token = [
            select(self._tokens.c.id).where(self._tokens.c.token == literal(token)) for token in tokens
        ]
        return by_token + [select(self._rows.c.id).where(one.where) for one in conditions if one.indexed]

    def _among(
        self,
        tx: Connection,
        subtree: Subtree,
        ids: Sequence[str],
        tokens: Sequence[str],
        conditions: Sequence[Condition],
        bound: dict[str, Any],
    ) -> Sequence[RowMapping]:
        rows = self._rows
        query = (
            select(rows)
            .where(rows.c.id.in_(bindparam("ids", expanding=True)))
            .where(*self._met(rows.c.id, rows.c.station, tokens, conditions))
            .order_by(rows.c.id.desc())
            .limit(bindparam("limit"))
        )
        if subtree.codes is not None:
            query = query.where(rows.c.station.in_(bindparam("stations", expanding=True)))
            bound["stations"] = subtree.codes
        return tx.execute(query, bound | {"ids": ids}).mappings().all()

    def _walk(
        self,
        tx: Connection,
        subtree: Subtree,
        tokens: Sequence[str],
        conditions: Sequence[Condition],
        bound: dict[str, Any],
    ) -> Sequence[RowMapping]:
        """tokens: the rarest first. Each station's rows are walked no further than a page, and the walks
        merged (as in `pages.Listing`)."""
        rows = self._rows
        walked = self._tokens if tokens else rows
        along = [walked.c.token == literal(tokens[0])] if tokens else []
        met = self._met(walked.c.id, walked.c.station, tokens[1:], conditions)
        source = walked if walked is rows or not conditions else walked.join(rows, rows.c.id == walked.c.id)
        walk = (
            select(walked.c.id)
            .select_from(source)
            .where(*along, walked.c.id < bindparam("before"), *met)
            .order_by(walked.c.id.desc())
            .limit(bindparam("limit"))
        )
        newest = _merged(walk, walked, subtree, bound)
        query = select(rows).where(rows.c.id.in_(newest)).order_by(rows.c.id.desc())
        return tx.execute(query, bound).mappings().all()

    def _met(
        self,
        id: ColumnElement[str],
        station: ColumnElement[str],
        tokens: Sequence[str],
        conditions: Sequence[Condition],
    ) -> list[ColumnElement[bool]]:
        met = [condition.where for condition in conditions]
        for token in tokens:
            had = self._tokens.alias()
            met.append(
                exists().where(had.c.token == literal(token), had.c.station == station, had.c.id == id)
            )
        return met


def _counts(tx: Connection, ways: Sequence[Select[Any]], bound: dict[str, Any]) -> list[int]:
    if not ways:
        return []
    counted = [select(func.count()).select_from(way.limit(_COUNTED).subquery()) for way in ways]
    row = tx.execute(select(*(each.scalar_subquery() for each in counted)), bound).one()
    return list(row)


def _merged(walk: Select[Any], walked: Table, subtree: Subtree, bound: dict[str, Any]) -> Select[Any]:
    codes = subtree.every or subtree.codes or ()
    if len(codes) > MOST_TERMS:
        bound["stations"] = codes
        return walk.where(walked.c.station.in_(bindparam("stations", expanding=True)))
    # Few sizes, so that few statements are compiled; no station has the empty code.
    terms = 1 << max(len(codes) - 1, 0).bit_length()
    padded = (*codes, *("",) * (terms - len(codes)))
    bound.update({f"station_{number}": code for number, code in enumerate(padded)})
    of_station: Callable[[int], Any] = lambda number: walk.where(  # noqa: E731
        walked.c.station == bindparam(f"station_{number}")
    ).subquery()
    walks = union_all(*(select(of_station(number).c.id) for number in range(terms))).subquery("walks")
    return select(walks.c.id).order_by(walks.c.id.desc()).limit(bindparam("limit"))
