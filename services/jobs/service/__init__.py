"""The RPC face of services/jobs: translate, decide in the domain, save and tell in one transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from services.jobs import storage
from services.jobs.service.dispatch_offers import DispatchOffers
from services.jobs.service.dispatch_pay import DispatchPay
from services.jobs.service.dispatch_upkeep import DispatchUpkeep
from services.jobs.service.dispatches import Dispatches
from services.jobs.service.employer_contacts import Contacts
from services.jobs.service.employer_duplicates import Duplicates
from services.jobs.service.employers import Employers
from services.jobs.service.external import External
from services.jobs.service.fair_reading import FairReading
from services.jobs.service.fairs import Fairs
from services.jobs.service.import_work import ImportWork
from services.jobs.service.imports import Imports
from services.jobs.service.network import Network
from services.jobs.service.posting_papers import PostingPapers
from services.jobs.service.posting_upkeep import PostingUpkeep
from services.jobs.service.postings import Postings
from services.jobs.service.recommendations import Recommendations
from services.jobs.service.rules import Rules
from services.jobs.service.sanctions import Sanctions
from services.jobs.service.weights import WeightsOfMatching
from services.jobs.service.worker_news import WorkerNews
from yizhan.bus.clockwork import every
from yizhan.bus.idempotency import Idempotency
from yizhan.bus.inbox import Inbox

#: A retry that comes later than this is a new command.
_IDEMPOTENCY_KEPT = timedelta(days=3)
#: No queue holds a message for longer; an event replayed later still is ignored by its sequence.
_INBOX_KEPT = timedelta(days=30)


class JobsService(
    ImportWork,
    External,
    Employers,
    Contacts,
    Sanctions,
    Duplicates,
    Postings,
    PostingUpkeep,
    PostingPapers,
    DispatchOffers,
    Dispatches,
    DispatchPay,
    DispatchUpkeep,
    Rules,
    Fairs,
    FairReading,
    Imports,
    Network,
    WorkerNews,
    Recommendations,
    WeightsOfMatching,
):
    """One worker's view of the service; nameko makes one for each call."""

    name = "jobs"

    @every(seconds=3600)
    def forget_old_keys(self, tx: Connection) -> None:
        now = self.clock.now()
        Idempotency(self.database, storage.idempotency).forget_before(tx, now - _IDEMPOTENCY_KEPT)
        Inbox(self.database, storage.inbox).forget_before(tx, now - _INBOX_KEPT)
