"""Installs the peers into bench/.peers, where nothing but a bench looks."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

from bench.children import ROOT, python

FOLDER = ROOT / "bench" / ".peers"
PYTHON_FOLDER = FOLDER / "python"
NODE_FOLDER = FOLDER / "node"

_LOCK = ROOT / "requirements-bench.lock"
_HERE = Path(__file__).parent


def install() -> dict[str, str]:
    """Install what is missing or outdated. The peers that cannot be had, with the reason."""
    missing: dict[str, str] = {}
    if fault := _install_python():
        missing |= {"picows": fault, "python-socketio": fault}
    if fault := _install_node():
        missing |= {"ws on Node": fault, "socket.io on Node": fault}
    return missing


def _install_python() -> str | None:
    return _unless_stamped(
        PYTHON_FOLDER,
        [_LOCK],
        python(
            "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
            "--require-hashes", "--upgrade", "--target", str(PYTHON_FOLDER), "-r", str(_LOCK),
        ),
    )  # fmt: skip


def _install_node() -> str | None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "no Node.js here"
    lists = [_HERE / "package.json", _HERE / "package-lock.json"]
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    for each in lists:
        shutil.copy(each, NODE_FOLDER)
    command = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--prefix", str(NODE_FOLDER)]
    return _unless_stamped(NODE_FOLDER, lists, command)


def _unless_stamped(folder: Path, locks: list[Path], command: list[str]) -> str | None:
    """Run the command unless it was run for these locks already; why it failed, or None."""
    stamp = folder / "installed.sha256"
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return None
    print(f"installing {', '.join(lock.name for lock in locks)} into {folder.relative_to(ROOT)}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr or done.stdout).strip().splitlines()[-1][:200]
    stamp.write_text(wanted, encoding="ascii")
    return None
