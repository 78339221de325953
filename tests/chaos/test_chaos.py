"""A short trial with a fixed seed; `./run chaos` makes longer ones."""

from __future__ import annotations

import pytest

from tests.chaos.report import lines
from tests.chaos.stand import ServersMissing
from tests.chaos.trial import Plan, Trial

#: Its eight faults: broker and Redis killed, the relay killed twice (once between confirm and mark), a
#: half-open and a sliced link, poison, repeated events.
SEED = 56


@pytest.mark.chaos
@pytest.mark.timeout(900)
async def test_nothing_acknowledged_is_lost_or_done_twice_while_things_break() -> None:
    """Eight faults and a storm; then each command, event, screen and dead letter is accounted for."""
    plan = Plan(seed=SEED, minutes=0, faults=8, screens=60, storm_screens=200)
    try:
        outcome = await Trial(plan, print).run()
    except ServersMissing as missing:
        pytest.skip(str(missing))
    account = "\n".join(lines(outcome))
    assert outcome.passed, account
    assert outcome.account.commands > 50, account
    assert all(storm.all_seconds is not None for storm in outcome.storms), account
