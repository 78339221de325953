"""Examples of recommendations and weights for the API document."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic import BaseModel

from yizhan.contracts import matching
from yizhan.contracts.examples import posting

_AT = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
_POSTING = posting.id
_WORKER = "019ca714-2b10-7e01-9c44-6a1c0d5e7f31"
_VERSION = "01950008-7c00-7000-8000-000000000008"
_STATION = "5227300101"

_REASON = matching.MatchReason
_WEIGHTS = matching.Weights(
    trade=20,
    distance=20,
    hours=5,
    wage=10,
    waiting=25,
    punctuality=10,
    priority=10,
    pay=20,
    reach_km=20,
    waiting_full_minutes=180,
    idle_full_days=14,
    priority_full=1,
)
_VERSION_OF_MARCH = matching.WeightsVersion(
    id=_VERSION,
    valid_from=date(2026, 3, 1),
    weights=_WEIGHTS,
    by="01950001-7c00-7000-8000-000000000001",
    at=_AT,
    reason="候工时间长的优先，三月起试行",
)
_REASONS = (
    matching.Weighed(reason=_REASON.TRADE, share=0.75, points=150, figure=2, of=3),
    matching.Weighed(reason=_REASON.DISTANCE, share=0.94, points=188, figure=1200),
    matching.Weighed(reason=_REASON.HOURS, share=1.0, points=50, figure=1, of=1),
    matching.Weighed(reason=_REASON.WAGE, share=0.83, points=83, figure=5000),
)
_RECOMMENDED = matching.RecommendedWorker(
    worker_id=_WORKER,
    station=_STATION,
    waits=True,
    number="A012",
    turn=3,
    crew=None,
    score=700,
    reasons=(
        *_REASONS,
        matching.Weighed(reason=_REASON.WAITING, share=0.62, points=155, figure=43),
        matching.Weighed(reason=_REASON.PUNCTUALITY, share=0.74, points=74, figure=12, of=13),
    ),
    warnings=(matching.MatchWarning.PAST_RETIREMENT,),
)

EXAMPLES: tuple[BaseModel, ...] = (
    matching.RecommendedWorkers(
        posting_id=_POSTING,
        order=matching.RecommendationOrder.DRAW,
        workers=(_RECOMMENDED,),
        more=True,
        unfit=(matching.MisfitCount(misfit=matching.Misfit.TOO_FAR, people=4),),
        version=_VERSION,
    ),
    matching.RecommendedPostings(
        worker_id=_WORKER,
        postings=(matching.RecommendedPosting(posting=posting, score=471, reasons=_REASONS, warnings=()),),
        version=_VERSION,
    ),
    matching.Round(
        placements=(matching.Placement(posting_id=_POSTING, missing=3, workers=(_RECOMMENDED,)),),
        unplaced=2,
        version=_VERSION,
    ),
    matching.WeightsHistory(in_force=_VERSION_OF_MARCH, versions=(_VERSION_OF_MARCH,)),
    _VERSION_OF_MARCH,
    matching.SetWeights(valid_from=date(2026, 3, 1), weights=_WEIGHTS, reason="候工时间长的优先，三月起试行"),
    matching.PreviewWeights(station=_STATION, weights=_WEIGHTS),
    matching.WeightsPreview(
        day=date(2026, 3, 1),
        postings=(
            matching.PostingPreview(
                posting_id=_POSTING,
                trade="搬运工",
                station=_STATION,
                drawn=False,
                changes=(matching.RankChange(worker_id=_WORKER, number="A012", before=4, after=2),),
            ),
        ),
        changed=1,
    ),
)
