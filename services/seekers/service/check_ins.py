"""Check-in (候工签到), at the desk and from desks that had no network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import Connection

from services.seekers.domain import checkin
from services.seekers.domain.checkin import DayBook, merge, offline_book, reissue, roll
from services.seekers.domain.register import Entry, require_active
from services.seekers.service.day import DayDesk, HeldDay
from yizhan.bus.nameko_entrypoints import method
from yizhan.clock import county_day
from yizhan.contracts.checkins import (
    CheckedIn,
    CheckIn,
    CheckInIdReused,
    CheckInsRpc,
    MergeCheckIns,
    MergedCheckIns,
    OfflineCheckIn,
    ReserveSeries,
    Series,
    SetAsideReason,
    SlipSetAside,
    SlipUnknown,
    TakeCheckIn,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.seekers import SeekerStatus


class CheckIns(DayDesk):
    """Commands by which people come onto the day's roll."""

    @method(CheckInsRpc.take_check_in)
    def take_check_in(self, tx: Connection, call: Call, request: TakeCheckIn) -> CheckedIn:
        self._open_place(tx, call.actor, request.station)
        person = self._present(tx, call, request)
        now = self.clock.now()
        held = self._hold(tx, call, request.station, county_day(now))
        self._refuse_reused_id(tx, request.id, person.id, held)
        before = held.book
        held.book, taken = checkin.check_in(
            before, id=request.id, person=person.id, now=now, drawn=held.drawn
        )
        first = held.book is not before
        if first:
            self._days.add(tx, [taken], by=call.actor.id, channel=request.channel)
            self._events.check_in_taken(tx, call, taken, offline=False, now=now)
            self._add_late(tx, call, held)
            self._tell_waiting(tx, call, held)
        return CheckedIn(
            id=taken.id,
            station=taken.station,
            date=taken.date,
            number=taken.number,
            at=taken.at,
            first=first,
            late=held.closed and taken not in held.drawn,
        )

    def _present(self, tx: Connection, call: Call, request: TakeCheckIn) -> Entry:
        if request.seeker_id is not None:
            entry = self._found(tx, call.actor, request.seeker_id)
        else:
            assert request.slip is not None
            known = self._register.of_slip(tx, request.slip)
            if known is None:
                raise SlipUnknown("nobody has this slip")
            entry = known
        require_active(entry)
        return entry

    def _refuse_reused_id(self, tx: Connection, id: str, person: str, held: HeldDay) -> None:
        for known in self._days.with_id(tx, id):
            if (known.station, known.date, known.person) != (held.station, held.date, person):
                raise CheckInIdReused("another check-in has this id", check_in_id=id)

    @method(CheckInsRpc.reserve_series)
    def reserve_series(self, tx: Connection, call: Call, request: ReserveSeries) -> Series:
        self._open_place(tx, call.actor, request.station)
        day = checkin.reservable_day(request.date, now=self.clock.now())
        self._days.lock_letters(tx, request.station)
        letter = self._days.letter_of(tx, request.station, day, request.desk)
        if letter is None:
            letter = checkin.next_series(self._days.last_letter(tx, request.station, day))
            self._days.give_letter(tx, request.station, day, request.desk, letter)
        return Series(station=request.station, date=day, letter=letter)

    @method(CheckInsRpc.merge_check_ins)
    def merge_check_ins(self, tx: Connection, call: Call, request: MergeCheckIns) -> MergedCheckIns:
        self._open_place(tx, call.actor, request.station)
        people = self._people(tx, call, request.check_ins)
        sent = [
            _check_in(request.station, request.date, entry, people[entry.id])
            for entry in request.check_ins
            if entry.id in people
        ]
        now = self.clock.now()
        handed_in = offline_book(request.station, request.date, sent, sent_at=request.sent_at, now=now)
        held = self._hold(tx, call, request.station, request.date)
        before = held.book
        held.book = self._without_contest(merge(before, handed_in), held.drawn)
        fresh = self._days.add(
            tx, sorted(held.book.check_ins - before.check_ins, key=_by_time), by=call.actor.id, channel=None
        )
        if fresh:
            standing = set(held.standing)
            for entry in fresh:
                if entry in standing:
                    self._events.check_in_taken(tx, call, entry, offline=True, now=now)
            self._add_late(tx, call, held)
            self._tell_waiting(tx, call, held)
        return _merged(request, held, handed_in, people)

    def _people(self, tx: Connection, call: Call, entries: Iterable[OfflineCheckIn]) -> dict[str, str]:
        """The person of each check-in, by its id; nobody for whom the caller cannot reach."""
        wanted = list(entries)
        of_slips = self._register.active_of_slips(tx, [entry.slip for entry in wanted if entry.slip])
        known = self._register.entries(tx, [entry.seeker_id for entry in wanted if entry.seeker_id])
        covered = {
            station: self._covers(tx, call.actor, station)
            for station in {entry.station for entry in known.values()}
        }
        of_ids = {
            id: id
            for id, entry in known.items()
            if entry.status is SeekerStatus.ACTIVE and covered[entry.station]
        }
        found = {
            entry.id: of_slips.get(entry.slip) if entry.slip else of_ids.get(entry.seeker_id or "")
            for entry in wanted
        }
        return {id: person for id, person in found.items() if person is not None}

    def _without_contest(self, book: DayBook, drawn: frozenset[CheckIn]) -> DayBook:
        """The book with a number for everybody whose own was taken."""
        for contested in roll(book, drawn=drawn).without_slip():
            book, _ = reissue(book, contested, id=new_identifier(self.clock.now()))
        return book


def _check_in(station: str, day: date, entry: OfflineCheckIn, person: str) -> CheckIn:
    return CheckIn(id=entry.id, station=station, date=day, person=person, number=entry.number, at=entry.at)


def _by_time(entry: CheckIn) -> tuple[object, ...]:
    return entry.at, entry.id, entry.person, entry.number


def _merged(
    request: MergeCheckIns, held: HeldDay, handed_in: DayBook, people: Mapping[str, str]
) -> MergedCheckIns:
    """What became of each that was sent."""
    outcome = roll(held.book, drawn=held.drawn)
    aside = [entry.told() for entry in outcome.set_aside if entry.check_in in handed_in.check_ins]
    aside += [
        SlipSetAside(id=entry.id, number=entry.number, reason=SetAsideReason.UNKNOWN_PERSON, instead=None)
        for entry in request.check_ins
        if entry.id not in people
    ]
    stands = tuple(entry.id for entry in outcome.standing if entry in handed_in.check_ins)
    return MergedCheckIns(standing=stands, set_aside=tuple(aside))
