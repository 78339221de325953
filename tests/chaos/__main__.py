"""`./run chaos`: break the whole system on purpose, and print the account."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import signal
import sys
from pathlib import Path

from tests.chaos.report import lines
from tests.chaos.stand import ServersMissing
from tests.chaos.trial import Outcome, Plan, Trial
from yizhan.logs import set_up_logs


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 when everything is accounted for, 1 when not, 2 when it could not be tried."""
    parser = argparse.ArgumentParser(prog="./run chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="the same faults again; drawn and printed when not given")
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="spread the faults over so long at the least"
    )
    parser.add_argument("--faults", type=int, default=50)
    parser.add_argument("--screens", type=int, default=200, help="connected all the time")
    parser.add_argument("--storm", type=int, default=2000, help="screens in the storm at the end; 0: none")
    parser.add_argument("--out", type=Path, help="write the account there as JSON")
    parser.add_argument("--logs", type=Path, help="copy every process's log there")
    chosen = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    plan = Plan(seed, chosen.minutes, chosen.faults, chosen.screens, chosen.storm, keep_logs=chosen.logs)
    set_up_logs("chaos", log_level="error")
    # Its lines about a broker that is away are what we are after all the time.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    print(f"seed {seed}", flush=True)
    try:
        outcome = asyncio.run(_run(plan))
    except ServersMissing as missing:
        print(f"chaos: {missing}", file=sys.stderr)
        return 2
    except asyncio.CancelledError:
        print("chaos: stopped", file=sys.stderr)
        return 130
    print("\n".join(lines(outcome)))
    if chosen.out is not None:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(
            json.dumps(outcome.to_json(), ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8"
        )
    return 0 if outcome.passed else 1


async def _run(plan: Plan) -> Outcome:
    trial = asyncio.ensure_future(Trial(plan, lambda text: print(text, flush=True)).run())
    for number in (signal.SIGINT, signal.SIGTERM):
        # Stopped in order, so that no server and no process stays behind.
        asyncio.get_running_loop().add_signal_handler(number, trial.cancel)
    return await trial


if __name__ == "__main__":
    raise SystemExit(main())
