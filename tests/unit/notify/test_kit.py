"""The words and the poster by which a posting is put up outside."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from services.notify import data
from services.notify.domain.kit import texts
from services.notify.domain.wording import money_text, wage_text
from services.notify.poster import poster
from yizhan.contracts import examples
from yizhan.contracts.jobs import Wage, WageUnit

LINK = "https://yizhan.example.cn/screen/52273001"


def test_wages_are_said_as_people_say_them() -> None:
    """Whole yuan without zeros; a range; a piece by its name."""
    assert money_text(26000) == "260元"
    assert money_text(1250) == "12.5元"
    assert wage_text(Wage(fen=20000, max_fen=26000, unit=WageUnit.DAY)) == "200-260元/天"
    assert wage_text(Wage(fen=80, unit=WageUnit.PIECE, piece_name="斤")) == "0.8元/斤"


def test_a_long_text_stays_on_the_sheet() -> None:
    """Broken into lines, and cut with an ellipsis where there is no room; what it says is no markup."""
    terms = examples.posting.terms.model_copy(
        update={"trade": "<b>特种设备安装维修工", "description": "装卸" * 200, "place": "地" * 40}
    )
    drawn = poster(
        examples.posting.model_copy(update={"terms": terms}),
        station="兴龙驿站",
        link=LINK,
        texts=data.texts(),
    )
    said = [text.text or "" for text in ElementTree.fromstring(drawn).iter() if text.tag.endswith("text")]
    assert any("<b>特种" in text for text in said)
    assert any(text.endswith("…") for text in said)
    assert all(float(text.get("y", "0")) <= 297 for text in ElementTree.fromstring(drawn))


def test_a_group_gets_a_shorter_text_than_a_page() -> None:
    """Without a title, which groups have not."""
    told = texts(examples.posting, "兴龙驿站", LINK, data.texts().kit)
    by_channel = {text.channel.value: text for text in told}
    assert by_channel["qq_group"].title is None
    assert len(by_channel["qq_group"].body) <= len(f"{by_channel['portal'].title}{by_channel['portal'].body}")
