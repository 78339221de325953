"""`yizhan keys`: another key is added, used, and what the old one sealed is sealed anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from yizhan.cli.keys import app
from yizhan.encryption import FieldCipher, new_field_keys
from yizhan.migrations import migrate
from yizhan.settings import DATABASE_OWNERS, Settings


@pytest.fixture
def keys_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "field_keys"
    file.write_text(new_field_keys(), encoding="utf-8")
    monkeypatch.setenv("YIZHAN_FIELD_KEYS_FILE", str(file))
    monkeypatch.setenv("YIZHAN_DATA_DIR", str(tmp_path))
    return file


def say(*words: str) -> str:
    return CliRunner().invoke(app, [*words]).output


def cipher() -> FieldCipher:
    return FieldCipher.from_settings(Settings.from_environment())


def test_a_new_key_opens_before_it_seals(keys_file: Path) -> None:
    """So that no process meets a text whose key it has not been told of."""
    old = cipher()
    assert "k2" in say("add")
    assert cipher().is_current(old.seal("王", place="p"))
    assert say("list").split() == ["*", "k1", "k2"]


def test_after_use_the_new_key_seals_and_the_old_one_opens(keys_file: Path) -> None:
    """Look-ups go on: the index key stays."""
    old = cipher()
    sealed = old.seal("王", place="p")
    say("add")
    say("use", "k2")
    new = cipher()
    assert not new.is_current(sealed)
    assert new.open(sealed, place="p") == "王"
    assert new.index("1", kind="phone") == old.index("1", kind="phone")


def test_a_key_that_is_not_there_cannot_be_used(keys_file: Path) -> None:
    """And the file stays as it is."""
    before = keys_file.read_text(encoding="utf-8")
    assert CliRunner().invoke(app, ["use", "k9"]).exit_code == 2
    assert keys_file.read_text(encoding="utf-8") == before


def test_rotating_goes_through_every_sealed_column(keys_file: Path, tmp_path: Path) -> None:
    """Of every service that keeps some, and says what it did."""
    for service in DATABASE_OWNERS:
        migrate(service, f"sqlite:///{tmp_path / service}.db")
    result = CliRunner().invoke(app, ["rotate"])
    assert result.exit_code == 0, result.output
    for place in ("jobs.employer_contacts.phone", "jobs.import_rows.sealed", "seekers.draws.seed_sealed"):
        assert place in result.output
