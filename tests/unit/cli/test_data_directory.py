"""One copy's folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from yizhan.cli.data_directory import DataDirectory, DataDirectoryBusy
from yizhan.encryption import new_field_keys


def test_a_directory_is_held_by_one_copy_at_a_time(tmp_path: Path) -> None:
    """A second copy is refused and told by which process; after the first it may have it."""
    refused = pytest.raises(DataDirectoryBusy, match=str(tmp_path))
    with DataDirectory(tmp_path).held(), refused, DataDirectory(tmp_path).held():
        pytest.fail("held twice")
    with DataDirectory(tmp_path).held():
        pass


def test_a_killed_copy_lets_go_of_its_directory(tmp_path: Path) -> None:
    """No stale lock file stands in the way after a crash."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom yizhan.cli.data_directory import DataDirectory\n"
        f"with DataDirectory(Path({str(tmp_path)!r})).held():\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(DataDirectoryBusy, match=str(other.pid)), DataDirectory(tmp_path).held():
            pytest.fail("held twice")
        other.kill()
        other.wait()
    with DataDirectory(tmp_path).held():
        pass


def test_two_directories_never_share_a_vhost_or_a_prefix(tmp_path: Path) -> None:
    """Names derive from the resolved path: the same folder by another spelling is the same copy."""
    one, two = DataDirectory(tmp_path / "one"), DataDirectory(tmp_path / "two")
    assert one.vhost != two.vhost
    assert one.redis_prefix != two.redis_prefix
    assert DataDirectory(tmp_path / "two" / ".." / "one").vhost == one.vhost


def test_a_secret_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    """The session key survives a restart, is long enough, and only its owner may read it."""
    secret = DataDirectory(tmp_path).secret("session_key")
    assert DataDirectory(tmp_path).secret("session_key") == secret
    assert len(secret) >= 32
    assert (tmp_path / "secrets" / "session_key").stat().st_mode & 0o777 == 0o600
    assert DataDirectory(tmp_path).secret("another") != secret


def test_a_secret_may_have_a_form_of_its_own(tmp_path: Path) -> None:
    """Field keys are JSON; made once, they are never made again."""
    made = DataDirectory(tmp_path).secret("field_keys", new_field_keys)
    assert set(json.loads(made)) == {"current", "keys", "index"}
    assert DataDirectory(tmp_path).secret("field_keys", new_field_keys) == made


def test_what_is_remembered_is_for_the_owner_alone(tmp_path: Path) -> None:
    """run.json holds logins."""
    data = DataDirectory(tmp_path)
    data.remember("run", {"screens": {"522730": "县零工市场"}})
    assert data.recall("run") == {"screens": {"522730": "县零工市场"}}
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600
    data.forget("run")
    assert data.recall("run") is None


def test_a_damaged_memory_is_no_memory(tmp_path: Path) -> None:
    """Half a file from a full disk does not stop the next start."""
    (tmp_path / "servers.json").write_text('{"broker": "amqp')
    assert DataDirectory(tmp_path).recall("servers") is None
