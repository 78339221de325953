"""Tables and queries of services/jobs. Statements are built once, at import; a call only binds values."""

from services.jobs.storage.employers import Employers
from services.jobs.storage.network import Network
from services.jobs.storage.postings import Postings
from services.jobs.storage.tables import idempotency, inbox, metadata, outbox

__all__ = ["Employers", "Network", "Postings", "idempotency", "inbox", "metadata", "outbox"]
