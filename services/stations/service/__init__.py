"""The RPC face of services/stations: translate, decide in the domain, save and tell in one transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from services.stations import storage
from services.stations.service.accounts import Accounts
from services.stations.service.facilities import Facilities
from services.stations.service.guides import Guides
from services.stations.service.notices import Notices
from services.stations.service.premises import Premises
from services.stations.service.screens import Screens
from services.stations.service.stages import Stages
from services.stations.service.training import Trainings
from services.stations.service.tree import Tree
from yizhan.bus.clockwork import every
from yizhan.bus.idempotency import Idempotency

#: A retry that comes later than this is a new command.
_IDEMPOTENCY_KEPT = timedelta(days=3)


class StationsService(Accounts, Tree, Stages, Premises, Facilities, Guides, Trainings, Screens, Notices):
    """One worker's view of the service; nameko makes one for each call."""

    name = "stations"

    @every(seconds=3600)
    def forget_old_keys(self, tx: Connection) -> None:
        idempotency = Idempotency(self.database, storage.idempotency)
        idempotency.forget_before(tx, self.clock.now() - _IDEMPOTENCY_KEPT)
