"""Tables and queries of services/notify. Statements are built once, at import; a call only binds values."""

from services.notify.storage.decisions import Decisions
from services.notify.storage.deliveries import Deliveries, Parcel
from services.notify.storage.integrators import Integrators, Receiver
from services.notify.storage.integrators import Secrets as IntegratorSecrets
from services.notify.storage.letters import Letters, Templates
from services.notify.storage.network import Network
from services.notify.storage.people import People
from services.notify.storage.postings import Postings, Publications
from services.notify.storage.tables import idempotency, inbox, metadata, outbox
from services.notify.storage.webhooks import (
    Disclosures,
    DueDelivery,
    Lease,
    NewDelivery,
    Replays,
    WebhookDeliveries,
)

__all__ = [
    "Decisions",
    "Deliveries",
    "Disclosures",
    "DueDelivery",
    "IntegratorSecrets",
    "Integrators",
    "Lease",
    "Letters",
    "Network",
    "NewDelivery",
    "Parcel",
    "People",
    "Postings",
    "Publications",
    "Receiver",
    "Replays",
    "Templates",
    "WebhookDeliveries",
    "idempotency",
    "inbox",
    "metadata",
    "outbox",
]
