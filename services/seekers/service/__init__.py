"""The RPC face of services/seekers: translate, decide in the domain, save and tell in one transaction."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from services.seekers import storage
from services.seekers.service.aid import Aid
from services.seekers.service.calls import Calls
from services.seekers.service.check_ins import CheckIns
from services.seekers.service.courses import Courses
from services.seekers.service.draws import Draws
from services.seekers.service.exports import Exports
from services.seekers.service.guidance import Guidance
from services.seekers.service.network import Network
from services.seekers.service.register import Register
from services.seekers.service.rights import Rights
from services.seekers.service.skill_trainings import SkillTrainings
from services.seekers.service.start_ups import StartUps
from services.seekers.service.street import Street
from yizhan.bus.clockwork import every
from yizhan.bus.idempotency import Idempotency
from yizhan.bus.inbox import Inbox

#: A retry that comes later than this is a new command.
_IDEMPOTENCY_KEPT = timedelta(days=3)
#: No queue holds a message for longer; an event replayed later still is ignored by its sequence.
_INBOX_KEPT = timedelta(days=30)


class SeekersService(
    Register,
    Rights,
    CheckIns,
    Calls,
    Draws,
    Street,
    Exports,
    Network,
    Aid,
    Guidance,
    Courses,
    SkillTrainings,
    StartUps,
):
    """One worker's view of the service; nameko makes one for each call."""

    name = "seekers"

    @every(seconds=3600)
    def forget_old_keys(self, tx: Connection) -> None:
        now = self.clock.now()
        Idempotency(self.database, storage.idempotency).forget_before(tx, now - _IDEMPOTENCY_KEPT)
        Inbox(self.database, storage.inbox).forget_before(tx, now - _INBOX_KEPT)
