"""What services/notify refuses, with stable codes."""

from __future__ import annotations

from yizhan.contracts.errors import YizhanError


class NotifyStationUnknown(YizhanError):
    """The network has no such station (a new one is known here within a second of its making)."""

    code = "notify.unknown_station"
    status = 404
    retryable = True


class DeliveryStepIllegal(YizhanError):
    """The delivery is not in a state from which this step leads."""

    code = "notify.delivery_step_illegal"
    status = 409


class ReceiptInvalid(YizhanError):
    """Without the channel's receipt, or with another delivery's, nothing counts as sent."""

    code = "notify.receipt_invalid"
    status = 422


class TemplateMalformed(YizhanError):
    """A template has a brace that opens no variable, a field that its channel does not have, or no field."""

    code = "notify.template_malformed"
    status = 422


class TemplateVariableUnknown(YizhanError):
    """A template names a variable that messages of its kind do not have."""

    code = "notify.template_variable_unknown"
    status = 422


class TemplateVersionTaken(YizhanError):
    """A template's version is the one after the last; what has been sent with a version stays as it is."""

    code = "notify.template_version_taken"
    status = 409


class TemplateNotFound(YizhanError):
    """No template of this kind, channel and version."""

    code = "notify.template_not_found"
    status = 404


class TextTooLong(YizhanError):
    """The text is longer than its channel takes; it is not cut, and nothing is sent."""

    code = "notify.text_too_long"
    status = 422


class TextRefused(YizhanError):
    """The text is empty, not of the form that its channel takes, or not fit for the public."""

    code = "notify.text_refused"
    status = 422


class ChannelUnknown(YizhanError):
    """No channel has this name."""

    code = "notify.channel_unknown"
    status = 404


class KindUnknown(YizhanError):
    """No kind of message has this name."""

    code = "notify.kind_unknown"
    status = 404
