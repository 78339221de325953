"""`./run bench [NAME…]`: measure, print a table, write bench/results.json and, after a full
run, the table in bench/README.md."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import signal
import sys
import time

import structlog

from bench import machine
from bench.figures import Figure, keep, show, write_readme

#: Each is a module of this package with NAME and `async def run() -> list[Figure]`.
BENCHES = {
    "fan-out": "fan_out",
    "post-to-screen": "post_to_screen",
    "gateway": "gateway_load",
    "relay": "relay_load",
    "growth": "growth",
    "search": "search",
    "matching": "matching",
    "lists": "lists",
    "imports": "imports",
    "seekers": "seekers",
    "notify": "notify",
    "dispatch": "dispatch",
    "integrators": "integrators",
}


def main(arguments: list[str]) -> int:
    """The exit code: 0 also when an aim is missed, which the table says; 1 when a bench failed."""
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; without, all")
    names = parser.parse_args(arguments).names or list(BENCHES)
    if unknown := [name for name in names if name not in BENCHES]:
        parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    machine.allow_many_files()
    # Whoever ends us ends what we have started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # What our own parts say while they are measured in this process is not what is looked for.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    about = machine.describe()
    print(about, flush=True)
    figures: list[Figure] = []
    ran: list[str] = []
    failed: list[str] = []
    for name in names:
        started = time.monotonic()
        try:
            figures += asyncio.run(importlib.import_module(f"bench.{BENCHES[name]}").run())
            ran.append(name)
        except Exception as error:
            import traceback

            traceback.print_exc()
            failed.append(f"{name}: {type(error).__name__}: {error}")
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
    if figures:
        show(figures, title=about)
        keep(figures, ran, list(BENCHES))
        if ran == list(BENCHES):
            write_readme(figures, about=about)
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
