"""Whatever happens on the way, a screen ends up showing exactly what a fresh snapshot says."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.board.channel import LOG_LIMIT, TRAIL_LIMIT, Channel, Stored, Tally
from services.board.projection import Projection
from services.board.pump import SLICE, Pump
from tests.unit.board.test_projection import histories, network, published
from tests.unit.board.world import MARKET, NOON, TOWN, FollowingScreen
from yizhan.clock import FrozenClock
from yizhan.contracts.screen import Delta, ScreenState


class Board:
    """The folder and Redis of one station, in memory: what a channel is fed from. log_limit: deltas kept."""

    def __init__(self, code: str = MARKET, log_limit: int = LOG_LIMIT) -> None:
        self.code = code
        self.projection = Projection.of(network())
        self.epoch = f"{1:016x}"
        self.offset = 0
        self.log: deque[str] = deque(maxlen=log_limit)
        self.published: list[tuple[str, int, str]] = []

    def fold(self, fact: object) -> None:
        applied = self.projection.apply(fact)  # type: ignore[arg-type]
        changes = applied.changes.get(self.code) if applied is not None else None
        if not changes:
            return
        self.offset += 1
        delta = Delta(epoch=self.epoch, offset=self.offset, at=NOON, changes=tuple(changes))
        self.log.append(delta.model_dump_json())
        self.published.append((self.epoch, self.offset, delta.model_dump_json()))

    def flush(self) -> None:
        """Redis was flushed: a new epoch, with the same facts."""
        self.epoch = f"{int(self.epoch, 16) + 1:016x}"
        self.offset = 0
        self.log.clear()

    def stored(self) -> Stored:
        view = self.projection.views[self.code]
        return Stored(self.epoch, self.offset, view.document(self.epoch, self.offset), tuple(self.log))

    def state(self) -> ScreenState:
        return self.projection.views[self.code].state()


class Turns:
    """An event loop's call_soon, turned by hand."""

    def __init__(self) -> None:
        self.soon: deque[Callable[[], None]] = deque()

    def turn_all(self) -> None:
        while self.soon:
            self.soon.popleft()()


class Stage:
    """One channel, its board, and what it asks for."""

    def __init__(self, log_limit: int = LOG_LIMIT) -> None:
        self.board = Board(log_limit=log_limit)
        self.turns = Turns()
        self.tally = Tally()
        self.clock = FrozenClock(NOON)
        self.loads_asked = 0
        self.channel = Channel(
            MARKET,
            pump=Pump(self.turns.soon.append),
            encode=str.encode,
            now=self.clock.now,
            tally=self.tally,
            ask_load=self._ask,
        )

    def _ask(self, _: Channel) -> None:
        self.loads_asked += 1

    def load(self) -> None:
        self.channel.begin_load()
        self.channel.loaded(self.board.stored())
        self.turns.turn_all()

    def publish(self) -> None:
        """Everything folded since is heard by the channel."""
        for told in self.board.published:
            self.channel.told(*told)
        self.board.published.clear()
        self.turns.turn_all()

    def screen(self, epoch: str | None = None, offset: int | None = None) -> FollowingScreen:
        screen = FollowingScreen()
        self.channel.join(screen, epoch, offset)
        self.turns.turn_all()
        return screen

    def fold_many(self, count: int, first: int = 100) -> None:
        for number in range(first, first + count):
            self.board.fold(published(number, TOWN, starts_in_hours=number))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_new_screen_gets_a_snapshot_and_then_deltas(stage: Stage) -> None:
    """The first message is everything, the following ones what changes."""
    screen = stage.screen()
    assert screen.heard == []
    assert stage.loads_asked == 1
    stage.load()
    stage.fold_many(2)
    stage.publish()
    assert screen.heard == ["snapshot", "delta", "delta"]
    assert screen.state == stage.board.state()


def test_a_change_told_while_the_log_is_read_is_not_lost(stage: Stage) -> None:
    """The screen is registered before its snapshot is read."""
    screen = stage.screen()
    stage.channel.begin_load()
    before = stage.board.stored()
    stage.fold_many(3)
    stage.publish()
    stage.channel.loaded(before)
    stage.turns.turn_all()
    assert screen.heard == ["snapshot", "delta", "delta", "delta"]
    assert screen.state == stage.board.state()


def test_a_screen_that_missed_a_little_is_sent_just_that(stage: Stage) -> None:
    """It resumes from its offset."""
    screen = stage.screen()
    stage.load()
    stage.channel.leave(screen)
    stage.fold_many(3)
    stage.publish()
    stage.channel.join(screen, screen.epoch, screen.held_offset)
    assert screen.heard == ["snapshot", "delta", "delta", "delta"]
    assert screen.state == stage.board.state()


def test_a_screen_that_missed_nothing_gets_a_heartbeat_at_once(stage: Stage) -> None:
    """Silence would leave it in doubt."""
    stage.load()
    screen = stage.screen(stage.board.epoch, 0)
    assert screen.heard == ["heartbeat"]


