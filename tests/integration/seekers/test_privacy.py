"""What names a person is nowhere in clear, and he decides what is shown of him."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.seekers.storage import tables
from tests.integration.seekers.office import SHOWN, Office, id_number
from tests.support.service_stand import OTHER_CLERK, OTHER_TOWN, TOWN
from yizhan.contracts.actor import PUBLIC, SYSTEM
from yizhan.contracts.seeker_cards import CountStreet, ExportCards, SeekerCardsRpc
from yizhan.contracts.seeker_rights import (
    ClearReadingQuery,
    ClearSeeker,
    ConsentList,
    EraseSeeker,
    ErasureReason,
    GiveConsent,
    OwnRecord,
    OwnRecordQuery,
    PersonalField,
    ReadingPurpose,
    ReadSeekerInClear,
    SeekerRightsRpc,
    WithdrawConsent,
)
from yizhan.contracts.seekers import (
    AmendSeeker,
    CalledBy,
    CloseReason,
    CloseSeeker,
    ConsentPurpose,
    LookUpPerson,
    SearchSeekers,
    SeekerRef,
    SeekersRpc,
    SeekerStatus,
    TransferSeeker,
)

pytestmark = pytest.mark.integration

READ = ReadSeekerInClear(
    id="00000000-0000-7000-8000-000000000000",
    fields=tuple(PersonalField),
    purpose=ReadingPurpose.CONTACT,
)


def numbers(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_name=st.text("霂瀚翀骉犇甡", min_size=2, max_size=3),
    phone=numbers(9),
    relative=numbers(9),
    serial=st.integers(0, 999),
)
def test_marked_data_in_every_field_is_found_nowhere(
    office: Office, given_name: str, phone: str, relative: str, serial: int
) -> None:
    """Neither in rows, outbox, kept replies nor logs, after everything that can be done to an entry; nor in
    what is answered, save to who reads it in clear."""
    name, own, other = f"王{given_name}", f"13{phone}", f"15{relative}"
    number = id_number(date(1980, 5, 6), serial)
    office.empty()
    with structlog.testing.capture_logs() as logs:
        answers = life_of(office, name, own, other, number)
    searched = office.everything_kept() + repr(logs) + repr(answers)
    for mark in (name, given_name, own, other, number, number[6:14]):
        assert mark not in searched


def life_of(office: Office, name: str, phone: str, relative: str, number: str) -> list[Any]:
    """Everything that may happen to somebody; what was answered, less what was asked for in clear."""
    answers: list[Any] = []

    def ask(method: Any, request: Any, actor: Any = None, key: str | None = None) -> Any:
        answers.append(office.ask(method, request, *([actor] if actor else []), key=key))
        return answers[-1]

    application = office.application(
        name=name, phone=phone, relative_phone=relative, id_number=number, consents=tuple(ConsentPurpose)
    )
    seeker = ask(SeekersRpc.register_seeker, application, key=office.new_id())
    answers.append(office.refusal(SeekersRpc.register_seeker, application))
    elsewhere = application.model_copy(update={"station": OTHER_TOWN})
    answers.append(office.refusal(SeekersRpc.register_seeker, elsewhere, OTHER_CLERK))
    ask(SeekersRpc.look_up_person, LookUpPerson(station=TOWN, id_number=number))
    ask(SeekersRpc.search_seekers, SearchSeekers(station=TOWN, name=name))
    ask(SeekersRpc.search_seekers, SearchSeekers(station=TOWN, phone=phone))
    ask(SeekersRpc.amend_seeker, AmendSeeker(id=seeker.id, name=name, phone=relative), key=office.new_id())
    read = READ.model_copy(update={"id": seeker.id})
    clear = office.ask(SeekerRightsRpc.read_seeker_in_clear, read, key=f"reading-{seeker.id}")
    assert (clear.name, clear.id_number, clear.phone) == (name, number, relative)
    again = office.ask(SeekerRightsRpc.read_seeker_in_clear, read, key=f"reading-{seeker.id}")
    assert (again.name, again.phone) == (None, None)
    answers.append(office.check_in(seeker))
    own = OwnRecordQuery(slip=seeker.slip, id_number=number)
    ask(SeekerRightsRpc.own_record, own, PUBLIC)
    transfer = TransferSeeker(station=OTHER_TOWN, id_number=number, person_present=True)
    ask(SeekersRpc.transfer_seeker, transfer, OTHER_CLERK, key=office.new_id())
    withdraw = WithdrawConsent(id=seeker.id, purpose=ConsentPurpose.PUBLIC_DISPLAY)
    ask(SeekerRightsRpc.withdraw_consent, withdraw, OTHER_CLERK)
    return answers


def test_every_clear_reading_is_on_record(office: Office) -> None:
    """Who, what, what for and when, also for the person himself; the event has none of the data."""
    number = id_number()
    seeker = office.register(phone="13985412345", id_number=number)
    request = ReadSeekerInClear(
        id=seeker.id,
        fields=(PersonalField.PHONE, PersonalField.RELATIVE_PHONE),
        purpose=ReadingPurpose.CONTACT,
    )
    clear: ClearSeeker = office.ask(SeekerRightsRpc.read_seeker_in_clear, request)
    assert (clear.phone, clear.relative_phone, clear.name) == ("13985412345", None, None)
    listed = office.ask(SeekerRightsRpc.list_clear_readings, ClearReadingQuery(id=seeker.id))
    assert listed.readings == (clear.reading,)
    assert office.told("seekers.clear_reading.made.v1")[0].reading == clear.reading
    own: OwnRecord = office.ask(
        SeekerRightsRpc.own_record, OwnRecordQuery(slip=str(seeker.slip), id_number=number), PUBLIC
    )
    assert own.readings == (clear.reading,)
    assert own.seeker.id == seeker.id


def test_an_own_record_takes_slip_and_number_together(office: Office) -> None:
    """With one of them wrong nothing is said, not even which."""
    number = id_number()
    seeker, other = office.register(id_number=number), office.register()
    for slip, typed in ((other.slip, number), (seeker.slip, id_number())):
        query = OwnRecordQuery(slip=str(slip), id_number=typed)
        problem = office.refusal(SeekerRightsRpc.own_record, query, PUBLIC)
        assert (problem.code, problem.evidence) == ("seekers.own_record_refused", {})


def test_no_other_station_reads_anybody(office: Office) -> None:
    """Masked or in clear; and a refused reading leaves no trace that it was done."""
    seeker = office.register()
    rows = office.rows()
    for method, request in (
        (SeekersRpc.get_seeker, SeekerRef(id=seeker.id)),
        (SeekerRightsRpc.read_seeker_in_clear, READ.model_copy(update={"id": seeker.id})),
        (SeekerRightsRpc.list_consents, SeekerRef(id=seeker.id)),
        (SeekerRightsRpc.erase_seeker, EraseSeeker(id=seeker.id, reason=ErasureReason.ASKED_FOR)),
    ):
        assert office.refusal(method, request, OTHER_CLERK).code == "auth.outside_scope"
        assert office.refusal(method, request, PUBLIC).code == "auth.not_allowed"
    assert office.rows() == rows


def test_a_card_says_a_surname_or_a_number(office: Office) -> None:
    """As the person chose, with an age band, the trades and the days; nothing else."""
    office.show(name="欧阳小芳", id_number=id_number(date(1985, 1, 1)))
    office.show(called_by=CalledBy.NUMBER)
    by_name, by_number = (facts.card for facts in office.told("seekers.card.shown.v1"))
    assert (by_name.called, by_name.age_band, by_name.trades) == ("欧阳师傅", "40–49岁", ("搬运工",))
    assert by_number.called == "0001号"
    page = office.ask(SeekerCardsRpc.export_live_cards, ExportCards(limit=1), SYSTEM)
    rest = office.ask(SeekerCardsRpc.export_live_cards, ExportCards(after=page.next), SYSTEM)
    assert {card.id for card in (*page.cards, *rest.cards)} == {by_name.id, by_number.id}


def test_without_consent_there_is_no_card(office: Office) -> None:
    """Nor before it is given; a withdrawn one takes the card off in the same transaction."""
    seeker = office.register()
    assert office.told("seekers.card.shown.v1") == []
    give = GiveConsent(id=seeker.id, purpose=ConsentPurpose.PUBLIC_DISPLAY)
    office.ask(SeekerRightsRpc.give_consent, give)
    (shown,) = office.told("seekers.card.shown.v1")
    withdraw = WithdrawConsent(id=seeker.id, purpose=ConsentPurpose.PUBLIC_DISPLAY)
    office.ask(SeekerRightsRpc.withdraw_consent, withdraw)
    (dropped,) = office.told("seekers.card.dropped.v1")
    assert dropped.card_id == shown.card.id
    assert office.told("seekers.consent.withdrawn.v1")[0].purpose is ConsentPurpose.PUBLIC_DISPLAY
    assert office.refusal(SeekerRightsRpc.withdraw_consent, withdraw).code == "seekers.consent_missing"
    office.ask(SeekerRightsRpc.give_consent, give)
    assert office.told("seekers.card.shown.v1")[-1].card.id != shown.card.id
    consents: ConsentList = office.ask(SeekerRightsRpc.list_consents, SeekerRef(id=seeker.id))
    of_display = [one for one in consents.consents if one.purpose is ConsentPurpose.PUBLIC_DISPLAY]
    assert sorted((one.version, one.withdrawn_at is None) for one in of_display) == [(1, False), (2, True)]


def test_a_card_follows_its_entry(office: Office) -> None:
    """Amended it is told anew with the next sequence, closed it is dropped."""
    seeker = office.show(name="王小明")
    office.ask(SeekersRpc.amend_seeker, AmendSeeker(id=seeker.id, name="李小明"))
    office.ask(SeekersRpc.amend_seeker, AmendSeeker(id=seeker.id, phone="13985412345"))
    cards = [facts.card for facts in office.told("seekers.card.shown.v1")]
    assert [(card.called, card.sequence) for card in cards] == [("王师傅", 1), ("李师傅", 2)]
    office.ask(SeekersRpc.close_seeker, CloseSeeker(id=seeker.id, reason=CloseReason.FOUND_WORK))
    assert len(office.told("seekers.card.dropped.v1")) == 1


def test_without_the_consent_to_keep_it_the_number_goes(office: Office) -> None:
    """The entry stays, the number can be read no more, and its owner is nobody whom the register knows."""
    number = id_number()
    seeker = office.register(id_number=number)
    withdraw = WithdrawConsent(id=seeker.id, purpose=ConsentPurpose.ID_NUMBER)
    after = office.ask(SeekerRightsRpc.withdraw_consent, withdraw)
    assert (after.status, after.masked_id_number) == (SeekerStatus.ACTIVE, None)
    clear = office.ask(SeekerRightsRpc.read_seeker_in_clear, READ.model_copy(update={"id": seeker.id}))
    assert (clear.id_number, clear.name) == (None, "王小明")
    look = LookUpPerson(station=TOWN, id_number=number)
    assert office.ask(SeekersRpc.look_up_person, look).registered == "nowhere"


def test_erasing_drops_the_person_and_keeps_the_count(office: Office) -> None:
    """Nothing that names him is left, his card is gone, and he can register anew."""
    number = id_number()
    seeker = office.show(id_number=number, phone="13985412345")
    office.check_in(seeker)
    erase = EraseSeeker(id=seeker.id, reason=ErasureReason.ASKED_FOR)
    after = office.ask(SeekerRightsRpc.erase_seeker, erase)
    assert (after.status, after.masked_name, after.slip, after.age) == (SeekerStatus.ERASED, "", None, None)
    with office.database.reading() as connection:
        row = connection.execute(tables.seekers.select()).mappings().one()
    assert {name for name in row if name.endswith(("_sealed", "_index")) and row[name] is not None} == set()
    assert row["station"] == TOWN
    assert len(office.told("seekers.card.dropped.v1")) == 1
    assert office.told("seekers.seeker.erased.v1")[0].seeker.consents == ()
    assert office.refusal(SeekerRightsRpc.erase_seeker, erase).code == "seekers.seeker_step_illegal"
    reading = READ.model_copy(update={"id": seeker.id})
    assert office.refusal(SeekerRightsRpc.read_seeker_in_clear, reading).code == "seekers.seeker_step_illegal"
    assert office.register(id_number=number).id != seeker.id


def test_people_in_the_street_are_counted_by_trade(office: Office) -> None:
    """A tap that is sent twice counts once; the event has the day's totals."""
    taps = [
        CountStreet(station=TOWN, id=office.new_id(), trade=trade, people=people)
        for trade, people in (("小工", 2), ("泥瓦工", 1), ("小工", 3))
    ]
    for tap in (*taps, taps[0]):
        counts = office.ask(SeekerCardsRpc.count_street, tap)
    assert [(one.trade, one.people) for one in counts.counts] == [("小工", 5), ("泥瓦工", 1)]
    told = office.events(f"{TOWN}:2026-03-02")
    assert [event.sequence for event in told] == [1, 2, 3]
    assert told[-1].data.counts == counts.counts


def test_consents_say_which_wording_was_agreed_to(office: Office) -> None:
    """The text that was in force on the day, of which the number is kept."""
    texts = office.ask(SeekerRightsRpc.consent_texts, _nothing(), PUBLIC).texts
    assert {text.purpose for text in texts} == set(ConsentPurpose)
    seeker = office.register(consents=SHOWN)
    consents = office.ask(SeekerRightsRpc.list_consents, SeekerRef(id=seeker.id)).consents
    assert {(one.purpose, one.version, one.wording) for one in consents} == {
        (purpose, 1, 1) for purpose in SHOWN
    }


def _nothing() -> Any:
    from yizhan.contracts.rpc import Nothing

    return Nothing()
