"""Tables and queries of services/seekers. Statements are built once, at import; a call only binds values."""

from services.seekers.storage.cards import Cards
from services.seekers.storage.days import Days
from services.seekers.storage.draws import DrawRow, Draws
from services.seekers.storage.history import History
from services.seekers.storage.network import Network
from services.seekers.storage.records import Kind, Records, ids_of
from services.seekers.storage.register import Page, Plain, Register
from services.seekers.storage.rights import Rights
from services.seekers.storage.street import Street
from services.seekers.storage.support import (
    AID_CASES,
    AID_VISITS,
    CONSULTATIONS,
    COURSES,
    DIFFICULTIES,
    GUIDANCES,
    SKILL_TRAININGS,
    START_UPS,
    Support,
)
from services.seekers.storage.tables import idempotency, inbox, metadata, outbox

__all__ = [
    "AID_CASES",
    "AID_VISITS",
    "CONSULTATIONS",
    "COURSES",
    "DIFFICULTIES",
    "GUIDANCES",
    "SKILL_TRAININGS",
    "START_UPS",
    "Cards",
    "Days",
    "DrawRow",
    "Draws",
    "History",
    "Kind",
    "Network",
    "Page",
    "Plain",
    "Records",
    "Register",
    "Rights",
    "Street",
    "Support",
    "idempotency",
    "ids_of",
    "inbox",
    "metadata",
    "outbox",
]