@pytest.mark.parametrize("offset", [0, 10_000], ids=["trimmed", "future"])
def test_an_offset_that_is_not_in_the_log_gives_a_snapshot(stage: Stage, offset: int) -> None:
    """All or nothing: never a part, never silence."""
    stage.load()
    stage.fold_many(LOG_LIMIT + 1)
    stage.publish()
    stage.load()
    screen = stage.screen(stage.board.epoch, offset)
    assert screen.heard[0] == "snapshot"
    assert screen.state == stage.board.state()


def test_an_unknown_epoch_gives_a_snapshot(stage: Stage) -> None:
    """An offset means nothing in another epoch."""
    stage.load()
    assert stage.screen("f" * 16, 0).heard == ["snapshot"]


def test_a_document_that_has_fallen_behind_is_read_anew(stage: Stage) -> None:
    """A snapshot never drags a long trail of deltas."""
    stage.load()
    stage.fold_many(TRAIL_LIMIT + 1)
    stage.publish()
    screen = stage.screen()
    assert screen.heard == []
    assert stage.loads_asked == 1
    stage.load()
    assert screen.heard == ["snapshot"]
    assert screen.state == stage.board.state()


def test_who_can_resume_does_not_wait_for_the_document(stage: Stage) -> None:
    """A storm of resuming screens costs no reading of Redis."""
    stage.load()
    stage.fold_many(TRAIL_LIMIT + 1)
    stage.publish()
    newcomer = stage.screen()
    resuming = stage.screen(stage.board.epoch, stage.board.offset - 1)
    assert resuming.heard == ["delta"]
    assert newcomer.heard == []


def test_a_gap_is_read_from_the_log_and_screens_get_deltas(stage: Stage) -> None:
    """A message lost by pub/sub costs no snapshot."""
    screen = stage.screen()
    stage.load()
    stage.fold_many(3)
    del stage.board.published[0]
    stage.publish()
    assert screen.heard == ["snapshot"]
    stage.load()
    assert screen.heard == ["snapshot", "delta", "delta", "delta"]
    assert screen.state == stage.board.state()


def test_a_new_epoch_sends_everybody_a_snapshot(stage: Stage) -> None:
    """Redis was flushed: screens resync by themselves, on the same connection."""
    screen = stage.screen()
    stage.load()
    stage.fold_many(2)
    stage.publish()
    stage.board.flush()
    stage.load()
    assert screen.heard[-1] == "snapshot"
    assert (screen.epoch, screen.held_offset) == (stage.board.epoch, 0)


def test_a_slow_screen_gets_one_snapshot_instead_of_its_backlog(stage: Stage) -> None:
    """What it missed while it did not read is not queued up for it."""
    screen = stage.screen()
    stage.load()
    sent = (stage.channel.epoch or "", screen.offset)
    stage.channel.leave(screen)
    stage.fold_many(TRAIL_LIMIT + 5)
    stage.publish()
    assert screen.heard == ["snapshot"]
    stage.channel.recover(screen, sent)
    stage.load()
    assert screen.heard == ["snapshot", "snapshot"]
    assert screen.state == stage.board.state()


def test_a_screen_slowed_by_its_own_snapshot_is_not_sent_it_again(stage: Stage) -> None:
    """A line that only just takes a snapshot gets through it."""
    screen = stage.screen()
    stage.load()
    sent = (stage.channel.epoch or "", screen.offset)
    stage.channel.leave(screen)
    stage.channel.recover(screen, sent)
    assert screen.heard == ["snapshot", "heartbeat"]


def test_a_screen_that_was_slow_when_the_epoch_changed_starts_anew(stage: Stage) -> None:
    """Its offset counted the changes of the epoch before."""
    screen = stage.screen()
    stage.load()
    sent = (stage.channel.epoch or "", screen.offset)
    stage.channel.leave(screen)
    stage.board.flush()
    stage.load()
    stage.channel.recover(screen, sent)
    assert not screen.out_of_step
    assert screen.epoch == stage.channel.epoch
    assert screen.state == stage.board.state()


def test_large_audiences_are_served_in_slices_and_in_order(stage: Stage) -> None:
    """The loop turns between slices; a screen that joins meanwhile is neither skipped nor served twice."""
    stage.load()
    screens = [stage.screen() for _ in range(SLICE * 2 + 10)]
    stage.fold_many(2)
    for told in stage.board.published:
        stage.channel.told(*told)
    assert screens[0].heard == ["snapshot", "delta"]
    assert screens[-1].heard == ["snapshot"]
    late = FollowingScreen()
    stage.channel.join(late, None, None)
    stage.turns.turn_all()
    assert all(screen.heard == ["snapshot", "delta", "delta"] for screen in screens)
    assert all(screen.state == stage.board.state() for screen in [*screens, late])
    assert not late.out_of_step
    assert stage.tally.deliveries == 2 * len(screens)


def test_a_failed_reading_leaves_screens_with_what_they_have(stage: Stage) -> None:
    """Redis away: nothing is sent, nothing is dropped."""
    screen = stage.screen()
    stage.load()
    stage.channel.want_load()
    stage.channel.begin_load()
    stage.fold_many(1)
    stage.publish()
    stage.channel.load_failed()
    assert screen.state == stage.board.state()
    assert stage.channel.wants_load


