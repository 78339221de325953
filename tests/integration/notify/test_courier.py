"""The courier: what leaves the house, what does not, and that neither is ever said of the other."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from services.notify.courier.port import Taken, Untaken
from services.notify.courier.rounds import LEASE
from services.notify.storage import tables
from tests.integration.notify.office import ADMIN, OTHER_TOWN, PHONE, TOWN, TOWN_CLERK, FakeChannel, Office
from tests.support.service_stand import OTHER_CLERK
from yizhan.contracts.deliveries import DeliveriesRpc, DeliveryCause, DeliveryQuery, DeliveryRef
from yizhan.contracts.jobs import PostingSubmitted
from yizhan.contracts.letters import LetterQuery, LettersRpc, ReadLetters, StopMark
from yizhan.contracts.reading import read_event
from yizhan.settings import Settings

pytestmark = pytest.mark.integration


def all_that_is_kept(office: Office) -> str:
    with office.database.reading() as connection:
        return "\n".join(
            str([*map(str, row)])
            for table in tables.metadata.sorted_tables
            for row in connection.execute(table.select())
        )


def test_a_message_is_sent_with_its_receipt_and_its_address_is_kept_nowhere(office: Office) -> None:
    """Neither in a row, nor in an event."""
    office.worker()
    office.publish()
    office.carry()
    assert office.fates() == [("sms", "sent", None)]
    assert office.sms.came[0].address == PHONE
    kept = all_that_is_kept(office)
    assert PHONE not in kept
    assert "receipt-1" in kept


def test_a_channel_without_an_account_never_says_sent(office: Office) -> None:
    """Staff see why, and queue it again once there is an account."""
    office.sms.configured = False
    office.worker()
    office.publish()
    office.carry()
    assert office.fates() == [("sms", "not_configured", "not_configured")]
    (found,) = office.ask(DeliveriesRpc.list_deliveries, DeliveryQuery(station=TOWN)).deliveries
    assert found.dead_end
    again = DeliveryRef(id=found.id)
    assert office.refusal(DeliveriesRpc.queue_delivery_again, again, OTHER_CLERK).status == 403
    office.sms.configured = True
    office.ask(DeliveriesRpc.queue_delivery_again, again)
    office.carry()
    assert office.fates() == [("sms", "sent", None)]


def test_the_next_way_is_tried_where_the_first_leads_nowhere(office: Office) -> None:
    """One is told by one way; a refusal by the person is no reason to try another."""
    person = office.worker()
    with office.database.transaction() as tx:
        tx.execute(
            tables.preferences.insert(),
            {
                "person": person,
                "channels": ["wechat", "sms"],
                "quiet_hours": None,
                "stopped": [],
                "digested": [],
                "digest_at": "18:00",
                "changed_at": office.clock.now(),
            },
        )
    office.publish()
    office.carry()
    assert set(office.fates()) == {("wechat", "not_configured", "not_configured"), ("sms", "sent", None)}


@pytest.mark.parametrize(
    ("cause", "state"),
    [
        (DeliveryCause.RECIPIENT_REFUSED, "refused"),
        (DeliveryCause.OUTCOME_UNKNOWN, "failed"),
        (DeliveryCause.CREDENTIALS_REFUSED, "not_configured"),
    ],
)
def test_some_causes_end_it_at_once(office: Office, cause: DeliveryCause, state: str) -> None:
    """What may have arrived is not sent again by a channel that does not know a message that comes twice."""
    office.sms.answers = [Untaken(cause)]
    office.worker()
    office.publish()
    office.carry()
    office.later(hours=5)
    office.carry()
    assert office.fates() == [("sms", state, cause.value)]
    assert len(office.sms.came) == 1


def test_what_did_not_leave_the_house_is_tried_again_by_its_schedule(office: Office) -> None:
    """After five seconds, then a minute; the channel's own wish to wait counts when it is longer."""
    office.sms.answers = [Untaken(DeliveryCause.UNREACHABLE), Untaken(DeliveryCause.RATE_LIMITED, 600)]
    office.worker()
    office.publish()
    office.carry()
    office.carry()
    assert len(office.sms.came) == 1
    office.later(seconds=6)
    office.carry()
    office.later(seconds=500)
    office.carry()
    assert len(office.sms.came) == 2
    office.later(seconds=101)
    office.carry()
    assert office.fates() == [("sms", "sent", None)]


def test_a_courier_that_died_while_sending_leaves_a_doubt_and_no_second_message(office: Office) -> None:
    """By a channel that knows a message that comes twice it is sent again instead."""
    office.worker()
    office.publish()
    asyncio.run(_lease_and_die(office))
    office.carry()
    assert office.fates() == [("sms", "sending", None)]
    office.clock.move_to(office.clock.now() + LEASE + timedelta(seconds=1))
    office.carry()
    assert office.fates() == [("sms", "failed", "outcome_unknown")]
    assert office.sms.came == []
    office.publish()
    asyncio.run(_lease_and_die(office))
    office.clock.move_to(office.clock.now() + LEASE + timedelta(seconds=1))
    office.sms.repeatable = True
    office.carry()
    office.later(seconds=61)
    office.carry()
    assert [fate[1] for fate in office.fates()] == ["failed", "sent"]


