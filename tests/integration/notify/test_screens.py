"""The screen as a way to a person who waits before it, and screens that went away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.integration.notify.office import OTHER_TOWN, TOWN, Office
from tests.support.service_stand import COUNTY, TOWN_CLERK
from yizhan.contracts import dispatch_examples
from yizhan.contracts.deliveries import DeliveriesRpc, DeliveryQuery, DeliveryRef, DeliveryView
from yizhan.contracts.dispatches import DispatchOffered
from yizhan.contracts.letters import LetterQuery, LettersRpc
from yizhan.contracts.screen_messages import (
    MissedReason,
    ScreenMessageIssued,
    ScreenMessageMissed,
    ScreenMessageShown,
)
from yizhan.contracts.screen_outages import OutageEnd, ScreenOutage, ScreenOutageBegan, ScreenOutageEnded
from yizhan.contracts.stations import StationStatus

pytestmark = pytest.mark.integration


def waits(office: Office, number: str = "A012", *, station: str = TOWN) -> str:
    """Somebody who has agreed to messages and waits today; no SMS is set up."""
    office.sms.configured = False
    person = office.worker()
    office.check_in(person, number, station=station)
    return person


def offer(office: Office, person: str, *, station: str = TOWN) -> None:
    dispatch = dispatch_examples.dispatch.model_copy(
        update={
            "id": office.new_id(),
            "station": station,
            "worker_id": person[7:],
            "offer_expires_at": office.clock.now() + timedelta(minutes=30),
        }
    )
    office.tell(DispatchOffered(dispatch=dispatch, by="c"), dispatch.id, station=station)


def issued(office: Office) -> list[ScreenMessageIssued]:
    return [event.data for event in office.events() if isinstance(event.data, ScreenMessageIssued)]


def by_screen(office: Office) -> DeliveryView:
    found = office.ask(DeliveriesRpc.list_deliveries, DeliveryQuery(station=TOWN)).deliveries
    (delivery,) = [one for one in found if one.channel == "screen"]
    view: DeliveryView = delivery
    return view


def shown(office: Office, message: ScreenMessageIssued) -> None:
    told = ScreenMessageShown(
        station=message.station, message_id=message.message.id, delivery_id=message.delivery_id
    )
    office.tell(told, message.message.id, station=message.station, sequence=2)


def missed(office: Office, message: ScreenMessageIssued, reason: MissedReason) -> None:
    told = ScreenMessageMissed(
        station=message.station,
        message_id=message.message.id,
        delivery_id=message.delivery_id,
        reason=reason,
    )
    office.tell(told, message.message.id, station=message.station, sequence=2)


def test_who_waits_is_told_by_his_number_where_no_message_reaches_him(office: Office) -> None:
    """Sent with its receipt, and delivered only once the board has written it; told once."""
    waits(office)
    office.queue_is("A012", "A013")
    office.carry()
    (message,) = issued(office)
    assert (message.station, message.message.number) == (TOWN, "A012")
    assert message.message.until - message.message.at == timedelta(minutes=10)
    delivery = by_screen(office)
    assert (delivery.state, delivery.receipt) == ("sent", message.message.id)
    shown(office, message)
    shown(office, message)
    assert [step.state for step in by_screen(office).history] == ["queued", "sending", "sent", "delivered"]


def test_nothing_that_leaves_for_a_screen_says_who_it_is(office: Office) -> None:
    """Neither his id in the register, nor a name, nor a phone: a number and the words of a template."""
    person = waits(office)
    offer(office, person)
    office.carry()
    (message,) = issued(office)
    (event,) = [one for one in office.events() if isinstance(one.data, ScreenMessageIssued)]
    assert person[7:] not in event.model_dump_json()
    assert message.message.text == "给您留了一份活，3月2日 10:00前请到服务台答复"


def test_an_offer_finds_him_where_he_waits(office: Office) -> None:
    """At the station of the work when he has a number there, else where he came last."""
    person = waits(office, station=OTHER_TOWN)
    offer(office, person)
    office.carry()
    assert [one.station for one in issued(office)] == [OTHER_TOWN]
    office.check_in(person, "B004")
    office.later(hours=2)
    office.check_in(person, "C009", station=OTHER_TOWN)
    offer(office, person)
    office.carry()
    assert [(one.station, one.message.number) for one in issued(office)][1:] == [(TOWN, "B004")]


def test_a_screen_tells_only_what_may_be_told_there_and_only_who_waits(office: Office) -> None:
    """Pay and postings are nobody else's business; who is at home is not called on a screen."""
    waits(office)
    at_home = office.worker(trade="采茶")
    office.publish()
    offer(office, at_home)
    office.carry()
    assert {channel for channel, *_ in office.fates()} == {"sms"}
    assert issued(office) == []


def test_yesterdays_number_is_nobodys(office: Office) -> None:
    """Somebody else has it today; also when an offer was on its way at midnight."""
    person = waits(office)
    office.later(hours=11)
    offer(office, person)
    office.later(hours=5)
    office.carry()
    assert (by_screen(office).state, by_screen(office).cause) == ("refused", "recipient_unknown")
    office.later(days=1)
    offer(office, person)
    office.carry()
    assert issued(office) == []


