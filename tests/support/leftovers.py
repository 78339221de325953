"""What a run of tests keeps on servers that others use too: noted, so that the next run removes it where one
was killed before it could."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from yizhan.cli.servers import drop_vhost

_NOTES = Path(tempfile.gettempdir()) / f"yizhan-tests-{os.getuid()}"
#: A test's database; the number is the process that made it.
_DATABASE = re.compile(r"yizhan_test_(\d+)_\w+")


def note_vhost(vhost: str) -> None:
    """This process will have made a vhost."""
    _NOTES.mkdir(exist_ok=True)
    # Whole or not there: others look at the notes meanwhile.
    unfinished = _NOTES / f".{vhost}"
    unfinished.write_text(str(os.getpid()), encoding="utf-8")
    unfinished.rename(_NOTES / vhost)


def remove_vhost(vhost: str) -> None:
    """Remove a noted vhost, its users and the note."""
    drop_vhost(vhost)
    (_NOTES / vhost).unlink(missing_ok=True)


def database_name(service: str, distinction: str) -> str:
    """A name by which the database of a killed run is known."""
    return f"yizhan_test_{os.getpid()}_{service}_{distinction}"


def drop_databases_of_the_dead(server: str) -> None:
    """Databases of test processes that have ended. server: URL of an administrator."""
    with psycopg.connect(server, autocommit=True) as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall():
            made = _DATABASE.fullmatch(name)
            if made is not None and not _lives(int(made[1])):
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(name)))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Once for a run, before its workers."""
    if hasattr(session.config, "workerinput") or not _NOTES.is_dir():
        return
    for note in _NOTES.glob("[!.]*"):
        # Another run that starts now may be removing the same ones.
        with contextlib.suppress(FileNotFoundError):
            if not _lives(int(note.read_text(encoding="utf-8"))):
                remove_vhost(note.name)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return pid > 0
