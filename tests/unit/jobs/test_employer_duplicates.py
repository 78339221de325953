"""What makes two entries of the register alike, and what of a contact is shown."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from services.jobs.domain.employer_contact import masked_name, masked_phone, plain_phone
from services.jobs.domain.employer_duplicates import meeting_point, organisation, plain_name
from services.jobs.domain.employer_rules import DatedEmployerRules

RULES = DatedEmployerRules.read(json.loads((files("services.jobs") / "employers.json").read_text("utf-8")))
ENDINGS = RULES.versions[0].name_endings


@pytest.mark.parametrize(
    "name",
    [
        "谷丰物流",
        "谷丰物流有限公司",
        "谷丰 物流有限责任公司",
        "谷丰物流（集团）有限公司",
        "谷丰・物流",
        "谷丰物流　公司",
    ],
)
def test_names_of_one_company_are_alike(name: str) -> None:
    """Without width, blanks, punctuation and kind."""
    assert plain_name(name, ENDINGS) == "谷丰物流"


@pytest.mark.parametrize(
    ("name", "plain"),
    [("ＡＢＣ装饰", "abc装饰"), ("有限公司", "有限公司"), ("（）", "（）"), ("公司街王家", "公司街王家")],
)
def test_a_plain_name_is_never_empty(name: str, plain: str) -> None:
    """A name of nothing but an ending stays what it is."""
    assert plain_name(name, ENDINGS) == plain


def test_codes_of_one_organisation_are_alike() -> None:
    """Moved to another place, or with a letter for a digit; another organisation's is not."""
    code = "91350100M000100Y43"
    assert organisation(code) == organisation("92520300M000100Y4X") == organisation("91350100MOOOIOOY43")
    assert organisation(code) != organisation("91350100M000200Y43")


@pytest.mark.parametrize(
    ("one", "other", "meeting"),
    [
        (("A", "B"), ("A", "B", "C"), "B"),
        (("A", "B"), ("A", "D"), "A"),
        (("A",), ("X", "A"), None),
        ((), ("A",), None),
    ],
)
def test_two_stations_meet_at_the_lowest_above_both(
    one: tuple[str, ...], other: tuple[str, ...], meeting: str | None
) -> None:
    """Two counties do not."""
    assert meeting_point(one, other) == meeting


def test_a_contact_shows_a_surname_and_seven_digits() -> None:
    """However long the name is."""
    assert (masked_name("王大山"), masked_name(" 欧阳小山"), masked_name("John")) == ("王*", "欧*", "J*")
    assert masked_phone("13812341234") == "138****1234"
    assert masked_phone("0854-5630000") == masked_phone("08545630000") == "085****0000"
    assert plain_phone("010-12345678") == "01012345678"
