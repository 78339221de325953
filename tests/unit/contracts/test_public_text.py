"""The wall between people's numbers and public text."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from yizhan.contracts.base import OfficeText, PublicParagraph, PublicText, ServiceLine

public_text = TypeAdapter(PublicText)
public_paragraph = TypeAdapter(PublicParagraph)
office_text = TypeAdapter(OfficeText)
service_line = TypeAdapter(ServiceLine)


@pytest.mark.parametrize(
    "text",
    [
        "联系13800000000",
        "联系 138 0000 0000",
        "138-0000-0000",
        "１３８００００００００",
        "身份证52273019900101001X",
        "522730199001010018",
        "QQ 1234567",
        "1.3.8.0.0.0.0.0",
        "138–0000–0000",
        "138—0000—0000",
        "138•0000•0000",
        "２０２６-13-40 1",
    ],
)
def test_a_number_that_may_name_a_person_is_refused(text: str) -> None:
    """In any width and spacing."""
    with pytest.raises(ValidationError):
        public_text.validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "180-220元/天",
        "2026-11-23 停水",
        "2026-11-23至2026-12-01放假",
        "早8:00到晚18:00",
        "522730",
        "3栋2单元",
    ],
)
def test_ordinary_figures_are_taken(text: str) -> None:
    """Wages, dates, hours and house numbers belong on a screen."""
    assert public_text.validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a\u202eb",
        "a\u061cb",
        "a\u200bb",
        "a\u2060b",
        "a\x00b",
        "a\x1bb",
        "a\tb",
        "a\nb",
        "a\u2028b",
        "a\x85b",
    ],
)
def test_text_that_hides_something_is_refused(text: str) -> None:
    """Direction marks, zero-width and control characters, and whatever breaks a line."""
    with pytest.raises(ValidationError):
        public_text.validate_python(text)


@pytest.mark.parametrize("text", ["", "   ", "\u3000"])
def test_text_that_says_nothing_is_refused(text: str) -> None:
    """A row with a blank trade would be a hole in the screen."""
    for kind in (public_text, office_text):
        with pytest.raises(ValidationError):
            kind.validate_python(text)


def test_only_paragraphs_have_several_lines() -> None:
    """A description and a note to the office may; nothing else hides in them."""
    for kind in (public_paragraph, office_text):
        assert kind.validate_python("早上集合\n中午管饭") == "早上集合\n中午管饭"
        with pytest.raises(ValidationError):
            kind.validate_python("早上\u202e集合")


@pytest.mark.parametrize("line", ["0854-5631234", "12333", "400-123-4567", "0854-000 0000", "08545631234"])
def test_a_service_line_is_a_public_number(line: str) -> None:
    """Landlines, short numbers, 400 numbers."""
    assert service_line.validate_python(line) == line


@pytest.mark.parametrize("line", ["13800000000", "1380000", "abc", "0854-56"])
def test_a_mobile_number_is_no_service_line(line: str) -> None:
    """It belongs to a person."""
    with pytest.raises(ValidationError):
        service_line.validate_python(line)