def test_a_message_that_reached_the_phone_is_not_told_on_a_screen(office: Office) -> None:
    """One is told by one way."""
    person = waits(office)
    office.sms.configured = True
    offer(office, person)
    office.carry()
    assert office.fates() == [("sms", "sent", None)]


def test_without_an_open_station_or_a_screen_it_is_not_configured(office: Office) -> None:
    """What is known here is not sent at all; what the board finds ends what was sent. Staff may queue both
    again, and what is answered of the earlier message then counts no more."""
    person = waits(office)
    offer(office, person)
    path = [COUNTY, TOWN]
    office.hear(
        office.news_of_station(TOWN, parent=COUNTY, path=path, sequence=9, status=StationStatus.SUSPENDED)
    )
    office.carry()
    assert issued(office) == []
    assert (by_screen(office).state, by_screen(office).dead_end) == ("not_configured", True)
    office.hear(office.news_of_station(TOWN, parent=COUNTY, path=path, sequence=10))
    office.ask(DeliveriesRpc.queue_delivery_again, DeliveryRef(id=by_screen(office).id))
    office.carry()
    (first,) = issued(office)
    missed(office, first, MissedReason.NO_SCREEN)
    assert (by_screen(office).state, by_screen(office).cause) == ("not_configured", "not_configured")
    office.ask(DeliveriesRpc.queue_delivery_again, DeliveryRef(id=by_screen(office).id))
    office.carry()
    shown(office, first)
    assert by_screen(office).state == "sent"
    shown(office, issued(office)[1])
    assert by_screen(office).state == "delivered"


def test_a_message_that_came_too_late_is_said_to_have_failed(office: Office) -> None:
    """Its time was over before the board could write it."""
    offer(office, waits(office))
    office.carry()
    missed(office, issued(office)[0], MissedReason.TOO_LATE)
    assert (by_screen(office).state, by_screen(office).cause) == ("failed", "expired")


def test_a_screen_that_nobody_sees_hands_on_to_the_next_way(office: Office) -> None:
    """Where somebody prefers the screen and has a phone besides."""
    person = waits(office)
    office.sms.configured = True
    office.prefers(person, "screen", "sms")
    offer(office, person)
    office.carry()
    missed(office, issued(office)[0], MissedReason.NO_SCREEN)
    office.carry()
    assert set(office.fates()) == {("screen", "not_configured", "not_configured"), ("sms", "sent", None)}


def test_a_text_that_is_too_long_for_a_screen_is_not_sent(office: Office) -> None:
    """It is not cut; staff see why."""
    person = waits(office)
    office.write_template("worker.offered", "screen", {"line": "请到服务台{place}" * 4})
    offer(office, person)
    office.carry()
    assert issued(office) == []
    assert (by_screen(office).state, by_screen(office).cause) == ("refused", "content_refused")


# --- screens that went away ---------------------------------------------------------------------------------


def outage(office: Office, **changes: Any) -> ScreenOutage:
    fields: dict[str, Any] = {
        "id": office.new_id(),
        "device_id": office.new_id(),
        "station": TOWN,
        "label": "大厅",
        "since": office.clock.now() - timedelta(minutes=10),
        **changes,
    }
    return ScreenOutage(**fields)


def began(office: Office, one: ScreenOutage) -> None:
    office.tell(ScreenOutageBegan(outage=one), one.id, station=one.station)


def over(office: Office, one: ScreenOutage) -> None:
    told = ScreenOutageEnded(outage=one, reason=OutageEnd.BACK)
    office.tell(told, one.id, station=one.station, sequence=2)


def letters(office: Office) -> list[str]:
    found = office.ask(LettersRpc.my_letters, LetterQuery()).letters
    return [letter.body for letter in found]


def test_staff_of_the_station_hear_once_that_a_screen_is_away(office: Office) -> None:
    """Since when, and which; told again by another board it is the same outage."""
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN))
    one = outage(office)
    began(office, one)
    began(office, one)
    office.carry()
    assert letters(office) == ["驿站的屏幕“大厅”从3月2日 09:20起没有应答。"]


def test_a_screen_that_is_back_is_not_told_of_any_more(office: Office) -> None:
    """What quiet hours have put off is let go; what was told stays told."""
    office.hear(office.news_of_account(TOWN_CLERK, station=TOWN))
    office.prefers(f"staff:{TOWN_CLERK.id}", "inbox", quiet=("09:00", "10:00"))
    first, second = outage(office), outage(office, label=None)
    began(office, first)
    began(office, second)
    over(office, first)
    office.later(hours=1)
    office.carry()
    assert letters(office) == ["驿站的屏幕“未命名”从3月2日 09:20起没有应答。"]
    assert sorted(office.fates()) == [("inbox", "delivered", None), ("inbox", "failed", "expired")]
    over(office, second)
    assert sorted(office.fates()) == [("inbox", "delivered", None), ("inbox", "failed", "expired")]
