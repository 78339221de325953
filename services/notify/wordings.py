"""Every template there is: those that Yizhan comes with, and those that somebody wrote since."""

from __future__ import annotations

from sqlalchemy import Connection

from services.notify import data
from services.notify.domain.template import Shelf, Template
from services.notify.storage import Templates


def shelf(tx: Connection) -> Shelf:
    """The shelf as it stands."""
    found = data.shelf()
    for written in Templates().all(tx):
        found = found.with_template(
            Template(
                kind=written.kind,
                channel=written.channel,
                version=written.version,
                fields=written.fields,
                signature=written.signature,
            )
        )
    return found
