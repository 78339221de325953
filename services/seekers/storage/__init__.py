"""Tables and queries of services/seekers. Statements are built once, at import; a call only binds values."""

from services.seekers.storage.cards import Cards
from services.seekers.storage.days import Days
from services.seekers.storage.draws import DrawRow, Draws
from services.seekers.storage.history import History
from services.seekers.storage.network import Network
from services.seekers.storage.register import Page, Plain, Register
from services.seekers.storage.rights import Rights
from services.seekers.storage.street import Street
from services.seekers.storage.tables import idempotency, inbox, metadata, outbox

__all__ = [
    "Cards",
    "Days",
    "DrawRow",
    "Draws",
    "History",
    "Network",
    "Page",
    "Plain",
    "Register",
    "Rights",
    "Street",
    "idempotency",
    "inbox",
    "metadata",
    "outbox",
]
