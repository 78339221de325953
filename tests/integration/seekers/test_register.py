"""The register: who is in it, found by whom, and what is refused."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from services.seekers.domain.identity import check_character
from services.seekers.storage import tables
from tests.integration.seekers.office import SHOWN, Office, id_number
from tests.support.service_stand import (
    ADMIN,
    COMMUNITY,
    COMMUNITY_CLERK,
    OTHER_CLERK,
    OTHER_TOWN,
    TOWN,
    TOWN_CLERK,
)
from yizhan.contracts.errors import RemoteProblem
from yizhan.contracts.seeker_rights import (
    EraseSeeker,
    ErasureReason,
    GiveConsent,
    SeekerRightsRpc,
    WithdrawConsent,
)
from yizhan.contracts.seeker_steps import SeekerStepList, SeekerStepQuery, SeekerStepsRpc
from yizhan.contracts.seekers import (
    AmendSeeker,
    CloseReason,
    CloseSeeker,
    ConsentPurpose,
    LookUpPerson,
    Person,
    ReopenSeeker,
    ReplaceSlip,
    SearchSeekers,
    Seeker,
    SeekerQuery,
    SeekerRef,
    SeekersRpc,
    SeekerStatus,
    Sex,
    SkillLevel,
    TradeSkill,
    TransferSeeker,
    Whereabouts,
    Wishes,
)

pytestmark = pytest.mark.integration


def found(office: Office, station: str = TOWN, actor=TOWN_CLERK, **by: str) -> list[str]:  # type: ignore[no-untyped-def]
    answer = office.ask(SeekersRpc.search_seekers, SearchSeekers(station=station, **by), actor)
    return [seeker.id for seeker in answer.seekers]


def test_the_identity_number_says_sex_and_age(office: Office) -> None:
    """And nothing of the answer names the person."""
    seeker = office.register(id_number="522730196803150027", name="欧阳小芳", phone="13985412345")
    assert (seeker.sex, seeker.age) == (Sex.FEMALE, 57)
    assert (seeker.masked_name, seeker.masked_id_number, seeker.masked_phone) == (
        "欧阳**",
        "****0027",
        "****2345",
    )
    assert seeker.status is SeekerStatus.ACTIVE
    assert seeker.slip is not None
    assert len(seeker.slip) == 6


def test_wishes_are_kept_as_they_were_said(office: Office) -> None:
    """Trades with levels, days, hours, distance, wage, crew, training and a business of one's own."""
    wishes = Wishes.model_validate(
        {
            "trades": [{"trade": "泥瓦工", "level": "certified"}, {"trade": "小工"}],
            "days": [1, 3, 5],
            "hours": {"begins": "06:00", "ends": "14:00"},
            "distance_km": 15,
            "least_wage": {"fen": 18000, "unit": "day"},
            "crew": {"people": 4, "leads": True},
            "training": ["砌筑工"],
            "start_up": True,
        }
    )
    seeker = office.register(wishes=wishes)
    assert office.ask(SeekersRpc.get_seeker, SeekerRef(id=seeker.id)).wishes == wishes


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("522730199001010019", "seekers.identity_check_character_wrong"),
        ("52273019900231001X", "seekers.birth_date_impossible"),
        ("522730209901010010", "seekers.birth_date_impossible"),
        ("12345", "seekers.identity_number_malformed"),
    ],
)
def test_a_wrong_identity_number_is_refused(office: Office, number: str, code: str) -> None:
    """Check character, the 31st of February and its like, a birth in the future; it is not repeated."""
    if code == "seekers.birth_date_impossible":
        number = number[:17] + check_character(number[:17])
    rows = office.rows()
    problem = office.refusal(SeekersRpc.register_seeker, office.application(id_number=number))
    assert problem.code == code
    assert number not in problem.model_dump_json()
    assert office.rows() == rows


def test_nobody_under_sixteen_is_registered(office: Office) -> None:
    """On the birthday itself it is allowed, and the desk is told that this is a minor."""
    office.at("2026-03-02T05:30+08:00")
    young = office.application(id_number=id_number(date(2010, 3, 3)))
    assert office.refusal(SeekersRpc.register_seeker, young).code == "seekers.under_sixteen"
    assert office.register(id_number=id_number(date(2010, 3, 2))).minor


