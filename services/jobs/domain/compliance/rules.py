"""The rules as data: what is read from `services/jobs/rules/*.json`, dated, and compiled once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from services.jobs.domain.compliance.normalisation import Folder

Severity = Literal["refuse", "warn"]

_SHIPPED = Path(__file__).resolve().parents[2] / "rules"
_MACRO = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Citation:
    """What a finding says of the law: its severity, the article, and lawful wording to use instead."""

    rule: str
    severity: Severity
    article: str
    instead: str


@dataclass(frozen=True, slots=True)
class Companion:
    """A second finding that one rule's words give rise to, when `pattern` is in them (or anywhere)."""

    citation: Citation
    pattern: re.Pattern[str]
    anywhere: bool


@dataclass(frozen=True, slots=True)
class LawfulWork:
    """Work for which the law itself keeps people out: `words` name it, `only_if` is what may be asked."""

    words: re.Pattern[str]
    only_if: str
    article: str


@dataclass(frozen=True, slots=True)
class WordingRule:
    """One row of banned wording, in force from `effective_from` to `effective_to` (None: no end)."""

    citation: Citation
    effective_from: date
    effective_to: date | None
    trigger: re.Pattern[str] | None
    mask: re.Pattern[str] | None
    patterns: tuple[re.Pattern[str], ...]
    companions: tuple[Companion, ...]
    lawful: LawfulWork | None

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


@dataclass(frozen=True, slots=True)
class WageFloor:
    """The least wage of a division on a day, in fen; `source` names the notice that set it."""

    hour_fen: int
    month_fen: int
    article: str
    source: str


class RuleSet:
    """Every compliance rule, compiled.  Immutable once built and safe to share between threads."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        """`tables` maps a file's stem (wording, folding, …) to its content."""
        self.folder = Folder(tables["folding"])
        macros = _expanded_macros(tables["wording"]["macros"])
        self._wording = tuple(_wording_rule(row, macros) for row in tables["wording"]["rules"])
        self._floors = tables["wage_floors"]
        self._limits: Sequence[Mapping[str, Any]] = tables["limits"]["limits"]
        self._citations: Mapping[str, Mapping[str, str]] = tables["limits"]["citations"]
        minors = tables["minors"]
        self.closed_to_minors = _alternation(minors["words"])
        self.not_closed_to_minors = _alternation(minors["unless"])
        self.minors_citation = Citation(
            "minor_forbidden_work", "refuse", minors["article"], minors["instead"]
        )
        self._exceptions: Mapping[str, str] = tables["limits"]["lawful_exceptions"]

    def closed_to_minors_at(self, folded: str) -> re.Match[str] | None:
        """Where a folded text names work that is closed to people of 16 and 17; None where it does not."""
        text = self.not_closed_to_minors.sub(lambda match: "□" * len(match.group()), folded)
        return self.closed_to_minors.search(text)

    def wording(self, on: date) -> Sequence[WordingRule]:
        """The wording rules in force on a day."""
        return [rule for rule in self._wording if rule.in_force(on)]

    def limit(self, name: str, on: date) -> float:
        """The figure of a limit on a day, before the first one's the first; KeyError when no row has that
        name, or when the last one's time is over."""
        rows = sorted(
            (row for row in self._limits if row["name"] == name), key=lambda row: str(row["effective_from"])
        )
        covering = [row for row in rows if _covers(row, on)]
        if not covering and rows and on.isoformat() < rows[0]["effective_from"]:
            covering = rows[:1]
        if not covering:
            raise KeyError(name)
        return float(covering[-1]["value"])

    def citation(self, rule: str) -> Citation:
        """What is cited for a rule that compares figures (overlong_hours, age_limit, …)."""
        row = self._citations[rule]
        severity: Severity = "warn" if row["severity"] == "warn" else "refuse"
        return Citation(rule, severity, row["article"], row["instead"])

    def exception_article(self, rule: str) -> str | None:
        """The article under which an exception may be claimed with evidence; None when none exists."""
        return self._exceptions.get(rule)

    def wage_floor(self, division: str | None, on: date) -> WageFloor | None:
        """The floor of a division (GB/T 2260, of any length) on a day; None where no row says one."""
        if not division:
            return None
        listed = [
            row
            for row in self._floors["divisions"]
            if division.startswith(row["division"]) and _covers(row, on)
        ]
        if not listed:
            return None
        placed = max(listed, key=lambda row: (len(row["division"]), row["effective_from"]))
        for row in self._floors["categories"]:
            same = row["category"] == placed["category"] and division.startswith(row["province"])
            if same and _covers(row, on):
                return WageFloor(row["hour_fen"], row["month_fen"], self._floors["article"], row["source"])
        return None


def load_rules(directory: Path = _SHIPPED) -> RuleSet:
    """Read and compile the rules of a directory; OSError or ValueError when a file is bad."""
    stems = ("wording", "folding", "wage_floors", "limits", "minors")
    return RuleSet(
        {stem: json.loads((directory / f"{stem}.json").read_text(encoding="utf-8")) for stem in stems}
    )


@lru_cache(maxsize=1)
def shipped_rules() -> RuleSet:
    """The rules shipped with the service, compiled once per process."""
    return load_rules()


def _covers(row: Mapping[str, Any], on: date) -> bool:
    day = on.isoformat()
    ends = row.get("effective_to")
    return bool(row["effective_from"] <= day and (ends is None or day <= ends))


def _expanded_macros(macros: Mapping[str, str]) -> dict[str, str]:
    expanded = dict(macros)
    for _ in range(3):
        expanded = {name: _expand(pattern, expanded) for name, pattern in expanded.items()}
    return expanded


def _expand(pattern: str, macros: Mapping[str, str]) -> str:
    return _MACRO.sub(lambda match: macros[match[1]], pattern)


def _wording_rule(row: Mapping[str, Any], macros: Mapping[str, str]) -> WordingRule:
    mask = "|".join(f"(?:{_expand(pattern, macros)})" for pattern in row["mask"])
    lawful = row.get("lawful")
    ends = row.get("effective_to")
    return WordingRule(
        citation=Citation(row["rule"], row["severity"], row["article"], row["instead"]),
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(ends) if ends else None,
        trigger=re.compile(row["trigger"]) if row.get("trigger") else None,
        mask=re.compile(mask) if mask else None,
        patterns=tuple(re.compile(_expand(pattern, macros)) for pattern in row["patterns"]),
        companions=tuple(_companion(companion) for companion in row.get("companions", ())),
        lawful=LawfulWork(re.compile(lawful["words"]), lawful["only_if"], lawful["article"])
        if lawful
        else None,
    )


def _companion(row: Mapping[str, Any]) -> Companion:
    anywhere = "anywhere" in row
    citation = Citation(row["rule"], row["severity"], row["article"], row["instead"])
    return Companion(citation, re.compile(row["anywhere"] if anywhere else row["when"]), anywhere)


def _alternation(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))) or r"$^")
