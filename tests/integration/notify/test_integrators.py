"""The registry of integrators: who may let one in, what may be granted, what is kept of its credentials."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.notify.storage.integrator_tables import integrators
from tests.integration.notify.registry import CIPHER, Registry, reading, sending
from tests.support.service_stand import ADMIN, COUNTY, OTHER_TOWN, TOWN, TOWN_CLERK
from yizhan.clock import FrozenClock
from yizhan.contracts.actor import PUBLIC, SYSTEM, Actor, Role
from yizhan.contracts.integrators import (
    AddIntegrator,
    AmendIntegrator,
    BrokerUserQuery,
    BrokerUsersApplied,
    CheckApiKey,
    Credential,
    IntegratorRef,
    IntegratorsRpc,
    PersonalGrant,
    RequestReplay,
    ResumeIntegrator,
    RevokeIntegrator,
    RotateCredential,
    SetWebhook,
    SuspendIntegrator,
)
from yizhan.database import Database
from yizhan.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture
def registry(notify_database: Database, clock: FrozenClock) -> Registry:
    registry = Registry(notify_database, clock)
    registry.found_county()
    return registry


def works(registry: Registry, key: str) -> bool:
    try:
        registry.ask(IntegratorsRpc.check_api_key, CheckApiKey(key=key), PUBLIC)
    except Exception:
        return False
    return True


def test_secrets_are_told_once_and_kept_so_that_nobody_can_read_them(registry: Registry) -> None:
    """Hashes of the key and the password, a sealed webhook secret; a repeated call tells none of them."""
    request = AddIntegrator(name="site", label="县公共招聘网", station=COUNTY, grants=reading())
    added = registry.ask(IntegratorsRpc.add, request, ADMIN, key="add-site-0001")
    again = registry.ask(IntegratorsRpc.add, request, ADMIN, key="add-site-0001")
    assert (again.api_key, again.webhook_secret, again.broker_password) == (None, None, None)
    secrets = (added.api_key, added.webhook_secret, added.broker_password)
    with registry.database.reading() as connection:
        row = connection.execute(select(integrators)).mappings().one()
    for secret in secrets:
        assert secret is not None
        assert not any(secret in str(value) for value in row.values())
    opened = CIPHER.open(row["webhook_secret"], place=f"integrators/webhook_secret/{row['id']}")
    assert opened == added.webhook_secret
    for event in registry.events(added.integrator.id):
        assert not any(str(secret) in event.model_dump_json() for secret in secrets)


def test_only_the_county_s_administrators_let_somebody_in(registry: Registry) -> None:
    """Not a station's staff, not another integrator, not the public."""
    request = AddIntegrator(name="site", label="某网", station=TOWN, grants=reading())
    other = Actor(id="x", role=Role.INTEGRATOR)
    for actor in (TOWN_CLERK, other, PUBLIC):
        assert registry.refusal(IntegratorsRpc.add, request, actor).code == "auth.not_allowed"
    assert registry.ask(IntegratorsRpc.add, request, SYSTEM).integrator.name == "site"
    assert registry.refusal(IntegratorsRpc.add, request, ADMIN).code == "notify.integrator_name_taken"


@pytest.mark.parametrize(
    ("grants", "code"),
    [
        (reading(families=("seekers.seeker",)), "notify.family_not_open"),
        (reading(families=("stations.staff_account",)), "notify.family_not_open"),
        (reading(OTHER_TOWN), "notify.grant_outside_station"),
        (reading("52273088"), "notify.unknown_station"),
    ],
)
def test_what_never_leaves_the_house_cannot_be_granted(registry: Registry, grants: Any, code: str) -> None:
    """Nor what another station answers for."""
    request = AddIntegrator(name="site", label="某网", station=TOWN, grants=grants)
    assert registry.refusal(IntegratorsRpc.add, request, ADMIN).code == code


def test_a_grant_of_personal_data_has_a_basis_and_an_end(registry: Registry) -> None:
    """Not for ever, and not for longer than a year."""
    now = registry.clock.now()
    for until in (now, now + timedelta(days=400)):
        personal = PersonalGrant(legal_basis="县政府办〔2026〕3号", until=until)
        request = AddIntegrator(name="site", label="某网", station=TOWN, grants=reading(personal=personal))
        assert registry.refusal(IntegratorsRpc.add, request, ADMIN).code == "notify.personal_grant_ended"


