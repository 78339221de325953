"""services/notify's registry of integrators as its callers meet it."""

from __future__ import annotations

from typing import Any

from tests.integration.notify.office import ADMIN, TOWN, Office
from tests.support.service_stand import COUNTY
from yizhan.clock import FrozenClock
from yizhan.contracts.integrators import (
    AddIntegrator,
    Grants,
    IntegratorsRpc,
    NewIntegrator,
    ReadGrant,
    SubmitGrant,
)
from yizhan.database import Database
from yizhan.encryption import FieldCipher, new_field_keys
from yizhan.settings import Settings

FIELD_KEYS = new_field_keys()
SETTINGS = Settings.model_validate({"field_keys": FIELD_KEYS})
CIPHER = FieldCipher.from_settings(SETTINGS)


def reading(*stations: str, families: tuple[str, ...] = ("jobs.posting",), **others: Any) -> Grants:
    """Grants to read, and others beside."""
    return Grants(read=ReadGrant(families=families, stations=stations or (TOWN,)), **others)


def sending(*stations: str) -> Grants:
    """Grants to send postings for stations, and to read of them."""
    return reading(*stations, submit=SubmitGrant(stations=stations or (TOWN,)))


class Registry(Office):
    """One instance of the service, with keys."""

    def __init__(self, database: Database, clock: FrozenClock, settings: Settings = SETTINGS) -> None:
        super().__init__(database, clock)
        self.service.cipher = FieldCipher.from_settings(settings)
        self.service.settings = settings

    def add(self, name: str, grants: Grants | None = None, *, station: str = COUNTY) -> NewIntegrator:
        request = AddIntegrator(name=name, label="县公共招聘网", station=station, grants=grants or reading())
        added: NewIntegrator = self.ask(IntegratorsRpc.add, request, ADMIN)
        return added