def test_nothing_is_kept_without_the_consent_to_keep_the_number(office: Office) -> None:
    """Consents are separate: the one to be shown does not stand for it."""
    request = office.application(consents=(ConsentPurpose.PUBLIC_DISPLAY,))
    assert office.refusal(SeekersRpc.register_seeker, request).code == "seekers.consent_missing"


def test_the_same_person_is_found_at_once(office: Office) -> None:
    """In the caller's scope with the id, also when typed with a small x and blanks."""
    first = office.register(id_number="11010519491231002X")
    problem = office.refusal(
        SeekersRpc.register_seeker, office.application(id_number="110105 19491231 002x"), TOWN_CLERK
    )
    assert (problem.code, problem.evidence) == ("seekers.seeker_exists", {"seeker_id": first.id})


def test_another_station_learns_no_more_than_that(office: Office) -> None:
    """The answer says that somebody is registered elsewhere: not who, where or when."""
    number = id_number()
    seeker = office.register(TOWN, id_number=number, phone="13985412345")
    problem = office.refusal(
        SeekersRpc.register_seeker, office.application(OTHER_TOWN, id_number=number), OTHER_CLERK
    )
    assert (problem.code, problem.evidence) == ("seekers.registered_elsewhere", {})
    person: Person = office.ask(
        SeekersRpc.look_up_person, LookUpPerson(station=OTHER_TOWN, id_number=number), OTHER_CLERK
    )
    assert (person.registered, person.seeker_id) == (Whereabouts.ELSEWHERE, None)
    for told in (problem.model_dump_json(), person.model_dump_json()):
        assert seeker.id not in told
        assert TOWN not in told
    assert found(office, OTHER_TOWN, OTHER_CLERK, phone="13985412345") == []
    assert (
        office.refusal(SeekersRpc.get_seeker, SeekerRef(id=seeker.id), OTHER_CLERK).code
        == "auth.outside_scope"
    )


def test_two_desks_at_once_register_one_person_once(office: Office) -> None:
    """Whoever comes second is told, however close."""
    number = id_number()

    def register(station: str) -> str:
        try:
            office.ask(SeekersRpc.register_seeker, office.application(station, id_number=number), ADMIN)
        except RemoteProblem as error:
            return error.problem.code
        return "done"

    with ThreadPoolExecutor(2) as desks:
        assert sorted(desks.map(register, [TOWN, OTHER_TOWN])) == ["done", "seekers.seeker_exists"]


def test_who_stands_at_the_desk_is_transferred(office: Office) -> None:
    """The new station has him, the old one no more; with him goes his card."""
    number = id_number()
    seeker = office.register(TOWN, id_number=number, consents=SHOWN)
    request = TransferSeeker(station=OTHER_TOWN, id_number=number, person_present=True)
    moved: Seeker = office.ask(SeekersRpc.transfer_seeker, request, OTHER_CLERK)
    assert (moved.id, moved.station) == (seeker.id, OTHER_TOWN)
    assert office.refusal(SeekersRpc.get_seeker, SeekerRef(id=seeker.id)).code == "auth.outside_scope"
    assert office.told("seekers.seeker.transferred.v1")[0].from_station == TOWN
    (dropped,) = office.told("seekers.card.dropped.v1")
    shown = office.told("seekers.card.shown.v1")[-1].card
    assert (dropped.station, shown.station) == (TOWN, OTHER_TOWN)
    assert dropped.card_id != shown.id
    again = office.refusal(SeekersRpc.transfer_seeker, request, OTHER_CLERK)
    assert again.code == "seekers.seeker_step_illegal"


def test_an_unknown_person_cannot_be_transferred(office: Office) -> None:
    """Register him."""
    request = TransferSeeker(station=TOWN, id_number=id_number(), person_present=True)
    assert office.refusal(SeekersRpc.transfer_seeker, request).code == "seekers.seeker_not_found"


