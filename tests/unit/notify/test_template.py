"""Templates, and what each channel takes."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from services.notify.domain.template import Channels, Rendered, Shelf, Template, check, length_of, render
from yizhan.contracts.notify import (
    ChannelUnknown,
    TemplateMalformed,
    TemplateNotFound,
    TemplateVariableUnknown,
    TemplateVersionTaken,
    TextRefused,
    TextTooLong,
)

CHANNELS = Channels.read(json.loads((files("services.notify") / "channels.json").read_text("utf-8")))
KIND = "worker.offered"
VARIABLES = ("trade", "place", "starts", "wage", "text")


def template(channel: str, version: int = 1, signature: str = "", **fields: str) -> Template:
    return Template(kind=KIND, channel=channel, version=version, fields=fields, signature=signature)


def rendered(channel: str, field: str, text: str, signature: str = "") -> Rendered:
    return render(template(channel, signature=signature, **{field: "{text}"}), {"text": text}, CHANNELS)


def test_variables_are_filled_in() -> None:
    """What the template does not name is left out."""
    found = render(
        template("wechat", thing1="{trade}", thing2="{place}集合", time3="{starts}"),
        {"trade": "采茶", "place": "谷脚镇", "starts": "2026年3月2日 06:30", "wage": "180元/天"},
        CHANNELS,
    )
    assert found.fields == {"thing1": "采茶", "thing2": "谷脚镇集合", "time3": "2026年3月2日 06:30"}
    assert (found.kind, found.channel, found.version, found.parts) == (KIND, "wechat", 1, 1)


def test_a_value_is_text_and_never_read_for_variables() -> None:
    """Nor for format instructions: an employer's text names no other value."""
    assert rendered("inbox", "body", "{wage} {0.__class__}").fields["body"] == "{wage} {0.__class__}"


@pytest.mark.parametrize(
    ("channel", "field", "longest"),
    [
        ("wechat", "thing4", "一" * 20),
        ("wechat", "thing", "🍵" * 10),
        ("wechat", "phrase2", "货物配送中"),
        ("wechat", "character_string1", "A" * 32),
        ("wechat", "number9", "1" * 32),
        ("wechat", "symbol1", "!!!!!"),
        ("inbox", "title", "一" * 40),
        ("screen", "line", "一" * 40),
    ],
)
def test_a_field_takes_its_longest_and_nothing_longer(channel: str, field: str, longest: str) -> None:
    """Nothing is cut to fit."""
    assert rendered(channel, field, longest).fields[field] == longest
    with pytest.raises(TextTooLong):
        rendered(channel, field, longest + longest[-1])


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("phrase1", "已取消1"),
        ("phrase1", "ok"),
        ("number1", "三"),
        ("number1", "1."),
        ("character_string1", "单号1"),
        ("time1", "6点半"),
        ("date1", "2026-03-02"),
        ("amount1", "一百元"),
        ("letter1", "a1"),
        ("name1", "王" * 11),
        ("phone_number1", "电话"),
    ],
)
def test_a_field_takes_only_its_form(field: str, text: str) -> None:
    """What the channel would answer with an error is not sent."""
    with pytest.raises(TextRefused) as refused:
        rendered("wechat", field, text)
    assert refused.value.evidence == {"field": field, "reason": "form"}


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("time1", "15:01"),
        ("time1", "2026年3月2日 06:30~18:00"),
        ("date1", "2026年3月2日"),
        ("amount1", "￥180.00元"),
        ("name1", "王" * 10),
        ("name1", "John Smith"),
        ("phone_number1", "0854-5631234"),
    ],
)
def test_good_forms_are_taken(field: str, text: str) -> None:
    """As the channel's own table gives them."""
    assert rendered("wechat", field, text).fields[field] == text


