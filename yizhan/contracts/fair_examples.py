"""A lifelike example of every event of a fair. Everybody is invented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from yizhan.contracts import fairs
from yizhan.contracts.envelope import Facts

_CLERK = "019ca713-ddd0-7b6c-9d0e-3f4ef1d3a9b2"
_FAIR = "019ca716-3d40-7a8e-9b51-6a0c2f8e7d13"
_EMPLOYER = "019ca714-0c28-7a10-b7a1-52a3d2f7e9d0"
_POSTING = "019ca714-a1b0-7d44-8c55-0b7f6a0f4c11"
_STATION = "52273001"
_AT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
_OPENS_AT = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)
_CLOSES_AT = _OPENS_AT + timedelta(hours=4)

fair = fairs.Fair(
    id=_FAIR,
    station=_STATION,
    status=fairs.FairStatus.ANNOUNCED,
    plan=fairs.FairPlan(
        title="冠山街道春季零工专场招聘会",
        place="老农贸市场广场",
        opens_at=_OPENS_AT,
        closes_at=_CLOSES_AT,
        linked=("52273002",),
        booths=30,
    ),
    employers=(
        fairs.FairEmployer(
            employer_id=_EMPLOYER,
            employer_name="龙里县谷丰物流",
            attendance=fairs.Attendance.CONFIRMED,
            booth=1,
            posting_ids=(_POSTING,),
        ),
    ),
    counts=fairs.FairCounts(confirmed=1, postings=1),
    created_at=_AT,
    announced_at=_AT,
    sequence=4,
)


def _fair(status: fairs.FairStatus, sequence: int, **changes: Any) -> fairs.Fair:
    return fair.model_copy(update={"status": status, "sequence": sequence, **changes})


def _there(**changes: Any) -> dict[str, Any]:
    came = fair.employers[0].model_copy(update={"attendance": fairs.Attendance.CAME})
    return {
        "employers": (came,),
        "counts": fairs.FairCounts(came=1, postings=1),
        "held_at": _OPENS_AT,
        **changes,
    }


_S = fairs.FairStatus
_NOBODY: dict[str, Any] = {"employers": (), "counts": fairs.FairCounts(), "announced_at": None}

#: Facts, subject, sequence, station.
FACTS: tuple[tuple[Facts, str, int, str], ...] = tuple(
    (facts, _FAIR, facts.fair.sequence, _STATION)
    for facts in (
        fairs.FairPlanned(fair=_fair(_S.PLANNED, 1, **_NOBODY), by=_CLERK),
        fairs.FairAmended(fair=_fair(_S.PLANNED, 3, announced_at=None), by=_CLERK),
        fairs.FairAnnounced(fair=fair, by=_CLERK),
        fairs.FairFellShort(
            fair=_fair(_S.ANNOUNCED, 5, warned_at=_OPENS_AT - timedelta(days=7)),
            by="system",
            confirmed=1,
            least=5,
        ),
        fairs.FairHeld(fair=_fair(_S.HELD, 6, held_at=_OPENS_AT), by=_CLERK),
        fairs.FairEnded(fair=_fair(_S.HELD, 8, **_there(ended_at=_CLOSES_AT)), by="system"),
        fairs.FairClosed(
            fair=_fair(_S.CLOSED, 9, **_there(ended_at=_CLOSES_AT, closed_at=_CLOSES_AT)), by=_CLERK
        ),
        fairs.FairCancelled(
            fair=_fair(_S.CANCELLED, 5, cancelled_because="暴雨红色预警，改期另行通知"), by=_CLERK
        ),
    )
)
