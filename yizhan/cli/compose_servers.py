"""RabbitMQ and Redis in containers, where there is an engine and no server."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yizhan.cli.data_directory import write_private
from yizhan.cli.ports import free_port

_START_SECONDS = 600
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Started:
    """Addresses on loopback; the servers behind them may still be starting."""

    broker_url: str
    redis_url: str


@dataclass(frozen=True)
class ComposeServers:
    """Two containers of this copy. `command`: the compose program. `folder`: keeps the file that it reads."""

    command: tuple[str, ...]
    folder: Path

    @classmethod
    def available(cls, folder: Path) -> ComposeServers | None:
        """With the first compose program whose engine answers; None when there is none."""
        for command, engine in (
            (("docker", "compose"), "docker"),
            (("docker-compose",), "docker"),
            (("podman", "compose"), "podman"),
            (("podman-compose",), "podman"),
        ):
            if shutil.which(command[0]) and _works(*command, "version") and _works(engine, "info"):
                return cls(command, folder)
        return None

    def up(self, vhost: str) -> Started | None:
        """Start both; None when the engine cannot (it has no images, for one)."""
        broker_port, redis_port = free_port(), free_port()
        write_private(self._file, json.dumps(_compose_file(vhost, broker_port, redis_port), indent=2))
        if not self._compose("up", "--detach", timeout_seconds=_START_SECONDS):
            self.down()
            return None
        return Started(
            broker_url=f"amqp://guest:guest@127.0.0.1:{broker_port}/{vhost}",
            redis_url=f"redis://127.0.0.1:{redis_port}/0",
        )

    def down(self) -> None:
        """Stop both and remove the containers; the broker's volume stays, since it may hold events."""
        self._compose("down", timeout_seconds=_STOP_SECONDS)

    @property
    def _file(self) -> Path:
        return self.folder / "compose.json"

    def _compose(self, *arguments: str, timeout_seconds: float) -> bool:
        return _works(*self.command, "--file", str(self._file), *arguments, timeout_seconds=timeout_seconds)


def _compose_file(vhost: str, broker_port: int, redis_port: int) -> dict[str, Any]:
    """Compose reads JSON as the YAML that it is. Images as in infra/docker-compose.yml."""
    limits = {"nofile": {"soft": 65536, "hard": 65536}}
    return {
        "name": vhost,
        "services": {
            "rabbitmq": {
                "image": "docker.io/library/rabbitmq:4.1",
                # The node's name, and with it its data, hangs on the host's name.
                "hostname": "rabbitmq",
                "environment": {"RABBITMQ_DEFAULT_VHOST": vhost},
                "ports": [f"127.0.0.1:{broker_port}:5672"],
                "volumes": ["rabbitmq:/var/lib/rabbitmq"],
                "ulimits": limits,
            },
            "redis": {
                "image": "docker.io/library/redis:7",
                "command": ["redis-server", "--save", "", "--appendonly", "no"],
                "ports": [f"127.0.0.1:{redis_port}:6379"],
                "ulimits": limits,
            },
        },
        "volumes": {"rabbitmq": {}},
    }


def _works(*command: str, timeout_seconds: float = 15) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
