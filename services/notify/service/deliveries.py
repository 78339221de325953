"""What became of messages, for the staff whose station they concern."""

from __future__ import annotations

from sqlalchemy import Connection

from services.notify.domain import delivery as decisions
from services.notify.service.desk import Desk
from services.notify.storage import Parcel
from yizhan.bus.nameko_entrypoints import method
from yizhan.contracts.deliveries import (
    DeliveriesRpc,
    DeliveryList,
    DeliveryNotFound,
    DeliveryQuery,
    DeliveryRef,
    DeliveryView,
)
from yizhan.contracts.rpc import Call


class DeliveryDesk(Desk):
    """Queries and the one command about deliveries."""

    @method(DeliveriesRpc.list_deliveries)
    def list_deliveries(self, tx: Connection, call: Call, request: DeliveryQuery) -> DeliveryList:
        subtree = self._subtree(tx, call.actor, request.station)
        state = request.state.value if request.state else None
        found, following = self._deliveries.page(
            tx, subtree, state=state, after=request.after, limit=request.limit
        )
        return DeliveryList(deliveries=tuple(map(_view, found)), next=following)

    @method(DeliveriesRpc.queue_delivery_again)
    def queue_delivery_again(self, tx: Connection, call: Call, request: DeliveryRef) -> DeliveryView:
        parcel = self._deliveries.lock(tx, [request.id]).get(request.id)
        if parcel is None:
            raise DeliveryNotFound("no delivery has this id", delivery_id=request.id)
        self._staff_place(tx, call.actor, parcel.station)
        queued = decisions.queue_again(parcel.delivery, by=call.actor.id, now=self.clock.now())
        again = parcel.moved(queued)
        self._deliveries.save(tx, [again])
        return _view(again)


def _view(parcel: Parcel) -> DeliveryView:
    delivery = parcel.delivery
    return DeliveryView(
        id=delivery.id,
        kind=parcel.kind,
        person=parcel.person,
        station=parcel.station,
        channel=delivery.channel,
        state=delivery.state,
        cause=delivery.cause,
        dead_end=delivery.is_dead_end,
        occasion=parcel.occasion,
        due_at=delivery.due_at,
        expires_at=delivery.expires_at,
        attempts=delivery.attempts,
        receipt=delivery.receipt,
        history=delivery.history,
    )
