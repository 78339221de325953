"""Whether a posting may be published: every finding with its words, its article and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.jobs.domain.compliance.ages import find_ages
from services.jobs.domain.compliance.contacts import find_numbers_to_call
from services.jobs.domain.compliance.normalisation import FoldedText
from services.jobs.domain.compliance.pay import find_negotiable, find_rates, says_part_time
from services.jobs.domain.compliance.rules import Citation, RuleSet, Severity, WageFloor, WordingRule
from services.jobs.domain.compliance.worktime import (
    find_day_hours,
    find_no_rest,
    find_overtime_hours,
    find_span_hours,
    find_split_day,
    hours_of_a_day,
)

WageUnit = Literal["day", "hour", "piece", "month"]


class LawfulException(BaseModel):
    """An exception that the employer claims to one rule, with the evidence that was shown for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    evidence: str = Field(min_length=1)


class PostingText(BaseModel):
    """What of a posting is checked.

    `wage_fen` is in fen per `wage_unit`; `division` is a GB/T 2260 code (or a longer one below it);
    `start_date` decides which rules are in force.  None means that it was not given.
    """

    model_config = ConfigDict(frozen=True)

    title: str = ""
    text: str = ""
    wage_fen: int | None = None
    wage_unit: WageUnit | None = None
    hours_per_day: float | None = None
    employer_kind: str | None = None
    start_date: date | None = None
    division: str | None = None
    exceptions: tuple[LawfulException, ...] = ()


class Finding(BaseModel):
    """One thing wrong: the rule, the words as they stand in the posting, the article, lawful wording."""

    model_config = ConfigDict(frozen=True)

    rule: str
    severity: Severity
    words: str
    article: str
    instead: str


class Verdict(BaseModel):
    """The worst severity of the findings, or ok."""

    model_config = ConfigDict(frozen=True)

    verdict: Literal["refuse", "warn", "ok"]
    findings: tuple[Finding, ...] = ()


#: Rules in force when a posting names no date; far enough ahead that the newest rows apply.
LATEST = date(9999, 12, 31)


def check(posting: PostingText, rules: RuleSet) -> Verdict:
    """Check one posting; pure, and linear in the length of its text.

    At most one finding per rule, the first in the text.  Without a start date the newest rows apply.
    """
    reading = _Reading(posting, rules, posting.start_date or LATEST)
    findings = _with_exceptions(reading.findings(), posting.exceptions, rules)
    if any(finding.severity == "refuse" for finding in findings):
        return Verdict(verdict="refuse", findings=findings)
    return Verdict(verdict="warn" if findings else "ok", findings=findings)


def _with_exceptions(
    findings: Mapping[str, Finding], exceptions: Sequence[LawfulException], rules: RuleSet
) -> tuple[Finding, ...]:
    claimed = {exception.rule for exception in exceptions}
    result = []
    for finding in findings.values():
        article = rules.exception_article(finding.rule) if finding.rule in claimed else None
        if article is not None:
            finding = finding.model_copy(update={"severity": "warn", "article": article})
        result.append(finding)
    return tuple(result)


