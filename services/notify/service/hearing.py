"""What happens elsewhere, kept as far as it is needed here and told to whom it concerns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from services.notify import storage
from services.notify.domain.occasions import Person, Telling, tellings
from services.notify.domain.planning import Occasion
from services.notify.service.screens import Screens
from yizhan.bus.clockwork import every
from yizhan.bus.nameko_entrypoints import handler
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.checkins import CheckInTaken, WaitingChanged
from yizhan.contracts.envelope import Event
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.screen_messages import ScreenMessageMissed, ScreenMessageShown
from yizhan.contracts.screen_outages import ScreenOutageEnded
from yizhan.contracts.seekers import SeekerFacts
from yizhan.contracts.subscriptions import NOTIFY_HEARD

#: Who is told that his number is near: the next so many to be called.
_NEAR = 3
_DECISIONS_KEPT = timedelta(days=30)
#: What became of a message may be asked for as long as its person may complain of it.
_DELIVERIES_KEPT = timedelta(days=180)


class Hearing(Screens):
    """One queue, one event after the other: rate caps count what was decided before."""

    @handler(NOTIFY_HEARD)
    def heard(self, tx: Connection, event: Event[Any]) -> None:
        facts = event.data
        if isinstance(facts, SeekerFacts):
            self._people.hear_of_seeker(tx, facts.seeker, sequence=event.sequence)
        elif isinstance(facts, CheckInTaken):
            self._people.hear_of_check_in(tx, facts.check_in)
        elif isinstance(facts, WaitingChanged):
            self._tell_the_next(tx, event)
        elif isinstance(facts, ScreenMessageShown | ScreenMessageMissed):
            self._take_answer(tx, facts)
        elif isinstance(facts, ScreenOutageEnded):
            self._let_go(tx, facts.outage)
        elif (posting := getattr(facts, "posting", None)) is not None:
            storage.Postings(self.database).hear(tx, posting)
        for telling in tellings(event):
            self._planner.tell(tx, telling, now=self.clock.now())

    def _tell_the_next(self, tx: Connection, event: Event[WaitingChanged]) -> None:
        """The queue moves often; a person hears once that his number is near, so the check-in is what it is
        told for, not the move."""
        waiting, now = event.data.waiting, self.clock.now()
        if waiting.date != now.astimezone(COUNTY_ZONE).date():
            return
        holders = self._people.holders(tx, waiting.station, waiting.date, waiting.next[:_NEAR])
        for ahead, number in enumerate(waiting.next[:_NEAR]):
            if number not in holders:
                continue
            person, check_in = holders[number]
            occasion = Occasion(event_id=check_in, kind="worker.number_near", at=event.time)
            values = {"number": number, "ahead": str(ahead)}
            self._planner.tell(tx, Telling(occasion, waiting.station, Person(person), values), now=now)

    @every(seconds=30)
    def send_digests(self, tx: Connection) -> None:
        self._planner.digest(tx, now=self.clock.now())

    @every(seconds=3600)
    def forget_what_is_over(self, tx: Connection) -> None:
        now = self.clock.now()
        self._people.forget_tickets(tx, before=now.astimezone(COUNTY_ZONE).date())
        storage.Decisions(self.database).forget_before(tx, now - _DECISIONS_KEPT)
        self._deliveries.forget_before(tx, new_identifier(now - _DELIVERIES_KEPT))
