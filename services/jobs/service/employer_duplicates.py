"""Employers that are in the register twice: the pairs, and merging them."""

from __future__ import annotations

from sqlalchemy import Connection

from services.jobs.domain import employer_duplicates as doubles
from services.jobs.domain.employer_standing import bar
from services.jobs.service.employer_desk import EmployerDesk
from services.jobs.storage.employer_pairs import Pair
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import Actor
from yizhan.contracts.employer_duplicates import (
    DismissDuplicate,
    DuplicateDismissed,
    DuplicateQuery,
    EmployerDuplicatesRpc,
    EmployerPair,
    EmployerPairNotFound,
    EmployerPairs,
    MergeEmployers,
)
from yizhan.contracts.employers import Employer, EmployerNotFound
from yizhan.contracts.rpc import Call


class Duplicates(EmployerDesk):
    """Commands and queries about doubles."""

    @method(EmployerDuplicatesRpc.list_employer_duplicates)
    def list_employer_duplicates(self, tx: Connection, call: Call, request: DuplicateQuery) -> EmployerPairs:
        subtree = self._network.within(tx, self._staff_place(tx, call.actor, request.station))
        pairs, following = self._pairs.page(tx, subtree, after=request.after, limit=request.limit)
        ids = [id for pair in pairs for id in (pair.one_id, pair.other_id)]
        employers = self._employers.some(tx, ids)
        told = (_told(pair, employers) for pair in pairs)
        # A station may have been moved to where the caller does not see it.
        seen = set(subtree.every)
        return EmployerPairs(
            pairs=tuple(pair for pair in told if {pair.one.station, pair.other.station} <= seen),
            next=following,
        )

    @method(EmployerDuplicatesRpc.dismiss_employer_duplicate)
    def dismiss_employer_duplicate(
        self, tx: Connection, call: Call, request: DismissDuplicate
    ) -> DuplicateDismissed:
        pair = self._pairs.find(tx, request.id)
        if pair is None:
            raise EmployerPairNotFound("no such pair waits for a decision", pair_id=request.id)
        for employer in self._employers.some(tx, [pair.one_id, pair.other_id]).values():
            self._staff_place(tx, call.actor, employer.station)
        now = self.clock.now()
        if not self._pairs.dismiss(tx, pair.id, by=call.actor.id, at=now, because=request.reason):
            raise EmployerPairNotFound("no such pair waits for a decision", pair_id=request.id)
        return DuplicateDismissed(id=pair.id)

    @method(EmployerDuplicatesRpc.merge_employers)
    def merge_employers(self, tx: Connection, call: Call, request: MergeEmployers) -> Employer:
        entries = self._lock_both(tx, call.actor, request.id, request.merged)
        kept, merged = entries[request.id], entries[request.merged]
        of_kept, of_merged = (
            self._sanctions.running_of(tx, self._employers.family(tx, one.id)) for one in (kept, merged)
        )
        decision, swallowed = doubles.merge(
            kept, merged, of_kept, of_merged, reason=request.reason, now=self.clock.now(), by=call.actor
        )
        whole = decision[0]
        self._employers.save(tx, merged, *swallowed)
        self._employers.save(tx, kept, *decision)
        self._events.employer_stepped(tx, call, *swallowed)
        self._events.employer_stepped(tx, call, *decision)
        self._pairs.forget(tx, merged.id)
        self._note_traits(tx, whole)
        if bar(whole) is not None:
            # Neither entry's postings outlast a sanction of the other.
            self._take_down(tx, call, whole)
        return whole

    def _lock_both(self, tx: Connection, actor: Actor, *ids: str) -> dict[str, Employer]:
        """Two entries, in an order that all who lock two keep to."""
        entries = {}
        for id in sorted(set(ids)):
            found = self._employers.lock_entry(tx, id)
            if found is None:
                raise EmployerNotFound("no employer has this id", employer_id=id)
            self._staff_place(tx, actor, found.station)
            entries[id] = found
        return entries


def _told(pair: Pair, employers: dict[str, Employer]) -> EmployerPair:
    return EmployerPair(
        id=pair.id,
        one=employers[pair.one_id],
        other=employers[pair.other_id],
        reasons=pair.reasons,
        found_at=pair.found_at,
    )