def test_a_heartbeat_names_the_offset(stage: Stage) -> None:
    """A screen compares it with its own."""
    screen = stage.screen()
    stage.load()
    stage.fold_many(1)
    stage.publish()
    screen.write(stage.channel.heartbeat())
    assert not screen.out_of_step


# --- the property ------------------------------------------------------------------------------------------

_steps = st.lists(
    st.sampled_from(
        [
            "fold",
            "fold",
            "fold",
            "publish",
            "lose pub/sub",
            "double pub/sub",
            "load",
            "slow load",
            "flush",
            "drop screen",
            "reconnect screen",
            "reconnect blank",
            "lag",
            "recover",
        ]
    ),
    max_size=60,
)


class Journey:
    """A stage on which everything that can happen to a screen happens."""

    def __init__(self, log_limit: int, facts: list[object]) -> None:
        self.stage = Stage(log_limit)
        self.facts = deque(facts)
        self.screens = [self.stage.screen() for _ in range(2)]
        self.connected = {0: True, 1: True}
        self.lagging: dict[int, tuple[str, int]] = {}
        self.reading: Stored | None = None

    def step(self, name: str, which: int) -> None:
        stage, screen = self.stage, self.screens[which]
        match name:
            case "fold":
                if self.facts:
                    stage.board.fold(self.facts.popleft())
            case "publish":
                stage.publish()
            case "lose pub/sub":
                stage.board.published.clear()
            case "double pub/sub":
                stage.board.published += stage.board.published
            case "load":
                self.finish_load()
                stage.load()
            case "slow load":
                self.finish_load()
                stage.channel.begin_load()
                self.reading = stage.board.stored()
            case "flush":
                stage.board.flush()
            case "drop screen":
                stage.channel.leave(screen)
                self.connected[which] = False
                self.lagging.pop(which, None)
            case "reconnect screen":
                self.connect(which, screen.epoch, screen.held_offset)
            case "reconnect blank":
                self.connect(which, None, None)
            case "lag":
                if self.connected[which] and screen.offset >= 0:
                    self.lagging[which] = (stage.channel.epoch or "", screen.offset)
                    stage.channel.leave(screen)
            case "recover":
                if which in self.lagging:
                    stage.channel.recover(screen, self.lagging.pop(which))
                    stage.turns.turn_all()

    def connect(self, which: int, epoch: str | None, offset: int | None) -> None:
        self.connected[which] = True
        self.lagging.pop(which, None)
        self.stage.channel.leave(self.screens[which])
        self.stage.channel.join(self.screens[which], epoch, offset)
        self.stage.turns.turn_all()

    def finish_load(self) -> None:
        if self.reading is not None:
            self.stage.channel.loaded(self.reading)
            self.stage.turns.turn_all()
            self.reading = None

    def come_to_rest(self) -> None:
        """No more faults: what is in flight arrives, the look finds what is missing, screens are back."""
        self.finish_load()
        self.stage.publish()
        for which, screen in enumerate(self.screens):
            self.step("recover", which)
            if not self.connected[which]:
                self.connect(which, screen.epoch, screen.held_offset)
        self.stage.load()


@settings(max_examples=120, deadline=None)
@given(
    histories(), _steps, st.lists(st.integers(0, 1), min_size=60, max_size=60), st.sampled_from([0, 2, 128])
)
def test_a_screen_ends_up_equal_to_a_fresh_snapshot(
    facts: list[object], steps: list[str], whiches: list[int], log_limit: int
) -> None:
    """Lost and doubled messages, reconnects, slow screens, a truncated log, new epochs, readings that overlap
    with news: no screen is ever out of step, and at rest each shows what a fresh one shows."""
    journey = Journey(log_limit, facts)
    for name, which in zip(steps, whiches, strict=False):
        journey.step(name, which)
        assert not any(screen.out_of_step for screen in journey.screens)
    journey.come_to_rest()
    fresh = journey.stage.screen()
    assert fresh.state == journey.stage.board.state()
    for screen in journey.screens:
        assert not screen.out_of_step
        assert screen.state == fresh.state
        assert (screen.epoch, screen.held_offset) == (fresh.epoch, fresh.held_offset)


@settings(max_examples=50, deadline=None)
@given(histories(), st.integers(0, 40), st.integers(0, 40))
def test_replaying_any_suffix_on_any_stale_state_gives_the_present(
    facts: list[object], known: int, resend_from: int
) -> None:
    """A screen at offset n that is sent deltas from any earlier offset on ends at the newest state."""
    stage = Stage()
    screen = stage.screen()
    stage.load()
    for fact in facts[:known]:
        stage.board.fold(fact)
    stage.publish()
    stage.channel.leave(screen)
    for fact in facts[known:]:
        stage.board.fold(fact)
    start = min(resend_from, screen.held_offset or 0)
    for delta in list(stage.board.log)[start:]:
        screen.write(delta.encode())
    assert not screen.out_of_step
    assert screen.state == stage.board.state()
