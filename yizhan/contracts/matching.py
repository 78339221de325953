"""What services/jobs says of matching: who suits a posting, which postings suit a worker, and why."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, StationCode
from yizhan.contracts.checkins import CountyDay, TicketNumber
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.jobs import Posting
from yizhan.contracts.rpc import Method
from yizhan.contracts.seekers import Crew

# The field of the same name would shadow the type.
Day = date

# --- values -------------------------------------------------------------------------------------------


class MatchReason(StrEnum):
    """Why somebody suits a posting, or a posting somebody."""

    TRADE = "trade"
    DISTANCE = "distance"
    HOURS = "hours"
    WAGE = "wage"
    WAITING = "waiting"
    PUNCTUALITY = "punctuality"
    #: His place in the county's published order of difficulty; why he has it stands nowhere.
    PRIORITY = "priority"
    #: The employer's: whether he pays when he promised.
    PAY = "pay"


class Misfit(StrEnum):
    """Why somebody and a posting do not go together."""

    #: The employer may not post: he is sanctioned, closed or refused.
    EMPLOYER_BARRED = "employer_barred"
    POSTING_NOT_OPEN = "posting_not_open"
    #: The work is closed to people of 16 and 17, and he is one.
    CLOSED_TO_MINORS = "closed_to_minors"
    #: He is bound to another job at that time.
    BUSY = "busy"
    OTHER_TRADE = "other_trade"
    TOO_FAR = "too_far"
    OTHER_DAYS = "other_days"
    OTHER_HOURS = "other_hours"
    WAGE_TOO_LOW = "wage_too_low"


class MatchWarning(StrEnum):
    """What the desk is to know; it blocks nothing."""

    PAST_RETIREMENT = "past_retirement"
    RETIREMENT_DEPENDS_ON_POST = "retirement_depends_on_post"


class Weighed(Message):
    """One reason. share: 0 to 1, how far it speaks for them; points: what of the score is its.

    figure, of: what it is made of. trade: the level, 0 to 3. distance: metres; None where a position is
    unknown. hours: of so many days of the job, those that suit. wage: fen above what he asks at the least,
    in the job's own unit; None where the two do not compare. waiting: minutes since he came today, else `of`
    days since he has had no work. punctuality: of so many jobs, those he came to. priority: the place. pay:
    per cent of the employer's pays that came in time.
    """

    reason: MatchReason
    share: Annotated[float, Field(ge=0, le=1)]
    points: Annotated[int, Field(ge=0, le=1000)]
    figure: int | None = None
    of: int | None = None


class Weights(Message):
    """What each reason counts for, against the others; 0: nothing.

    reach_km: from where on a distance speaks for nobody, and how far somebody goes who names no limit.
    waiting_full_minutes, idle_full_days: from when on waiting counts in full, of who waits today and of who
    does not. priority_full: the place from which on priority does.
    """

    trade: Annotated[int, Field(ge=0, le=100)]
    distance: Annotated[int, Field(ge=0, le=100)]
    hours: Annotated[int, Field(ge=0, le=100)]
    wage: Annotated[int, Field(ge=0, le=100)]
    waiting: Annotated[int, Field(ge=0, le=100)]
    punctuality: Annotated[int, Field(ge=0, le=100)]
    priority: Annotated[int, Field(ge=0, le=100)]
    pay: Annotated[int, Field(ge=0, le=100)]
    reach_km: Annotated[int, Field(ge=1, le=300)]
    waiting_full_minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    idle_full_days: Annotated[int, Field(ge=1, le=366)]
    priority_full: Annotated[int, Field(ge=1, le=9)]

    @model_validator(mode="after")
    def _something_counts(self) -> Weights:
        if self.of_worker == 0 or self.of_posting == 0:
            raise ValueError("something has to count")
        return self

    @property
    def of_worker(self) -> int:
        """All that counts when workers are compared for a posting."""
        return self.fit + self.waiting + self.punctuality + self.priority

    @property
    def of_posting(self) -> int:
        """All that counts when postings are compared for a worker."""
        return self.fit + self.pay

    @property
    def fit(self) -> int:
        return self.trade + self.distance + self.hours + self.wage


class WeightsVersion(Message):
    """Weights in force from a day until the next version's. id: None for those that are shipped."""

    id: Identifier | None
    valid_from: CountyDay
    weights: Weights
    by: str
    at: Moment | None
    reason: str | None = None


class RecommendationOrder(StrEnum):
    #: Who waits at the posting's station first, in the order that was drawn there; all others by score.
    DRAW = "draw"
    SCORE = "score"