def test_people_are_searched_by_name_phone_and_slip(office: Office) -> None:
    """A whole name finds its bearers, a surname all of the family, a number a relative's too."""
    ming = office.register(name="王小明", phone="13985410001")
    hong = office.register(name="王 红", phone="0854-5630000", relative_phone="13985410001")
    office.register(name="李红")
    assert found(office, name="王小明") == [ming.id]
    assert found(office, name="王红") == [hong.id]
    assert found(office, name="王") == found(office, name="王**") == [hong.id, ming.id]
    assert found(office, phone="13985410001") == [hong.id, ming.id]
    assert found(office, phone="08545630000") == [hong.id]
    assert found(office, slip=str(ming.slip)) == [ming.id]
    assert found(office, COMMUNITY, COMMUNITY_CLERK, name="王小明") == []


def test_lists_are_paged_by_id(office: Office) -> None:
    """By station, status and trade; a county's administrator sees all below."""
    people = [office.register(TOWN if number % 2 else COMMUNITY) for number in range(5)]
    office.register(OTHER_TOWN)
    pages, after = [], None
    while True:
        page = office.ask(SeekersRpc.list_seekers, SeekerQuery(station=TOWN, after=after, limit=2))
        pages.append([seeker.id for seeker in page.seekers])
        after = page.next
        if after is None:
            break
    assert pages == [[people[4].id, people[3].id], [people[2].id, people[1].id], [people[0].id]]
    office.ask(SeekersRpc.close_seeker, CloseSeeker(id=people[1].id, reason=CloseReason.FOUND_WORK))
    closed = office.ask(SeekersRpc.list_seekers, SeekerQuery(station=TOWN, status=SeekerStatus.CLOSED))
    assert [seeker.id for seeker in closed.seekers] == [people[1].id]


def test_who_looks_for_a_trade_is_listed_while_he_looks(office: Office) -> None:
    """By any of his trades; a closed entry is on no list of a trade."""
    wishes = Wishes(trades=(TradeSkill(trade="小工"), TradeSkill(trade="采茶", level=SkillLevel.SKILLED)))
    seeker = office.register(wishes=wishes)

    def of_trade(trade: str) -> list[str]:
        page = office.ask(SeekersRpc.list_seekers, SeekerQuery(station=TOWN, trade=trade, limit=1))
        return [one.id for one in page.seekers]

    assert of_trade("采茶") == [seeker.id]
    assert of_trade("电焊工") == []
    office.ask(SeekersRpc.close_seeker, CloseSeeker(id=seeker.id, reason=CloseReason.MOVED_AWAY))
    assert of_trade("采茶") == []
    office.ask(SeekersRpc.reopen_seeker, ReopenSeeker(id=seeker.id))
    assert of_trade("小工") == [seeker.id]


def test_amending_keeps_what_is_left_out(office: Office) -> None:
    """And a number that is taken out is found no more."""
    seeker = office.register(phone="13985410001", relative_phone="13985410002")
    amend = AmendSeeker(id=seeker.id, name="李小明", remove=("phone",), expected_sequence=seeker.sequence)
    after: Seeker = office.ask(SeekersRpc.amend_seeker, amend)
    assert (after.masked_name, after.masked_phone, after.masked_relative_phone) == ("李**", None, "****0002")
    assert after.wishes == seeker.wishes
    assert found(office, phone="13985410001") == []
    assert found(office, name="李小明") == [seeker.id]
    assert office.refusal(SeekersRpc.amend_seeker, amend).code == "seekers.seeker_changed_meanwhile"


def test_a_lost_slip_is_void(office: Office) -> None:
    """Another takes its place, and a closed entry gets none."""
    seeker = office.register()
    after: Seeker = office.ask(SeekersRpc.replace_slip, ReplaceSlip(id=seeker.id))
    assert after.slip != seeker.slip
    assert found(office, slip=str(seeker.slip)) == []
    office.ask(SeekersRpc.close_seeker, CloseSeeker(id=seeker.id, reason=CloseReason.FOUND_WORK))
    problem = office.refusal(SeekersRpc.replace_slip, ReplaceSlip(id=seeker.id))
    assert problem.code == "seekers.seeker_step_illegal"


