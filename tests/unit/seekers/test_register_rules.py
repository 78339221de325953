"""What lists and screens say of somebody, and the dated data of consents and weights."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files

import pytest
from pydantic import ValidationError

from services.seekers.domain.consents import Wordings
from services.seekers.domain.draw_weights import DatedWeights
from services.seekers.domain.public_name import masked_form, masked_name, public_name, public_name_of_masked
from services.seekers.domain.register import masked_number, new_slip
from yizhan.contracts.seekers import ConsentPurpose, Wishes

NAMES = ("王小明", "王明", "欧阳小芳", "欧阳", "阿依古丽·买买提", "John Smith", "王 小 明")


@pytest.mark.parametrize("name", NAMES)
def test_a_masked_name_tells_the_public_one_and_no_more(name: str) -> None:
    """Neither the rest of the name nor its length."""
    masked = masked_name(name)
    assert masked.endswith("**")
    assert len(masked) <= 4
    assert public_name_of_masked(masked) == public_name(name)


def test_a_surname_is_told_from_a_whole_name() -> None:
    """A surname alone or masked finds a family, anything longer one name."""
    assert masked_form("王") == masked_form("王*") == masked_form("王**") == "王**"
    assert masked_form("欧阳") == "欧阳**"
    assert masked_form("王小明") is None
    assert masked_form("John") is None


def test_a_masked_number_hides_its_length() -> None:
    """Four digits are enough to read back."""
    assert masked_number("13985412345") == masked_number("2345") == "****2345"
    assert masked_number(None) is None


def test_a_slip_has_no_letter_that_reads_as_another() -> None:
    """Six of 32 characters, by chance that is handed in."""
    assert new_slip(lambda n: n - 1) == "ZZZZZZ"
    assert not set("ILOU") & {new_slip(lambda _, number=number: number)[0] for number in range(32)}


def test_the_shipped_texts_and_weights_hold() -> None:
    """A text for each purpose, and a weight for everybody, on any day."""
    home = files("services.seekers")
    wordings = Wordings.read(json.loads((home / "consents.json").read_text("utf-8")))
    weights = DatedWeights.read(json.loads((home / "draw_weights.json").read_text("utf-8")))
    for day in (date(2020, 1, 1), date(2026, 3, 1)):
        assert {text.purpose for text in wordings.on(day)} == set(ConsentPurpose)
        assert weights.on(day).standard == 1


def test_a_text_takes_effect_on_its_day() -> None:
    """Until then the one before is read out."""
    old = {"wording": 1, "in_force_from": "2025-01-01", "text": "旧"}
    new = {"wording": 2, "in_force_from": "2026-03-01", "text": "新"}
    texts = [{"purpose": purpose.value, **text} for purpose in ConsentPurpose for text in (old, new)]
    wordings = Wordings.read({"texts": texts})
    assert wordings.wording_of(ConsentPurpose.MESSAGES, date(2026, 2, 28)) == 1
    assert wordings.wording_of(ConsentPurpose.MESSAGES, date(2026, 3, 1)) == 2
    with pytest.raises(ValidationError):
        Wordings.read({"texts": texts[:2]})


def test_wishes_say_nothing_twice() -> None:
    """A trade, a day or a course."""
    for twice in (
        {"trades": [{"trade": "小工"}, {"trade": "小工"}]},
        {"trades": [{"trade": "小工"}], "days": [1, 1]},
        {"trades": [{"trade": "小工"}], "training": ["砌筑工", "砌筑工"]},
    ):
        with pytest.raises(ValidationError):
            Wishes.model_validate(twice)