class RecommendedWorker(Message):
    """Somebody who suits a posting. station: where he waits today, else where he is registered.

    waits: he has checked in today; number: his slip's, at that station; turn: its place in the draw. score: 0
    to 1000, the sum of the reasons' points.
    """

    worker_id: Identifier
    station: StationCode
    waits: bool
    number: TicketNumber | None
    turn: int | None
    crew: Crew | None
    score: Annotated[int, Field(ge=0, le=1000)]
    reasons: tuple[Weighed, ...]
    warnings: tuple[MatchWarning, ...]


class MisfitCount(Message):
    misfit: Misfit
    people: int


class RecommendedWorkers(Message):
    """Whom to offer a posting, the first first.

    more: whether others suit it beside those listed. unfit: of those near who look for the trade, how many do
    not, and why. version: of the weights, None for the shipped ones.
    """

    posting_id: Identifier
    order: RecommendationOrder
    workers: tuple[RecommendedWorker, ...]
    more: bool
    unfit: tuple[MisfitCount, ...]
    version: Identifier | None


class RecommendedPosting(Message):
    """A posting that suits somebody."""

    posting: Posting
    score: Annotated[int, Field(ge=0, le=1000)]
    reasons: tuple[Weighed, ...]
    warnings: tuple[MatchWarning, ...]


class RecommendedPostings(Message):
    worker_id: Identifier
    postings: tuple[RecommendedPosting, ...]
    version: Identifier | None


class Placement(Message):
    """Who goes to a posting when all of a round's postings are looked at together, the best first."""

    posting_id: Identifier
    missing: int
    workers: tuple[RecommendedWorker, ...]


class Round(Message):
    """Whom to offer what, all postings of a station and below it that start today taken together, so that
    nobody goes where another could, while a job that only he can do stays empty. unplaced: people who wait
    and suit some posting, and for whom no place is left."""

    placements: tuple[Placement, ...]
    unplaced: int
    version: Identifier | None


class RankChange(Message):
    """One worker's place under the weights in force and under others; None for beyond the list."""

    worker_id: Identifier
    number: TicketNumber | None
    before: int | None
    after: int | None


class PostingPreview(Message):
    """What other weights would have changed for a posting. drawn: its station drew its order, which weights
    do not touch."""

    posting_id: Identifier
    trade: str
    station: StationCode
    drawn: bool
    changes: tuple[RankChange, ...]


class WeightsPreview(Message):
    """A day's postings, as they would have been offered with the people who came on it. changed: postings
    whose first places, as many as hands were wanted, would have gone to others."""

    day: CountyDay
    postings: tuple[PostingPreview, ...]
    changed: int


# --- RPC ----------------------------------------------------------------------------------------------


class RecommendWorkers(Message):
    """For a posting: whom to offer."""

    id: Identifier
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class RecommendPostings(Message):
    """For somebody: which postings."""

    worker_id: Identifier
    limit: Annotated[int, Field(ge=1, le=50)] = 10


class PlanRound(Message):
    """Postings of a station and all below it that start on the day that is running."""

    station: StationCode


class WeightsQuery(Message):
    """Every version of the weights, the newest first, the shipped one last."""


class WeightsHistory(Message):
    """in_force: the version of today."""

    in_force: WeightsVersion
    versions: tuple[WeightsVersion, ...]


class SetWeights(Message):
    """Weights from a day on, for the whole county."""

    valid_from: CountyDay
    weights: Weights
    reason: OfficeText


class PreviewWeights(Message):
    """What weights would have changed on a day. day: None for yesterday."""

    station: StationCode
    weights: Weights
    day: Day | None = None


SERVICE = "jobs"


class MatchingRpc:
    """The methods of services/jobs that are about matching."""

    recommend_workers = Method(
        SERVICE, "recommend_workers", RecommendWorkers, RecommendedWorkers, command=False
    )
    recommend_postings = Method(
        SERVICE, "recommend_postings", RecommendPostings, RecommendedPostings, command=False
    )
    plan_round = Method(SERVICE, "plan_round", PlanRound, Round, command=False)
    get_weights = Method(SERVICE, "get_weights", WeightsQuery, WeightsHistory, command=False)
    set_weights = Method(SERVICE, "set_weights", SetWeights, WeightsVersion, command=True)
    preview_weights = Method(SERVICE, "preview_weights", PreviewWeights, WeightsPreview, command=True)


# --- errors -------------------------------------------------------------------------------------------


class WeightsInThePast(YizhanError):
    """Weights begin today or later: what was recommended under others stays as it was."""

    code = "jobs.weights_in_the_past"
    status = 422
