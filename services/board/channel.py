"""One station's log in this process, and the screens that listen to it. No I/O: it is handed frames to keep,
and listeners to write them to.

A listener is always at one of two places: `waiting`, owed a resume or a snapshot, or in the audience, having
been sent everything up to its own offset. It waits first and is served second, so nothing falls in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from services.board.pump import SLICE, Pump
from yizhan.contracts.screen import Heartbeat

#: Changes kept per station, here and in Redis; a screen further behind gets a snapshot, which is smaller.
LOG_LIMIT = 128

#: A snapshot may be a document so many changes old, followed by those; past it a fresh one is read first.
TRAIL_LIMIT = 32

#: The offset of a listener that is not in the audience.
AWAY = -1

Encode = Callable[[str], bytes]
AskLoad: TypeAlias = "Callable[[Channel], None]"


class Listener(Protocol):
    """A screen as its channel sees it. offset: what it has been sent, AWAY while it waits or lags.
    write: takes one encoded frame."""

    offset: int
    write: Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Stored:
    """A station as Redis has it at one moment. document: the BoardDocument's JSON at `offset`; log: the JSON
    of the newest deltas, the last of which has `offset`."""

    epoch: str
    offset: int
    document: str
    log: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What channels have done since the process started."""

    deliveries: int = 0
    snapshots: int = 0
    resumes: int = 0


