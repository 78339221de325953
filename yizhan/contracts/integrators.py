"""Other systems of the county that read events here or send postings: what each may do, how it gets in."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from yizhan.contracts.base import Identifier, Message, Moment, OfficeText, PublicLine, Sequence, StationCode
from yizhan.contracts.envelope import Facts
from yizhan.contracts.errors import YizhanError
from yizhan.contracts.rpc import Method

# --- values -------------------------------------------------------------------------------------------

#: Also the name of its user of the broker, and in the names of its queues.
IntegratorName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,29}$")]
#: The first two words of event types, as in `jobs.posting`.
EventFamily = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]

#: What may be granted. What is not listed never leaves the house: accounts, device codes, who read whose
#: number, the register of seekers and what is done for them.
OPEN_FAMILIES: frozenset[str] = frozenset(
    {
        "jobs.posting",
        "jobs.fair",
        "jobs.employer",
        "seekers.card",
        "seekers.draw",
        "seekers.street",
        "seekers.waiting",
        "stations.map_listing",
        "stations.notice",
        "stations.premises",
        "stations.service_item",
        "stations.station",
        "stations.station_step",
    }
)

#: Told to the integrator that it is about, whatever it was granted.
ANSWERS = "jobs.external_posting"


class IntegratorStatus(StrEnum):
    ACTIVE = "active"
    #: Nothing goes out or comes in; its credentials stay and work again once it is resumed.
    SUSPENDED = "suspended"
    #: For good: its user, its queues and its keys are gone.
    REVOKED = "revoked"


class ReadGrant(Message):
    """Events of these families that happened at these stations or below them, wherever the tree has them."""

    families: Annotated[tuple[EventFamily, ...], Field(min_length=1, max_length=20)]
    stations: Annotated[tuple[StationCode, ...], Field(min_length=1, max_length=50)]


class SubmitGrant(Message):
    """It may send postings for these stations and those below them."""

    stations: Annotated[tuple[StationCode, ...], Field(min_length=1, max_length=50)]


class PersonalGrant(Message):
    """Personal fields are not masked, on this legal basis, until this moment; each such event is recorded."""

    legal_basis: Annotated[OfficeText, Field(min_length=4, max_length=200)]
    until: Moment


class Grants(Message):
    """All that an integrator may do here."""

    read: ReadGrant | None = None
    submit: SubmitGrant | None = None
    personal: PersonalGrant | None = None

    @model_validator(mode="after")
    def _personal_goes_with_reading(self) -> Grants:
        if self.personal is not None and self.read is None:
            raise ValueError("personal data are read, so reading has to be granted too")
        return self


class WebhookState(StrEnum):
    #: There is no address.
    OFF = "off"
    ON = "on"
    #: Switched off by the receiver (410 Gone); an address that is set again switches it on.
    GONE = "gone"


WebhookUrl = Annotated[
    str, Field(pattern=r"^https?://[^\s/@?#\x00-\x20]+(/[^\s#@\x00-\x20]*)?$", max_length=500)
]


class Integrator(Message):
    """An integrator at one version, without anything that opens a door.

    station: the station that answers for it, mostly the county market; its administrators manage it.
    api_key_hint: the key's first characters, to tell keys apart.
    """

    id: Identifier
    name: IntegratorName
    label: PublicLine
    station: StationCode
    status: IntegratorStatus
    grants: Grants
    webhook: WebhookState = WebhookState.OFF
    api_key_hint: str
    created_at: Moment
    sequence: Sequence


class IntegratorUse(Message):
    """How an integrator gets on. queued: events that wait in its queue, None when they could not be counted.

    oldest_webhook_at: since when the oldest delivery waits. out_today, in_today: events handed over, postings
    taken in, on the county's day.
    """

    queued: int | None = None
    consumers: int | None = None
    measured_at: Moment | None = None
    webhooks_waiting: int = 0
    webhooks_failed: int = 0
    oldest_webhook_at: Moment | None = None
    out_today: int = 0
    in_today: int = 0


class IntegratorCard(Message):
    """broker_applied: whether the broker knows the integrator as it stands; `broker_todo`: what to run on the
    broker's host otherwise, as it is to be typed."""

    integrator: Integrator
    use: IntegratorUse
    webhook_url: str | None
    broker_applied: bool
    broker_todo: str | None = None


