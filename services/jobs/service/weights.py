"""The weights of recommendations: dated data with history, and what others would have changed on a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.domain.matching import Candidate, Opening, in_order
from services.jobs.domain.rulebook import in_force, shipped
from services.jobs.service.matching_desk import MatchingDesk
from services.jobs.storage import Seeking
from yizhan.bus.nameko_entrypoints import method
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.checkins import TicketNumber
from yizhan.contracts.compliance import RuleKind, RuleVersion
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.jobs import Posting
from yizhan.contracts.matching import (
    MatchingRpc,
    PostingPreview,
    PreviewWeights,
    RankChange,
    SetWeights,
    Weights,
    WeightsHistory,
    WeightsInThePast,
    WeightsPreview,
    WeightsQuery,
    WeightsVersion,
)
from yizhan.contracts.rpc import Call

#: Postings of the day that are looked at, and places of each list that are compared.
_MOST_PREVIEWED = 100
_PLACES = 20
_A_DAY = timedelta(days=1)


class WeightsOfMatching(MatchingDesk):
    """Commands and queries about weights."""

    @method(MatchingRpc.get_weights)
    def get_weights(self, tx: Connection, call: Call, request: WeightsQuery) -> WeightsHistory:  # noqa: ARG002
        place = self._staff_place(tx, call.actor, call.actor.station or self._network.root(tx))
        written = [one for one in storage.RuleVersions().all(tx) if one.kind is RuleKind.MATCHING]
        current = in_force(written, RuleKind.MATCHING, division=place.code, on=self._today())
        return WeightsHistory(
            in_force=_version(current or shipped(RuleKind.MATCHING)),
            versions=tuple(_version(one) for one in (*reversed(written), shipped(RuleKind.MATCHING))),
        )

    @method(MatchingRpc.set_weights)
    def set_weights(self, tx: Connection, call: Call, request: SetWeights) -> WeightsVersion:
        self._require_administrator(tx, call, self._network.root(tx))
        now, today = self.clock.now(), self._today()
        if request.valid_from < today:
            raise WeightsInThePast(
                "weights begin today or later", valid_from=str(request.valid_from), today=str(today)
            )
        version = RuleVersion(
            id=new_identifier(now),
            kind=RuleKind.MATCHING,
            division=None,
            valid_from=request.valid_from,
            data=request.weights.model_dump(mode="json"),
            by=call.actor.id,
            at=now,
            reason=request.reason,
        )
        storage.RuleVersions().insert(tx, version)
        return _version(version)

    @method(MatchingRpc.preview_weights)
    def preview_weights(self, tx: Connection, call: Call, request: PreviewWeights) -> WeightsPreview:
        self._require_administrator(tx, call, request.station)
        place = self._staff_place(tx, call.actor, request.station)
        day = request.day or self._today() - _A_DAY
        begins = datetime.combine(day, datetime.min.time(), COUNTY_ZONE)
        postings = storage.postings_of_day(
            tx,
            self._network.within(tx, place).every,
            after=begins,
            before=begins + _A_DAY,
            limit=_MOST_PREVIEWED,
        )
        before = self._weights_on(tx, place.code, day).weights
        compared = [self._compared(tx, posting, day, before, request.weights) for posting in postings]
        return WeightsPreview(
            day=day,
            postings=tuple(preview for preview, _ in compared),
            changed=sum(changed for _, changed in compared),
        )

    def _compared(
        self, tx: Connection, posting: Posting, day: date, before: Weights, after: Weights
    ) -> tuple[PostingPreview, bool]:
        """What changes for a posting, and whether its first places go to others."""
        hands = posting.terms.headcount
        drawn = self._roll.drawn(tx, posting.station, day)
        ranks: list[dict[str, int]] = []
        numbers: dict[str, TicketNumber] = {}
        for weights in (before, after):
            around = self._looking_around(tx, weights)(posting.station)
            opening = self._as_offered(tx, posting, around, missing=hands)
            here = self._candidates.waiting(tx, opening.trade, around.stations, day)
            numbers |= {one.worker.id: one.here.number for one in here if one.here is not None}
            ranks.append(self._ranks(opening, here, weights, drawn=drawn))
        old, new = ranks
        listed = {id for places in ranks for id, rank in places.items() if rank <= max(hands, _PLACES)}
        changes = tuple(
            RankChange(worker_id=id, number=numbers.get(id), before=old.get(id), after=new.get(id))
            for id in sorted(listed, key=lambda id: (new.get(id, len(new) + 1), old.get(id, 0), id))
            if old.get(id) != new.get(id)
        )
        first = [{id for id, rank in places.items() if rank <= hands} for places in ranks]
        preview = PostingPreview(
            posting_id=posting.id,
            trade=posting.terms.trade,
            station=posting.station,
            drawn=drawn,
            changes=changes,
        )
        return preview, first[0] != first[1]

    def _ranks(
        self, opening: Opening, here: list[Seeking], weights: Weights, *, drawn: bool
    ) -> dict[str, int]:
        """Each one's place, as things stood when the work began."""
        found = [Candidate(one.worker, one.here) for one in here]
        fits, _ = self._weighed(opening, found, weights, now=opening.span.starts_at)
        ordered = in_order(fits, drawn_at=opening.station if drawn else None)
        return {fit.candidate.worker.id: rank for rank, fit in enumerate(ordered, start=1)}


def _version(version: RuleVersion) -> WeightsVersion:
    return WeightsVersion(
        id=version.id,
        valid_from=version.valid_from,
        weights=Weights.model_validate(version.data),
        by=version.by,
        at=version.at,
        reason=version.reason,
    )
