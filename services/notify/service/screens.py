"""What services/board tells of screens: what became of messages there, and screens that came back."""

from __future__ import annotations

import structlog
from sqlalchemy import Connection

from services.notify import data
from services.notify.domain import delivery as decisions
from services.notify.service.desk import Desk
from services.notify.settling import settle
from yizhan.contracts.deliveries import DeliveryCause as Cause
from yizhan.contracts.deliveries import DeliveryState
from yizhan.contracts.notify import DeliveryStepIllegal, ReceiptInvalid
from yizhan.contracts.screen_messages import MissedReason, ScreenMessageMissed, ScreenMessageShown
from yizhan.contracts.screen_outages import ScreenOutage

log = structlog.get_logger(__name__)

_CAUSES = {MissedReason.TOO_LATE: Cause.EXPIRED, MissedReason.NO_SCREEN: Cause.NOT_CONFIGURED}


class Screens(Desk):
    """Answers of the board, taken as a channel's receipts are."""

    def _take_answer(self, tx: Connection, answer: ScreenMessageShown | ScreenMessageMissed) -> None:
        """A message was shown, or was not: then the person's next way is tried where there is one."""
        now = self.clock.now()
        parcel = self._deliveries.lock(tx, [answer.delivery_id]).get(answer.delivery_id)
        if parcel is None:
            return
        try:
            if isinstance(answer, ScreenMessageShown):
                moved = decisions.confirmed(parcel.delivery, answer.message_id, now=now)
            else:
                cause = _CAUSES[answer.reason]
                then = DeliveryState(data.schedule().causes[cause].then)
                moved = decisions.bounced(parcel.delivery, answer.message_id, now=now, cause=cause, then=then)
        except (DeliveryStepIllegal, ReceiptInvalid) as error:
            # Staff have queued it again since: the answer to that message counts.
            log.info("screens.answer_too_late", delivery=answer.delivery_id, code=error.code)
            return
        if moved is parcel.delivery:
            return
        settle(tx, self._deliveries, parcel.moved(moved), now=now)

    def _let_go(self, tx: Connection, outage: ScreenOutage) -> None:
        """A screen is back: nobody is told any more that it is away."""
        now = self.clock.now()
        for parcel in self._deliveries.queued_for(tx, outage.id):
            ended = decisions.withhold(parcel.delivery, Cause.EXPIRED, now=now, schedule=data.schedule())
            settle(tx, self._deliveries, parcel.moved(ended), now=now)