class Channel:
    """The state of one station as this process knows it. encode: from a message's JSON to its wire frame."""

    def __init__(
        self,
        station: str,
        *,
        pump: Pump,
        encode: Encode,
        now: Callable[[], datetime],
        tally: Tally,
        ask_load: AskLoad,
    ) -> None:
        self.station = station
        self.epoch: str | None = None
        self.offset = 0
        #: True while the log or the document must be read anew and nobody is reading it.
        self.wants_load = False
        self.loading = False
        self.audience: dict[Listener, None] = {}
        self.waiting: dict[Listener, tuple[str, int] | None] = {}
        self._log: deque[bytes] = deque(maxlen=LOG_LIMIT)
        self._early: list[tuple[str, int, str]] = []
        self._state_json = ""
        self._state_offset = 0
        self._snapshot: tuple[int, datetime, bytes] | None = None
        self._admitting = False
        self._pump = pump
        self._encode = encode
        self._now = now
        self._tally = tally
        self._ask_load = ask_load

    # --- listeners ------------------------------------------------------------------------------------

    def join(self, listener: Listener, epoch: str | None, offset: int | None) -> None:
        """Serve a listener from where it says it is, as soon as that is known."""
        resume = None if epoch is None or offset is None else (epoch, offset)
        listener.offset = AWAY
        self.audience.pop(listener, None)
        self.waiting[listener] = resume
        self._admit()

    def recover(self, listener: Listener, sent: tuple[str, int] | None) -> None:
        """Serve a listener that had been too slow and has now taken everything up to `sent` (epoch, offset):
        what little it missed, or one snapshot in place of its backlog."""
        epoch, offset = sent or (None, None)
        # An offset of another epoch counts other changes.
        if offset is None or epoch != self.epoch or self.offset - offset > TRAIL_LIMIT:
            epoch = offset = None
        self.join(listener, epoch, offset)

    def leave(self, listener: Listener) -> None:
        """Owe a listener nothing any more."""
        listener.offset = AWAY
        self.audience.pop(listener, None)
        self.waiting.pop(listener, None)

    def _admit(self) -> None:
        """Serve those who wait, in slices; with no document that will do, once one has been loaded."""
        if self._admitting or not self.waiting or not self._can_serve():
            return
        self._admitting = True
        self._pump.run(self._admit_slice)

    def _can_serve(self) -> bool:
        if self.epoch is None:
            self.want_load()
            return False
        trail = self.offset - self._state_offset
        if trail > min(TRAIL_LIMIT, len(self._log)):
            self.want_load()
            # Those who can resume need no document; the others must wait for it.
            return any(self._resumable(resume) for resume in self.waiting.values())
        return True

    def _admit_slice(self) -> bool:
        snapshots_possible = self.offset - self._state_offset <= min(TRAIL_LIMIT, len(self._log))
        served = 0
        for listener, resume in list(self.waiting.items()):
            if self._resumable(resume):
                assert resume is not None
                self._resume(listener, resume[1])
            elif snapshots_possible:
                self._send_snapshot(listener)
            else:
                continue
            served += 1
            if served == SLICE:
                return False
        self._admitting = False
        return True

    def _resumable(self, resume: tuple[str, int] | None) -> bool:
        """All or nothing: every change since then must be here."""
        if resume is None or resume[0] != self.epoch:
            return False
        return self.offset - len(self._log) <= resume[1] <= self.offset

    def _enter_audience(self, listener: Listener) -> None:
        # Before the writes: a write may find the listener too slow, and take it out again.
        self.waiting.pop(listener, None)
        self.audience[listener] = None
        listener.offset = self.offset

    def _resume(self, listener: Listener, offset: int) -> None:
        self._tally.resumes += 1
        self._enter_audience(listener)
        self._send_log(listener, offset)
        if offset == self.offset:
            listener.write(self.heartbeat())

    def _send_snapshot(self, listener: Listener) -> None:
        self._tally.snapshots += 1
        self._enter_audience(listener)
        listener.write(self._snapshot_frame())
        self._send_log(listener, self._state_offset)

    def _send_log(self, listener: Listener, offset: int) -> None:
        missed = self.offset - offset
        if missed:
            for frame in list(self._log)[-missed:]:
                listener.write(frame)

    # --- frames ---------------------------------------------------------------------------------------

    def _snapshot_frame(self) -> bytes:
        """The snapshot; one encoding serves a whole storm of screens for a second."""
        now = self._now()
        held = self._snapshot
        if held is not None and held[0] == self._state_offset and abs((now - held[1]).total_seconds()) < 1:
            return held[2]
        frame = self._encode(
            f'{{"type":"snapshot","epoch":"{self.epoch}","offset":{self._state_offset},'
            f'"server_time":"{moment_json(now)}","state":{self._state_json}}}'
        )
        self._snapshot = (self._state_offset, now, frame)
        return frame

    def heartbeat(self) -> bytes:
        """A heartbeat at the channel's own offset."""
        beat = Heartbeat(epoch=self.epoch or "", offset=self.offset, server_time=self._now())
        return self._encode(beat.model_dump_json())

    # --- news -----------------------------------------------------------------------------------------

    def told(self, epoch: str, offset: int, delta_json: str) -> None:
        """A delta has been published. Kept for later while the log is being read; a gap makes it be read."""
        if self.loading:
            self._early.append((epoch, offset, delta_json))
        elif epoch != self.epoch:
            self.want_load()
        elif offset == self.offset + 1:
            self._extend(offset, delta_json)
        elif offset > self.offset:
            self.want_load()

    def _extend(self, offset: int, delta_json: str) -> None:
        frame = self._encode(delta_json)
        self.offset = offset
        self._log.append(frame)
        if self.audience:
            self._broadcast(offset, frame)

    def _broadcast(self, offset: int, frame: bytes) -> None:
        previous = offset - 1
        crowd: list[Listener] = []
        place = AWAY

        def send_slice() -> bool:
            nonlocal crowd, place
            if place == AWAY:
                crowd, place = list(self.audience), 0
            here = crowd if len(crowd) <= SLICE else crowd[place : place + SLICE]
            for listener in here:
                # Whoever was served meanwhile is past this offset, whoever left is AWAY.
                if listener.offset == previous:
                    listener.offset = offset
                    listener.write(frame)
            self._tally.deliveries += len(here)
            place += SLICE
            return place >= len(crowd)

        self._pump.run(send_slice)

    def want_load(self) -> None:
        """Ask once for a reading of Redis; ignored while one is under way."""
        if not self.wants_load and not self.loading:
            self.wants_load = True
            self._ask_load(self)

    def begin_load(self) -> None:
        """A reading of Redis starts; what is told from now on is applied after it."""
        self.wants_load = False
        self.loading = True

    def load_failed(self) -> None:
        """The reading came to nothing; whoever feeds the channel tries again."""
        self.loading = False
        self.wants_load = True
        self._replay_early()

    def loaded(self, stored: Stored) -> None:
        """Take over what Redis has: the missing deltas where all are there, a snapshot for all if not."""
        missed = stored.offset - self.offset
        self.loading = False
        if stored.epoch == self.epoch and 0 <= missed <= len(stored.log):
            for place in range(missed):
                self._extend(self.offset + 1, stored.log[len(stored.log) - missed + place])
        else:
            self._start_anew(stored)
        self._state_json = _state_of(stored.document)
        self._state_offset = stored.offset
        self._snapshot = None
        self._replay_early()
        self._admit()

    def _start_anew(self, stored: Stored) -> None:
        self.epoch = stored.epoch
        self.offset = stored.offset
        self._log.clear()
        self._log.extend(self._encode(delta) for delta in stored.log)
        for listener in list(self.audience):
            listener.offset = AWAY
            self.waiting[listener] = None
        self.audience.clear()

    def _replay_early(self) -> None:
        early, self._early = self._early, []
        for epoch, offset, delta_json in early:
            self.told(epoch, offset, delta_json)


def moment_json(moment: datetime) -> str:
    """A UTC moment as pydantic writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def _state_of(document: str) -> str:
    """The JSON of a BoardDocument's state, cut out: the last member, whose name stands nowhere before it."""
    return document[document.index('"state":') + len('"state":') : -1]
