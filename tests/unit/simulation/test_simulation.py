"""A simulated morning: the same from the same seed, within its rules, close to what hindsight could do."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from typer.testing import CliRunner

from services.jobs.domain.rulebook import shipped
from yizhan.cli import simulate as command
from yizhan.contracts.compliance import RuleKind
from yizhan.contracts.matching import Weights
from yizhan.simulation.county import Morning, Size, morning
from yizhan.simulation.figures import gini
from yizhan.simulation.optimum import ScipyMissing, can_go, optimum
from yizhan.simulation.policies import POLICIES, Day, Policy, run

WEIGHTS = Weights.model_validate(shipped(RuleKind.MATCHING).data)
SMALL = Size(workers=120, seats=110)


@pytest.fixture(scope="module")
def made() -> Morning:
    return morning(7, SMALL)


@pytest.fixture(scope="module")
def days(made: Morning) -> dict[str, Day]:
    return {policy.name: run(made, policy, WEIGHTS) for policy in POLICIES}


def test_the_same_seed_makes_the_same_morning_and_another_seed_another() -> None:
    assert morning(7, SMALL) == morning(7, SMALL)
    assert morning(7, SMALL).people != morning(8, SMALL).people


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_nobody_takes_two_jobs_nor_one_that_he_could_not(
    made: Morning, days: dict[str, Day], policy: Policy
) -> None:
    """And no job has more people than it wants."""
    taken = days[policy.name].taken
    assert max(Counter(one.coming.worker.id for one in taken).values()) == 1
    assert all(can_go(made, one.coming, one.job) for one in taken)
    wanted = {job.opening.id: job.opening.missing for job in made.jobs}
    placed = Counter(one.job.opening.id for one in taken)
    assert all(placed[id] <= hands for id, hands in wanted.items())


def test_a_crew_that_goes_together_is_at_one_job(made: Morning, days: dict[str, Day]) -> None:
    """As many of it as kept their word."""
    crews: dict[str, set[str]] = {}
    for one in days["best+crews"].taken:
        if one.coming.crew_id is not None:
            crews.setdefault(one.coming.crew_id, set()).add(one.job.opening.id)
    assert crews
    assert {len(jobs) for jobs in crews.values()} == {1}


def test_the_best_match_comes_close_to_hindsight_and_nothing_goes_beyond_it(
    made: Morning, days: dict[str, Day]
) -> None:
    """Those who cannot go together aside."""
    best = optimum(made).filled
    assert all(len(day.taken) <= best for day in days.values())
    assert len(days["best"].taken) >= 0.93 * best
    assert len(days["best"].taken) > len(days["arrival"].taken)


def test_inequality_is_nothing_where_all_have_the_same() -> None:
    assert gini([5, 5, 5, 5]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)


def test_the_command_prints_a_table_or_json_and_draws(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Each policy stands in all three."""
    arguments = ["day", "--seed", "3", "--workers", "40", "--seats", "30"]
    plot = tmp_path / "day.svg"
    shown = CliRunner().invoke(command.app, [*arguments, "--plot", str(plot)])
    assert shown.exit_code == 0
    told = json.loads(CliRunner().invoke(command.app, [*arguments, "--json"]).stdout)
    assert [one["policy"] for one in told[0]["policies"]] == [policy.name for policy in POLICIES]
    for policy in POLICIES:
        assert command.NAMES[policy.name] in shown.stdout
        assert command.NAMES[policy.name] in plot.read_text("utf-8")


def test_without_scipy_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ScipyMissing("no module")

    monkeypatch.setattr(command, "simulate", missing)
    refused = CliRunner().invoke(command.app, ["day"])
    assert refused.exit_code == 2
    assert "requirements-simulate.lock" in refused.output
