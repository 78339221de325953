"""What a board process believes of the devices that Redis tells of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from services.board.channel import AskLoad, Channel
from services.board.feed import Feed
from services.board.session import KnownDevice
from services.board.state import BoardState, Head

SCREEN = {"code": KnownDevice("screen", "522730", void=False)}


class Redis:
    """The state as it is at one moment. after: what it is once its devices have been read."""

    def __init__(self) -> None:
        self.head: Head | None = Head("epoch", "1", {})
        self.known: Mapping[str, KnownDevice] = SCREEN
        self.after: Head | None = self.head

    async def look(self) -> Head | None:
        return self.head

    async def devices(self) -> dict[str, KnownDevice]:
        self.head = self.after
        return dict(self.known)


def _no_channel(_: str, __: AskLoad) -> Channel:
    raise AssertionError("no screen is here")


async def test_a_code_is_revoked_by_word_and_not_by_a_redis_that_was_emptied() -> None:
    """Flushed between its head and its devices it holds none: no screen may forget its code for that."""
    redis, revoked = Redis(), list[str]()
    feed = Feed(cast(BoardState, redis), make_channel=_no_channel, on_void=revoked.append)
    await feed._look()
    assert feed.device("code") is not None

    redis.head, redis.known, redis.after = Head("epoch", "2", {}), {}, None
    await feed._look()
    assert (revoked, feed.device("code")) == ([], SCREEN["code"])

    gone = {"code": KnownDevice("screen", "522730", void=True)}
    redis.head, redis.known, redis.after = Head("next", "3", {}), gone, Head("next", "3", {})
    await feed._look()
    assert revoked == ["screen"]
