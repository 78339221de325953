"""The RPC face of services/notify: translate, decide in the domain, save and tell in one transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from services.notify import storage
from services.notify.service.deliveries import DeliveryDesk
from services.notify.service.hearing import Hearing
from services.notify.service.integrators import Integrators
from services.notify.service.letters import LetterDesk
from services.notify.service.network import Network
from services.notify.service.publications import PublicationDesk
from services.notify.service.templates import TemplateDesk
from yizhan.bus.clockwork import every
from yizhan.bus.idempotency import Idempotency
from yizhan.bus.inbox import Inbox

#: A retry that comes later than this is a new command.
_IDEMPOTENCY_KEPT = timedelta(days=3)
#: No queue holds a message for longer.
_INBOX_KEPT = timedelta(days=30)


class NotifyService(Integrators, Network, Hearing, DeliveryDesk, TemplateDesk, LetterDesk, PublicationDesk):
    """One worker's view of the service; nameko makes one for each call."""

    name = "notify"

    @every(seconds=3600)
    def forget_old_keys(self, tx: Connection) -> None:
        now = self.clock.now()
        Idempotency(self.database, storage.idempotency).forget_before(tx, now - _IDEMPOTENCY_KEPT)
        Inbox(self.database, storage.inbox).forget_before(tx, now - _INBOX_KEPT)
