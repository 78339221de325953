"""Wordings: previewed by staff, written by the county, in versions."""

from __future__ import annotations

import pytest

from tests.integration.notify.office import ADMIN, TOWN_CLERK, Office
from yizhan.contracts.letters import LettersRpc, MessageWishes, Quiet
from yizhan.contracts.rpc import Nothing
from yizhan.contracts.templates import PreviewTemplate, TemplatesRpc, WriteTemplate

pytestmark = pytest.mark.integration

KIND, CHANNEL = "worker.posting_fits", "sms"


def wording(text: str, version: int = 1) -> WriteTemplate:
    return WriteTemplate(kind=KIND, channel=CHANNEL, fields={"text": text}, expected_version=version)


def test_what_the_county_words_anew_is_what_goes_out(office: Office) -> None:
    """As the next version; two who write at once do not overwrite each other."""
    written = office.ask(TemplatesRpc.write_template, wording("来活了：{trade}"), ADMIN)
    assert written.version == 2
    office.worker()
    office.publish()
    office.carry()
    assert office.sms.texts == ["来活了：搬运工"]
    again = office.refusal(TemplatesRpc.write_template, wording("又来活了：{trade}"), ADMIN)
    assert again.code == "notify.template_version_taken"
    found = office.ask(TemplatesRpc.list_templates, Nothing()).templates
    (newest,) = [one for one in found if (one.kind, one.channel) == (KIND, CHANNEL)]
    assert (newest.version, newest.written_by) == (2, ADMIN.id)


def test_staff_of_a_station_read_and_preview_and_do_not_write(office: Office) -> None:
    """With sample values, and with what the channel makes of it."""
    preview = PreviewTemplate(
        kind=KIND, channel=CHANNEL, fields={"text": "{trade}，{wage}"}, signature="龙里"
    )
    seen = office.ask(TemplatesRpc.preview_template, preview)
    assert (seen.fields, seen.length, seen.parts) == ({"text": "搬运工，260元/天"}, 12, 1)
    assert office.refusal(TemplatesRpc.write_template, wording("x"), TOWN_CLERK).status == 403


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{colour}", "notify.template_variable_unknown"),
        ("{trade", "notify.template_malformed"),
        ("长" * 202, "notify.text_too_long"),
    ],
)
def test_a_wording_that_could_not_be_sent_is_not_kept(office: Office, text: str, code: str) -> None:
    """Checked when it is written, not when somebody waits for it."""
    assert office.refusal(TemplatesRpc.write_template, wording(text), ADMIN).code == code
    assert office.rows()["templates"] == 0


def test_everybody_chooses_for_himself_what_may_be_chosen(office: Office) -> None:
    """What has to be heard cannot be stopped; a channel that he has not cannot be named."""
    chosen = MessageWishes(
        channels=("inbox",), quiet_hours=Quiet(begins="21:00", ends="07:00"), stopped=("staff.to_verify",)
    )
    assert office.ask(LettersRpc.choose_wishes, chosen) == chosen
    assert office.ask(LettersRpc.my_wishes, Nothing()) == chosen
    assert office.ask(LettersRpc.my_wishes, Nothing(), ADMIN).stopped == ()
    for wrong in (
        {"stopped": ("staff.fair_short",)},
        {"digested": ("staff.screen_offline",)},
        {"stopped": ("staff.weather",)},
        {"channels": ("sms",)},
        {"quiet_hours": Quiet(begins="07:00", ends="07:00")},
    ):
        refusal = office.refusal(LettersRpc.choose_wishes, chosen.model_copy(update=wrong))
        assert refusal.code == "notify.wishes_refused"
