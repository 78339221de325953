"""The account as it is printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.chaos.trial import Outcome

_SHOWN = 40


def lines(outcome: Outcome) -> Iterator[str]:
    """Line by line; the figures that matter last."""
    account = outcome.account
    for title, found in (
        ("lost", account.lost),
        ("doubled", account.doubled),
        ("unaccounted", account.unaccounted),
        ("not recovered", outcome.unrecovered),
    ):
        yield from _listed(title, found)
    yield ""
    yield f"{'faults':<22}{_counted(outcome.faults)}"
    yield f"{'process starts':<22}{_counted(outcome.starts)}"
    yield f"{'HTTP answers':<22}{_counted(outcome.answers)}"
    yield f"{'screens':<22}{_counted(outcome.screens)}"
    yield f"{'relay killed unmarked':<22}{outcome.caught_unmarked} times with confirmed events"
    yield f"{'copies published':<22}{outcome.repeated}"
    yield (
        f"{'poison':<22}{outcome.poison}, all of it in yizhan.dead with its reason"
        if account.balanced
        else f"{'poison':<22}{outcome.poison}"
    )
    for storm in outcome.storms:
        yield (
            f"{'storm':<22}{storm.screens} screens: 99 % current {_seconds(storm.most_seconds)} after the "
            f"{storm.since}, all {_seconds(storm.all_seconds)}"
            + (f"; the board listened after {storm.server_seconds} s" if storm.server_seconds else "")
        )
    yield ""
    yield f"{'seed':<22}{outcome.plan.seed}"
    yield f"{'time':<22}{outcome.seconds / 60:.1f} min, {outcome.plan.screens} screens"
    yield f"{'commands':<22}{account.commands} acknowledged, {account.events} events"
    yield f"{'faults':<22}{sum(outcome.faults.values())}"
    yield f"{'lost':<22}{len(account.lost)}"
    yield f"{'doubled':<22}{len(account.doubled)}"
    yield f"{'unaccounted':<22}{len(account.unaccounted)}"
    worst = _seconds(max(outcome.recoveries, default=None))
    yield f"{'worst recovery':<22}{worst}, of {len(outcome.recoveries)} measured"
    yield f"{'verdict':<22}{'everything is accounted for' if outcome.passed else 'FAILED'}"


def _listed(title: str, found: Sequence[str]) -> Iterator[str]:
    if found:
        yield f"\n{title}:"
        yield from (f"  {line}" for line in found[:_SHOWN])
        if len(found) > _SHOWN:
            yield f"  … and {len(found) - _SHOWN} more"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f} s"
