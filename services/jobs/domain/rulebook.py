"""Rules as dated data: which version of each table is in force on a day, and what they come to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from pydantic import ValidationError

from services.jobs.domain.compliance import PostingText, RuleSet, check
from services.jobs.domain.limits import DatedLimits, Limits
from yizhan.contracts.compliance import RuleKind, RulesUnreadable, RuleVersion
from yizhan.contracts.matching import Weights

#: What compliance reads.
_COMPLIANCE: tuple[RuleKind, ...] = (
    RuleKind.WORDING,
    RuleKind.FOLDING,
    RuleKind.LIMITS,
    RuleKind.MINORS,
    RuleKind.WAGE_FLOORS,
)
_TRIED = PostingText(
    title="招聘搬运工", text="每天200元，工作8小时，18至55岁", wage_fen=20000, wage_unit="day"
)

Versions = tuple[RuleVersion, ...]


def shipped(kind: RuleKind) -> RuleVersion:
    """The version that comes with the software, in force before every other."""
    return RuleVersion(
        id=None,
        kind=kind,
        division=None,
        valid_from=date.min,
        data=json.loads(_shipped_text(kind)),
        by="system",
        at=None,
    )


@cache
def _shipped_text(kind: RuleKind) -> str:
    name = "limits.json" if kind is RuleKind.POSTING_LIMITS else f"rules/{kind}.json"
    return (files("services.jobs") / name).read_text("utf-8")


def in_force(
    versions: Iterable[RuleVersion], kind: RuleKind, *, division: str, on: date
) -> RuleVersion | None:
    """The version of a kind in force in a division on a day, None for the shipped one: the one that began
    last, of several the narrowest division's, of several the one written last."""
    begun = [
        version
        for version in versions
        if version.kind is kind
        and version.valid_from <= on
        and (version.division is None or division.startswith(version.division))
    ]
    return max(
        begun,
        key=lambda version: (version.valid_from, version.division is not None, version.id or ""),
        default=None,
    )


class Rulebook:
    """Every version there is, and what is in force where and when. Compiling is dear, so it is remembered."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._compiled: dict[tuple[str | None, ...], RuleSet] = {}

    def rules(self, *, division: str, on: date) -> RuleSet:
        """The rules of compliance."""
        chosen = {kind: in_force(self._versions, kind, division=division, on=on) for kind in _COMPLIANCE}
        key = tuple(None if version is None else version.id for version in chosen.values())
        if key not in self._compiled:
            self._compiled[key] = _compiled(
                {kind: shipped(kind).data if one is None else one.data for kind, one in chosen.items()}
            )
        return self._compiled[key]

    def limits(self, *, division: str, on: date) -> Limits:
        """What is plausible, fresh and new."""
        chosen = in_force(self._versions, RuleKind.POSTING_LIMITS, division=division, on=on)
        return _limits(
            _shipped_text(RuleKind.POSTING_LIMITS) if chosen is None else json.dumps(chosen.data)
        ).on(on)

    def weights(self, *, division: str, on: date) -> RuleVersion:
        """What each reason for a recommendation counts for."""
        return in_force(self._versions, RuleKind.MATCHING, division=division, on=on) or shipped(
            RuleKind.MATCHING
        )


@lru_cache(maxsize=64)
def _limits(text: str) -> DatedLimits:
    return DatedLimits.read(json.loads(text))


def _compiled(tables: Mapping[RuleKind, Mapping[str, Any]]) -> RuleSet:
    return RuleSet({kind.value: data for kind, data in tables.items()})


def require_readable(kind: RuleKind, data: dict[str, Any]) -> None:
    """Raises RulesUnreadable unless the table can be worked with, alone and beside the shipped others."""
    try:
        if kind is RuleKind.POSTING_LIMITS:
            DatedLimits.read(data)
            return
        if kind is RuleKind.MATCHING:
            Weights.model_validate(data)
            return
        tables: dict[RuleKind, Mapping[str, Any]] = {
            other: data if other is kind else shipped(other).data for other in _COMPLIANCE
        }
        rules = _compiled(tables)
        check(_TRIED, rules)
        rules.wage_floor("522730", date.max)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = "/".join(map(str, fault["loc"]))
        raise RulesUnreadable(f"{where}: {fault['msg']}", kind=kind.value) from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, re.error) as error:
        raise RulesUnreadable(f"{type(error).__name__}: {error}"[:300], kind=kind.value) from None
