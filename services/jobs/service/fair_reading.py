"""What is read of fairs, and what becomes due by itself."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import fair as life
from services.jobs.domain.fair_rules import counts_for_its_month, near_from
from services.jobs.service.fairs import FairDesk
from yizhan.bus.clockwork import wakening
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import SYSTEM, Role
from yizhan.contracts.fairs import (
    ExportLiveFairs,
    Fair,
    FairHistory,
    FairList,
    FairMonth,
    FairMonthQuery,
    FairNotFound,
    FairOfMonth,
    FairQuery,
    FairRef,
    FairsRpc,
    LiveFairs,
    ShortFair,
    ShortFairList,
    ShortFairQuery,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.network.scope import require_system

#: How long an instance may not notice what another one, or a person, has made due earlier.
_LONGEST_SLEEP_SECONDS = 5.0
#: How soon to look again for what another instance was holding.
_SHORTEST_SLEEP_SECONDS = 0.2
_SEEN_TO_AT_ONCE = 100


class FairReading(FairDesk):
    """Queries and clockwork of fairs."""

    @method(FairsRpc.get_fair)
    def get_fair(self, tx: Connection, call: Call, request: FairRef) -> Fair:
        found = self._fairs.find(tx, request.id)
        public = call.actor.role is Role.PUBLIC
        # To the public, a fair that is not on the screens does not exist.
        if found is None or (public and not life.is_on_screens(found)):
            raise FairNotFound("no fair has this id", fair_id=request.id)
        if public:
            return life.in_public(found)
        self._staff_place(tx, call.actor, found.station)
        return found

    @method(FairsRpc.list_fairs)
    def list_fairs(self, tx: Connection, call: Call, request: FairQuery) -> FairList:
        public = call.actor.role is Role.PUBLIC
        if public:
            place, _ = self._place(tx, call.actor, request.station)
        else:
            place = self._staff_place(tx, call.actor, request.station)
        fairs, following = self._fairs.page(
            tx,
            self._network.within(tx, place),
            status=request.status,
            shown_only=public,
            after=request.after,
            limit=request.limit,
        )
        if public:
            fairs = [life.summary_in_public(one) for one in fairs]
        return FairList(fairs=tuple(fairs), next=following)

    @method(FairsRpc.fair_history)
    def fair_history(self, tx: Connection, call: Call, request: FairRef) -> FairHistory:
        found = self._fairs.find(tx, request.id)
        if found is None:
            raise FairNotFound("no fair has this id", fair_id=request.id)
        self._staff_place(tx, call.actor, found.station)
        return FairHistory(steps=tuple(self._fairs.steps(tx, request.id)))

    @method(FairsRpc.short_fairs)
    def short_fairs(self, tx: Connection, call: Call, request: ShortFairQuery) -> ShortFairList:
        place = self._staff_place(tx, call.actor, request.station)
        now = self.clock.now()
        ahead = self._fairs.ahead(
            tx, self._network.within(tx, place), opens_before=now + self.fair_rules.furthest_warning
        )
        short = []
        for fair in ahead:
            rules = self.fair_rules.of(fair.plan)
            missing = rules.least_employers - fair.counts.confirmed
            if missing > 0 and near_from(fair.plan, rules) <= now < fair.plan.closes_at:
                short.append(ShortFair(fair=fair, least=rules.least_employers, missing=missing))
        return ShortFairList(fairs=tuple(short))

    @method(FairsRpc.fair_month)
    def fair_month(self, tx: Connection, call: Call, request: FairMonthQuery) -> FairMonth:
        place = self._staff_place(tx, call.actor, request.station)
        rows = []
        for fair in self._fairs.of_month(tx, self._network.within(tx, place), request.month):
            rules = self.fair_rules.of(fair.plan)
            counts = counts_for_its_month(fair.status, fair.counts.came, rules)
            rows.append(FairOfMonth(fair=fair, least=rules.least_employers, counts=counts))
        return FairMonth(
            station=request.station,
            month=request.month,
            counted=sum(row.counts for row in rows),
            fairs=tuple(rows),
        )

    @method(FairsRpc.export_live_fairs)
    def export_live_fairs(self, tx: Connection, call: Call, request: ExportLiveFairs) -> LiveFairs:
        require_system(call.actor)
        fairs, following = self._fairs.on_screens(tx, after=request.after, limit=request.limit)
        return LiveFairs(fairs=tuple(fairs), next=following)

    @wakening(at_most_seconds=_LONGEST_SLEEP_SECONDS)
    def see_to_fairs(self) -> float:
        """Warn of fairs that fall short and end those whose time is over; the seconds until there may be
        more. Each has a transaction of its own, so that one that fails holds up no other."""
        with self.database.reading() as connection:
            due = self._fairs.due(connection, now=self.clock.now(), limit=_SEEN_TO_AT_ONCE)
        failures = []
        for id in due:
            try:
                self._see_to(id)
            except Exception as failure:
                failures.append(failure)
        if failures:
            raise ExceptionGroup("fairs that were not seen to", failures)
        return 0.0 if len(due) == _SEEN_TO_AT_ONCE else self._seconds_until_fairs_are_due()

    def _see_to(self, id: str) -> None:
        with self.database.transaction() as tx:
            # Read again under its lock: another instance, or a person, may have been quicker.
            current = self._fairs.lock_unless_held(tx, id)
            if current is None:
                return
            now = self.clock.now()
            rules = self.fair_rules.of(current.plan)
            if life.is_over(current, now=now):
                decision = life.end(current, now=now)
            elif life.is_to_be_warned_of(current, rules, now=now):
                decision = life.warn(current, now=now, rules=rules)
            else:
                # It became due under rules that have changed since.
                self._fairs.put_off(tx, id, due_at=life.next_due(current, rules))
                return
            self._save_fair(tx, Call(actor=SYSTEM, correlation=new_identifier(now)), current, decision)

    def _seconds_until_fairs_are_due(self) -> float:
        with self.database.reading() as connection:
            due_at = self._fairs.next_due(connection)
        if due_at is None:
            return _LONGEST_SLEEP_SECONDS
        return max((due_at - self.clock.now()).total_seconds(), _SHORTEST_SLEEP_SECONDS)