def test_a_key_is_void_at_once_when_it_is_rotated_suspended_or_revoked(registry: Registry) -> None:
    """The one before, and all of them."""
    added = registry.add("site")
    id, first = added.integrator.id, str(added.api_key)
    rotate = RotateCredential(id=id, credential=Credential.API_KEY)
    second = registry.ask(IntegratorsRpc.rotate, rotate, ADMIN).secret
    assert (works(registry, first), works(registry, second)) == (False, True)
    registry.ask(IntegratorsRpc.suspend, SuspendIntegrator(id=id, reason="停机"), ADMIN)
    assert not works(registry, second)
    registry.ask(IntegratorsRpc.resume, ResumeIntegrator(id=id), ADMIN)
    assert works(registry, second)
    registry.ask(IntegratorsRpc.revoke, RevokeIntegrator(id=id, reason="合作结束"), ADMIN)
    assert not works(registry, second)
    resume = registry.refusal(IntegratorsRpc.resume, ResumeIntegrator(id=id), ADMIN)
    assert resume.code == "notify.integrator_step_illegal"
    history = registry.ask(IntegratorsRpc.history, IntegratorRef(id=id), ADMIN)
    assert [step.step for step in history.steps] == ["add", "rotate", "suspend", "resume", "revoke"]


def test_the_broker_is_told_again_only_of_what_concerns_it(registry: Registry) -> None:
    """A webhook is no reason to end a consumer's connection; a password, a right or an end is."""
    added = registry.add("site", sending())
    id = added.integrator.id

    def pending() -> list[Any]:
        return list(registry.ask(IntegratorsRpc.broker_users, BrokerUserQuery(), SYSTEM).users)

    (user,) = pending()
    assert (user.present, user.allowed, user.may_submit, user.told) == (True, True, True, False)
    applied = BrokerUsersApplied(applied=((user.integrator_id, user.state),))
    registry.ask(IntegratorsRpc.broker_users_applied, applied, SYSTEM)
    assert pending() == []
    registry.ask(IntegratorsRpc.set_webhook, SetWebhook(id=id, url="https://a.example.cn/x"), ADMIN)
    assert pending() == []
    registry.ask(IntegratorsRpc.amend, AmendIntegrator(id=id, label="某网", grants=reading()), ADMIN)
    (user,) = pending()
    assert (user.may_submit, user.told) == (False, True)
    card = registry.ask(IntegratorsRpc.read, IntegratorRef(id=id), ADMIN)
    assert not card.broker_applied
    assert "rabbitmqctl import_definitions" in (card.broker_todo or "")


@pytest.mark.parametrize(
    "url", ["http://a.example.cn/x", "https://localhost/x", "https://10.0.0.1/x", "https://[::1]/x"]
)
def test_a_webhook_inside_the_house_is_refused_when_it_is_entered(registry: Registry, url: str) -> None:
    """As far as it can be told from the address; the rest is seen when it is called."""
    added = registry.add("site")
    request = SetWebhook(id=added.integrator.id, url=url)
    assert registry.refusal(IntegratorsRpc.set_webhook, request, ADMIN).code == (
        "notify.webhook_address_refused"
    )
    registry.service.settings = Settings.model_validate({"webhook_internal_addresses": True})
    assert registry.ask(IntegratorsRpc.set_webhook, request, ADMIN).webhook == "on"


def test_a_replay_is_asked_for_by_whoever_was_granted_it(registry: Registry) -> None:
    """One at a time, and only of what was granted."""
    added = registry.add("site")
    own = Actor(id=added.integrator.id, role=Role.INTEGRATOR)
    past = registry.clock.now() - timedelta(days=1)
    fairs = RequestReplay(from_time=past, families=("jobs.fair",))
    assert registry.refusal(IntegratorsRpc.request_replay, fairs, own).code == "notify.nothing_granted"
    assert registry.refusal(IntegratorsRpc.request_replay, RequestReplay(from_offset=0), ADMIN).code == (
        "auth.not_allowed"
    )
    replay = registry.ask(IntegratorsRpc.request_replay, RequestReplay(from_offset=0), own)
    assert replay.families == ("jobs.posting",)
    second = registry.refusal(IntegratorsRpc.request_replay, RequestReplay(from_offset=0), own)
    assert (second.code, second.evidence["replay_id"]) == ("notify.replay_running", replay.id)
