"""Search by text and pinyin on both databases: a table of tokens, walked newest first.

A row's text becomes tokens: single characters and bigrams of Chinese; of pinyin in full (搬运工: banyungong)
and of its initials (byg), as of Latin words and numbers, runs of one, two and three letters. A query becomes
tokens in the same way, only the longest ones, and a row is found when it has all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
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
    Subquery,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    true,
)

from yizhan.database import insert_texts
from yizhan.network.pages import BEFORE_ALL, Subtree, newest, newest_of_stations

#: At most so many tokens of one query are asked for; the longest query that a person types has fewer.
_MOST_SOUGHT = 24
#: How far is counted to see which of several conditions the fewest rows meet. One that fewer meet is the way
#: in: these are looked at, whatever their station, the newest first and so many at once.
_COUNTED = 2_000
_LOOKED_AT = 250
#: Each time more candidates are looked at until a page is full, and at most so many at once.
_LONGEST_LOOK = 2_000

_TOKEN_LENGTH = 16
#: As the table's columns stand: token, station, id.
TokenRow = tuple[str, str, str]
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
    meet it. ordered: an index finds those of one station, in the order of their ids, together with all
    other conditions that are ordered too. walked: an index finds those of all stations in that order."""

    where: ColumnElement[bool]
    bound: Mapping[str, Any] = field(default_factory=dict)
    indexed: bool = False
    ordered: bool = False
    walked: bool = False


