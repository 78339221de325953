"""Logs: one event a line, as JSON for machines or in columns for people, with the request that it belongs to.

The correlation id and the W3C traceparent live in context variables, so each task and each greenlet sees its
own, and every line written while one message is handled carries them.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: Libraries that say at INFO what we say ourselves, or too much.
_QUIET = ("pika", "amqp", "kombu", "nameko", "urllib3", "httpx", "httpcore", "websockets", "alembic")

# Without local variables: a defect while somebody signs in must not write the password down.
_TRACEBACK_AS_DATA = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def set_up_logs(process_name: str, *, log_format: str = "console", log_level: str = "info") -> None:
    """Send structlog's and the standard library's lines to standard error. log_format: json or console."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(process_name),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(log_level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    finish: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        finish += [
            structlog.processors.ExceptionRenderer(_TRACEBACK_AS_DATA),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]
    else:
        finish += [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=finish, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _named(process_name: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process_name
        return event

    return add


@contextmanager
def request_context(correlation: str, traceparent: str | None = None, **more: Any) -> Iterator[None]:
    """Every line written inside belongs to this request."""
    bound = {"correlation": correlation, "traceparent": traceparent, **more}
    with structlog.contextvars.bound_contextvars(**{k: v for k, v in bound.items() if v is not None}):
        yield


def current_request() -> tuple[str | None, str | None]:
    """The correlation id and traceparent of the request in hand; None where there is none."""
    bound = structlog.contextvars.get_contextvars()
    return bound.get("correlation"), bound.get("traceparent")
