"""The statutory retirement age, month by month."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files

import pytest
from pydantic import ValidationError

from services.seekers.domain.retirement import Group, RetirementRules, RetirementStanding
from yizhan.contracts.seekers import Sex

DATA = json.loads((files("services.seekers") / "retirement.json").read_text("utf-8"))
RULES = RetirementRules.read(DATA)
TODAY = date(2026, 3, 1)


def group(name: str) -> Group:
    return next(group for group in RULES.on(TODAY).groups if group.group == name)


@pytest.mark.parametrize(
    ("name", "birth", "age_months", "reached"),
    [
        ("men", date(1964, 12, 15), 60 * 12, date(2024, 12, 15)),
        ("men", date(1965, 1, 15), 60 * 12 + 1, date(2025, 2, 15)),
        ("men", date(1965, 4, 15), 60 * 12 + 1, date(2025, 5, 15)),
        ("men", date(1965, 5, 15), 60 * 12 + 2, date(2025, 7, 15)),
        ("men", date(1975, 6, 15), 62 * 12 + 8, date(2038, 2, 15)),
        ("men", date(1976, 8, 15), 62 * 12 + 11, date(2039, 7, 15)),
        ("men", date(1976, 9, 15), 63 * 12, date(2039, 9, 15)),
        ("men", date(1988, 9, 15), 63 * 12, date(2051, 9, 15)),
        ("women_55", date(1970, 1, 15), 55 * 12 + 1, date(2025, 2, 15)),
        ("women_55", date(1970, 9, 15), 55 * 12 + 3, date(2025, 12, 15)),
        ("women_55", date(1971, 9, 15), 55 * 12 + 6, date(2027, 3, 15)),
        ("women_55", date(1981, 9, 15), 58 * 12, date(2039, 9, 15)),
        ("women_50", date(1974, 12, 15), 50 * 12, date(2024, 12, 15)),
        ("women_50", date(1975, 1, 15), 50 * 12 + 1, date(2025, 2, 15)),
        ("women_50", date(1975, 6, 15), 50 * 12 + 3, date(2025, 9, 15)),
        ("women_50", date(1976, 6, 15), 50 * 12 + 9, date(2027, 3, 15)),
        ("women_50", date(1984, 11, 15), 55 * 12, date(2039, 11, 15)),
        ("women_50", date(1990, 1, 15), 55 * 12, date(2045, 1, 15)),
    ],
)
def test_the_age_rises_as_the_decision_of_2024_says(
    name: str, birth: date, age_months: int, reached: date
) -> None:
    """Rows of the decision's tables: where each begins, one step on, and where it ends."""
    assert group(name).age_months(birth) == age_months
    assert group(name).reached_on(birth) == reached


def test_a_month_without_the_day_ends_on_its_last() -> None:
    """Born on 31 January, with a month's delay: 28 February."""
    assert group("men").reached_on(date(1965, 1, 31)) == date(2025, 2, 28)


@pytest.mark.parametrize(
    ("birth", "sex", "standing"),
    [
        (date(1965, 6, 1), Sex.MALE, RetirementStanding.REACHED),
        (date(1966, 6, 1), Sex.MALE, RetirementStanding.NOT_REACHED),
        (date(1980, 6, 1), Sex.FEMALE, RetirementStanding.NOT_REACHED),
        (date(1972, 6, 1), Sex.FEMALE, RetirementStanding.DEPENDS_ON_POST),
        (date(1968, 6, 1), Sex.FEMALE, RetirementStanding.REACHED),
    ],
)
def test_somebody_past_the_age_is_flagged(birth: date, sex: Sex, standing: RetirementStanding) -> None:
    """A woman between the two ages is told apart, since the register knows no posts."""
    assert RULES.standing(birth, sex, today=TODAY) is standing


def test_the_flag_is_set_on_the_day_itself() -> None:
    """Not the day before."""
    birth = date(1965, 1, 15)
    assert RULES.standing(birth, Sex.MALE, today=date(2025, 2, 14)) is RetirementStanding.NOT_REACHED
    assert RULES.standing(birth, Sex.MALE, today=date(2025, 2, 15)) is RetirementStanding.REACHED


def test_before_2025_the_old_ages_are_in_force() -> None:
    """A ledger of 2024 is judged by the law of 2024."""
    assert RULES.on(date(2024, 12, 31)).in_force_from == date(1978, 6, 2)
    assert RULES.on(date(2025, 1, 1)).in_force_from == date(2025, 1, 1)
    assert RULES.on(date(1970, 1, 1)).in_force_from == date(1978, 6, 2)
    assert (
        RULES.standing(date(1964, 12, 31), Sex.MALE, today=date(2024, 12, 31)) is RetirementStanding.REACHED
    )


def test_every_version_names_its_source() -> None:
    """And data with a sex left out is refused as a whole."""
    assert all(version.source for version in RULES.versions)
    version = DATA["versions"][0]
    men_only = {**version, "groups": [entry for entry in version["groups"] if entry["sex"] == "male"]}
    with pytest.raises(ValidationError, match="no group for female"):
        RetirementRules.read({"versions": [men_only]})
