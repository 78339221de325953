"""The engine, the images, and two deployments side by side: one of each process, and two of each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Iterator

import pytest

from tests.compose.county import Office, found_county
from tests.compose.deployment import INFRA, Deployment, deployed
from tests.compose.engine import HERE, Engine, find_engine


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failing test shows the end of every container's log."""
    report = yield
    if report.when == "call" and report.failed:
        for made in getattr(item, "funcargs", {}).values():
            if isinstance(made, Deployment):
                report.sections.append((f"containers of {made.project}", made.last_words()))
    return report


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The container engine, or a skip with the reason why there is none."""
    found = find_engine()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def _installation(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Secrets, images, and published ports that the engine chooses."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    subprocess.run([str(INFRA / "make-secrets"), str(folder)], check=True, capture_output=True)
    if engine.standins:
        build = [str(HERE / "images" / "build.sh")]
        environment = {**os.environ, "PYTHON": sys.executable}
        done = subprocess.run(build, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIZHAN_SECRETS", str(folder))
        # No number: a free port.
        patch.setenv("YIZHAN_GATEWAY_PUBLISH", "127.0.0.1:")
        patch.setenv("YIZHAN_BOARD_PUBLISH", "127.0.0.1:")
        for name, image in engine.images.items():
            patch.setenv(name, image)
        yield


@pytest.fixture(scope="session")
def deployment(engine: Engine, _installation: None) -> Iterator[Deployment]:
    """The compose file as it is: one of each process, every health check green."""
    with deployed(engine) as made:
        yield made


@pytest.fixture(scope="session")
def scaled_deployment(engine: Engine, _installation: None) -> Iterator[Deployment]:
    """Two of each process, in a project beside the other."""
    with deployed(engine, scaled=True) as made:
        yield made


@pytest.fixture(scope="session")
def office(deployment: Deployment) -> Iterator[Office]:
    """The county's office at the deployment."""
    with found_county(deployment) as made:
        yield made


@pytest.fixture(scope="session")
def scaled_office(scaled_deployment: Deployment) -> Iterator[Office]:
    """The county's office at the first gateway of the scaled deployment."""
    with found_county(scaled_deployment) as made:
        yield made
