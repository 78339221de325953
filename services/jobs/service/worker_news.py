"""Who looks for work and who waits for it today, as services/seekers tells of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from services.jobs.domain.worker import worker_of
from services.jobs.service.desk import Desk
from yizhan.bus.clockwork import every
from yizhan.bus.nameko_entrypoints import handler
from yizhan.contracts.checkins import CheckInTaken, TicketCalled
from yizhan.contracts.draws import DrawAmended, DrawClosed, DrawCommitted, DrawRevealed
from yizhan.contracts.envelope import Event
from yizhan.contracts.reading import EventUnreadable
from yizhan.contracts.seekers import SeekerFacts, SeekerStatus
from yizhan.contracts.subscriptions import JOBS_SEEKERS

#: How long days are kept: what weights would have done is looked at for a day that is past.
_DAYS_KEPT = timedelta(days=40)


class WorkerNews(Desk):
    """What this service hears of seekers."""

    @handler(JOBS_SEEKERS)
    def seekers(self, tx: Connection, event: Event[Any]) -> None:
        facts = event.data
        if isinstance(facts, SeekerFacts):
            self._workers.hear(tx, facts.seeker.seeker_id, worker_of(facts.seeker), sequence=event.sequence)
            if facts.seeker.status is SeekerStatus.ERASED:
                self._roll.forget(tx, facts.seeker.seeker_id)
        elif isinstance(facts, CheckInTaken):
            self._roll.hear_of_check_in(tx, facts.check_in)
        elif isinstance(facts, TicketCalled):
            called = facts.called
            self._roll.hear_of_call(tx, facts.station, facts.date, called.number, called.times)
        elif isinstance(facts, DrawCommitted | DrawClosed | DrawRevealed | DrawAmended):
            self._roll.hear_of_draw(tx, facts.draw, sequence=event.sequence)
        else:
            raise EventUnreadable(f"{event.type} is not for this queue")

    @every(seconds=3600)
    def forget_old_days(self, tx: Connection) -> None:
        self._roll.forget_before(tx, self._today() - _DAYS_KEPT)