def test_a_command_that_is_repeated_is_done_once(office: Office) -> None:
    """The same key gives the same person, and no digest is kept that his numbers could be guessed by."""
    request = office.application()
    first = office.ask(SeekersRpc.register_seeker, request, key="register-0001")
    again = office.ask(SeekersRpc.register_seeker, request, key="register-0001")
    assert first == again
    other = request.model_copy(update={"id_number": id_number()})
    with pytest.raises(RemoteProblem) as refused:
        office.ask(SeekersRpc.register_seeker, other, key="register-0001")
    assert refused.value.problem.code == "request.idempotency_key_reused"
    with office.database.reading() as connection:
        kept = connection.execute(select(tables.idempotency.c.body_sha256)).scalars().all()
    plain = json.dumps(
        request.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert hashlib.sha256(plain.encode()).hexdigest() not in kept


def test_an_entrys_history_says_what_was_done_and_never_what_it_said(office: Office) -> None:
    """By whom, newest first, page by page; it goes along to another station and outlives erasure."""
    seeker = office.register(phone="13985412345", id_number=(number := id_number()))
    amended = AmendSeeker(id=seeker.id, name="王大明", remove=("phone",))
    office.ask(SeekersRpc.amend_seeker, amended, TOWN_CLERK)
    office.ask(SeekersRpc.replace_slip, ReplaceSlip(id=seeker.id))
    consent = GiveConsent(id=seeker.id, purpose=ConsentPurpose.MESSAGES)
    office.ask(SeekerRightsRpc.give_consent, consent)
    withdrawal = WithdrawConsent(id=seeker.id, purpose=ConsentPurpose.MESSAGES)
    office.ask(SeekerRightsRpc.withdraw_consent, withdrawal)
    office.ask(SeekersRpc.close_seeker, CloseSeeker(id=seeker.id, reason=CloseReason.FOUND_WORK))
    office.ask(SeekersRpc.reopen_seeker, ReopenSeeker(id=seeker.id))
    move = TransferSeeker(station=OTHER_TOWN, id_number=number, person_present=True)
    office.ask(SeekersRpc.transfer_seeker, move, OTHER_CLERK)
    erasure = EraseSeeker(id=seeker.id, reason=ErasureReason.ASKED_FOR)
    office.ask(SeekerRightsRpc.erase_seeker, erasure, OTHER_CLERK)

    def steps(before: int | None = None, limit: int = 50) -> SeekerStepList:
        query = SeekerStepQuery(id=seeker.id, before=before, limit=limit)
        answer: SeekerStepList = office.ask(SeekerStepsRpc.list_seeker_steps, query, OTHER_CLERK)
        return answer

    assert [(step.kind.value, *step.about) for step in reversed(steps().steps)] == [
        ("registered",),
        ("amended", "name", "phone"),
        ("amended", "slip"),
        ("consent_given", "messages"),
        ("consent_withdrawn", "messages"),
        ("closed", "found_work"),
        ("reopened",),
        ("transferred", TOWN),
        ("erased", "asked_for"),
    ]
    assert steps().steps[-2].by == TOWN_CLERK.id
    page = steps(limit=4)
    assert steps(before=page.next, limit=50).steps == steps().steps[4:]
    query = SeekerStepQuery(id=seeker.id)
    assert office.refusal(SeekerStepsRpc.list_seeker_steps, query, TOWN_CLERK).code == "auth.outside_scope"


def test_the_register_is_listed_by_the_days_of_entry(office: Office) -> None:
    """Days of the county, both included; by status and by trade too, and page after page."""

    def listed(**by: object) -> list[str]:
        query = SeekerQuery.model_validate({"station": TOWN, **by})
        return [one.id for one in office.ask(SeekersRpc.list_seekers, query).seekers]

    ids = []
    for moment in ("2026-03-02T23:59+08:00", "2026-03-03T00:00+08:00", "2026-03-04T08:00+08:00"):
        office.at(moment)
        ids.append(office.register().id)
    monday, tuesday, wednesday = ids
    assert listed(registered_from="2026-03-03") == [wednesday, tuesday]
    assert listed(registered_to="2026-03-03") == [tuesday, monday]
    both = {"registered_from": "2026-03-03", "registered_to": "2026-03-03"}
    assert listed(**both) == listed(**both, status="active") == listed(**both, trade="搬运工") == [tuesday]
    assert listed(registered_to="2026-03-03", after=tuesday) == [monday]
