"""Tables and queries of services/jobs. Statements are built once, at import; a call only binds values."""

from services.jobs.storage.candidates import Candidates, Seeking
from services.jobs.storage.dispatch_slips import DispatchSlips
from services.jobs.storage.dispatches import Dispatches
from services.jobs.storage.dossiers import Dossier, Dossiers, RuleVersions
from services.jobs.storage.employer_contacts import EmployerContacts
from services.jobs.storage.employer_pairs import EmployerPairs
from services.jobs.storage.employer_records import EmployerRecords
from services.jobs.storage.employers import Employers
from services.jobs.storage.engagements import Engagements
from services.jobs.storage.external import ExternalPostings, Senders
from services.jobs.storage.fairs import Fairs
from services.jobs.storage.imports import Imports
from services.jobs.storage.network import Network
from services.jobs.storage.offer_lists import OfferLists
from services.jobs.storage.openings import open_postings, open_postings_of_trades, postings_of_day
from services.jobs.storage.positions import Positions
from services.jobs.storage.posting_search import search as search_postings
from services.jobs.storage.postings import Postings
from services.jobs.storage.sanctions import Sanctions
from services.jobs.storage.tables import idempotency, inbox, metadata, outbox
from services.jobs.storage.workers import Roll, Workers

__all__ = [
    "Candidates",
    "DispatchSlips",
    "Dispatches",
    "Dossier",
    "Dossiers",
    "EmployerContacts",
    "EmployerPairs",
    "EmployerRecords",
    "Employers",
    "Engagements",
    "ExternalPostings",
    "Fairs",
    "Imports",
    "Network",
    "OfferLists",
    "Positions",
    "Postings",
    "Roll",
    "RuleVersions",
    "Sanctions",
    "Seeking",
    "Senders",
    "Workers",
    "idempotency",
    "inbox",
    "metadata",
    "open_postings",
    "open_postings_of_trades",
    "outbox",
    "postings_of_day",
    "search_postings",
]
