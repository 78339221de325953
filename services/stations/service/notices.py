"""Texts for the screens between two moments."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations.domain import notice
from services.stations.domain.scope import require_staff
from services.stations.service.desk import Desk
from yizhan.bus.clockwork import every
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.rpc import Call
from yizhan.contracts.stations import (
    Notice,
    NoticeList,
    NoticeNotFound,
    NoticeRef,
    PostNotice,
    StationRef,
    StationsRpc,
)


class Notices(Desk):
    """Notices, and their end by time."""

    @method(StationsRpc.post_notice)
    def post_notice(self, tx: Connection, call: Call, request: PostNotice) -> Notice:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.station).path)
        now = self.clock.now()
        posted = notice.post(request, id=new_identifier(now), now=now)
        self._notices.insert(tx, posted)
        self._events.notice_posted(tx, call, posted, now=now)
        return posted

    @method(StationsRpc.end_notice)
    def end_notice(self, tx: Connection, call: Call, request: NoticeRef) -> Notice:
        current = self._notices.lock(tx, request.id)
        if current is None:
            raise NoticeNotFound("no such notice", id=request.id)
        require_staff(self._acting(tx, call.actor), self._station(tx, current.station).path)
        return self._end(tx, call, current)

    @method(StationsRpc.list_notices)
    def list_notices(self, tx: Connection, call: Call, request: StationRef) -> NoticeList:
        require_staff(self._acting(tx, call.actor), self._station(tx, request.code).path)
        return NoticeList(notices=tuple(self._notices.current(tx, [request.code])))

    def _end(self, tx: Connection, call: Call, current: Notice) -> Notice:
        now = self.clock.now()
        ended = notice.end(current, now=now)
        if ended is not current:
            self._notices.save(tx, ended)
            self._events.notice_ended(tx, call, ended, now=now)
        return ended

    # Pages drop a notice at its time by themselves; this makes the record follow.

    @every(seconds=20)
    def end_due_notices(self, tx: Connection) -> None:
        now = self.clock.now()
        for id in self._notices.due(tx, now=now, limit=100):
            # Read again under its lock: another instance, or a person, may have ended it meanwhile.
            current = self._notices.lock(tx, id)
            if current is not None:
                self._end(tx, Call(actor=SYSTEM, correlation=new_identifier(now)), current)
