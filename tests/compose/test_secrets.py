"""What infra/make-secrets makes is what the compose file needs, and it is never overwritten."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import yaml

from yizhan.encryption import FieldCipher
from yizhan.settings import Settings

INFRA = Path(__file__).parents[2] / "infra"
COMPOSE: dict[str, Any] = yaml.safe_load((INFRA / "docker-compose.yml").read_text(encoding="utf-8"))
PROCESSES = ("stations", "jobs", "seekers", "notify", "courier", "relay", "board", "outlet", "gateway")


def _make_secrets(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(INFRA / "make-secrets"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def test_every_secret_of_the_compose_file_is_made(tmp_path: Path) -> None:
    """Neither a secret that nobody makes, nor one that nobody uses."""
    assert _make_secrets(tmp_path / "secrets").returncode == 0
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", ())}
    assert set(_contents(tmp_path / "secrets")) == set(COMPOSE["secrets"]) == used


def test_the_field_keys_open_the_cipher(tmp_path: Path) -> None:
    """A shell writes them, and a service reads them."""
    assert _make_secrets(tmp_path / "secrets").returncode == 0
    given = {"YIZHAN_FIELD_KEYS_FILE": str(tmp_path / "secrets" / "field_keys")}
    cipher = FieldCipher.from_settings(Settings.from_environment(given))
    assert cipher.open(cipher.seal("王", place="a"), place="a") == "王"


def test_no_two_installations_share_a_secret(tmp_path: Path) -> None:
    """There is no default password anywhere."""
    for name in ("one", "two"):
        assert _make_secrets(tmp_path / name).returncode == 0
    one, two = _contents(tmp_path / "one"), _contents(tmp_path / "two")
    assert all(one[name] != two[name] for name in one)


def test_existing_secrets_are_left_alone(tmp_path: Path) -> None:
    """One file that is there already, and nothing at all is written."""
    kept = tmp_path / "session_key"
    kept.write_text("in use", encoding="utf-8")
    refusal = _make_secrets(tmp_path)
    assert refusal.returncode == 1
    assert str(kept) in refusal.stderr
    assert _contents(tmp_path) == {"session_key": "in use"}


def test_the_folder_is_closed_to_others_and_the_files_are_open_to_containers(tmp_path: Path) -> None:
    """A mounted file keeps its mode, and a process in a container is not root."""
    folder = tmp_path / "secrets"
    assert _make_secrets(folder).returncode == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o444}


def test_a_process_is_given_its_own_broker_user_only() -> None:
    """One process's secrets do not open the broker as another."""
    for process in PROCESSES:
        broker_urls = {
            name for name in COMPOSE["services"][process]["secrets"] if name.startswith("broker_url_")
        }
        assert broker_urls == {f"broker_url_{process}"}


def test_every_broker_user_has_a_secret() -> None:
    """The broker refuses to start when one of its users has none."""
    permissions = json.loads((INFRA / "rabbitmq" / "permissions.json").read_text(encoding="utf-8"))
    secrets = {f"broker_url_{user['name']}" for user in permissions["users"]}
    assert secrets == {name for name in COMPOSE["secrets"] if name.startswith("broker_url_")}
    assert secrets == set(COMPOSE["services"]["rabbitmq"]["secrets"])


def test_every_service_says_how_it_is_healthy() -> None:
    """All but the migration, which ends."""
    services = COMPOSE["services"]
    without = {name for name, service in services.items() if "test" not in service.get("healthcheck", {})}
    assert without == {"migrate"}
