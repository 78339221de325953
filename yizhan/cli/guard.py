"""Stops a supervisor's process groups when the supervisor dies without stopping them itself.

Runs alone (standard library only, `python -I guard.py MARK`). On its input the supervisor says `+ <group>`
for each group it starts and `- <group>` for each that is gone; the end of the input means that the supervisor
is gone. MARK is `NAME=value` in the environment of everything that it starts, by which a process is found
that was started in the very last moment, or that has left its group. The kernel's own means,
PR_SET_PDEATHSIG, reaches neither what a program forks nor one that changes its user.
"""

import os
import signal
import sys
import time

_STOP_SECONDS = 5.0


def main() -> None:
    """Listen until the supervisor is gone, then stop what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = _listen() | _marked(sys.argv[1].encode())
    for group in groups:
        _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while groups and time.monotonic() < deadline:
        time.sleep(0.1)
        groups = {group for group in groups if _signal(group, 0)}
    for group in groups | _marked(sys.argv[1].encode()):
        _signal(group, signal.SIGKILL)


def _marked(mark: bytes) -> set[int]:
    """Groups of the processes that carry the mark; none where there is no /proc to look in."""
    groups: set[int] = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        try:
            with open(f"/proc/{name}/environ", "rb") as environment:
                if mark in environment.read().split(b"\0"):
                    groups.add(os.getpgid(int(name)))
        except (OSError, ValueError):
            continue
    return groups


def _listen() -> set[int]:
    groups: set[int] = set()
    for line in sys.stdin:
        verb, _, number = line.strip().partition(" ")
        if verb == "+":
            groups.add(int(number))
        elif verb == "-":
            groups.discard(int(number))
    return groups


def _signal(group: int, number: int) -> bool:
    """Send a signal to a group; False when nobody is in it any more."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
