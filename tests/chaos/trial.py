"""One trial: the stand, the load, the screens, the faults, the storm, the account."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from services.board.projection import Projection
from services.board.rebuild import OwnersByRpc
from tests.chaos.account import Account, balance, read_books
from tests.chaos.faults import Breaker
from tests.chaos.load import (
    COUNTY,
    LOGIN,
    PASSWORD,
    STATIONS,
    Api,
    Clerk,
    Ledger,
    Probe,
    build_network,
    issue_devices,
)
from tests.chaos.schedule import Episode, draw
from tests.chaos.screens import Screen, Yard
from tests.chaos.stand import Stand
from tests.chaos.storm import Storm, StormFigures
from tests.support.eventually import eventually_async
from yizhan.bus import dead_letters, failures, history, topology
from yizhan.bus.connection import Broker
from yizhan.bus.rpc import RpcClient
from yizhan.cli.bootstrap import found_county
from yizhan.clock import SystemClock
from yizhan.contracts.screen import ScreenState
from yizhan.contracts.stations import Bootstrap, StationFacts
from yizhan.contracts.subscriptions import SUBSCRIPTIONS
from yizhan.settings import DATABASE_OWNERS

_RECOVERY_SECONDS = 150.0
_DRAIN_SECONDS = 150.0
#: The ladder's last rung and some: nothing waits longer in a retry queue.
_RETRY_SECONDS = 720.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """minutes: the faults are spread over so long at the least. storm_screens: connected at the end in all; 0
    leaves the storm out."""

    seed: int
    minutes: float
    faults: int
    screens: int
    storm_screens: int
    clerks: int = 6
    pause_seconds: float = 0.5
    keep_logs: Path | None = None


@dataclass
class Outcome:
    """The printed account, as data."""

    plan: Plan
    account: Account = field(default_factory=Account)
    faults: dict[str, int] = field(default_factory=dict)
    recoveries: list[float] = field(default_factory=list)
    unrecovered: list[str] = field(default_factory=list)
    storms: list[StormFigures] = field(default_factory=list)
    poison: int = 0
    repeated: int = 0
    caught_unmarked: int = 0
    starts: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    screens: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.account.balanced and not self.unrecovered

    def to_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["plan"].pop("keep_logs")
        worst = max(self.recoveries, default=0.0)
        return {**found, "passed": self.passed, "worst_recovery_seconds": worst}


class Trial:
    """Use once."""

    def __init__(self, plan: Plan, say: Say) -> None:
        self.plan = plan
        self.outcome = Outcome(plan)
        self._say_line = say
        self._began = time.monotonic()
        self._stand = Stand(plan.keep_logs)
        self._ledger = Ledger()
        self._stop = asyncio.Event()
        self._chance = random.Random(plan.seed ^ 0x5EED)

    def _say(self, text: str) -> None:
        self._say_line(f"{time.monotonic() - self._began:7.1f} s  {text}")

    async def run(self) -> Outcome:
        """Everything. Raises AssertionError when the system does not come up, or ServersMissing."""
        stand = self._stand
        try:
            self._say(f"starting the system in {stand.folder}")
            await stand.start()
            await self._found()
            broker = Broker(stand.urls["rabbitmq"], "chaos")
            owners = OwnersByRpc(RpcClient(broker), SystemClock())
            await broker.start()
            yard = Yard(stand.board_port, self._own_chance())
            api = Api(stand.gateway_url, self._ledger, self._own_chance())
            try:
                await self._exercise(broker, owners, yard, api)
            finally:
                await yard.close()
                await api.close()
                await broker.close()
        finally:
            await stand.close()
        self.outcome.seconds = time.monotonic() - self._began
        return self.outcome

    async def _found(self) -> None:
        facts = StationFacts(name_plate="龙里县零工市场", short_name="县零工市场")
        request = Bootstrap(division=COUNTY, facts=facts, login=LOGIN, name="文员", password=PASSWORD)
        await found_county(self._stand.settings, request)

    async def _exercise(self, broker: Broker, owners: OwnersByRpc, yard: Yard, api: Api) -> None:
        plan, stand = self.plan, self._stand
        await api.sign_in()
        await build_network(api)
        before = frozenset(told.id for told in (await asyncio.to_thread(self._read)).told)
        codes = await issue_devices(api)
        for number, station in enumerate(STATIONS):
            yard.add(station, codes[station], (plan.screens + number) // len(STATIONS))
        await eventually_async(lambda: yard.current() == len(yard.screens), within_seconds=60.0)
        self._say(f"{len(yard.screens)} screens are current; {plan.clerks} clerks begin")
        clerks = [
            asyncio.create_task(
                Clerk(api, number, self._own_chance(), pause_seconds=plan.pause_seconds).work(self._stop)
            )
            for number in range(plan.clerks)
        ]
        breaker = Breaker(stand, yard, self._ledger, broker, self._own_chance())
        try:
            await self._break(breaker, yard, api)
            await breaker.settle()
            await stand.wait_until_well()
            if plan.storm_screens:
                storm = Storm(stand, yard, api, codes, self._say)
                self.outcome.storms += await storm.run(plan.storm_screens)
        finally:
            self._stop.set()
            await asyncio.gather(*clerks)
        self._note(breaker)
        await self._settle_accounts(broker, owners, yard, breaker, before)

    # --- breaking -------------------------------------------------------------------------------------

    async def _break(self, breaker: Breaker, yard: Yard, api: Api) -> None:
        episodes = draw(self.plan.seed, self.plan.faults)
        probe = Probe(api)
        began = time.monotonic()
        for number, episode in enumerate(episodes):
            # Spread over the time asked for; when recovering takes longer, it takes longer.
            due = began + self.plan.minutes * 60 * number / len(episodes)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await asyncio.gather(*(breaker.carry_out(fault) for fault in episode.faults))
            if episode.awaits_recovery:
                await self._await_recovery(number, episode, yard, probe)
            else:
                self._say(f"episode {number + 1}: {_names(episode)}; no rest")

    async def _await_recovery(self, number: int, episode: Episode, yard: Yard, probe: Probe) -> None:
        """From the end of the faults until what is posted and published since is on every screen."""
        over = time.monotonic()
        acknowledged = 0.0
        try:
            async with asyncio.timeout(_RECOVERY_SECONDS):
                await probe.place()
                acknowledged = time.monotonic() - over
                while yard.lacking(probe.notice) or yard.lacking(probe.posting, probe.HOMES):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            said = f"{_names(episode)}: " + (
                f"{yard.lacking(probe.notice)} of {len(yard.watching())} screens lack the notice, "
                f"{yard.lacking(probe.posting, probe.HOMES)} the posting"
                if acknowledged
                else "a command is not acknowledged"
            )
            self.outcome.unrecovered.append(f"episode {number + 1}: {said}")
            self._say(f"episode {number + 1}: NOT RECOVERED: {said}")
            return
        seconds = time.monotonic() - over
        self.outcome.recoveries.append(round(seconds, 2))
        self._say(
            f"episode {number + 1}: {_names(episode)}; current after {seconds:.1f} s "
            f"(acknowledged after {acknowledged:.1f}), {len(self._ledger.commands)} commands"
        )
        await probe.take_back()

    # --- the account ----------------------------------------------------------------------------------

    async def _settle_accounts(
        self, broker: Broker, owners: OwnersByRpc, yard: Yard, breaker: Breaker, before: frozenset[str]
    ) -> None:
        unaccounted: list[str] = []
        self._say("the faults are over; draining")
        await self._await(self._stand.is_well, "the system is not well", _DRAIN_SECONDS, unaccounted)
        await self._await(self._all_sent, "events are unsent", _DRAIN_SECONDS, unaccounted)
        await self._await(
            lambda: self._retries_empty(broker), "retry queues are not empty", _RETRY_SECONDS, unaccounted
        )
        await self._await(
            lambda: self._buried(broker, breaker),
            "poison is not in the dead letters",
            _DRAIN_SECONDS,
            unaccounted,
        )
        await self._await(
            lambda: self._screens_agree(owners, yard),
            "screens differ from the projection",
            _DRAIN_SECONDS,
            unaccounted,
        )
        unaccounted += await self._examine_dead_letters(broker, breaker)
        published = await self._published(broker)
        books = await asyncio.to_thread(self._read)
        account = balance(self._ledger.commands, books, published, before=before)
        account.unaccounted += unaccounted
        account.unaccounted += [f"refused: {said}" for said in self._ledger.refused]
        account.unaccounted += [f"screens: {count} × {what}" for what, count in yard.violations.items()]
        account.unaccounted += yard.examples
        if self._ledger.given_up:
            account.unaccounted.append(f"{self._ledger.given_up} commands were never acknowledged")
        self.outcome.account = account
        self.outcome.screens = dict(yard.counts)

    async def _await(self, condition: Any, otherwise: str, seconds: float, unaccounted: list[str]) -> None:
        try:
            await eventually_async(condition, within_seconds=seconds)
        except AssertionError as failure:
            unaccounted.append(f"{otherwise}: {failure}")
            self._say(unaccounted[-1])

    async def _all_sent(self) -> bool:
        books = await asyncio.to_thread(self._read)
        return all(told.sent for told in books.told)

    async def _retries_empty(self, broker: Broker) -> bool:
        for subscription in SUBSCRIPTIONS:
            for delay in topology.RETRY_LADDER_SECONDS:
                name = topology.retry_queue(subscription.queue, delay)
                if (await broker.declare_queue(name, passive=True)).messages:
                    return False
        return True

    async def _buried(self, broker: Broker, breaker: Breaker) -> bool:
        if not breaker.poison:
            return True
        bodies = {letter.body for letter in await dead_letters.look(broker)}
        return bodies >= set(breaker.poison)

    async def _screens_agree(self, owners: OwnersByRpc, yard: Yard) -> bool:
        truth = await self._truth(owners)
        differing = yard.differing(truth)
        if differing:
            places = sorted({screen.station for screen in differing})
            first = differing[0]
            raise AssertionError(
                f"{len(differing)} of {len(yard.screens)} screens, at {places}; "
                f"at {first.station} {_difference(first, truth.get(first.station))}"
            )
        return True

    async def _truth(self, owners: OwnersByRpc) -> dict[str, ScreenState]:
        facts = [fact async for page in owners.export() for fact in page]
        return {code: view.state() for code, view in Projection.of(facts).views.items()}

    async def _examine_dead_letters(self, broker: Broker, breaker: Breaker) -> list[str]:
        letters = await dead_letters.look(broker)
        faults = [
            f"dead letter nobody sent: {letter.code} {letter.reason} {letter.body[:200]!r}"
            for letter in letters
            if letter.body not in set(breaker.poison)
        ]
        faults += [
            f"dead letter without its reason: {letter.body!r}"
            for letter in letters
            if failures.REASON not in letter.headers
        ]
        return faults

    async def _published(self, broker: Broker) -> Counter[str]:
        """Every distinct event id of the history stream, and how often it is there."""
        published: Counter[str] = Counter()
        async with aclosing(history.read(broker, "first", silence_seconds=5.0)) as events:
            async for event in events:
                # What the board tells comes from no outbox: it has no database.
                if not event.routing_key.startswith("board."):
                    published[event.message_id or ""] += 1
        return published

    def _read(self) -> Any:
        return read_books({service: self._stand.database_url(service) for service in DATABASE_OWNERS})

    def _note(self, breaker: Breaker) -> None:
        outcome = self.outcome
        outcome.faults = dict(breaker.counts)
        outcome.poison = len(breaker.poison)
        outcome.repeated = breaker.repeated
        outcome.caught_unmarked = breaker.caught_unmarked
        outcome.starts = self._stand.starts
        outcome.answers = {str(status): count for status, count in sorted(self._ledger.answers.items())}
        outcome.answers["no answer"] = self._ledger.unreachable

    def _own_chance(self) -> random.Random:
        return random.Random(self._chance.getrandbits(64))


def _names(episode: Episode) -> str:
    return ", ".join(
        f"{fault.kind} {fault.target}".strip() + (f" {fault.seconds:g} s" if fault.seconds else "")
        for fault in episode.faults
    )


def _difference(screen: Screen, truth: ScreenState | None) -> str:
    """What one screen shows too much and too little, by id and version."""
    if truth is None or screen.held is None or not screen.served:
        return "nothing is shown, or the station is unknown"
    shown = {*screen.held.state.rows, *screen.held.state.notices}
    due = {*truth.rows, *truth.notices}
    too_much, too_little = ([str(line.id) for line in lines][:5] for lines in (shown - due, due - shown))
    return f"shown too much: {too_much}, too little: {too_little}"
