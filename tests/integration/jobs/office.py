"""services/jobs as its callers meet it, without a broker between: calls, news and the clockwork."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.jobs.service import JobsService
from services.jobs.storage import tables
from tests.support.service_stand import (
    ADMIN,
    COMMUNITY,
    COMMUNITY_CLERK,
    COUNTY,
    OTHER_CLERK,
    OTHER_TOWN,
    PARENTS,
    TOWN,
    TOWN_CLERK,
    ServiceStand,
)
from yizhan.clock import FrozenClock
from yizhan.contracts.employers import Employer, EmployerKind, EmployersRpc, RegisterEmployer
from yizhan.contracts.jobs import (
    DraftPosting,
    JobsRpc,
    Posting,
    PostingRef,
    PostingStatus,
    PostingTerms,
    PublishPosting,
    Settlement,
    SubmitPosting,
    VerificationMethod,
    VerifyPosting,
    Wage,
    WageUnit,
)
from yizhan.contracts.subscriptions import JOBS_NETWORK
from yizhan.database import Database
from yizhan.encryption import FieldCipher

__all__ = [
    "ADMIN",
    "CIPHER",
    "COMMUNITY",
    "COMMUNITY_CLERK",
    "COUNTY",
    "OTHER_CLERK",
    "OTHER_TOWN",
    "PARENTS",
    "TOWN",
    "TOWN_CLERK",
    "WAY",
    "Office",
]

CIPHER = FieldCipher({"k1": b"1" * 16}, current="k1", index_key=b"i" * 32)

#: The steps on the way to the screens, in their order.
WAY = (PostingStatus.DRAFT, PostingStatus.SUBMITTED, PostingStatus.VERIFIED, PostingStatus.PUBLISHED)


class Office(ServiceStand):
    """One instance of the service on a database."""

    def __init__(self, database: Database, clock: FrozenClock) -> None:
        super().__init__(database, clock, JobsService(), tables.metadata, JOBS_NETWORK)
        self.service.cipher = CIPHER

    # --- an employer, a posting --------------------------------------------------------------

    def register_employer(self, station: str = TOWN) -> Employer:
        request = RegisterEmployer(station=station, kind=EmployerKind.INDIVIDUAL, name="王家砂石厂")
        employer: Employer = self.ask(EmployersRpc.register_employer, request, ADMIN)
        return employer

    def terms(self, **changes: Any) -> PostingTerms:
        given = {
            "trade": "搬运工",
            "wage": Wage(fen=20_000, unit=WageUnit.DAY),
            "settlement": Settlement.DAILY,
            "headcount": 3,
            "place": "醒狮镇兴龙社区",
            "starts_at": self.clock.now() + timedelta(hours=6),
        }
        return PostingTerms.model_validate({**given, **changes})

    def draft(self, station: str = TOWN, *, employer: Employer | None = None, **terms: Any) -> Posting:
        employer = employer or self.register_employer(station)
        request = DraftPosting(station=station, employer_id=employer.id, terms=self.terms(**terms))
        return self.posting(self.ask(JobsRpc.draft_posting, request, ADMIN).id)

    def bring_to(
        self, status: PostingStatus, station: str = TOWN, *, employer: Employer | None = None, **terms: Any
    ) -> Posting:
        """A new posting, that far on its way to the screens."""
        posting = self.draft(station, employer=employer, **terms)
        verify = VerifyPosting(id=posting.id, method=VerificationMethod.PHONE_CALL)
        steps = (
            (JobsRpc.submit_posting, SubmitPosting(id=posting.id)),
            (JobsRpc.verify_posting, verify),
            (JobsRpc.publish_posting, PublishPosting(id=posting.id)),
        )
        for method, request in steps[: WAY.index(status)]:
            self.ask(method, request, ADMIN)
            posting = self.posting(posting.id)
        return posting

    # --- what came of it -------------------------------------------------------------------------------

    def posting(self, id: str) -> Posting:
        posting: Posting = self.ask(JobsRpc.get_posting, PostingRef(id=id), ADMIN)
        return posting
