"""The registry of integrators: who is let in, what each may do, its credentials and its webhooks."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from services.notify import storage
from services.notify.domain import credentials as keys
from services.notify.domain import integrator as life
from services.notify.domain.internal_addresses import is_internal
from services.notify.service.desk import Desk
from yizhan.bus import broker_users
from yizhan.bus.nameko_entrypoints import ServiceCipher, method
from yizhan.bus.topology import INBOX_EXCHANGE, ExternalQueues
from yizhan.clock import COUNTY_ZONE
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.errors import NotAllowed
from yizhan.contracts.identifiers import new_identifier
from yizhan.contracts.integrators import (
    AddIntegrator,
    AmendIntegrator,
    ApiKeyRefused,
    Applied,
    BrokerAccess,
    BrokerUserQuery,
    BrokerUsers,
    BrokerUsersApplied,
    CheckApiKey,
    Credential,
    DisclosureList,
    DisclosureQuery,
    Integrator,
    IntegratorByName,
    IntegratorCard,
    IntegratorHistory,
    IntegratorList,
    IntegratorNameTaken,
    IntegratorNotFound,
    IntegratorQuery,
    IntegratorRef,
    IntegratorsRpc,
    IntegratorStatus,
    NewIntegrator,
    NothingGranted,
    Replay,
    ReplayDelivery,
    Replayed,
    ReplayFailed,
    ReplayNotFound,
    ReplayRef,
    ReplayRunning,
    ReplayState,
    RequestReplay,
    ResumeIntegrator,
    RevokeIntegrator,
    RotateCredential,
    RotatedCredential,
    SetWebhook,
    SuspendIntegrator,
    WebhookAddressRefused,
    WebhookDelivery,
    WebhookDeliveryList,
    WebhookDeliveryNotFound,
    WebhookDeliveryQuery,
    WebhookDeliveryState,
    WebhookOff,
    WebhookState,
)
from yizhan.contracts.rpc import Call
from yizhan.encryption import FieldCipher
from yizhan.network.scope import STAFF_ROLES, require_system, standing


class Integrators(Desk):
    """Commands and queries about integrators; all but its own are for those who answer for it."""

    cipher: FieldCipher = ServiceCipher()

    @property
    def _integrators(self) -> storage.Integrators:
        return storage.Integrators(self.database, self.cipher)

    @property
    def _webhooks(self) -> storage.WebhookDeliveries:
        return storage.WebhookDeliveries(self.database)

    # --- who may ----------------------------------------------------------------------------------------

    def _administer(self, tx: Connection, actor: Actor, station: str) -> None:
        """Raises NotAllowed, OutsideScope unless a county administrator asks in whose scope it is."""
        place, account = self._network.standing(tx, station, actor.id)
        role = standing(actor, account).role
        if role not in (Role.COUNTY_ADMIN, Role.SYSTEM):
            raise NotAllowed("this is for the county's administrators", role=role.value)
        if place is not None or actor.role is not Role.SYSTEM:
            self._staff_place(tx, actor, station)

    def _managed(self, tx: Connection, actor: Actor, id: str, *, lock: bool = False) -> Integrator:
        """An integrator, for who administers it. Raises IntegratorNotFound, NotAllowed, OutsideScope."""
        if actor.role not in (*STAFF_ROLES, Role.SYSTEM):
            raise NotAllowed("this is for staff", role=actor.role.value)
        found = self._integrators.lock(tx, id) if lock else self._integrators.find(tx, id)
        if found is None:
            raise IntegratorNotFound("no integrator has this id", id=id)
        self._administer(tx, actor, found.station)
        return found

    def _own_integrator(self, tx: Connection, actor: Actor) -> Integrator:
        """The integrator that asks for itself. Raises NotAllowed, ApiKeyRefused."""
        if actor.role is not Role.INTEGRATOR:
            raise NotAllowed("this is for integrators", role=actor.role.value)
        found = self._integrators.find(tx, actor.id)
        if found is None or found.status is not IntegratorStatus.ACTIVE:
            raise ApiKeyRefused("this key is unknown or void")
        return found

    def _require_reachable(self, tx: Connection, actor: Actor, station: str, grants: Any) -> None:
        for code in life.granted_stations(grants):
            life.require_within(station, self._staff_place(tx, actor, code).path)

    # --- its life ---------------------------------------------------------------------------------------

    @method(IntegratorsRpc.add)
    def add_integrator(self, tx: Connection, call: Call, request: AddIntegrator) -> NewIntegrator:
        self._administer(tx, call.actor, request.station)
        self._require_reachable(tx, call.actor, request.station, request.grants)
        now = self.clock.now()
        api_key, secret = keys.new_api_key(os.urandom), keys.new_webhook_secret(os.urandom)
        password = keys.new_broker_password(os.urandom)
        made, outcome = life.add(
            request,
            id=new_identifier(now),
            api_key_hint=keys.api_key_hint(api_key),
            now=now,
            by=call.actor,
        )
        kept = storage.IntegratorSecrets(
            keys.api_key_sha256(api_key), secret, keys.broker_password_hash(password, os.urandom)
        )
        if not self._integrators.insert(tx, made, outcome, kept):
            raise IntegratorNameTaken("another integrator has this name", name=request.name)
        self._events.integrator_stepped(tx, call, made, outcome.facts, at=outcome.at)
        return NewIntegrator(
            integrator=made,
            broker=_access(made),
            api_key=api_key,
            webhook_secret=secret,
            broker_password=password,
            broker_applied=False,
            broker_todo=self._todo(tx, made),
        )

    @method(IntegratorsRpc.amend)
    def amend_integrator(self, tx: Connection, call: Call, request: AmendIntegrator) -> Integrator:
        before = self._managed(tx, call.actor, request.id, lock=True)
        self._require_reachable(tx, call.actor, before.station, request.grants)
        return self._keep(tx, call, life.amend(before, request, now=self.clock.now(), by=call.actor))

    @method(IntegratorsRpc.rotate)
    def rotate_credential(self, tx: Connection, call: Call, request: RotateCredential) -> RotatedCredential:
        before = self._managed(tx, call.actor, request.id, lock=True)
        secret, columns, hint = _fresh(request.credential)
        decision = life.rotate(
            before, request.credential, api_key_hint=hint, now=self.clock.now(), by=call.actor
        )
        after = self._keep(tx, call, decision, **columns)
        return RotatedCredential(
            integrator=after,
            credential=request.credential,
            secret=secret,
            broker_applied=False,
            broker_todo=self._todo(tx, after),
        )

    @method(IntegratorsRpc.suspend)
    def suspend_integrator(self, tx: Connection, call: Call, request: SuspendIntegrator) -> Integrator:
        before = self._managed(tx, call.actor, request.id, lock=True)
        return self._keep(
            tx, call, life.suspend(before, reason=request.reason, now=self.clock.now(), by=call.actor)
        )

    @method(IntegratorsRpc.resume)
    def resume_integrator(self, tx: Connection, call: Call, request: ResumeIntegrator) -> Integrator:
        before = self._managed(tx, call.actor, request.id, lock=True)
        return self._keep(tx, call, life.resume(before, now=self.clock.now(), by=call.actor))

    @method(IntegratorsRpc.revoke)
    def revoke_integrator(self, tx: Connection, call: Call, request: RevokeIntegrator) -> Integrator:
        before = self._managed(tx, call.actor, request.id, lock=True)
        now = self.clock.now()
        self._webhooks.drop_waiting(tx, before.id, now=now)
        return self._keep(
            tx, call, life.revoke(before, reason=request.reason, now=now, by=call.actor), webhook_url=None
        )

    @method(IntegratorsRpc.set_webhook)
    def set_webhook(self, tx: Connection, call: Call, request: SetWebhook) -> Integrator:
        before = self._managed(tx, call.actor, request.id, lock=True)
        if request.url is not None:
            self._require_outside(request.url)
        now = self.clock.now()
        if request.url is None:
            self._webhooks.drop_waiting(tx, before.id, now=now)
        decision = life.set_webhook(before, on=request.url is not None, now=now, by=call.actor)
        return self._keep(tx, call, decision, webhook_url=request.url)

    def _require_outside(self, url: str) -> None:
        """What can be said of an address before it is called; names are looked up when it is."""
        if self.settings.webhook_internal_addresses:
            return
        host = (urlsplit(url).hostname or "").lower()
        if not url.startswith("https://"):
            raise WebhookAddressRefused("a webhook's address begins with https://", reason="not_https")
        is_an_address = ":" in host or host.replace(".", "").isdigit()
        if host == "localhost" or host.endswith(".localhost") or (is_an_address and is_internal(host)):
            raise WebhookAddressRefused("a webhook's address is not inside the house", reason="internal")

    def _keep(self, tx: Connection, call: Call, decision: life.Decision, **columns: Any) -> Integrator:
        after, outcome = decision
        self._integrators.save(tx, after, outcome, **columns)
        self._events.integrator_stepped(tx, call, after, outcome.facts, at=outcome.at)
        return after

    # --- reading ----------------------------------------------------------------------------------------

    @method(IntegratorsRpc.read)
    def get_integrator(self, tx: Connection, call: Call, request: IntegratorRef) -> IntegratorCard:
        return self._card(tx, self._managed(tx, call.actor, request.id))

    @method(IntegratorsRpc.find)
    def find_integrator(self, tx: Connection, call: Call, request: IntegratorByName) -> IntegratorCard:
        require_system(call.actor)
        found = self._integrators.find_by_name(tx, request.name)
        if found is None:
            raise IntegratorNotFound("no integrator has this name", name=request.name)
        return self._card(tx, found)

    @method(IntegratorsRpc.list)
    def list_integrators(self, tx: Connection, call: Call, request: IntegratorQuery) -> IntegratorList:
        self._administer(tx, call.actor, request.station)
        place, _ = self._network.standing(tx, request.station, call.actor.id)
        codes = None if place is None else self._network.within(tx, place).codes
        found = self._integrators.of_stations(tx, codes)
        return IntegratorList(integrators=tuple(self._card(tx, one) for one in found))

    @method(IntegratorsRpc.history)
    def integrator_history(self, tx: Connection, call: Call, request: IntegratorRef) -> IntegratorHistory:
        found = self._managed(tx, call.actor, request.id)
        return IntegratorHistory(steps=tuple(self._integrators.steps(tx, found.id)))

    def _card(self, tx: Connection, one: Integrator) -> IntegratorCard:
        applied = self._integrators.broker_knows(tx, one.name)
        return IntegratorCard(
            integrator=one,
            use=self._integrators.use(tx, one.id, day=self.clock.now().astimezone(COUNTY_ZONE).date()),
            webhook_url=self._integrators.webhook_url(tx, one.id),
            broker_applied=applied,
            broker_todo=None if applied else self._todo(tx, one),
        )

    # --- webhooks ---------------------------------------------------------------------------------------

    @method(IntegratorsRpc.deliveries)
    def list_webhook_deliveries(
        self, tx: Connection, call: Call, request: WebhookDeliveryQuery
    ) -> WebhookDeliveryList:
        self._managed(tx, call.actor, request.id)
        deliveries, following = self._webhooks.page(tx, request)
        return WebhookDeliveryList(deliveries=tuple(deliveries), next=following)

    @method(IntegratorsRpc.replay_delivery)
    def replay_webhook_delivery(self, tx: Connection, call: Call, request: ReplayDelivery) -> WebhookDelivery:
        self._with_webhook(tx, call.actor, request.id)
        found = self._webhooks.find(tx, request.id, request.delivery_id)
        if found is None:
            raise WebhookDeliveryNotFound("no such delivery", delivery_id=request.delivery_id)
        now = self.clock.now()
        self._webhooks.send_again(tx, request.id, now=now, id=found.id)
        changed = {"state": WebhookDeliveryState.WAITING, "attempts": 0, "due_at": now, "settled_at": None}
        return found.model_copy(update=changed)

    @method(IntegratorsRpc.replay_failed)
    def replay_failed_webhooks(self, tx: Connection, call: Call, request: ReplayFailed) -> Replayed:
        self._with_webhook(tx, call.actor, request.id)
        return Replayed(deliveries=self._webhooks.send_again(tx, request.id, now=self.clock.now()))

    def _with_webhook(self, tx: Connection, actor: Actor, id: str) -> None:
        found = self._managed(tx, actor, id, lock=True)
        if found.webhook is not WebhookState.ON or found.status is not IntegratorStatus.ACTIVE:
            raise WebhookOff("the integrator has no webhook that is on", webhook=found.webhook.value)

    @method(IntegratorsRpc.disclosures)
    def list_disclosures(self, tx: Connection, call: Call, request: DisclosureQuery) -> DisclosureList:
        found = self._managed(tx, call.actor, request.id)
        made, following = storage.Disclosures().page(tx, found.name, request)
        return DisclosureList(disclosures=tuple(made), next=following)

    # --- for integrators --------------------------------------------------------------------------------

    @method(IntegratorsRpc.check_api_key)
    def check_api_key(self, tx: Connection, call: Call, request: CheckApiKey) -> Integrator:  # noqa: ARG002
        found = self._integrators.find_by_key(tx, keys.api_key_sha256(request.key))
        if found is None or found.status is not IntegratorStatus.ACTIVE:
            raise ApiKeyRefused("this key is unknown or void")
        return found

    @method(IntegratorsRpc.request_replay)
    def request_replay(self, tx: Connection, call: Call, request: RequestReplay) -> Replay:
        own = self._own_integrator(tx, call.actor)
        granted = () if own.grants.read is None else own.grants.read.families
        if not granted or set(request.families) - set(granted):
            raise NothingGranted("this was not granted", granted=list(granted))
        replays = storage.Replays()
        running = replays.unended(tx, own.id)
        if running:
            raise ReplayRunning("a replay has not ended", replay_id=running[0][1].id)
        now = self.clock.now()
        replay = Replay(
            id=new_identifier(now),
            state=ReplayState.WAITING,
            queue=ExternalQueues(own.name).replay,
            from_offset=request.from_offset,
            from_time=request.from_time,
            families=request.families or granted,
            requested_at=now,
            events=0,
            next_offset=None,
            ended_at=None,
        )
        replays.insert(tx, replay, own.id)
        return replay

    @method(IntegratorsRpc.read_replay)
    def get_replay(self, tx: Connection, call: Call, request: ReplayRef) -> Replay:
        own = self._own_integrator(tx, call.actor)
        found = storage.Replays().find(tx, own.id, request.id)
        if found is None:
            raise ReplayNotFound("no such replay", id=request.id)
        return found

    # --- the broker's users -----------------------------------------------------------------------------

    def _todo(self, tx: Connection, one: Integrator) -> str:
        users = self._integrators.broker_users(tx, pending=False, name=one.name)
        return broker_users.instructions(users, broker_users.vhost_of(self.settings.broker_url))

    @method(IntegratorsRpc.broker_users)
    def list_broker_users(self, tx: Connection, call: Call, request: BrokerUserQuery) -> BrokerUsers:
        require_system(call.actor)
        return BrokerUsers(
            users=tuple(self._integrators.broker_users(tx, pending=request.pending, name=request.name))
        )

    @method(IntegratorsRpc.broker_users_applied)
    def mark_broker_users_applied(self, tx: Connection, call: Call, request: BrokerUsersApplied) -> Applied:
        require_system(call.actor)
        return Applied(users=self._integrators.mark_applied(tx, request.applied))


def _access(one: Integrator) -> BrokerAccess:
    queues = ExternalQueues(one.name)
    return BrokerAccess(
        user=one.name,
        live_queue=queues.live,
        replay_queue=queues.replay,
        dead_queue=queues.dead,
        inbox=INBOX_EXCHANGE if one.grants.submit is not None else None,
    )


def _fresh(credential: Credential) -> tuple[str, dict[str, str], str | None]:
    """A new secret, the columns that keep it, and the hint of an API key."""
    if credential is Credential.API_KEY:
        key = keys.new_api_key(os.urandom)
        hint = keys.api_key_hint(key)
        return key, {"api_key_sha256": keys.api_key_sha256(key)}, hint
    if credential is Credential.WEBHOOK_SECRET:
        secret = keys.new_webhook_secret(os.urandom)
        return secret, {"webhook_secret": secret}, None
    password = keys.new_broker_password(os.urandom)
    return password, {"broker_password_hash": keys.broker_password_hash(password, os.urandom)}, None
