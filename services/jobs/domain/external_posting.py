"""What is done with a posting that another system sends: whether it may, whether it is news, what changes.

What it sent and staff have not verified is changed in place or replaced; what they have verified is never
changed under their hands: it is withdrawn, and the new version waits for them as a posting of its own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from services.jobs.domain import posting as life
from yizhan.contracts.external_postings import (
    IntegratorUnknown,
    StationNotGranted,
    SubmitExternalPosting,
)
from yizhan.contracts.jobs import Posting, PostingStage


@dataclass(frozen=True)
class Sender:
    """An integrator as services/notify tells of it. stations: it may send for these and those below."""

    id: str
    active: bool
    station: str
    stations: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """What is known of one of a sender's postings. digest: of what was last taken; None before the first."""

    id: str
    posting_id: str | None
    version: int | None
    digest: str | None
    received: int


class Plan(StrEnum):
    UNCHANGED = "unchanged"
    OUTDATED = "outdated"
    CREATE = "create"
    AMEND = "amend"
    #: Withdraw the one there is, and write the new one down.
    REPLACE = "replace"


def require_known(sender: Sender | None) -> Sender:
    """Raises IntegratorUnknown."""
    if sender is None or not sender.active:
        raise IntegratorUnknown("this integrator is not known here, or is suspended")
    return sender


def require_granted(sender: Sender, path: tuple[str, ...]) -> None:
    """Raises StationNotGranted unless the path leads through a station that was granted."""
    if set(sender.stations).isdisjoint(path):
        raise StationNotGranted("no posting may be sent for this station", station=path[-1])


def digest(request: SubmitExternalPosting) -> str:
    """Of what a message says, its version apart."""
    said = request.model_dump(mode="json", exclude={"version"})
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_outdated(kept: Kept, version: int | None) -> bool:
    """Whether a newer version was taken before."""
    return version is not None and kept.version is not None and version < kept.version


def plan(kept: Kept, request: SubmitExternalPosting, current: Posting | None) -> Plan:
    """What a message asks to be done. current: the posting that its last version became."""
    if is_outdated(kept, request.version):
        return Plan.OUTDATED
    ended = current is None or current.whole_stage in _ENDED
    if kept.digest == digest(request) and not ended:
        return Plan.UNCHANGED
    if ended or current is None:
        return Plan.CREATE
    # Its place and its employer stay a posting's for ever.
    if current.whole_stage in life.TRANSITIONS[life.Step.AMEND].sources and (
        current.station == request.station
    ):
        return Plan.AMEND
    return Plan.REPLACE


_ENDED = frozenset({PostingStage.CLOSED, PostingStage.WITHDRAWN, PostingStage.EXPIRED})
