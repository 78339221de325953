"""What the doctor has looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. fault: None when it is well. remedy: what to do about the fault."""

    what: str
    fault: str | None = None
    remedy: str = ""
