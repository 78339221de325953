"""This machine's container engine: Docker where one answers, else podman with podman-compose and runc."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_STANDINS = "localhost/yizhan-standin"
_ASK_SECONDS = 60.0


@dataclass(frozen=True)
class Engine:
    """compose: the compose command as a shell writes it. program: docker, or what stands for it.

    standins: no registry is needed, since images/build.sh builds what the compose file names.
    """

    compose: str
    program: str
    standins: bool

    @property
    def images(self) -> dict[str, str]:
        """What the compose file's image variables are set to."""
        own = {"YIZHAN_IMAGE": "localhost/yizhan:test"}
        if not self.standins:
            return own
        servers = ("rabbitmq", "postgres", "redis")
        return own | {f"YIZHAN_{name.upper()}_IMAGE": f"{_STANDINS}/{name}:latest" for name in servers}

    @property
    def up(self) -> str:
        """The compose subcommand that starts everything in its order."""
        return "up --detach --no-build" if self.standins else "up --detach --build"

    def containers(self, project: str, service: str | None = None) -> list[str]:
        """Ids of a project's containers, also of stopped ones."""
        labels = [f"com.docker.compose.project={project}"]
        if service is not None:
            labels.append(f"com.docker.compose.service={service}")
        filters = [part for label in labels for part in ("--filter", f"label={label}")]
        return self.run("ps", "--all", "--quiet", *filters).split()

    def name(self, container: str) -> str:
        """The container's name."""
        return self.inspect(container, "{{.Name}}").lstrip("/")

    def inspect(self, container: str, template: str) -> str:
        """One value of what the engine knows of a container."""
        return self.run("inspect", "--format", template, container).strip()

    def healthy(self, container: str) -> bool:
        """Whether the container's own health check says so, now."""
        if not self.standins:
            return self.inspect(container, "{{.State.Health.Status}}") == "healthy"
        # No timer runs health checks under podman without systemd; asking runs the check.
        return self._done("healthcheck", "run", container).returncode == 0

    def address(self, container: str, port: int) -> str:
        """host:port where a container's port is published."""
        return self.run("port", container, str(port)).split()[0].rpartition("->")[2].strip()

    def logs(self, container: str, lines: int = 40) -> str:
        """The end of what the container wrote, both streams."""
        done = self._done("logs", "--tail", str(lines), container)
        return done.stdout + done.stderr

    def run(self, *arguments: str) -> str:
        """Run the engine's program and return its output. Raises AssertionError with its complaint."""
        done = self._done(*arguments)
        assert done.returncode == 0, f"{self.program} {' '.join(arguments)}: {done.stderr or done.stdout}"
        return done.stdout

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.program, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)


def find_engine() -> Engine | str:
    """The engine, or why there is none."""
    if _works("docker", "info") and _works("docker", "compose", "version"):
        return Engine(compose="docker compose", program="docker", standins=False)
    missing = [name for name in ("podman", "runc", "mmdebstrap", "iptables") if shutil.which(name) is None]
    if not _works(sys.executable, "-c", "import podman_compose"):
        missing.append("podman-compose")
    if missing:
        return f"no Docker engine answers, and for podman there is no {', '.join(missing)}"
    podman = HERE / "podman"
    compose = f'"{sys.executable}" -m podman_compose --podman-path "{podman}"'
    return Engine(compose=compose, program=str(podman), standins=True)


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