# --- events -------------------------------------------------------------------------------------------
# Each carries the integrator whole at that sequence.


class _IntegratorFacts(Facts):
    integrator: Integrator
    by: str


class IntegratorAdded(_IntegratorFacts):
    """An integrator was let in. Subject of this and those below: its id."""

    event_type: ClassVar[str] = "notify.integrator.added.v1"


class IntegratorAmended(_IntegratorFacts):
    """What it may do was changed, or its webhook was, or a credential."""

    event_type: ClassVar[str] = "notify.integrator.amended.v1"


class IntegratorSuspended(_IntegratorFacts):
    """Nothing goes out to it and nothing is taken from it."""

    event_type: ClassVar[str] = "notify.integrator.suspended.v1"


class IntegratorResumed(_IntegratorFacts):
    """It is served again. What happened meanwhile it has to replay."""

    event_type: ClassVar[str] = "notify.integrator.resumed.v1"


class IntegratorRevoked(_IntegratorFacts):
    """It is out for good."""

    event_type: ClassVar[str] = "notify.integrator.revoked.v1"


class ReplayEnded(Facts):
    """The last message of a replay, put into the queue of the integrator that asked for it and nowhere else.

    events: how many were handed over before it. last_offset: of the last event that was looked at.
    """

    event_type: ClassVar[str] = "notify.replay.ended.v1"
    replay_id: Identifier
    events: Annotated[int, Field(ge=0)]
    last_offset: int | None


# --- RPC ----------------------------------------------------------------------------------------------


class AddIntegrator(Message):
    name: IntegratorName
    label: PublicLine
    station: StationCode
    grants: Grants


class BrokerAccess(Message):
    """How it reaches the broker. inbox: the exchange that it publishes to, with its own name as the routing
    key; None when it may send nothing."""

    user: str
    live_queue: str
    replay_queue: str
    dead_queue: str
    inbox: str | None


class NewIntegrator(Message):
    """All secrets, this once: a later answer to the same key holds none of them."""

    kept_without: ClassVar[frozenset[str]] = frozenset({"api_key", "webhook_secret", "broker_password"})

    integrator: Integrator
    broker: BrokerAccess
    api_key: str | None
    webhook_secret: str | None
    broker_password: str | None
    broker_applied: bool
    broker_todo: str | None


class IntegratorRef(Message):
    id: Identifier


class IntegratorByName(Message):
    name: IntegratorName


class AmendIntegrator(IntegratorRef):
    """What it may do, whole: what is left out is not granted any more."""

    label: PublicLine
    grants: Grants
    expected_sequence: Sequence | None = None


class Credential(StrEnum):
    API_KEY = "api_key"
    WEBHOOK_SECRET = "webhook_secret"  # noqa: S105
    BROKER_PASSWORD = "broker_password"  # noqa: S105


class RotateCredential(IntegratorRef):
    """The old one is void at once."""

    credential: Credential


class RotatedCredential(Message):
    kept_without: ClassVar[frozenset[str]] = frozenset({"secret"})

    integrator: Integrator
    credential: Credential
    secret: str | None
    broker_applied: bool
    broker_todo: str | None


class SuspendIntegrator(IntegratorRef):
    reason: OfficeText


class ResumeIntegrator(IntegratorRef):
    pass


class RevokeIntegrator(IntegratorRef):
    reason: OfficeText


class SetWebhook(IntegratorRef):
    """Where its events are posted to; None switches that off and drops what waits."""

    url: WebhookUrl | None


class IntegratorQuery(Message):
    station: StationCode


class IntegratorList(Message):
    integrators: tuple[IntegratorCard, ...]


class IntegratorStep(Message):
    """One line of an integrator's history."""

    sequence: Sequence
    step: str
    by: str
    at: Moment
    reason: str | None