@pytest.mark.parametrize(("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3)])
def test_a_long_sms_is_charged_in_parts(length: int, parts: int) -> None:
    """70 alone, 67 each from the second on; the signature counts."""
    signature = "【龙里零工】"
    assert rendered("sms", "text", "一" * length).parts == parts
    if length > len(signature):
        assert rendered("sms", "text", "一" * (length - len(signature)), signature).parts == parts


def test_an_sms_of_too_many_parts_is_not_sent() -> None:
    """Three are enough; the error does not repeat the text."""
    with pytest.raises(TextTooLong) as refused:
        rendered("sms", "text", "密" * 202)
    assert refused.value.evidence == {"field": "text", "length": 202, "parts": 4}
    assert "密" not in refused.value.to_problem().model_dump_json()


def test_length_is_counted_as_a_phone_counts() -> None:
    """An emoji and a rare character are two."""
    assert [length_of(text) for text in ("", "a", "王", "𠮷", "👍")] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize("text", ["", " ", "\u3000"])
def test_an_empty_field_is_refused(text: str) -> None:
    """A message with a hole helps nobody."""
    with pytest.raises(TextRefused):
        rendered("inbox", "body", text)


@pytest.mark.parametrize(
    ("channel", "field"), [("screen", "line"), ("group_bot", "text"), ("publication", "body")]
)
def test_a_public_channel_says_no_personal_number(channel: str, field: str) -> None:
    """In whatever width or spacing; the error does not repeat it. A date is none."""
    for number in ("13800000000", "138 0000 0000", "１３８００００００００", "522730199001010018"):
        with pytest.raises(TextRefused) as refused:
            rendered(channel, field, f"请联系{number}")
        assert refused.value.evidence["reason"] == "not_for_the_public"
        assert number not in refused.value.to_problem().model_dump_json()
        assert refused.value.__cause__ is None
    assert rendered(channel, field, "2026-03-02 集合").parts == 1


def test_a_private_channel_may_say_a_number() -> None:
    """The employer's phone, to the worker who is offered the job."""
    assert rendered("sms", "text", "请联系13800000000").fields["text"].endswith("13800000000")


def test_hidden_characters_are_refused_everywhere() -> None:
    """They turn a text round."""
    with pytest.raises(TextRefused):
        rendered("sms", "text", "工资\u202e081")


def test_a_missing_value_stops_the_message() -> None:
    """Never a hole or a brace in what people read."""
    with pytest.raises(TemplateVariableUnknown) as refused:
        render(template("sms", text="{trade}，{place}"), {"trade": "采茶"}, CHANNELS)
    assert refused.value.evidence == {"variables": ["place"]}


def test_a_good_template_passes_the_check() -> None:
    """Before anything is sent with it."""
    check(template("wechat", thing1="{trade}", phrase2="待确认"), CHANNELS, variables=VARIABLES)


@pytest.mark.parametrize(
    "text", ["{trade", "trade}", "{}", "{Trade}", "{trade!r}", "{trade.length}", "{{trade}}"]
)
def test_a_brace_that_is_no_variable_is_refused(text: str) -> None:
    """Found when it is written, not when it is sent."""
    with pytest.raises(TemplateMalformed):
        check(template("inbox", body=text), CHANNELS, variables=VARIABLES)


def test_an_unknown_variable_field_or_channel_is_refused() -> None:
    """And a template without any field."""
    with pytest.raises(TemplateVariableUnknown):
        check(template("inbox", body="{id_number}"), CHANNELS, variables=VARIABLES)
    with pytest.raises(TemplateMalformed):
        check(template("wechat", picture1="{trade}"), CHANNELS, variables=VARIABLES)
    with pytest.raises(TemplateMalformed):
        check(template("wechat"), CHANNELS, variables=VARIABLES)
    with pytest.raises(ChannelUnknown):
        check(template("pigeon", text="{trade}"), CHANNELS, variables=VARIABLES)


def test_a_template_that_can_never_fit_is_refused_when_it_is_written() -> None:
    """Its fixed words alone, and the signature, are too long."""
    with pytest.raises(TextTooLong):
        check(template("wechat", thing1="一" * 21 + "{trade}"), CHANNELS, variables=VARIABLES)
    with pytest.raises(TextTooLong):
        check(template("sms", signature="【龙里】", text="一" * 198), CHANNELS, variables=VARIABLES)


def test_what_was_sent_with_a_version_stays_as_it_is() -> None:
    """A new wording is a new version; the old one can still be looked up."""
    first, second = template("sms", text="旧"), template("sms", version=2, text="新")
    shelf = Shelf().with_template(first).with_template(second)
    assert shelf.newest(KIND, "sms") == second
    assert shelf.version(KIND, "sms", 1) == first
    for taken in (first, second, template("sms", version=4, text="跳")):
        with pytest.raises(TemplateVersionTaken):
            shelf.with_template(taken)


def test_a_template_that_is_not_there_is_an_error() -> None:
    """Never an empty message."""
    shelf = Shelf([template("sms", text="旧")])
    with pytest.raises(TemplateNotFound):
        shelf.newest(KIND, "wechat")
    with pytest.raises(TemplateNotFound):
        shelf.version(KIND, "sms", 2)
