"""The one way on which a phone leaves the register without anybody reading it: to the process that sends."""

from __future__ import annotations

import pytest

from tests.integration.seekers.office import ID_CONSENT, Office
from tests.support.service_stand import ADMIN
from yizhan.contracts.actor import SYSTEM
from yizhan.contracts.seeker_rights import (
    ClearReadingQuery,
    PersonalField,
    Phones,
    PhonesQuery,
    ReadingPurpose,
    SeekerRightsRpc,
    WithdrawConsent,
)
from yizhan.contracts.seekers import ConsentPurpose

pytestmark = pytest.mark.integration

AGREED = (*ID_CONSENT, ConsentPurpose.MESSAGES)
PHONE = "13985400000"


def phones(office: Office, *ids: str) -> dict[str, str]:
    found: Phones = office.ask(SeekerRightsRpc.phones_for_messages, PhonesQuery(ids=ids), SYSTEM)
    return found.phones


def test_only_who_agreed_to_messages_is_named_and_each_reading_is_on_record(office: Office) -> None:
    """By the system, for contact; staff of whatever rank have no part in it."""
    agreed = office.register(phone=PHONE, consents=AGREED)
    without_phone, silent = office.register(consents=AGREED), office.register(phone=PHONE)
    assert phones(office, agreed.id, without_phone.id, silent.id, office.new_id()) == {agreed.id: PHONE}
    query = ClearReadingQuery(id=agreed.id)
    (reading,) = office.ask(SeekerRightsRpc.list_clear_readings, query, ADMIN).readings
    assert (reading.fields, reading.purpose, reading.by) == (
        (PersonalField.PHONE,),
        ReadingPurpose.CONTACT,
        "system",
    )
    assert len(office.told("seekers.clear_reading.made.v1")) == 1
    asked = PhonesQuery(ids=(agreed.id,))
    assert office.refusal(SeekerRightsRpc.phones_for_messages, asked, ADMIN).status == 403


def test_a_consent_that_was_withdrawn_ends_it_at_once(office: Office) -> None:
    """Whatever is on its way."""
    seeker = office.register(phone=PHONE, consents=AGREED)
    withdrawal = WithdrawConsent(id=seeker.id, purpose=ConsentPurpose.MESSAGES)
    office.ask(SeekerRightsRpc.withdraw_consent, withdrawal, ADMIN)
    assert phones(office, seeker.id) == {}