class IntegratorHistory(Message):
    """Oldest first."""

    steps: tuple[IntegratorStep, ...]


class WebhookDeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    #: Every try failed; it goes out again only when somebody replays it.
    FAILED = "failed"
    #: Nobody waits for it any more: the webhook was switched off, or the integrator was.
    DROPPED = "dropped"


class WebhookDelivery(Message):
    """One event on its way to one webhook. status: the receiver's last; fault: why there was none, or why it
    did not count."""

    id: Identifier
    event_id: Identifier
    event_type: str
    subject: str
    state: WebhookDeliveryState
    attempts: int
    due_at: Moment | None
    status: int | None
    fault: str | None
    created_at: Moment
    settled_at: Moment | None


class WebhookDeliveryQuery(IntegratorRef):
    """Newest first. `after`: the last id of the page before."""

    state: WebhookDeliveryState | None = None
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class WebhookDeliveryList(Message):
    deliveries: tuple[WebhookDelivery, ...]
    next: Identifier | None


class ReplayDelivery(IntegratorRef):
    delivery_id: Identifier


class ReplayFailed(IntegratorRef):
    """Every delivery that failed goes out again."""


class Replayed(Message):
    deliveries: int


class Disclosure(Message):
    """One event that went to an integrator with personal data in it, and on what legal basis."""

    id: Identifier
    integrator: IntegratorName
    event_id: Identifier
    event_type: str
    fields: tuple[str, ...]
    legal_basis: str
    at: Moment


class DisclosureQuery(IntegratorRef):
    after: Identifier | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class DisclosureList(Message):
    disclosures: tuple[Disclosure, ...]
    next: Identifier | None


class ReplayState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    #: The integrator was suspended or revoked meanwhile.
    STOPPED = "stopped"


