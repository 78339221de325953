"""Examples of fairs for the API document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from yizhan.contracts import fairs

_OPENS_AT = datetime(2026, 3, 21, 1, 0, tzinfo=UTC)
_FAIR = "01950006-7c00-7000-8000-000000000006"
_COMPANY = "01950004-7c00-7000-8000-000000000004"
_WALK_IN = "01950007-7c00-7000-8000-000000000007"
_POSTING = "01950005-7c00-7000-8000-000000000005"
_STATION = "52273001"

_PLAN = fairs.FairPlan(
    title="冠山街道春季零工专场招聘会",
    place="老农贸市场广场",
    opens_at=_OPENS_AT,
    closes_at=_OPENS_AT + timedelta(hours=4),
    linked=("52273002",),
    booths=30,
)
_HELD = fairs.Fair(
    id=_FAIR,
    station=_STATION,
    status=fairs.FairStatus.HELD,
    plan=_PLAN,
    employers=(
        fairs.FairEmployer(
            employer_id=_COMPANY,
            employer_name="龙里县示例建筑劳务有限公司",
            attendance=fairs.Attendance.CAME,
            booth=1,
            posting_ids=(_POSTING,),
            intents=6,
        ),
        fairs.FairEmployer(
            employer_id=_WALK_IN,
            employer_name="个人雇主",
            attendance=fairs.Attendance.CAME,
            booth=2,
            walk_in=True,
        ),
    ),
    counts=fairs.FairCounts(came=2, postings=1, intents=6),
    reach=fairs.FairReach(
        people=240,
        source=fairs.ReachSource.SIGN_IN_SHEET,
        recorded_at=_OPENS_AT + timedelta(hours=3),
    ),
    created_at=_OPENS_AT - timedelta(days=20),
    announced_at=_OPENS_AT - timedelta(days=14),
    held_at=_OPENS_AT,
    sequence=9,
)
_SUMMARY = fairs.FairSummary(
    id=_FAIR,
    station=_STATION,
    status=fairs.FairStatus.HELD,
    plan=_PLAN,
    counts=_HELD.counts,
    reach=_HELD.reach,
    ended_at=None,
    sequence=9,
)

EXAMPLES: tuple[BaseModel, ...] = (
    _HELD,
    fairs.FairList(fairs=(_SUMMARY,), next=None),
    fairs.PlanFair(station=_STATION, plan=_PLAN),
    fairs.AmendFair(id=_FAIR, plan=_PLAN, expected_sequence=2),
    fairs.AnnounceFair(id=_FAIR),
    fairs.HoldFair(id=_FAIR),
    fairs.CloseFair(id=_FAIR),
    fairs.CancelFair(id=_FAIR, reason="暴雨红色预警，改期另行通知"),
    fairs.InviteToFair(id=_FAIR, employer_ids=(_COMPANY,)),
    fairs.ConfirmFairEmployer(id=_FAIR, employer_id=_COMPANY, booth=1),
    fairs.DeclineFairEmployer(id=_FAIR, employer_id=_COMPANY),
    fairs.CheckInFairEmployer(id=_FAIR, employer_id=_COMPANY, booth=2),
    fairs.BringPostings(id=_FAIR, employer_id=_COMPANY, posting_ids=(_POSTING,)),
    fairs.RecordFairIntents(id=_FAIR, employer_id=_COMPANY, intents=6),
    fairs.RecordFairReach(id=_FAIR, people=240, source=fairs.ReachSource.SIGN_IN_SHEET),
    fairs.FairHistory(
        steps=(
            fairs.FairStep(
                sequence=9,
                step="check_in",
                status=fairs.FairStatus.HELD,
                by="01950001-7c00-7000-8000-000000000001",
                at=_OPENS_AT,
                employer_id=_WALK_IN,
                reason=None,
            ),
        )
    ),
    fairs.ShortFairList(
        fairs=(
            fairs.ShortFair(
                fair=fairs.FairSummary(
                    id=_FAIR,
                    station=_STATION,
                    status=fairs.FairStatus.ANNOUNCED,
                    plan=_PLAN,
                    counts=fairs.FairCounts(invited=8, confirmed=3),
                    reach=None,
                    ended_at=None,
                    sequence=6,
                ),
                least=5,
                missing=2,
            ),
        )
    ),
    fairs.FairMonth(
        station=_STATION,
        month="2026-03",
        counted=0,
        fairs=(fairs.FairOfMonth(fair=_SUMMARY, least=5, counts=False),),
    ),
)