async def _lease_and_die(office: Office) -> None:
    courier = office.courier()
    moved, leased = await asyncio.to_thread(courier._lease)
    assert moved == len(leased) == 1


def test_an_answer_that_comes_after_the_lease_still_counts(office: Office) -> None:
    """The channel was slow; it did take it."""
    office.worker()
    office.publish()
    courier = office.courier()
    _, (leased,) = asyncio.run(asyncio.to_thread(courier._lease))
    office.clock.move_to(office.clock.now() + LEASE + timedelta(seconds=1))
    office.carry()
    courier._settle_all([(leased.parcel, Taken("late"))])
    assert office.fates() == [("sms", "sent", None)]


def test_two_couriers_do_not_send_the_same(office: Office) -> None:
    """Whatever one has in hand is not due for the other."""
    for _ in range(30):
        office.worker()
    office.publish()
    first, second = office.courier(), office.courier()

    async def both() -> None:
        while sum(await asyncio.gather(first.round(), second.round())):
            pass

    asyncio.run(both())
    assert len({outgoing.delivery_id for outgoing in office.sms.came}) == len(office.sms.came) == 30


def test_a_text_that_does_not_fit_is_not_sent(office: Office) -> None:
    """Half a sentence about somebody's pay would be worse."""
    office.worker()
    office.publish()
    with office.database.transaction() as tx:
        values = {"trade": "工" * 200, "wage": "", "place": "", "starts": "", "missing": "1", "station": ""}
        tx.execute(update(tables.occasions).values({"values": values}))
    office.carry()
    assert office.fates() == [("sms", "refused", "content_refused")]
    assert office.sms.came == []


def test_a_letter_lies_in_its_readers_inbox_once(office: Office) -> None:
    """Read by him alone; reading it takes it off the count."""
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN))
    posting = office.posting()
    office.tell(PostingSubmitted(posting=posting, by="c"), posting.id)
    office.carry()
    inbox = office.ask(LettersRpc.my_letters, LetterQuery())
    assert inbox.unread == 1
    assert "搬运工" in inbox.letters[0].body
    assert office.ask(LettersRpc.my_letters, LetterQuery(), OTHER_CLERK).letters == ()
    assert office.ask(LettersRpc.read_letters, ReadLetters(), TOWN_CLERK).read == 1
    assert office.ask(LettersRpc.my_letters, LetterQuery(unread=True)).letters == ()


def test_a_letter_is_told_of_by_one_event_that_says_nothing_of_what_it_says(office: Office) -> None:
    """Whose it is and that it lies there: what a console's bell needs. An SMS is told of by none."""
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN))
    office.worker()
    posting = office.publish().data.posting
    office.tell(PostingSubmitted(posting=posting, by="c"), posting.id, sequence=2)
    office.carry()
    office.carry()
    (letter,) = office.ask(LettersRpc.my_letters, LetterQuery()).letters
    with office.database.reading() as connection:
        (body,) = connection.execute(select(tables.outbox.c.body)).scalars().all()
    told = read_event(body.encode())
    assert (told.type, told.subject) == ("notify.letter.laid.v1", letter.id)
    assert told.data.letter.staff_id == TOWN_CLERK.id
    assert letter.title not in body
    assert "搬运工" not in body


def test_one_step_stops_it_all(office: Office) -> None:
    """By the mark that the message carried; whoever has none finds out nothing."""
    office.worker()
    office.publish()
    office.carry()
    link = office.sms.texts[0].rsplit(" ", 1)[1]
    assert link.startswith("https://yizhan.example.cn/stop/")
    assert office.refusal(LettersRpc.stop_messages, StopMark(mark="0" * 16)).status == 404
    assert office.ask(LettersRpc.stop_messages, StopMark(mark=link[-16:])).kinds > 0
    office.publish()
    office.carry()
    assert len(office.sms.came) == 1
    with office.database.reading() as connection:
        omissions = connection.execute(select(tables.decisions.c.omission)).scalars().all()
    assert sorted(filter(None, omissions)) == ["stopped"]


def test_deliveries_of_other_stations_are_not_shown(office: Office) -> None:
    """The county sees all."""
    office.worker()
    office.publish()
    list_deliveries = DeliveriesRpc.list_deliveries
    assert office.refusal(list_deliveries, DeliveryQuery(station=TOWN), OTHER_CLERK).status == 403
    assert len(office.ask(list_deliveries, DeliveryQuery(station="522730"), ADMIN).deliveries) == 1
    assert office.ask(list_deliveries, DeliveryQuery(station=OTHER_TOWN), ADMIN).deliveries == ()


def test_an_outlet_hears_what_the_staff_hear(office: Office) -> None:
    """A group bot of the station is a recipient like a person."""
    outlets = {TOWN: [{"channel": "group_bot", "name": "clerks", "url": "json://x"}]}
    office.service.settings = Settings(notify_outlets=SecretStr(json.dumps(outlets)))
    office.service.__dict__.pop("_planner", None)
    posting = office.posting()
    office.tell(PostingSubmitted(posting=posting, by="c"), posting.id)
    bot = FakeChannel()
    office.carry(office.courier(group_bot=bot))
    assert office.fates() == [("group_bot", "sent", None)]
    assert "有招工信息待核实" in bot.texts[0]
