"""Identity numbers, ages, and how somebody is called in public."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.seekers.domain.identity import (
    age_band,
    age_on,
    check_character,
    is_minor_worker,
    read_identity_number,
    require_working_age,
)
from services.seekers.domain.public_name import public_name
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.seekers import (
    BirthDateImpossible,
    IdentityCheckCharacterWrong,
    IdentityNumberMalformed,
    Sex,
    UnderSixteen,
)

TODAY = date(2026, 3, 1)


def completed(body: str) -> str:
    return body + check_character(body)


@pytest.mark.parametrize(
    ("number", "birth", "sex"),
    [
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
        ("522730199001010018", date(1990, 1, 1), Sex.MALE),
        ("522730196803150027", date(1968, 3, 15), Sex.FEMALE),
        ("522730200802291230", date(2008, 2, 29), Sex.MALE),
    ],
)
def test_a_number_tells_birth_and_sex(number: str, birth: date, sex: Sex) -> None:
    """The desk types one number and three fields are filled."""
    read = read_identity_number(number, today=TODAY)
    assert (read.text, read.birth, read.sex) == (number, birth, sex)


def test_a_number_is_taken_as_people_type_it() -> None:
    """A small x, wide digits of a Chinese keyboard, blanks between groups."""
    for typed in ("11010519491231002x", "110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ"):
        assert read_identity_number(typed, today=TODAY).text == "11010519491231002X"


@pytest.mark.parametrize(
    "typed", ["", "110105491231002", "1101051949123100200", "X10105194912310021", "一二三"]
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    """Too short (also the 15 digits of before 1999), too long, an X or a word where a digit belongs."""
    with pytest.raises(IdentityNumberMalformed):
        read_identity_number(typed, today=TODAY)


@given(
    st.dates(min_value=date(1900, 1, 1), max_value=TODAY),
    st.integers(0, 999),
    st.integers(0, 17),
    st.integers(1, 9),
)
def test_one_wrong_character_is_always_found(birth: date, serial: int, position: int, step: int) -> None:
    """Whichever digit is mistyped, and as whichever other one."""
    number = completed(f"522730{birth:%Y%m%d}{serial:03d}")
    old = 10 if number[position] == "X" else int(number[position])
    wrong = f"{number[:position]}{(old + step) % 10}{number[position + 1 :]}"
    if wrong != number:
        with pytest.raises(IdentityCheckCharacterWrong):
            read_identity_number(wrong, today=TODAY)


@pytest.mark.parametrize(
    ("digits", "reason"),
    [
        ("20070231", "no_such_day"),
        ("20070229", "no_such_day"),
        ("19001332", "no_such_day"),
        ("00000101", "no_such_day"),
        ("20260302", "future"),
        ("18991231", "before_1900"),
    ],
)
def test_a_birth_date_is_a_day_of_the_calendar_that_has_been(digits: str, reason: str) -> None:
    """Each with a check character that agrees, so that only the date is wrong."""
    with pytest.raises(BirthDateImpossible) as refused:
        read_identity_number(completed(f"522730{digits}001"), today=TODAY)
    assert refused.value.evidence == {"reason": reason}


def test_a_birth_date_may_be_the_first_of_1900_or_today() -> None:
    """Both ends are taken."""
    for birth in (date(1900, 1, 1), TODAY):
        assert read_identity_number(completed(f"522730{birth:%Y%m%d}001"), today=TODAY).birth == birth


def test_a_number_of_a_division_that_is_gone_is_taken() -> None:
    """Divisions are dissolved; their people's numbers stay."""
    assert read_identity_number(completed("52222519700101001"), today=TODAY).sex is Sex.MALE


def test_neither_a_refusal_nor_a_representation_repeats_the_number() -> None:
    """Both end up in logs."""
    assert "5227" not in repr(read_identity_number("522730199001010018", today=TODAY))
    assert "1990" not in repr(read_identity_number("522730199001010018", today=TODAY))
    for wrong in ("522730199001010017", "5227301990010100", completed("52273020070231001")):
        with pytest.raises(YizhanError) as refused:
            read_identity_number(wrong, today=TODAY)
        assert "5227" not in refused.value.to_problem().model_dump_json()


def test_a_year_is_full_on_the_birthday() -> None:
    """Not the day before; a 29 February's on 1 March of a common year."""
    assert age_on(date(2010, 3, 2), TODAY) == 15
    assert age_on(date(2010, 3, 1), TODAY) == 16
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), TODAY) == 18
    assert age_on(date(2008, 2, 29), date(2028, 2, 29)) == 20


def test_nobody_under_sixteen_is_introduced_to_a_job() -> None:
    """One day decides."""
    require_working_age(date(2010, 3, 1), today=TODAY)
    with pytest.raises(UnderSixteen):
        require_working_age(date(2010, 3, 2), today=TODAY)


@pytest.mark.parametrize(
    ("birth", "flagged"),
    [
        (date(2010, 3, 2), False),
        (date(2010, 3, 1), True),
        (date(2008, 3, 2), True),
        (date(2008, 3, 1), False),
    ],
)
def test_sixteen_and_seventeen_are_flagged(birth: date, flagged: bool) -> None:
    """They may work, but not everywhere."""
    assert is_minor_worker(birth, today=TODAY) is flagged


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (16, "16–19岁"),
        (19, "16–19岁"),
        (20, "20–29岁"),
        (39, "30–39岁"),
        (69, "60–69岁"),
        (70, "70岁以上"),
        (95, "70岁以上"),
    ],
)
def test_a_screen_shows_a_band_of_ages(age: int, band: str) -> None:
    """Never the age, still less the birthday."""
    assert age_band(date(TODAY.year - age, 3, 1), today=TODAY) == band


def test_a_child_has_no_band() -> None:
    """It is on no screen."""
    with pytest.raises(UnderSixteen):
        age_band(TODAY - timedelta(days=15 * 365), today=TODAY)


@pytest.mark.parametrize(
    ("full_name", "called"),
    [
        ("王建国", "王师傅"),
        (" 李 芳 ", "李师傅"),
        ("欧阳修文", "欧阳师傅"),
        ("上官婉", "上官师傅"),
        ("歐陽修", "歐陽师傅"),
        ("欧阳", "欧师傅"),
        ("东方", "东师傅"),
        ("阿依古丽·买买提", "阿师傅"),
        ("𠮷田", "𠮷师傅"),
        ("John Smith", "师傅"),
        ("", "师傅"),
    ],
)
def test_people_are_called_by_their_surname(full_name: str, called: str) -> None:
    """One character or two; nothing where no surname can be told."""
    assert public_name(full_name) == called


@given(st.text(alphabet="王李欧阳上官司马诸葛建国芳·AZ ", min_size=2, max_size=8))
def test_a_full_name_is_never_said(full_name: str) -> None:
    """Whatever is in the register."""
    name = full_name.replace(" ", "")
    if len(name) > 1:
        assert name not in public_name(full_name)
