"""From a decision to the event that tells of it, through the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from services.jobs.domain.posting import Outcome
from yizhan.bus.outbox import Outbox
from yizhan.contracts.employers import Employer, EmployerRegistered
from yizhan.contracts.envelope import Facts
from yizhan.contracts.jobs import Posting
from yizhan.contracts.rpc import Call


class Events:
    """What services/jobs tells the others. Each method belongs in the transaction of the rows."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def employer_registered(
        self, tx: Connection, call: Call, employer: Employer, facts: EmployerRegistered
    ) -> None:
        self._record(tx, call, facts, employer, employer.registered_at)

    def posting_stepped(self, tx: Connection, call: Call, posting: Posting, outcome: Outcome) -> None:
        self._record(tx, call, outcome.facts, posting, outcome.at)

    def _record(
        self, tx: Connection, call: Call, facts: Facts, about: Employer | Posting, now: datetime
    ) -> None:
        self._outbox.tell(
            tx, call, facts, subject=about.id, sequence=about.sequence, station=about.station, at=now
        )
