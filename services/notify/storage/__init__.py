"""Tables and queries of services/notify. Statements are built once, at import; a call only binds values."""

from services.notify.storage.decisions import Decisions
from services.notify.storage.deliveries import Deliveries, Parcel
from services.notify.storage.letters import Letters, Templates
from services.notify.storage.network import Network
from services.notify.storage.people import People
from services.notify.storage.postings import Postings, Publications
from services.notify.storage.tables import idempotency, inbox, metadata, outbox

__all__ = [
    "Decisions",
    "Deliveries",
    "Letters",
    "Network",
    "Parcel",
    "People",
    "Postings",
    "Publications",
    "Templates",
    "idempotency",
    "inbox",
    "metadata",
    "outbox",
]
