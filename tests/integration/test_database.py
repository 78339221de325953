"""A service's database, on both kinds: what a transaction keeps, and the inserts that look first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, Text, event, select

import yizhan.database
from yizhan.database import Database, DatabaseBusy, insert_texts

pytestmark = pytest.mark.integration

TOKENS = Table(
    "tokens", MetaData(), Column("key", Text, primary_key=True), Column("text", Text, nullable=False)
)


@pytest.fixture
def tokens(database: Database) -> Iterator[Database]:
    with database.transaction() as tx:
        TOKENS.create(tx)
    return database


def kept(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        return {row.key: row.text for row in connection.execute(select(TOKENS))}


def put(database: Database, key: str, text: str = "") -> None:
    with database.transaction() as tx:
        tx.execute(TOKENS.insert().values(key=key, text=text))


def test_a_transaction_is_kept_whole_or_not_at_all(tokens: Database) -> None:
    """What was written before it raised is gone, and the next one goes on as if nothing had been."""

    def break_off() -> None:
        with tokens.transaction() as tx:
            tx.execute(TOKENS.insert().values(key="a", text="1"))
            raise LookupError

    with pytest.raises(LookupError):
        break_off()
    assert kept(tokens) == {}
    put(tokens, "b", "2")
    assert kept(tokens) == {"b": "2"}


def test_whoever_is_interrupted_in_a_statement_hears_of_that_alone(tokens: Database) -> None:
    """And of no rollback that failed: SQLAlchemy gives such a connection up, so there is none to be had."""

    def interrupt(*_: Any) -> None:
        event.remove(tokens.engine, "do_execute", interrupt)
        raise KeyboardInterrupt

    def break_off() -> None:
        with tokens.transaction() as tx:
            tx.execute(TOKENS.insert().values(key="a", text="1"))
            event.listen(tokens.engine, "do_execute", interrupt)
            tx.execute(TOKENS.insert().values(key="b", text="2"))

    with pytest.raises(KeyboardInterrupt):
        break_off()
    put(tokens, "c", "3")
    assert kept(tokens) == {"c": "3"}


def test_rows_whose_key_is_taken_are_left_as_they_are(tokens: Database) -> None:
    """One by one with its answer, and many with the keys that were new."""
    put(tokens, "a", "first")
    with tokens.transaction() as tx:
        assert not tokens.insert_ignore(tx, TOKENS, {"key": "a", "text": "second"})
        assert tokens.insert_ignore(tx, TOKENS, {"key": "b", "text": "second"})
        rows = [{"key": key, "text": "third"} for key in "abcd"]
        assert tokens.insert_many_ignore(tx, TOKENS, rows, key="key") == {"c", "d"}
        assert tokens.insert_many_ignore(tx, TOKENS, [], key="key") == set()
    assert kept(tokens) == {"a": "first", "b": "second", "c": "third", "d": "third"}


def test_a_row_whose_key_is_taken_is_replaced(tokens: Database) -> None:
    """Where that is what is meant."""
    with tokens.transaction() as tx:
        for text in ("first", "second"):
            tokens.upsert(tx, TOKENS, {"key": "a", "text": text}, key=["key"])
    assert kept(tokens) == {"a": "second"}


def test_many_texts_arrive_as_they_are(tokens: Database) -> None:
    """Whatever they hold: quotes, braces, what an array would part at, and nothing."""
    texts = ["", "搬运工", "O'Neil", 'a "b" {c}, \\d', "NULL", "%s ?", "一\n二"]
    with tokens.transaction() as tx:
        insert_texts(tx, TOKENS, [(str(number), text) for number, text in enumerate(texts)])
        insert_texts(tx, TOKENS, [])
    assert kept(tokens) == {str(number): text for number, text in enumerate(texts)}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_lock_that_another_process_keeps_is_told_after_a_while(
    tokens: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command may be repeated then, and is carried out once the lock is let go."""
    monkeypatch.setattr(yizhan.database, "_BUSY_DEADLINE_SECONDS", 0.2)
    path = tokens.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            put(tokens, "a")
        other.execute("ROLLBACK")
    put(tokens, "a")
    assert kept(tokens) == {"a": ""}
