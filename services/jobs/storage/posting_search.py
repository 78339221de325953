"""Postings that meet what somebody looks for."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam

from services.jobs.storage.postings import posting_of
from services.jobs.storage.search import Condition, TokenIndex, sought
from services.jobs.storage.tables import posting_tokens, postings
from yizhan.contracts.jobs import Posting, PostingSearch, PostingStatus
from yizhan.network.pages import Subtree, cut

_INDEX = TokenIndex(postings, posting_tokens)


def search(
    tx: Connection, subtree: Subtree, wanted: PostingSearch, *, only_published: bool
) -> tuple[list[Posting], str | None]:
    """Postings, newest first, and the cursor of the next page. A text without a letter finds nothing."""
    tokens = () if wanted.text is None else sought(wanted.text)
    if wanted.text and wanted.text.strip() and not tokens:
        return [], None
    rows = _INDEX.page(
        tx,
        subtree,
        tokens=tokens,
        conditions=_conditions(wanted, only_published=only_published),
        after=wanted.after,
        limit=wanted.limit,
    )
    return cut([posting_of(row) for row in rows], wanted.limit)


def _conditions(wanted: PostingSearch, *, only_published: bool) -> list[Condition]:
    found = []
    if only_published:
        found.append(_equal("status", PostingStatus.PUBLISHED.value, ordered=True, walked=True))
    elif wanted.status is not None:
        found.append(_equal("status", wanted.status.value, ordered=True, walked=True))
    if wanted.stage is not None:
        found.append(_equal("stage", wanted.stage.value, walked=True))
    window = wanted.starts_from is not None or wanted.starts_before is not None
    if wanted.trade is not None and window:
        # One index has both.
        found.append(_both(_equal("trade", wanted.trade), _window(wanted)))
    elif wanted.trade is not None:
        found.append(_equal("trade", wanted.trade, ordered=True))
    elif window:
        found.append(_window(wanted))
    if wanted.wage_unit is not None:
        found.append(_wage(wanted))
    return found


def _both(one: Condition, other: Condition) -> Condition:
    return Condition(and_(one.where, other.where), {**one.bound, **other.bound}, indexed=True)


def _equal(column: str, value: str, *, ordered: bool = False, walked: bool = False) -> Condition:
    name = f"wanted_{column}"
    where = postings.c[column] == bindparam(name)
    return Condition(where, {name: value}, indexed=True, ordered=ordered, walked=walked)


def _wage(wanted: PostingSearch) -> Condition:
    assert wanted.wage_unit is not None
    where = [postings.c.wage_unit == bindparam("wanted_unit")]
    bound: dict[str, object] = {"wanted_unit": wanted.wage_unit.value}
    if wanted.wage_from_fen is not None:
        where.append(postings.c.wage_most_fen >= bindparam("least_fen"))
        bound["least_fen"] = wanted.wage_from_fen
    if wanted.wage_to_fen is not None:
        where.append(postings.c.wage_fen <= bindparam("most_fen"))
        bound["most_fen"] = wanted.wage_to_fen
    return Condition(and_(*where), bound, indexed=True)


def _window(wanted: PostingSearch) -> Condition:
    where, bound = [], {}
    if wanted.starts_from is not None:
        where.append(postings.c.starts_at >= bindparam("starts_from"))
        bound["starts_from"] = wanted.starts_from
    if wanted.starts_before is not None:
        where.append(postings.c.starts_at < bindparam("starts_before"))
        bound["starts_before"] = wanted.starts_before
    return Condition(and_(*where), bound, indexed=True)
