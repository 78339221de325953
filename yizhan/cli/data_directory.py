"""The data directory of one copy: its lock, its secrets, and what it remembers from one start to the next."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_KEY_BYTES = 48


def random_key() -> str:
    """Random characters, 384 bits of them."""
    return secrets.token_urlsafe(_KEY_BYTES)


class DataDirectoryBusy(Exception):
    """Another `up` holds the directory."""


class DataDirectory:
    """A folder that belongs to one running copy at a time.

    fingerprint: ten hexadecimal digits of the resolved path; broker vhost and Redis prefix carry them, so
    that two copies on one machine never meet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.fingerprint = hashlib.sha256(str(self.path).encode()).hexdigest()[:10]

    @property
    def vhost(self) -> str:
        """The broker's virtual host for this copy."""
        return f"yizhan-{self.fingerprint}"

    @property
    def redis_prefix(self) -> str:
        """What every Redis key of this copy begins with."""
        return f"yizhan:{self.fingerprint}:"

    def folder(self, name: str) -> Path:
        """A folder in here, made if need be, for this user only."""
        folder = self.path / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the directory for as long as the block runs. Raises DataDirectoryBusy.

        The kernel lets go of the lock when the process ends, however it ends.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / "lock").open("a+", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise DataDirectoryBusy(
                    f"数据目录 {self.path} 正被另一个 up（进程 {lock.read().strip() or '?'}）使用。"
                    "先停掉它，或用 --data 另指一个目录，并用 --port 另选端口。"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def secret(self, name: str, make: Callable[[], str] = random_key) -> str:
        """A secret, made at the first asking and kept in secrets/ (0600); random characters by default."""
        path = self.folder("secrets") / name
        if not path.exists():
            write_private(path, make())
        return path.read_text(encoding="utf-8").strip()

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value in `<name>.json` (0600), replaced as a whole."""
        write_private(self.path / f"{name}.json", json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def recall(self, name: str) -> Any:
        """What was remembered under this name; None when nothing was, or it cannot be read."""
        try:
            return json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def forget(self, name: str) -> None:
        """Remove what was remembered."""
        (self.path / f"{name}.json").unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read; a reader sees the old text or the new, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    draft.replace(path)