class TokenIndex:
    """The tokens of one table's rows. rows: has columns `id` and `station`; tokens: made by `token_table`."""

    def __init__(self, rows: Table, tokens: Table) -> None:
        self._rows = rows
        self._tokens = tokens
        self._delete = delete(tokens).where(
            tokens.c.token.in_(bindparam("tokens", expanding=True)),
            tokens.c.station == bindparam("of_station"),
            tokens.c.id == bindparam("of_id"),
        )

    def write(self, tx: Connection, id: str, station: str, tokens: Iterable[str]) -> None:
        """The tokens of a new row."""
        self.write_rows(tx, self.rows_of(id, station, tokens))

    @staticmethod
    def rows_of(id: str, station: str, tokens: Iterable[str]) -> list[TokenRow]:
        """The index's rows of one row."""
        return [(token, station, id) for token in sorted(tokens)]

    def write_rows(self, tx: Connection, rows: Sequence[TokenRow]) -> None:
        """Rows of this index, of any number of new rows."""
        insert_texts(tx, self._tokens, rows)

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

        Where an index has the very rows, each station's are walked. Else, where one of them is met by few
        rows, these are looked at. Else they are many enough that a walk from the newest on fills a page
        early: along the rarest token or condition, or along the stations without any token.
        """
        bound: dict[str, Any] = {"before": after or BEFORE_ALL, "limit": limit + 1}
        for condition in conditions:
            bound |= condition.bound
        if not tokens and all(one.ordered for one in conditions):
            return self._listed(tx, subtree, conditions, bound)
        ways = self._ways(tokens, conditions)
        counts = _counts(tx, ways, bound)
        if ways and min(counts) < _COUNTED:
            way = ways[counts.index(min(counts))].limit(_COUNTED)
            ids = [id for id in tx.execute(way, bound).scalars() if id < bound["before"]]
            return self._newest_among(tx, subtree, sorted(ids, reverse=True), tokens, conditions, bound)
        if not tokens:
            return self._listed(tx, subtree, conditions, bound)
        indexed = [one for one in conditions if one.indexed]
        # Where all are beyond counting, a condition: the open postings are few beside all there ever were.
        rarest = min(
            (count, number)
            for number, count in enumerate(counts)
            if number >= len(indexed) or indexed[number].ordered
        )[1]
        if rarest < len(indexed):
            walked, along = self._rows, indexed[rarest].where
            conditions = [one for one in conditions if one is not indexed[rarest]]
        else:
            token = tokens[rarest - len(indexed)]
            walked, along = self._tokens, self._tokens.c.token == literal(token)
            tokens = [one for one in tokens if one != token]
        return self._walk(tx, subtree, walked, along, tokens, conditions, bound)

    def _ways(self, tokens: Sequence[str], conditions: Sequence[Condition]) -> list[Select[Any]]:
        by_token = [
            select(self._tokens.c.id).where(self._tokens.c.token == literal(token)) for token in tokens
        ]
        return [select(self._rows.c.id).where(one.where) for one in conditions if one.indexed] + by_token

    def _newest_among(
        self,
        tx: Connection,
        subtree: Subtree,
        ids: Sequence[str],
        tokens: Sequence[str],
        conditions: Sequence[Condition],
        bound: dict[str, Any],
    ) -> Sequence[RowMapping]:
        """ids: the newest first."""
        found: list[RowMapping] = []
        for start in range(0, len(ids), _LOOKED_AT):
            looked_at = ids[start : start + _LOOKED_AT]
            found += self._among(tx, subtree, looked_at, tokens, conditions, bound)
            if len(found) >= bound["limit"]:
                break
        return found[: bound["limit"]]

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
            .where(*(_seen(condition.where) for condition in conditions))
            .order_by(rows.c.id.desc())
            .limit(bindparam("limit"))
        )
        if tokens:
            query = query.where(self._has_all(rows.c.id, rows.c.station))
            bound |= _sought_bound(tokens)
        if subtree.codes is not None:
            query = query.where(_seen(rows.c.station.in_(bindparam("stations", expanding=True))))
            bound["stations"] = subtree.codes
        return tx.execute(query, bound | {"ids": ids}).mappings().all()

    def _listed(
        self, tx: Connection, subtree: Subtree, conditions: Sequence[Condition], bound: dict[str, Any]
    ) -> Sequence[RowMapping]:
        """Each station's rows are walked no further than a page, and the walks merged (as in
        `pages.Listing`); or those of all stations together, where an index has them so."""
        ordered = [one for one in conditions if one.ordered]
        if subtree.codes is None and all(one.walked for one in ordered) and len(ordered) < 2:
            return self._listed_at_once(tx, conditions, bound)
        rows = self._rows
        # PostgreSQL knows how many rows meet each, and is left that idea.
        guarded = tx.dialect.name == "sqlite"
        walk = select(rows.c.id, rows.c.station).where(
            *(
                _seen(one.where) if guarded and one.indexed and not one.ordered else one.where
                for one in conditions
            )
        )
        walked = newest_of_stations(walk, rows, tx.dialect.name).subquery("walked")
        query = select(rows).where(rows.c.id.in_(select(walked.c.id))).order_by(rows.c.id.desc())
        return tx.execute(query, bound | {"stations": _stations(subtree)}).mappings().all()

    def _listed_at_once(
        self, tx: Connection, conditions: Sequence[Condition], bound: dict[str, Any]
    ) -> Sequence[RowMapping]:
        """The rows of all stations are walked along one condition's index, or along their key."""
        along = next((one for one in conditions if one.walked), None)
        guarded = tx.dialect.name == "sqlite"
        met = [_seen(one.where) if guarded and one is not along else one.where for one in conditions]
        return tx.execute(newest(select(self._rows).where(*met), self._rows), bound).mappings().all()

    def _walk(
        self,
        tx: Connection,
        subtree: Subtree,
        walked: Table,
        along: ColumnElement[bool],
        tokens: Sequence[str],
        conditions: Sequence[Condition],
        bound: dict[str, Any],
    ) -> Sequence[RowMapping]:
        """Candidates from the newest on, each looked up by its keys, until there are enough. walked, along:
        the rows among which they are, by an index.

        In looks, because SQLite would finish every station's walk before it merged them. The first is of
        little more than a page: most of what is found by one token alone is what was sought.
        """
        enough = bound["limit"]
        look = enough + enough // 4
        bound |= {**_sought_bound(tokens), "stations": _stations(subtree)}
        way = select(walked.c.id, walked.c.station).where(along)
        candidates = newest_of_stations(way, walked, tx.dialect.name).subquery("candidates")
        query = select(candidates.c.id, self._meets(candidates, tokens, conditions))
        found: list[str] = []
        while True:
            seen = tx.execute(query, bound | {"limit": look}).all()
            found += [id for id, meets in seen if meets]
            if len(found) >= enough or len(seen) < look:
                break
            bound["before"] = min(id for id, _ in seen)
            look = min(2 * look, _LONGEST_LOOK)
        ids = sorted(found, reverse=True)[:enough]
        rows = select(self._rows).where(self._rows.c.id.in_(ids)).order_by(self._rows.c.id.desc())
        return tx.execute(rows).mappings().all()

    def _meets(
        self, candidates: Subquery, tokens: Sequence[str], conditions: Sequence[Condition]
    ) -> ColumnElement[bool]:
        rows = self._rows
        met = [self._has_all(candidates.c.id, candidates.c.station)] if tokens else []
        if conditions:
            meeting = select(func.count()).where(
                rows.c.id == candidates.c.id, *(condition.where for condition in conditions)
            )
            met.append(meeting.scalar_subquery() == 1)
        return and_(true(), *met)

    def _has_all(self, id: ColumnElement[str], station: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether a row has all that is sought. Counted, and not one EXISTS for each: PostgreSQL would make a
        join of those, and take longer to plan it than to run it."""
        had = self._tokens.alias("had")
        held = select(func.count()).where(
            had.c.token.in_(bindparam("sought", expanding=True)), had.c.station == station, had.c.id == id
        )
        return held.scalar_subquery() == bindparam("sought_count")


def _sought_bound(tokens: Sequence[str]) -> dict[str, Any]:
    return {"sought": list(tokens), "sought_count": len(tokens)}


def _counts(tx: Connection, ways: Sequence[Select[Any]], bound: dict[str, Any]) -> list[int]:
    if not ways:
        return []
    # Without the ids, which an index need not hold: the rows are not looked at for this.
    met = [way.with_only_columns(literal(1).label("met")).limit(_COUNTED) for way in ways]
    counted = [select(func.count()).select_from(each.subquery()) for each in met]
    row = tx.execute(select(*(each.scalar_subquery() for each in counted)), bound).one()
    return list(row)


def _stations(subtree: Subtree) -> Sequence[str]:
    return subtree.every or subtree.codes or ()


def _seen(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same for rows that are looked at anyway: no index is taken by it, where SQLite, which does not know
    how many rows meet it, would leave a better one for it."""
    return case((condition, 1), else_=0) == 1
