"""docs/asyncapi.yaml under the parser that integrators' tools use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from yizhan.cli.docs import PAGES

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PARSER = "@asyncapi/parser@3.6.3"

VALIDATE = """
const {readFileSync} = require('fs');
const {Parser} = require('@asyncapi/parser');
new Parser().validate(readFileSync(process.argv[2], 'utf8')).then(found => {
  const errors = found.filter(one => one.severity === 0);
  errors.forEach(one => console.log(one.code, one.path.join('.'), one.message));
  process.exit(errors.length ? 1 : 0);
});
"""


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the parser installed."""
    if shutil.which("npm") is None:
        pytest.skip("npm is missing: sudo apt-get install npm")
    folder = tmp_path_factory.mktemp("asyncapi")
    (folder / "validate.js").write_text(VALIDATE)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", ".", PARSER]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return folder


def validate(parser: Path, text: str) -> subprocess.CompletedProcess[str]:
    page = parser / "page.yaml"
    page.write_text(text, encoding="utf-8")
    return subprocess.run(
        ["node", "validate.js", str(page)], cwd=parser, capture_output=True, text=True, check=False
    )


def test_the_document_is_valid(parser: Path) -> None:
    """No error; hints about newer versions of the format are none."""
    said = validate(parser, PAGES["asyncapi.yaml"]())
    assert said.returncode == 0, said.stdout + said.stderr


def test_a_broken_document_is_not(parser: Path) -> None:
    """The parser does look: a message that leads nowhere is an error."""
    broken = PAGES["asyncapi.yaml"]().replace(
        "#/components/messages/StationAdded", "#/components/messages/Gone"
    )
    assert validate(parser, broken).returncode == 1