class RequestReplay(Message):
    """Past events, into the replay queue: from an offset (0 is the oldest kept) or from a moment on.

    families: of those granted; all of them when empty. It ends with what had happened when it was asked for.
    """

    from_offset: Annotated[int, Field(ge=0, le=2**62)] | None = None
    from_time: Moment | None = None
    families: Annotated[tuple[EventFamily, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _one_start(self) -> RequestReplay:
        if (self.from_offset is None) == (self.from_time is None):
            raise ValueError("exactly one of from_offset and from_time")
        return self


class Replay(Message):
    """next_offset: where it goes on; None before its first event."""

    id: Identifier
    state: ReplayState
    queue: str
    from_offset: int | None
    from_time: Moment | None
    families: tuple[EventFamily, ...]
    requested_at: Moment
    events: int
    next_offset: int | None
    ended_at: Moment | None


class ReplayRef(Message):
    id: Identifier


class CheckApiKey(Message):
    """key: as it came, in `Authorization: Bearer yzk_…`."""

    key: Annotated[str, Field(min_length=1, max_length=200)]


class BrokerUser(Message):
    """An integrator's user as the broker is to have it. password_hash: RabbitMQ's own form of it.

    present: False when there is to be no such user. allowed: False leaves the user without any right.
    told: whether the broker was told of it before, so that it may have connections. state: a digest of what
    is wanted, to tell whether the broker knows it.
    """

    integrator_id: Identifier
    user: str
    password_hash: str
    present: bool
    allowed: bool
    may_submit: bool
    told: bool
    state: str


class BrokerUserQuery(Message):
    """pending: only those that the broker does not know as they stand."""

    pending: bool = True
    name: IntegratorName | None = None


class BrokerUsers(Message):
    users: tuple[BrokerUser, ...]


class BrokerUsersApplied(Message):
    """These the broker knows now, in these states."""

    applied: Annotated[tuple[tuple[Identifier, str], ...], Field(max_length=1000)]


class Applied(Message):
    users: int


class IntegratorsRpc:
    """The methods of services/notify that are about integrators."""

    add = Method("notify", "add_integrator", AddIntegrator, NewIntegrator, command=True)
    amend = Method("notify", "amend_integrator", AmendIntegrator, Integrator, command=True)
    rotate = Method("notify", "rotate_credential", RotateCredential, RotatedCredential, command=True)
    suspend = Method("notify", "suspend_integrator", SuspendIntegrator, Integrator, command=True)
    resume = Method("notify", "resume_integrator", ResumeIntegrator, Integrator, command=True)
    revoke = Method("notify", "revoke_integrator", RevokeIntegrator, Integrator, command=True)
    set_webhook = Method("notify", "set_webhook", SetWebhook, Integrator, command=True)
    read = Method("notify", "get_integrator", IntegratorRef, IntegratorCard, command=False)
    find = Method("notify", "find_integrator", IntegratorByName, IntegratorCard, command=False)
    list = Method("notify", "list_integrators", IntegratorQuery, IntegratorList, command=False)
    history = Method("notify", "integrator_history", IntegratorRef, IntegratorHistory, command=False)
    deliveries = Method(
        "notify", "list_webhook_deliveries", WebhookDeliveryQuery, WebhookDeliveryList, command=False
    )
    replay_delivery = Method(
        "notify", "replay_webhook_delivery", ReplayDelivery, WebhookDelivery, command=True
    )
    replay_failed = Method("notify", "replay_failed_webhooks", ReplayFailed, Replayed, command=True)
    disclosures = Method("notify", "list_disclosures", DisclosureQuery, DisclosureList, command=False)
    request_replay = Method("notify", "request_replay", RequestReplay, Replay, command=True)
    read_replay = Method("notify", "get_replay", ReplayRef, Replay, command=False)
    check_api_key = Method("notify", "check_api_key", CheckApiKey, Integrator, command=False)
    broker_users = Method("notify", "list_broker_users", BrokerUserQuery, BrokerUsers, command=False)
    broker_users_applied = Method(
        "notify", "mark_broker_users_applied", BrokerUsersApplied, Applied, command=True
    )


# --- errors -------------------------------------------------------------------------------------------


class IntegratorNotFound(YizhanError):
    """No integrator has this id or name."""

    code = "notify.integrator_not_found"
    status = 404


class IntegratorNameTaken(YizhanError):
    """Another integrator has this name, or had it once."""

    code = "notify.integrator_name_taken"
    status = 409


class IntegratorStepIllegal(YizhanError):
    """The integrator is not in a state from which this step leads; `status` tells in which it is."""

    code = "notify.integrator_step_illegal"
    status = 409


class IntegratorChanged(YizhanError):
    """The integrator has changed since it was read."""

    code = "notify.integrator_changed"
    status = 409


class FamilyNotOpen(YizhanError):
    """Events of this family never leave the house; `open` tells which may."""

    code = "notify.family_not_open"
    status = 422


class StationOutsideIntegrator(YizhanError):
    """A grant reaches no station that the integrator's own station does not cover."""

    code = "notify.grant_outside_station"
    status = 422


class PersonalGrantEnded(YizhanError):
    """A grant of personal data ends in the future, at most 366 days ahead."""

    code = "notify.personal_grant_ended"
    status = 422


class NothingGranted(YizhanError):
    """The integrator may not read events, or not these."""

    code = "notify.nothing_granted"
    status = 403


class ReplayNotFound(YizhanError):
    """The integrator has asked for no such replay."""

    code = "notify.replay_not_found"
    status = 404


class ReplayRunning(YizhanError):
    """A replay of this integrator has not ended; `replay_id` names it."""

    code = "notify.replay_running"
    status = 409
    retryable = True


class WebhookDeliveryNotFound(YizhanError):
    """The integrator has no such delivery."""

    code = "notify.webhook_delivery_not_found"
    status = 404


class WebhookOff(YizhanError):
    """The integrator has no webhook that is on."""

    code = "notify.webhook_off"
    status = 409


class WebhookAddressRefused(YizhanError):
    """The address is not one that this system calls: no https, or inside the house."""

    code = "notify.webhook_address_refused"
    status = 422


class ApiKeyRefused(YizhanError):
    """The API key is unknown or void, or its integrator is suspended; which of them is not said."""

    code = "auth.api_key_refused"
    status = 401
