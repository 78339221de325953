"""Text messages: by Tencent Cloud, or into the log of a demo."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import structlog

from services.notify.courier.port import Channel, Outgoing, Taken, Unconfigured, Untaken
from yizhan.contracts.deliveries import DeliveryCause as Cause
from yizhan.settings import Settings

log = structlog.get_logger(__name__)

_TIMEOUT_SECONDS = 10

#: What Tencent answers for one number (SendStatusSet.Code) or for a whole request (Error.Code), by prefix.
#: https://cloud.tencent.com/document/product/382/55981
_CAUSES: Mapping[str, Cause] = {
    "LimitExceeded": Cause.RATE_LIMITED,
    "RequestLimitExceeded": Cause.RATE_LIMITED,
    "InvalidParameterValue.IncorrectPhoneNumber": Cause.RECIPIENT_UNKNOWN,
    "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": Cause.RECIPIENT_UNKNOWN,
    "FailedOperation.PhoneNumberInBlacklist": Cause.RECIPIENT_REFUSED,
    "FailedOperation.ContainSensitiveWord": Cause.CONTENT_REFUSED,
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": Cause.CONTENT_REFUSED,
    "FailedOperation.ParametersOtherError": Cause.CONTENT_REFUSED,
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter": Cause.CONTENT_REFUSED,
    "InvalidParameterValue.TemplateParameterLengthLimit": Cause.CONTENT_REFUSED,
    "FailedOperation.SignatureIncorrectOrUnapproved": Cause.CREDENTIALS_REFUSED,
    "FailedOperation.TemplateIncorrectOrUnapproved": Cause.CREDENTIALS_REFUSED,
    "FailedOperation.InsufficientBalanceInSmsPackage": Cause.CREDENTIALS_REFUSED,
    "UnauthorizedOperation": Cause.CREDENTIALS_REFUSED,
    "AuthFailure": Cause.CREDENTIALS_REFUSED,
    "InternalError": Cause.CHANNEL_FAULT,
}


def cause_of(code: str) -> Cause:
    """What a code of Tencent's means; one that is not known counts as a fault of theirs."""
    for prefix, cause in _CAUSES.items():
        if code == prefix or code.startswith(f"{prefix}."):
            return cause
    return Cause.CHANNEL_FAULT


def sms(settings: Settings) -> Channel:
    """The sender that is set up. Raises ValueError for the log outside a demo."""
    if settings.sms_sender == "console":
        if not settings.demo:
            raise ValueError("sms_sender console writes messages to the log, which is for demos only")
        return ConsoleSms()
    if settings.sms_sender == "tencent":
        sender = TencentSms(settings)
        return sender if sender.configured else Unconfigured()
    return Unconfigured()


class ConsoleSms:
    """Writes to the log what a demo would have sent to an invented phone, whose number it leaves out."""

    configured = True
    repeatable = False

    async def send(self, outgoing: Outgoing) -> Taken | Untaken:
        log.info("sms.console", delivery=outgoing.delivery_id, text=outgoing.text.fields["text"])
        return Taken(f"console-{outgoing.attempt}")


class TencentSms:
    """By Tencent's own SDK, which is installed by those who use it: `pip install yizhan[sms]`.

    It does not know a message that comes twice: one whose fate is unknown is not sent again.
    """

    repeatable = False

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sdk = _sdk()
        keys = (settings.sms_key_id, settings.sms_secret)
        texts = (settings.sms_app_id, settings.sms_signature, settings.sms_template_id)
        self.configured = self._sdk is not None and all(keys) and all(texts)
        if self._sdk is None:
            log.error("sms.sdk_missing", remedy="pip install yizhan[sms]")

    async def send(self, outgoing: Outgoing) -> Taken | Untaken:
        return await asyncio.to_thread(self._send, outgoing)

    def _send(self, outgoing: Outgoing) -> Taken | Untaken:
        assert self._sdk is not None
        try:
            answer = self._client().SendSms(self._request(outgoing))
        except self._sdk["errors"].TencentCloudSDKException as error:
            return _not_asked(error)
        status = answer.SendStatusSet[0]
        if status.Code == "Ok":
            return Taken(status.SerialNo)
        return Untaken(cause_of(status.Code), detail=status.Code)

    def _client(self) -> Any:
        assert self._sdk is not None
        settings, where = self._settings, urlsplit(self._settings.sms_url)
        assert settings.sms_key_id is not None
        assert settings.sms_secret is not None
        profile = self._sdk["http"].HttpProfile(
            protocol=where.scheme, endpoint=where.netloc, reqTimeout=_TIMEOUT_SECONDS
        )
        credential = self._sdk["credential"].Credential(
            settings.sms_key_id.get_secret_value(), settings.sms_secret.get_secret_value()
        )
        return self._sdk["client"].SmsClient(
            credential, "ap-guangzhou", self._sdk["profile"].ClientProfile(httpProfile=profile)
        )

    def _request(self, outgoing: Outgoing) -> Any:
        assert self._sdk is not None
        request = self._sdk["models"].SendSmsRequest()
        request.from_json_string(
            json.dumps(
                {
                    "SmsSdkAppId": self._settings.sms_app_id,
                    "SignName": self._settings.sms_signature,
                    "TemplateId": self._settings.sms_template_id,
                    "TemplateParamSet": [outgoing.text.fields["text"]],
                    "PhoneNumberSet": [f"+86{outgoing.address}"],
                    "SessionContext": outgoing.attempt,
                }
            )
        )
        return request


def _not_asked(error: Any) -> Untaken:
    """The SDK tells of its own network troubles by code too: before the request went out, or after."""
    code = error.get_code() or ""
    if code == "ClientNetworkError":
        # It says no more than the text of requests' exception: only a refused connection surely sent nothing.
        surely_nothing = any(
            sign in str(error) for sign in ("NewConnectionError", "Connection refused", "NameResolution")
        )
        return Untaken(Cause.UNREACHABLE if surely_nothing else Cause.OUTCOME_UNKNOWN, detail=code)
    return Untaken(cause_of(code), detail=code)


def _sdk() -> dict[str, Any] | None:
    places = {
        "client": "tencentcloud.sms.v20210111.sms_client",
        "models": "tencentcloud.sms.v20210111.models",
        "credential": "tencentcloud.common.credential",
        "errors": "tencentcloud.common.exception.tencent_cloud_sdk_exception",
        "http": "tencentcloud.common.profile.http_profile",
        "profile": "tencentcloud.common.profile.client_profile",
    }
    try:
        return {name: importlib.import_module(place) for name, place in places.items()}
    except ImportError:
        return None
