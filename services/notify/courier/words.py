"""The text of one delivery: its occasion's words in the newest template, as its channel takes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from services.notify import data, wordings
from services.notify.domain.template import Rendered, Shelf, Template, render
from services.notify.storage import Decisions, Parcel, People
from yizhan.contracts.notify import TextTooLong
from yizhan.database import Database
from yizhan.encryption import FieldCipher

_MARK_LENGTH = 16


class Words:
    """Renders within one transaction, which also remembers by which mark a person may stop his messages."""

    def __init__(
        self, database: Database, people: People, cipher: FieldCipher, public_url: str | None
    ) -> None:
        self._people = people
        self._cipher = cipher
        self._public_url = public_url
        self._decisions = Decisions(database)

    def shelf(self, tx: Connection) -> Shelf:
        """The templates of one round."""
        return wordings.shelf(tx)

    def of(self, tx: Connection, parcel: Parcel, shelf: Shelf, *, now: datetime) -> Rendered:
        """Raises YizhanError when there is no template, or the text does not fit; LookupError when what it
        tells of is forgotten."""
        template = shelf.newest(parcel.kind, parcel.delivery.channel)
        values = {"stop": self._stop(tx, parcel.person, template, now=now)}
        if parcel.occasion is not None:
            values |= self._decisions.values(tx, parcel.occasion, parcel.kind)
            return render(template, values, data.channels())
        return self._digest(template, values, self._decisions.in_digest(tx, parcel.told_key))

    def _digest(
        self, template: Template, values: Mapping[str, str], told: list[tuple[str, Mapping[str, str]]]
    ) -> Rendered:
        """As many lines as fit; how many there are is always told."""
        lines = [line.format_map(words) for kind, words in told if (line := data.kinds().rule(kind).line)]
        said = data.texts().message
        count = str(len(lines))
        for shown in range(len(lines), 0, -1):
            more = "" if shown == len(lines) else said.more_lines.format(count=count)
            filled = {**values, "count": count, "lines": said.between_lines.join(lines[:shown]) + more}
            try:
                return render(template, filled, data.channels())
            except TextTooLong:
                if shown == 1:
                    raise
        raise LookupError("what the digest tells of is forgotten")

    def _stop(self, tx: Connection, person: str, template: Template, *, now: datetime) -> str:
        if "stop" not in template.variables():
            return ""
        if self._public_url is None:
            return data.texts().message.stop_at_the_station
        mark = self._cipher.index(person, kind="stop")[:_MARK_LENGTH]
        self._people.mark(tx, mark, person, now=now)
        return f"{self._public_url}/stop/{mark}"
