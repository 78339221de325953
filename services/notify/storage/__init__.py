"""Tables and queries of services/notify."""

from services.notify.storage.network import Network
from services.notify.storage.tables import idempotency, inbox, metadata, outbox

__all__ = ["Network", "idempotency", "inbox", "metadata", "outbox"]
