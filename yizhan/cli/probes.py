"""Whether a server answers at an address, asked once and with a short deadline."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import amqp
import redis

_TIMEOUT_SECONDS = 3.0


def broker_fault(url: str) -> str | None:
    """Why AMQP cannot be spoken there: None when signing in to the vhost works.

    Blocks: it is asked once, before anything runs. Whatever runs speaks through bus.Broker or bus.line.
    """
    parts = urlsplit(url)
    connection = amqp.Connection(
        host=f"{parts.hostname or '127.0.0.1'}:{parts.port or 5672}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path[1:]) or "/",
        connect_timeout=_TIMEOUT_SECONDS,
        read_timeout=_TIMEOUT_SECONDS,
        write_timeout=_TIMEOUT_SECONDS,
        ssl=parts.scheme == "amqps",
    )
    try:
        connection.connect()
    except (OSError, amqp.exceptions.AMQPError) as error:
        return f"{type(error).__name__}: {error}".strip()
    connection.close()
    return None


def redis_fault(url: str) -> str | None:
    """Why Redis cannot be used there: None when it answers and is 6 or newer."""
    client = redis.Redis.from_url(
        url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )
    try:
        version = str(client.info("server").get("redis_version", "0"))
    except (OSError, redis.RedisError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        client.close()
    return (
        None if int(version.split(".", 1)[0]) >= 6 else f"version {version} is too old; 6 or newer is needed"
    )


def address(url: str) -> str:
    """Host and port of an address, without what must not be printed."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
