"""From a decision to the event that tells of it, through the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.jobs.domain.dispatch import Outcome as DispatchOutcome
from services.jobs.domain.employer import Outcome as EmployerOutcome
from services.jobs.domain.fair import Outcome as FairOutcome
from services.jobs.domain.posting import Outcome
from yizhan.bus.outbox import Outbox, event_of, outbox_row
from yizhan.contracts.dispatches import Dispatch
from yizhan.contracts.employers import ContactRead, Employer, EmployerContactRead
from yizhan.contracts.envelope import Facts
from yizhan.contracts.external_postings import ExternalPostingAccepted, ExternalPostingRefused
from yizhan.contracts.fairs import Fair
from yizhan.contracts.jobs import Posting
from yizhan.contracts.rpc import Call


class Events:
    """What services/jobs tells the others. Each method belongs in the transaction of the rows."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def employer_stepped(
        self, tx: Connection, call: Call, employer: Employer, outcome: EmployerOutcome
    ) -> None:
        self._record(tx, call, outcome.facts, employer, outcome.at)

    def contact_read(self, tx: Connection, call: Call, read: ContactRead, *, station: str) -> None:
        facts = EmployerContactRead(
            read_id=read.id, employer_id=read.employer_id, contact_id=read.contact_id, by=read.by
        )
        self._outbox.tell(tx, call, facts, subject=read.id, sequence=1, station=station, at=read.at)

    def posting_stepped(self, tx: Connection, call: Call, posting: Posting, outcome: Outcome) -> None:
        self._record(tx, call, outcome.facts, posting, outcome.at)

    def external_answered(
        self,
        tx: Connection,
        call: Call,
        facts: ExternalPostingAccepted | ExternalPostingRefused,
        *,
        station: str,
        at: datetime,
    ) -> None:
        answer = facts.answer
        self._outbox.tell(
            tx, call, facts, subject=answer.id, sequence=answer.received, station=station, at=at
        )

    def fair_stepped(self, tx: Connection, call: Call, fair: Fair, outcome: FairOutcome) -> None:
        self._record(tx, call, outcome.facts, fair, outcome.at)

    def dispatch_stepped(
        self, tx: Connection, call: Call, dispatch: Dispatch, outcome: DispatchOutcome
    ) -> None:
        self._record(tx, call, outcome.facts, dispatch, outcome.at)

    def record(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Tell what `row_of` wrote down before the transaction, in that order."""
        self._outbox.record_rows(tx, rows)

    def _record(
        self,
        tx: Connection,
        call: Call,
        facts: Facts,
        about: Dispatch | Employer | Fair | Posting,
        now: datetime,
    ) -> None:
        self._outbox.tell(
            tx, call, facts, subject=about.id, sequence=about.sequence, station=about.station, at=now
        )


def row_of(call: Call, about: Employer | Posting, outcome: EmployerOutcome | Outcome) -> Mapping[str, Any]:
    """The outbox's row of a step; made before the transaction where there are thousands."""
    event = event_of(
        call,
        outcome.facts,
        subject=about.id,
        sequence=about.sequence,
        station=about.station,
        at=outcome.at,
    )
    return outbox_row(event)
