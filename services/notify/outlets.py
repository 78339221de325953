"""Group bots and mailboxes of stations: the office's own, told to the process as configuration.

`YIZHAN_NOTIFY_OUTLETS`: JSON, by station: `{"522730": [{"channel": "group_bot", "name": "clerks", "url":
"wecom://…"}]}`. url: as apprise has it. It opens the outlet to whoever holds it, and is kept as a secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr, TypeAdapter

from yizhan.contracts.base import Message, StationCode


class Outlet(Message):
    """name: what the deliveries' page calls it."""

    channel: Literal["group_bot", "mail"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,30}$")]
    url: SecretStr


_OUTLETS = TypeAdapter[dict[str, tuple[Outlet, ...]]](dict[StationCode, tuple[Outlet, ...]])


class Outlets:
    """What is configured. Each outlet is a recipient like a person: `outlet:<station>:<channel>:<name>`."""

    def __init__(self, by_station: Mapping[str, tuple[Outlet, ...]]) -> None:
        self._urls = {
            f"outlet:{station}:{outlet.channel}:{outlet.name}": outlet.url
            for station, outlets in by_station.items()
            for outlet in outlets
        }
        self.of_stations: dict[str, list[str]] = {}
        for id in self._urls:
            self.of_stations.setdefault(id.split(":")[1], []).append(id)

    @classmethod
    def read(cls, text: SecretStr | None) -> Outlets:
        """From the setting; None: there are none. Raises ValueError when it is not as it should be."""
        return cls({} if text is None else _OUTLETS.validate_python(json.loads(text.get_secret_value())))

    def url(self, id: str) -> str | None:
        """Where an outlet is; None when it is configured no more."""
        url = self._urls.get(id)
        return None if url is None else url.get_secret_value()
