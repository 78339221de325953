"""Where servers are looked for, and what is said when there are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from yizhan.cli import servers
from yizhan.cli.data_directory import DataDirectory
from yizhan.cli.ports import free_port
from yizhan.cli.private_servers import find_binary
from yizhan.cli.servers import ServersMissing, find_servers


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any server, engine or package manager."""
    monkeypatch.setattr(servers, "is_listening", lambda port: False)
    monkeypatch.setattr(servers.private_servers, "find_binary", lambda *_: None)
    monkeypatch.setattr(servers.ComposeServers, "available", classmethod(lambda cls, folder: None))
    monkeypatch.setattr(servers.shutil, "which", lambda *_: None)


@pytest.mark.usefixtures("nothing_here")
def test_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    """With the exact command and the other way out."""
    with pytest.raises(ServersMissing) as missing:
        find_servers(DataDirectory(tmp_path), environment={}, say=lambda _: None)
    sentence = str(missing.value)
    assert "sudo apt-get install rabbitmq-server redis-server" in sentence
    assert "YIZHAN_BROKER_URL" in sentence
    assert "\n" not in sentence


def test_a_given_address_that_does_not_answer_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    """Who names a broker means that one; its password is not printed."""
    given = {"YIZHAN_BROKER_URL": f"amqp://user:hidden-secret@127.0.0.1:{free_port()}/county"}
    with pytest.raises(ServersMissing, match="YIZHAN_BROKER_URL") as missing:
        find_servers(DataDirectory(tmp_path), environment=given, say=lambda _: None)
    assert "hidden-secret" not in str(missing.value)


def test_the_newest_of_several_installed_versions_is_taken(tmp_path: Path) -> None:
    """By number: 15 comes after 9."""
    for version in ("9", "15", "13"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        (folder / "postgres").touch()
    found = find_binary("postgres", f"{tmp_path}/*/bin/postgres")
    assert found == str(tmp_path / "15" / "bin" / "postgres")


def test_programs_outside_an_ordinary_path_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Debian keeps servers where an ordinary user's PATH does not lead."""
    program = tmp_path / "rabbitmq-server"
    program.touch(mode=0o755)
    monkeypatch.setattr("yizhan.cli.private_servers._SERVER_FOLDERS", (str(tmp_path),))
    monkeypatch.setenv("PATH", os.devnull)
    assert find_binary("rabbitmq-server") == str(program)
