"""Tables and queries of services/stations."""

from services.stations.storage.accounts import StaffAccounts
from services.stations.storage.facilities import Facilities
from services.stations.storage.guides import Guides, ServiceItems
from services.stations.storage.network import Stations, export_page
from services.stations.storage.premises import MapListings, Premises
from services.stations.storage.screens import Devices, Notices
from services.stations.storage.stages import Stages
from services.stations.storage.tables import idempotency, metadata, outbox
from services.stations.storage.trainings import Trainings

__all__ = [
    "Devices",
    "Facilities",
    "Guides",
    "MapListings",
    "Notices",
    "Premises",
    "ServiceItems",
    "StaffAccounts",
    "Stages",
    "Stations",
    "Trainings",
    "export_page",
    "idempotency",
    "metadata",
    "outbox",
]
