"""A PostgreSQL connection that does not wait for ever for a server that has gone silent.

A server can be away without a word: a frozen host, a firewall that forgot the connection. libpq waits for its
answer as long as TCP lets it, which may be for ever, and with it everybody who waits for a pooled connection.
A client can be away in the same way, in the middle of a transaction: the server would keep its locks for
hours, while whoever repeats the command waits for them. So each connection tells the server how long to wait
for it. It also tells the server to plan for a disk that does not turn.
"""

from __future__ import annotations

import os
from typing import Any

# psycopg waits in C by default, which stops every greenlet of a process; select is patched by eventlet.
os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")

import psycopg

#: What a service asks takes milliseconds, and nothing waits for a lock for long.
ANSWER_SECONDS = 10.0
CONNECT_SECONDS = 5

#: The kernel's own watch over idle connections.
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

#: The server's default is 4. With it a page of the newest rows is at times read by fetching and sorting all
#: that a station has, where an index has them in order (tests/integration/jobs/test_employer_scale.py).
_PLANNING = "-c random_page_cost=1.1"

#: Nothing that a transaction does between two statements takes as long; its locks are free after it.
IDLE_IN_TRANSACTION_SECONDS = 20.0
#: The server's own watch over a client's host, whose default is two hours.
_SERVER_KEEPALIVE = (
    "-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=15000"
)

_INTERVAL_SECONDS = 0.1


class ServerSilent(psycopg.OperationalError):
    """The server did not answer in time; the connection is closed. What was asked may have been done."""


class PatientConnection(psycopg.Connection[Any]):
    """Gives up, and itself with it, when an answer takes longer than `answer_seconds`; None: never."""

    answer_seconds: float | None = ANSWER_SECONDS

    def wait(self, gen: Any, interval: float = _INTERVAL_SECONDS, timeout: float | None = None) -> Any:
        """psycopg's one place where it waits. timeout: the caller's own, after which it goes on."""
        if timeout is not None or self.answer_seconds is None:
            return super().wait(gen, interval=interval, timeout=timeout)
        try:
            return super().wait(gen, interval=interval, timeout=self.answer_seconds)
        except psycopg.errors._WaitTimeout as error:
            # Its answer may still come and would be taken for that to the next question.
            self.close()
            raise ServerSilent(f"no answer within {self.answer_seconds:g} s") from error


def connect(answer_seconds: float | None, *arguments: Any, **parameters: Any) -> PatientConnection:
    """Open a connection as psycopg.connect does, with the watches above. Raises psycopg.OperationalError."""
    told = [_PLANNING, _SERVER_KEEPALIVE]
    if answer_seconds is not None:
        told.append(f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS * 1000:.0f}")
    # What the URL says comes later, and counts.
    options = " ".join([*told, parameters.pop("options", "")]).rstrip()
    connection = PatientConnection.connect(
        *arguments,
        **{"connect_timeout": CONNECT_SECONDS, **KEEPALIVE, **parameters, "options": options},
    )
    connection.answer_seconds = answer_seconds
    return connection
