"""Whether a posting may be published: `check(posting, rules)`, pure, over rules that are dated data."""

from services.jobs.domain.compliance.checking import (
    Finding,
    LawfulException,
    PostingText,
    Verdict,
    check,
)
from services.jobs.domain.compliance.rules import RuleSet, load_rules, shipped_rules

__all__ = [
    "Finding",
    "LawfulException",
    "PostingText",
    "RuleSet",
    "Verdict",
    "check",
    "load_rules",
    "shipped_rules",
]
