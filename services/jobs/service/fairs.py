"""Fairs, from a plan to the figures behind a month."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from importlib.resources import files

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain import fair as life
from services.jobs.domain import fair_attendance as attendance
from services.jobs.domain.fair import Decision
from services.jobs.domain.fair_rules import DatedFairRules
from services.jobs.domain.network import require_open
from services.jobs.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.employers import EmployerNotFound
from yizhan.contracts.fairs import (
    AmendFair,
    AnnounceFair,
    BringPostings,
    CancelFair,
    CheckInFairEmployer,
    CloseFair,
    ConfirmFairEmployer,
    DeclineFairEmployer,
    Fair,
    FairLinkUnknown,
    FairNotFound,
    FairPlan,
    FairPostingForeign,
    FairsRpc,
    HoldFair,
    InviteToFair,
    PlanFair,
    RecordFairIntents,
    RecordFairReach,
)
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.network.tree import Place


def _read_rules() -> DatedFairRules:
    return DatedFairRules.read(json.loads((files("services.jobs") / "fairs.json").read_text("utf-8")))


class FairDesk(Desk):
    """What commands, queries and clockwork of fairs share."""

    fair_rules: DatedFairRules = _read_rules()

    @property
    def _fairs(self) -> storage.Fairs:
        return storage.Fairs(self.database)

    def _save_fair(self, tx: Connection, call: Call, before: Fair, decision: Decision) -> Fair:
        """Write what was decided of a locked fair, and tell of it."""
        after, outcome = decision
        due_at = life.next_due(after, self.fair_rules.of(after.plan))
        self._fairs.save(tx, before, after, outcome, due_at=due_at)
        self._events.fair_stepped(tx, call, after, outcome)
        return after


class Fairs(FairDesk):
    """Commands on fairs."""

    @method(FairsRpc.plan_fair)
    def plan_fair(self, tx: Connection, call: Call, request: PlanFair) -> Fair:
        place = self._staff_place(tx, call.actor, request.station)
        require_open(place)
        self._require_linked(tx, place, request.plan)
        now = self.clock.now()
        rules = self.fair_rules.of(request.plan)
        fair, outcome = life.plan(request, id=new_identifier(now), now=now, by=call.actor, rules=rules)
        self._fairs.insert(tx, fair, outcome, due_at=life.next_due(fair, rules))
        self._events.fair_stepped(tx, call, fair, outcome)
        return fair

    @method(FairsRpc.amend_fair)
    def amend_fair(self, tx: Connection, call: Call, request: AmendFair) -> Fair:
        current, place = self._lock_fair(tx, call, request.id)
        self._require_linked(tx, place, request.plan)
        rules = self.fair_rules.of(request.plan)
        decision = life.amend(current, request, now=self.clock.now(), by=call.actor, rules=rules)
        return self._save_fair(tx, call, current, decision)

    @method(FairsRpc.announce_fair)
    def announce_fair(self, tx: Connection, call: Call, request: AnnounceFair) -> Fair:
        return self._step_fair(tx, call, request.id, life.announce)

    @method(FairsRpc.hold_fair)
    def hold_fair(self, tx: Connection, call: Call, request: HoldFair) -> Fair:
        return self._step_fair(tx, call, request.id, life.hold)

    @method(FairsRpc.close_fair)
    def close_fair(self, tx: Connection, call: Call, request: CloseFair) -> Fair:
        return self._step_fair(tx, call, request.id, life.close)

    @method(FairsRpc.cancel_fair)
    def cancel_fair(self, tx: Connection, call: Call, request: CancelFair) -> Fair:
        return self._step_fair(tx, call, request.id, partial(life.cancel, reason=request.reason))

    @method(FairsRpc.record_fair_reach)
    def record_fair_reach(self, tx: Connection, call: Call, request: RecordFairReach) -> Fair:
        return self._step_fair(tx, call, request.id, partial(life.record_reach, request=request))

    # --- employers at a fair --------------------------------------------------------------------------

    @method(FairsRpc.invite_to_fair)
    def invite_to_fair(self, tx: Connection, call: Call, request: InviteToFair) -> Fair:
        current, _ = self._lock_fair(tx, call, request.id)
        names = {id: self._employer_in_public(tx, id) for id in request.employer_ids}
        decision = attendance.invite(current, names, now=self.clock.now(), by=call.actor)
        return self._save_fair(tx, call, current, decision)

    @method(FairsRpc.confirm_fair_employer)
    def confirm_fair_employer(self, tx: Connection, call: Call, request: ConfirmFairEmployer) -> Fair:
        decide = partial(attendance.confirm, id=request.employer_id, booth=request.booth)
        return self._step_fair(tx, call, request.id, decide)

    @method(FairsRpc.decline_fair_employer)
    def decline_fair_employer(self, tx: Connection, call: Call, request: DeclineFairEmployer) -> Fair:
        return self._step_fair(tx, call, request.id, partial(attendance.decline, id=request.employer_id))

    @method(FairsRpc.check_in_fair_employer)
    def check_in_fair_employer(self, tx: Connection, call: Call, request: CheckInFairEmployer) -> Fair:
        current, _ = self._lock_fair(tx, call, request.id)
        id = request.employer_id
        decision = attendance.check_in(
            current,
            id,
            self._employer_in_public(tx, id),
            booth=request.booth,
            now=self.clock.now(),
            by=call.actor,
        )
        return self._save_fair(tx, call, current, decision)

    @method(FairsRpc.bring_postings)
    def bring_postings(self, tx: Connection, call: Call, request: BringPostings) -> Fair:
        current, _ = self._lock_fair(tx, call, request.id)
        self._require_own(tx, request.employer_id, request.posting_ids)
        decision = attendance.bring(
            current, request.employer_id, request.posting_ids, now=self.clock.now(), by=call.actor
        )
        return self._save_fair(tx, call, current, decision)

    @method(FairsRpc.record_fair_intents)
    def record_fair_intents(self, tx: Connection, call: Call, request: RecordFairIntents) -> Fair:
        decide = partial(attendance.intend, id=request.employer_id, intents=request.intents)
        return self._step_fair(tx, call, request.id, decide)

    # --- what they have in common ---------------------------------------------------------------------

    def _step_fair(self, tx: Connection, call: Call, id: str, decide: Callable[..., Decision]) -> Fair:
        current, _ = self._lock_fair(tx, call, id)
        return self._save_fair(tx, call, current, decide(current, now=self.clock.now(), by=call.actor))

    def _lock_fair(self, tx: Connection, call: Call, id: str) -> tuple[Fair, Place]:
        """The fair, locked, and its host; for staff in whose scope the host lies."""
        current = self._fairs.lock(tx, id)
        if current is None:
            raise FairNotFound("no fair has this id", fair_id=id)
        return current, self._staff_place(tx, call.actor, current.station)

    def _require_linked(self, tx: Connection, host: Place, plan: FairPlan) -> None:
        """Raises FairLinkUnknown. Other towns may be linked: to announce a fair is to invite, not to
        order."""
        county = Place(host.path[0], host.path[:1], host.status)
        unknown = set(plan.linked) - set(self._network.within(tx, county).every)
        if unknown:
            raise FairLinkUnknown("a linked station is not in the host's county", stations=sorted(unknown))

    def _employer_in_public(self, tx: Connection, id: str) -> str:
        name = self._employers.name_in_public(tx, id)
        if name is None:
            raise EmployerNotFound("no employer has this id", employer_id=id)
        return name

    def _require_own(self, tx: Connection, employer_id: str, posting_ids: tuple[str, ...]) -> None:
        found = {id: self._postings.find(tx, id) for id in posting_ids}
        foreign = [id for id, one in found.items() if one is None or one.employer_id != employer_id]
        if foreign:
            raise FairPostingForeign(
                "an employer brings postings of its own", employer_id=employer_id, posting_ids=foreign
            )
