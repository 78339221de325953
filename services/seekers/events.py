"""From a decision to the event that tells of it, through the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from services.seekers.domain.day import subject_of
from services.seekers.domain.register import Entry
from services.seekers.domain.support import told
from yizhan.bus.outbox import Outbox
from yizhan.contracts.aid import AidCase, AidCaseClosed, AidCaseFacts, AidCaseOpened, AidCaseVisited
from yizhan.contracts.checkins import (
    CalledTicket,
    CheckIn,
    CheckInTaken,
    QueueOrder,
    QueueOrderSet,
    TicketCalled,
    Waiting,
    WaitingChanged,
)
from yizhan.contracts.draws import Draw, DrawAmended, DrawClosed, DrawCommitted, DrawRevealed
from yizhan.contracts.envelope import Facts
from yizhan.contracts.guidance import GuidanceFacts, GuidanceSession, GuidanceStepTaken
from yizhan.contracts.rpc import Call
from yizhan.contracts.seeker_cards import SeekerCard, SeekerCardDropped, SeekerCardShown, StreetCounted
from yizhan.contracts.seeker_rights import ClearReading, SeekerReadInClear
from yizhan.contracts.seekers import SeekerFacts
from yizhan.contracts.skill_training import (
    Course,
    CourseAmended,
    CourseCancelled,
    CoursePlanned,
    SkillTraining,
    SkillTrainingFacts,
    SkillTrainingStepTaken,
)
from yizhan.contracts.start_ups import (
    ConsultationFacts,
    StartUp,
    StartUpConsultation,
    StartUpConsulted,
    StartUpFacts,
    StartUpStepTaken,
)


class Events:
    """What services/seekers tells the others. Each method belongs in the transaction of the rows."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def seeker_stepped(
        self, tx: Connection, call: Call, entry: Entry, facts: SeekerFacts, *, now: datetime
    ) -> None:
        self._outbox.tell(
            tx, call, facts, subject=entry.id, sequence=entry.sequence, station=entry.station, at=now
        )

    def read_in_clear(self, tx: Connection, call: Call, seeker_id: str, reading: ClearReading) -> None:
        facts = SeekerReadInClear(seeker_id=seeker_id, reading=reading)
        self._outbox.tell(
            tx, call, facts, subject=reading.id, sequence=1, station=reading.station, at=reading.at
        )

    def card_shown(self, tx: Connection, call: Call, card: SeekerCard, *, now: datetime) -> None:
        facts = SeekerCardShown(card=card, by=call.actor.id)
        self._outbox.tell(
            tx, call, facts, subject=card.id, sequence=card.sequence, station=card.station, at=now
        )

    def card_dropped(self, tx: Connection, call: Call, card: SeekerCard, *, now: datetime) -> None:
        """card: as it was until now."""
        facts = SeekerCardDropped(card_id=card.id, station=card.station, by=call.actor.id)
        self._outbox.tell(
            tx, call, facts, subject=card.id, sequence=card.sequence + 1, station=card.station, at=now
        )

    def check_in_taken(
        self, tx: Connection, call: Call, check_in: CheckIn, *, offline: bool, now: datetime
    ) -> None:
        facts = CheckInTaken(check_in=check_in, offline=offline, by=call.actor.id)
        self._outbox.tell(tx, call, facts, subject=check_in.id, sequence=1, station=check_in.station, at=now)

    def waiting_changed(
        self, tx: Connection, call: Call, waiting: Waiting, *, sequence: int, now: datetime
    ) -> None:
        self._outbox.tell(
            tx,
            call,
            WaitingChanged(waiting=waiting),
            subject=subject_of(waiting.station, waiting.date),
            sequence=sequence,
            station=waiting.station,
            at=now,
        )

    def ticket_called(self, tx: Connection, call: Call, waiting: Waiting, called: CalledTicket) -> None:
        """waiting: of the day on which it was called."""
        facts = TicketCalled(station=waiting.station, date=waiting.date, called=called, by=call.actor.id)
        self._outbox.tell(
            tx,
            call,
            facts,
            subject=f"{subject_of(waiting.station, waiting.date)}:{called.number}",
            sequence=called.times,
            station=waiting.station,
            at=called.at,
        )

    def queue_order_set(
        self, tx: Connection, call: Call, station: str, order: QueueOrder, *, sequence: int, now: datetime
    ) -> None:
        facts = QueueOrderSet(station=station, order=order, by=call.actor.id)
        self._outbox.tell(tx, call, facts, subject=station, sequence=sequence, station=station, at=now)

    def draw_told(
        self,
        tx: Connection,
        call: Call,
        kind: type[DrawCommitted] | type[DrawClosed] | type[DrawRevealed] | type[DrawAmended],
        draw: Draw,
        *,
        sequence: int,
        now: datetime,
    ) -> None:
        self._outbox.tell(
            tx,
            call,
            kind(draw=draw, by=call.actor.id),
            subject=subject_of(draw.station, draw.date),
            sequence=sequence,
            station=draw.station,
            at=now,
        )

    def street_counted(
        self, tx: Connection, call: Call, facts: StreetCounted, *, sequence: int, now: datetime
    ) -> None:
        self._outbox.tell(
            tx,
            call,
            facts,
            subject=subject_of(facts.station, facts.date),
            sequence=sequence,
            station=facts.station,
            at=now,
        )


class SupportEvents:
    """What is told of support, at one moment. None of it holds a word that was written about somebody."""

    def __init__(self, outbox: Outbox, now: datetime) -> None:
        self._outbox = outbox
        self._now = now

    def aid_case_told(
        self,
        tx: Connection,
        call: Call,
        kind: type[AidCaseOpened] | type[AidCaseVisited] | type[AidCaseClosed],
        case: AidCase,
        person: str,
    ) -> None:
        """person: the pseudonym of whom the case is about."""
        self._tell(tx, call, kind(case=told(AidCaseFacts, case), person=person, by=call.actor.id), case)

    def guidance_stepped(self, tx: Connection, call: Call, session: GuidanceSession) -> None:
        facts = GuidanceStepTaken(session=told(GuidanceFacts, session), by=call.actor.id)
        self._tell(tx, call, facts, session)

    def course_told(
        self,
        tx: Connection,
        call: Call,
        kind: type[CoursePlanned] | type[CourseAmended] | type[CourseCancelled],
        course: Course,
    ) -> None:
        self._tell(tx, call, kind(course=course, by=call.actor.id), course)

    def skill_training_stepped(self, tx: Connection, call: Call, training: SkillTraining) -> None:
        facts = SkillTrainingStepTaken(training=told(SkillTrainingFacts, training), by=call.actor.id)
        self._tell(tx, call, facts, training)

    def start_up_consulted(self, tx: Connection, call: Call, held: StartUpConsultation) -> None:
        facts = StartUpConsulted(consultation=told(ConsultationFacts, held), by=call.actor.id)
        self._tell(tx, call, facts, held)

    def start_up_stepped(self, tx: Connection, call: Call, start_up: StartUp) -> None:
        facts = StartUpStepTaken(start_up=told(StartUpFacts, start_up), by=call.actor.id)
        self._tell(tx, call, facts, start_up)

    def _tell(
        self,
        tx: Connection,
        call: Call,
        facts: Facts,
        row: AidCase | GuidanceSession | Course | SkillTraining | StartUpConsultation | StartUp,
    ) -> None:
        self._outbox.tell(
            tx, call, facts, subject=row.id, sequence=row.sequence, station=row.station, at=self._now
        )
