"""The ways out of the house, each against a fake on the loopback that checks what the real one checks."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from services.notify.courier import outlets
from services.notify.courier.port import Channel, Outgoing, Taken, Unconfigured, Untaken
from services.notify.courier.sms import ConsoleSms, TencentSms, cause_of, sms
from services.notify.domain.template import Rendered
from services.notify.outlets import Outlets
from tests.support.fake_tencent_sms import FakeTencentSms, serving
from yizhan.contracts.deliveries import DeliveryCause as Cause
from yizhan.settings import Settings


@pytest.fixture(scope="module")
def tencent() -> Iterator[FakeTencentSms]:
    with serving(FakeTencentSms()) as fake:
        yield fake


def account(fake: FakeTencentSms, **changes: Any) -> Settings:
    given = {
        "sms_sender": "tencent",
        "sms_url": fake.url,
        "sms_app_id": "1400006666",
        "sms_signature": "龙里零工",
        "sms_template_id": "1110",
        "sms_key_id": SecretStr(fake.key_id),
        "sms_secret": SecretStr(fake.secret),
    }
    return Settings.model_validate({**given, **changes})


def outgoing(address: str = "13985400000", **fields: str) -> Outgoing:
    text = Rendered(
        kind="worker.offered", channel="sms", version=1, fields=fields or {"text": "有活"}, parts=1
    )
    return Outgoing("d-1", "a-1", address, text)


def sent(channel: Channel, message: Outgoing) -> Taken | Untaken:
    return asyncio.run(channel.send(message))


def test_a_text_message_is_signed_and_gives_a_receipt(tencent: FakeTencentSms) -> None:
    """The number with its country, the text as the template's one parameter."""
    assert isinstance(answer := sent(TencentSms(account(tencent)), outgoing()), Taken)
    assert answer.receipt.startswith("5000:")
    assert tencent.sent[-1] == ("+8613985400000", "有活")


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("LimitExceeded.PhoneNumberDailyLimit", Cause.RATE_LIMITED),
        ("InvalidParameterValue.IncorrectPhoneNumber", Cause.RECIPIENT_UNKNOWN),
        ("FailedOperation.PhoneNumberInBlacklist", Cause.RECIPIENT_REFUSED),
        ("FailedOperation.ContainSensitiveWord", Cause.CONTENT_REFUSED),
        ("Error:UnauthorizedOperation.SmsSdkAppIdVerifyFail", Cause.CREDENTIALS_REFUSED),
        ("Error:InternalError.Timeout", Cause.CHANNEL_FAULT),
        ("SomethingNew", Cause.CHANNEL_FAULT),
    ],
)
def test_each_code_of_tencents_has_its_cause(tencent: FakeTencentSms, code: str, cause: Cause) -> None:
    """For one number, or for the whole request."""
    tencent.answers = [code]
    assert sent(TencentSms(account(tencent)), outgoing()) == Untaken(
        cause, detail=code.removeprefix("Error:")
    )
    assert cause_of("LimitExceededElse") is Cause.CHANNEL_FAULT


def test_another_secret_is_refused(tencent: FakeTencentSms) -> None:
    """The fake makes the signature again."""
    wrong = account(tencent, sms_secret=SecretStr("another"))
    answer = sent(TencentSms(wrong), outgoing())
    assert answer == Untaken(Cause.CREDENTIALS_REFUSED, detail="AuthFailure.SignatureFailure")


def test_where_nobody_listens_nothing_left_the_house(tencent: FakeTencentSms) -> None:
    """So it may be tried again; a connection that broke later leaves a doubt."""
    away = account(tencent, sms_url="http://127.0.0.1:9")
    answer = sent(TencentSms(away), outgoing())
    assert isinstance(answer, Untaken)
    assert answer.cause is Cause.UNREACHABLE


def test_a_connection_that_breaks_after_the_request_leaves_a_doubt(tencent: FakeTencentSms) -> None:
    """It may have been sent."""

    class Breaking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.connection.close()

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Breaking) as port:
        answer = sent(TencentSms(account(tencent, sms_url=f"http://127.0.0.1:{port}")), outgoing())
    assert isinstance(answer, Untaken)
    assert answer.cause is Cause.OUTCOME_UNKNOWN


def test_without_an_account_there_is_no_sender(tencent: FakeTencentSms) -> None:
    """And the log is for demos only."""
    assert isinstance(sms(Settings()), Unconfigured)
    assert isinstance(sms(account(tencent, sms_template_id="")), Unconfigured)
    assert isinstance(sms(Settings(sms_sender="console", demo=True)), ConsoleSms)
    with pytest.raises(ValueError, match="demos only"):
        sms(Settings(sms_sender="console"))


class listening:
    """One handler on a port of its own, for as long as the block lasts."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = HTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._server.server_address[1])

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def test_a_group_hears_it_by_apprise() -> None:
    """What its URL names gets title and body; its no is a fault that is tried again."""
    came: list[dict[str, Any]] = []
    statuses = [200, 500]

    class Group(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(statuses.pop(0))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Group) as port:
        message = outgoing(f"json://127.0.0.1:{port}/", subject="有招工信息待核实", body="兴龙驿站：搬运工。")
        assert isinstance(sent(outlets.mail(), message), Taken)
        assert sent(outlets.mail(), message) == Untaken(Cause.CHANNEL_FAULT)
    assert (came[0]["title"], came[0]["message"]) == ("有招工信息待核实", "兴龙驿站：搬运工。")
    assert sent(outlets.group_bot(), outgoing("nonsense")).cause is Cause.NOT_CONFIGURED  # type: ignore[union-attr]


def test_outlets_are_recipients_of_their_station() -> None:
    """Their URLs are told to the process and to nobody else."""
    given = {"522730": [{"channel": "mail", "name": "office", "url": "mailto://user:secret@example.cn"}]}
    found = Outlets.read(SecretStr(json.dumps(given)))
    assert found.of_stations == {"522730": ["outlet:522730:mail:office"]}
    assert found.url("outlet:522730:mail:office") == "mailto://user:secret@example.cn"
    assert found.url("outlet:522730:mail:gone") is None
    assert Outlets.read(None).of_stations == {}
