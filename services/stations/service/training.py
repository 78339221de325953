"""The training of staff."""

from __future__ import annotations

from sqlalchemy import Connection

from services.stations.domain import training
from services.stations.domain.scope import require_staff
from services.stations.service.desk import Desk
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.rpc import Call
from yizhan.contracts.training import (
    RecordTraining,
    Training,
    TrainingList,
    TrainingNotFound,
    TrainingQuery,
    TrainingRpc,
    WithdrawTraining,
)


class Trainings(Desk):
    """Who was trained in what, and when."""

    @method(TrainingRpc.record_training)
    def record_training(self, tx: Connection, call: Call, request: RecordTraining) -> Training:
        top = self._station(tx, request.station)
        require_staff(self._acting(tx, call.actor), top.path)
        codes = self._stations.codes_within(tx, top.path)
        now = self.clock.now()
        recorded = training.record(
            request,
            id=self._new_id(),
            known=self._accounts.known_among(tx, request.staff, codes),
            now=now,
            today=self._today(),
            by=call.actor.id,
        )
        self._trainings.insert(tx, recorded)
        self._events.training_recorded(tx, call, recorded, now=now)
        return recorded

    @method(TrainingRpc.withdraw_training)
    def withdraw_training(self, tx: Connection, call: Call, request: WithdrawTraining) -> Training:
        current = self._trainings.lock(tx, request.id)
        if current is None:
            raise TrainingNotFound("no training has this id", id=request.id)
        require_staff(self._acting(tx, call.actor), self._station(tx, current.station).path)
        now = self.clock.now()
        withdrawn = training.withdraw(current, request, now=now)
        if withdrawn is not current:
            self._trainings.save(tx, withdrawn)
            self._events.training_withdrawn(tx, call, withdrawn, now=now)
        return withdrawn

    @method(TrainingRpc.list_trainings)
    def list_trainings(self, tx: Connection, call: Call, request: TrainingQuery) -> TrainingList:
        top = self._station(tx, request.station)
        require_staff(self._acting(tx, call.actor), top.path)
        found, following = self._trainings.page(
            tx,
            self._stations.codes_within(tx, top.path),
            staff=request.staff,
            after=request.after,
            limit=request.limit,
        )
        return TrainingList(trainings=tuple(found), next=following)
