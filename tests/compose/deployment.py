"""The production compose file, brought up as a project of its own and taken down again."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pytest_docker.plugin import DockerComposeExecutor, get_docker_services

from tests.compose.engine import Engine
from tests.support.eventually import eventually

INFRA = Path(__file__).parents[2] / "infra"
COMPOSE_FILE = INFRA / "docker-compose.yml"
OVERRIDE = Path(__file__).parent / "override.yml"
SCALED = Path(__file__).parent / "scaled.yml"

PROCESSES = ("stations", "jobs", "seekers", "notify", "courier", "relay", "board", "outlet", "gateway")
SERVERS = ("rabbitmq", "postgres", "redis")
GATEWAY_PORT = 8000
BOARD_PORT = 8001
HEALTH_PORT = 9000

#: A service takes some seconds, twice that on a busy machine, and the checks come one after the other.
_HEALTHY_SECONDS = 120.0


@dataclass(frozen=True)
class Deployment:
    """One project that is up. files: the compose file and what overrides it."""

    engine: Engine
    project: str
    files: tuple[Path, ...]

    def containers(self, service: str) -> list[str]:
        """Ids of the service's containers."""
        return self.engine.containers(self.project, service)

    def gateways(self) -> list[str]:
        """The HTTP address of every gateway."""
        return [f"http://{self.engine.address(one, GATEWAY_PORT)}" for one in self.containers("gateway")]

    def boards(self) -> list[str]:
        """The websocket address of every board."""
        return [f"ws://{self.engine.address(one, BOARD_PORT)}/" for one in self.containers("board")]

    def asked_inside(self, container: str, path: str) -> str:
        """What a process answers on its own health port, which is not published."""
        question = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{HEALTH_PORT}{path}').read().decode())"
        return self.engine.run("exec", container, "python", "-c", question)

    def yizhan(self, *arguments: str, **environment: str) -> str:
        """`yizhan …` with the rights of the deployment, as infra/README.md tells operators to call it."""
        told = " ".join(f"-e {name}={shlex.quote(value)}" for name, value in environment.items())
        words = shlex.join(arguments)
        return self._compose(f"run --rm --no-deps -T {told} migrate {words}")

    def await_healthy(self) -> None:
        """Wait until the migration has ended well and every other container's own check is green."""
        for service in (*SERVERS, *PROCESSES):
            for container in self.containers(service):
                self._await_healthy(container)
        migrations = [self.engine.inspect(one, "{{.State.ExitCode}}") for one in self.containers("migrate")]
        assert migrations == ["0"], f"migrate ended with {migrations}"

    def _await_healthy(self, container: str) -> None:
        try:
            eventually(lambda: self.engine.healthy(container), within_seconds=_HEALTHY_SECONDS)
        except AssertionError as error:
            name, logs = self.engine.name(container), self.engine.logs(container)
            raise AssertionError(f"{name} is not healthy: {logs}") from error

    def last_words(self) -> str:
        """The end of every container's log, for a failing test."""
        return "\n".join(
            f"--- {self.engine.name(one)}\n{self.engine.logs(one)}"
            for one in self.engine.containers(self.project)
        )

    def _compose(self, subcommand: str) -> str:
        files = [str(file) for file in self.files]
        output: bytes = DockerComposeExecutor(self.engine.compose, files, self.project).execute(subcommand)
        return output.decode()


@contextmanager
def deployed(engine: Engine, *, scaled: bool = False) -> Iterator[Deployment]:
    """A project with a name, volumes, network and ports of its own, gone afterwards."""
    project = f"yizhan-test-{secrets.token_hex(4)}"
    files = (COMPOSE_FILE, OVERRIDE, *((SCALED,) if scaled else ()))
    made = Deployment(engine, project, files)
    names = [str(file) for file in files]
    # Down in any case, also when up fails half-way.
    with get_docker_services(engine.compose, names, project, [], ["down --volumes --timeout 0"]):
        try:
            made._compose(engine.up)
            made.await_healthy()
            yield made
        except BaseException:
            print(made.last_words())
            raise


def compose_services() -> dict[str, Any]:
    """The services of the production file, as written."""
    services: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"]
    return services
