"""Reading health over HTTP: what a process, or the whole system behind the gateway, says of itself."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HealthReport:
    """`well`: it answered 200. `faults`: what is not well, by name; silence is the fault of `process`."""

    well: bool
    faults: dict[str, str]


def ask(base_url: str, *, timeout_seconds: float = 5.0) -> HealthReport:
    """GET <base>/healthz."""
    try:
        with urllib.request.urlopen(f"{base_url}/healthz", timeout=timeout_seconds) as answer:  # noqa: S310
            return HealthReport(True, _faults(answer.read()))
    except urllib.error.HTTPError as error:
        return HealthReport(False, _faults(error.read()) or {"healthz": f"HTTP {error.code}"})
    except (OSError, ValueError) as error:
        return HealthReport(False, {"process": f"does not answer ({_reason(error)})"})


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", error))


def _faults(body: bytes) -> dict[str, str]:
    try:
        checks: Any = json.loads(body).get("checks", {})
    except (ValueError, AttributeError):
        return {}
    return {name: str(said) for name, said in checks.items() if said != "ok"}