@dataclass(slots=True)
class _Reading:
    """One posting being read; findings gather by rule, the first of each rule kept."""

    posting: PostingText
    rules: RuleSet
    on: date
    found: dict[str, Finding] = field(default_factory=dict)

    def findings(self) -> Mapping[str, Finding]:
        posting = self.posting
        folded = self.rules.folder.fold(f"{posting.title}\n{posting.text}")
        for rule in self.rules.wording(self.on):
            self._check_wording(rule, folded)
        self._check_ages(folded)
        self._check_contacts(folded)
        self._check_hours(folded)
        self._check_pay(folded)
        return self.found

    def _add(self, citation: Citation, words: str, instead: str | None = None) -> None:
        if citation.rule not in self.found:
            self.found[citation.rule] = Finding(
                rule=citation.rule,
                severity=citation.severity,
                words=words,
                article=citation.article,
                instead=instead or citation.instead,
            )

    def _check_wording(self, rule: WordingRule, folded: FoldedText) -> None:
        text = folded.folded
        if rule.trigger is not None and rule.trigger.search(text) is None:
            return
        if rule.mask is not None:
            text = rule.mask.sub(lambda match: "□" * len(match.group()), text)
        for pattern in rule.patterns:
            match = pattern.search(text)
            if match is not None and match.end() > match.start():
                self._add(_lawful(rule, match.group(), text), folded.words(*match.span()))
                self._check_companions(rule, text, folded)
                return

    def _check_companions(self, rule: WordingRule, text: str, folded: FoldedText) -> None:
        for companion in rule.companions:
            match = companion.pattern.search(folded.folded if companion.anywhere else text)
            if match is not None:
                self._add(companion.citation, folded.words(*match.span()))

    def _check_ages(self, folded: FoldedText) -> None:
        text = folded.folded
        least_working_age = self.rules.limit("least_working_age", self.on)
        adult_age = self.rules.limit("adult_age", self.on)
        admits_minors = (
            "未成年工" in text and "不" not in text[max(0, text.find("未成年工") - 4) : text.find("未成年工")]
        )
        for age in find_ages(text):
            words = folded.words(age.start, age.end)
            only_younger = age.least is None and age.most is not None and age.most <= least_working_age
            if only_younger or (age.least is not None and age.least < least_working_age):
                self._add(self.rules.citation("child_labour"), words)
            elif age.least is not None and least_working_age <= age.least < adult_age:
                admits_minors = True
            if (age.most is not None and age.most >= adult_age) or (
                (age.least or 0) > adult_age and not age.welcomed
            ):
                self._add(self.rules.citation("age_limit"), words)
        if admits_minors:
            self._check_minors(folded)

    def _check_minors(self, folded: FoldedText) -> None:
        match = self.rules.closed_to_minors_at(folded.folded)
        if match is not None:
            self._add(self.rules.minors_citation, folded.words(*match.span()))
            return
        kind = self.rules.closed_to_minors.search((self.posting.employer_kind or "").lower())
        if kind is not None:
            self._add(self.rules.minors_citation, kind.group())

    def _check_contacts(self, folded: FoldedText) -> None:
        for figure in find_numbers_to_call(_character_by_character(folded.original, self.rules)):
            words = folded.original[figure.start : figure.end]
            self._add(self.rules.citation("contact_smuggling"), words.strip())

    def _check_hours(self, folded: FoldedText) -> None:
        citation = self.rules.citation("overlong_hours")
        most = self.rules.limit("most_hours_per_day", self.on)
        for words, hours in self._hours_said(folded):
            if hours > most:
                self._add(citation, words)
        overtime_limit = self.rules.limit("most_overtime_hours_per_day", self.on)
        for figure in find_overtime_hours(folded.folded):
            if figure.value > overtime_limit:
                self._add(citation, folded.words(figure.start, figure.end))
        restless = find_no_rest(folded.folded)
        if restless is not None:
            self._add(citation, folded.words(*restless.span()))
        given = self.posting.hours_per_day
        if given is not None and given > most:
            self._add(citation, f"{given:g}小时/天")

    def _hours_said(self, folded: FoldedText) -> Iterator[tuple[str, float]]:
        said = list(find_day_hours(folded.folded))
        for figure in said:
            yield folded.words(figure.start, figure.end), figure.value
        for figure in find_span_hours(folded.folded):
            # A span includes meals that nobody mentions; stated hours or 12 hours leave no doubt.
            if not said and figure.value >= self.rules.limit("most_hours_per_day", self.on) + 1:
                yield folded.words(figure.start, figure.end), figure.value
        split = None if said else find_split_day(folded.folded)
        if split is not None:
            yield folded.words(split.start, split.end), split.value

    def _check_pay(self, folded: FoldedText) -> None:
        if self.posting.wage_fen is None:
            negotiable = find_negotiable(folded.folded)
            if negotiable is not None:
                self._add(self.rules.citation("wage_negotiable_only"), folded.words(*negotiable.span()))
        floor = self.rules.wage_floor(self.posting.division, self.on)
        if floor is None:
            return
        for wage_fen, unit, words in self._rates(folded):
            short = self._shortfall(wage_fen, unit, folded, floor)
            if short is not None:
                citation = self.rules.citation("wage_floor")
                self._add(citation, words, f"{citation.instead}：不低于{short}")

    def _rates(self, folded: FoldedText) -> Iterator[tuple[int, str, str]]:
        posting = self.posting
        rates = find_rates(folded.folded)
        if posting.wage_fen is not None and posting.wage_unit is not None:
            said = [rate for rate in rates if rate.unit == posting.wage_unit and rate.fen == posting.wage_fen]
            unit_name = {"day": "天", "hour": "小时", "piece": "件", "month": "月"}[posting.wage_unit]
            given = f"{posting.wage_fen / 100:g}元/{unit_name}"
            words = folded.words(said[0].start, said[0].end) if said else given
            yield posting.wage_fen, posting.wage_unit, words
            return
        if len({rate.unit for rate in rates}) == 1:
            rate = rates[0]
            yield rate.max_fen or rate.fen, rate.unit or "", folded.words(rate.start, rate.end)

    def _shortfall(self, wage_fen: int, unit: str, folded: FoldedText, floor: WageFloor) -> str | None:
        """What the least lawful wage is, in words, when this one is under it; None when it is not."""
        hours = self.posting.hours_per_day
        if hours is None and unit != "hour":
            hours = hours_of_a_day(folded.folded)
        if unit == "hour" and wage_fen < floor.hour_fen:
            return f"{floor.hour_fen / 100:g}元/小时"
        if unit == "day" and hours and wage_fen < floor.hour_fen * hours:
            return f"{floor.hour_fen * hours / 100:g}元/天（{hours:g}小时）"
        few_hours = hours is not None and hours <= self.rules.limit("most_part_time_hours_per_day", self.on)
        part_time = few_hours or says_part_time(folded.folded)
        if unit == "month" and not part_time and wage_fen < floor.month_fen:
            return f"{floor.month_fen / 100:g}元/月"
        return None


def _lawful(rule: WordingRule, words: str, text: str) -> Citation:
    """A condition that the law itself sets for this work warns, with the article that allows it."""
    lawful = rule.lawful
    citation = rule.citation
    if lawful is None or lawful.only_if not in words or lawful.words.search(text) is None:
        return citation
    return Citation(citation.rule, "warn", lawful.article, citation.instead)


def _character_by_character(original: str, rules: RuleSet) -> str:
    """The original with each character folded in place, so that positions stay those of the original."""
    return rules.folder.fold_in_place(original)
