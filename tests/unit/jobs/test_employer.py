"""The register of employers and the credit code's check character."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.jobs.domain import employer as register
from services.jobs.domain.credit_code import ALPHABET, check_character_holds
from yizhan.contracts.actor import Actor, Role
from yizhan.contracts.employers import (
    CreditCodeMisplaced,
    Employer,
    EmployerKind,
    EmployerRegistered,
    RegisterEmployer,
)
from yizhan.contracts.identifiers import new_identifier

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CLERK = Actor(id="clerk-1", role=Role.STATION_STAFF, station="522730")
VALID_CODE = "91350100M000100Y43"


def registered(kind: EmployerKind, code: str | None) -> Employer:
    request = RegisterEmployer(station="522730", kind=kind, name="龙里某建材店", credit_code=code)
    return register.register(request, id=new_identifier(NOW), now=NOW, by=CLERK)[0]


def test_the_standards_example_passes() -> None:
    """GB 32100's own code."""
    assert check_character_holds(VALID_CODE)


@pytest.mark.parametrize("position", range(18))
def test_any_single_wrong_character_is_noticed(position: int) -> None:
    """Every weight is prime to 31, so no single slip passes."""
    for character in set(ALPHABET) - {VALID_CODE[position]}:
        assert not check_character_holds(VALID_CODE[:position] + character + VALID_CODE[position + 1 :])


@pytest.mark.parametrize("letter", "IOSVZ")
def test_letters_that_look_like_digits_are_in_no_code(letter: str) -> None:
    """The standard leaves these five out."""
    assert letter not in ALPHABET
    assert not check_character_holds(letter + VALID_CODE[1:])


@pytest.mark.parametrize("code", ["", VALID_CODE[:-1], VALID_CODE + "0"])
def test_a_code_of_another_length_does_not_hold(code: str) -> None:
    """Eighteen characters, no more and no fewer."""
    assert not check_character_holds(code)


def test_a_check_character_of_zero_is_found() -> None:
    """A sum that 31 divides has the character 0, not a thirty-second one."""
    bodies = (VALID_CODE[:14] + a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET)
    assert any(check_character_holds(body + "0") for body in bodies)


def test_a_company_with_a_good_code_is_registered_as_checked() -> None:
    """Its first version, with whoever wrote it down in the event."""
    request = RegisterEmployer(
        station="52273001", kind=EmployerKind.COMPANY, name="龙里某建材店", credit_code=VALID_CODE
    )
    employer, outcome = register.register(request, id=new_identifier(NOW), now=NOW, by=CLERK)
    assert (employer.credit_code, employer.credit_code_checked) == (VALID_CODE, True)
    assert (employer.station, employer.registered_at, employer.sequence) == ("52273001", NOW, 1)
    assert outcome.facts == EmployerRegistered(employer=employer, by="clerk-1")


def test_a_code_that_fails_is_taken_for_review() -> None:
    """Genuine codes are known to fail: a person looks, the door stays open."""
    employer = registered(EmployerKind.COMPANY, VALID_CODE[:-1] + "4")
    assert (employer.credit_code, employer.credit_code_checked) == (VALID_CODE[:-1] + "4", False)


def test_an_individual_is_registered_without_a_code() -> None:
    """散户 have none, and nothing was checked."""
    employer = registered(EmployerKind.INDIVIDUAL, None)
    assert (employer.credit_code, employer.credit_code_checked) == (None, False)


@pytest.mark.parametrize(
    ("kind", "code"), [(EmployerKind.COMPANY, None), (EmployerKind.INDIVIDUAL, VALID_CODE)]
)
def test_a_code_in_the_wrong_place_is_refused(kind: EmployerKind, code: str | None) -> None:
    """A company has one, an individual has none."""
    with pytest.raises(CreditCodeMisplaced) as refusal:
        registered(kind, code)
    assert refusal.value.evidence["kind"] == kind.value


def test_a_persons_name_stays_in_the_register() -> None:
    """Neighbours need not read on the bus, or under a posting, who hires; a company is called by its name."""
    request = RegisterEmployer(
        station="522730", kind=EmployerKind.INDIVIDUAL, name="王大山家", address="兴龙社区三栋"
    )
    employer, outcome = register.register(request, id=new_identifier(NOW), now=NOW, by=CLERK)
    assert (employer.name, employer.address) == ("王大山家", "兴龙社区三栋")
    told = outcome.facts.model_dump_json()
    assert "王大山" not in told
    assert "三栋" not in told
    assert register.name_in_public(EmployerKind.COMPANY, "谷丰物流") == "谷丰物流"
    assert register.name_in_public(EmployerKind.INDIVIDUAL, "王大山家") == "个人雇主"
