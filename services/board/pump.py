"""Long rounds of writes in slices, so that the event loop stays responsive. No I/O of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

#: Writes in one go: about 2 ms of a core.
SLICE = 256

Round = Callable[[], bool]


class Pump:
    """Runs rounds one after the other, in the order they came.

    A round is called until it returns True. The first slice runs at once when nothing is under way, so that a
    small audience is served without a turn of the loop. call_soon: the event loop's.
    """

    def __init__(self, call_soon: Callable[[Callable[[], None]], object]) -> None:
        self._call_soon = call_soon
        self._rounds: deque[Round] = deque()
        self._turning = False

    def run(self, round: Round) -> None:
        """Start a round, or queue it behind those under way."""
        self._rounds.append(round)
        if not self._turning:
            self._turning = True
            self._turn()

    def _turn(self) -> None:
        while self._rounds:
            if not self._rounds[0]():
                self._call_soon(self._turn)
                return
            self._rounds.popleft()
        self._turning = False
