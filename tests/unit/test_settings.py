"""What a process is told from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from yizhan.settings import Settings


def test_a_secret_comes_from_a_file_as_well(tmp_path: Path) -> None:
    """Compose hands secrets over as files; the newline at their end is not part of them."""
    secret = tmp_path / "key"
    secret.write_text("k" * 40 + "\n")
    settings = Settings.from_environment({"YIZHAN_SESSION_KEY_FILE": str(secret)})
    assert settings.session_key is not None
    assert settings.session_key.get_secret_value() == "k" * 40
    assert "kkk" not in repr(settings)


def test_each_service_has_a_database_of_its_own() -> None:
    """A file under the data directory, unless an address is given."""
    settings = Settings.from_environment(
        {"YIZHAN_DATA_DIR": "/srv/yizhan", "YIZHAN_DATABASE_URL_JOBS": "postgresql+psycopg://jobs@db/jobs"}
    )
    assert settings.database_url("stations") == "sqlite:////srv/yizhan/stations.db"
    assert settings.database_url("jobs") == "postgresql+psycopg://jobs@db/jobs"


def test_the_boards_port_follows_the_gateways() -> None:
    """One number moves a whole copy of the system."""
    assert Settings.from_environment({"YIZHAN_GATEWAY_PORT": "9100"}).board_port == 9101


def test_peers_and_origins_are_lists() -> None:
    """`name=address` pairs, and addresses."""
    settings = Settings.from_environment(
        {
            "YIZHAN_PEERS": "jobs=http://jobs:9000, relay=http://relay:9000",
            "YIZHAN_ALLOWED_ORIGINS": "https://a,https://b",
        }
    )
    assert settings.peers == {"jobs": "http://jobs:9000", "relay": "http://relay:9000"}
    assert settings.allowed_origins == ("https://a", "https://b")


@pytest.mark.parametrize(
    "given",
    [
        {"YIZHAN_HEALTH_PORT": "seventy"},
        {"YIZHAN_HEALTH_PORT": "70000"},
        {"YIZHAN_LOG_FORMAT": "xml"},
        {"YIZHAN_DEMO": "perhaps"},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_at_start(given: dict[str, str]) -> None:
    """Better at start than at five in the morning."""
    with pytest.raises(ValidationError):
        Settings.from_environment(given)


def test_an_empty_variable_counts_as_not_given() -> None:
    """Compose passes on unset variables as empty ones."""
    assert Settings.from_environment({"YIZHAN_HEALTH_PORT": ""}).health_port is None
