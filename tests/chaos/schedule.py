"""What is to be broken, when, and for how long: drawn from a seed, the same every time. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.chaos.stand import LINKS, PROCESSES, SERVERS

#: What spoils a link.
LINK_KINDS = ("cut", "half-open", "refuse", "latency", "slice", "stall")


@dataclass(frozen=True)
class Fault:
    """kind: what is done. target: to what (`board`, `redis`, `relay-rabbitmq`, a queue); may be empty.
    after_seconds: from its episode's beginning. seconds: how long it lasts; 0 for a moment.
    amount: of messages, screens, milliseconds or bytes."""

    kind: str
    target: str = ""
    after_seconds: float = 0.0
    seconds: float = 0.0
    amount: int = 0


@dataclass(frozen=True)
class Episode:
    """Faults that may overlap. awaits_recovery: whether the next one waits until all screens are current."""

    faults: tuple[Fault, ...]
    awaits_recovery: bool


def draw(seed: int, faults: int) -> list[Episode]:
    """So many faults, in episodes of one to three. Every kind comes before any comes again."""
    chance = random.Random(seed)
    cards = _cards(chance)
    episodes = []
    while faults > 0:
        size = min(faults, chance.choice((1, 1, 1, 2, 2, 3)))
        faults -= size
        drawn = tuple(_placed(next(cards), chance, first=place == 0) for place in range(size))
        episodes.append(Episode(drawn, awaits_recovery=chance.random() < 0.75))
    return episodes


def _placed(fault: Fault, chance: random.Random, *, first: bool) -> Fault:
    after = 0.0 if first else round(chance.uniform(0.0, 2.0), 2)
    return Fault(fault.kind, fault.target, after, fault.seconds, fault.amount)


def _cards(chance: random.Random) -> Iterator[Fault]:
    while True:
        deck = list(_deck(chance))
        chance.shuffle(deck)
        yield from deck


def _deck(chance: random.Random) -> Iterator[Fault]:
    for process in PROCESSES:
        yield Fault("kill", process)
        yield Fault("terminate", process)
        yield Fault("freeze", process, seconds=round(chance.uniform(1, 7), 1))
    for server in SERVERS:
        yield Fault("kill server", server, seconds=round(chance.uniform(0, 3), 1))
        yield Fault("freeze server", server, seconds=round(chance.uniform(1, 6), 1))
    yield Fault("flush", "redis")
    for _ in range(3):
        yield Fault("kill between confirm and mark", "relay")
    for process, servers in LINKS.items():
        for server in servers:
            yield _link_fault(f"{process}-{server}", chance)
    yield Fault("stop reading", amount=chance.randint(3, 12), seconds=round(chance.uniform(10, 35), 1))
    yield Fault("cut screens", amount=chance.randint(20, 100))
    for queue in ("board.fold", "jobs.network", "seekers.network", "notify.network", "notify.heard"):
        yield Fault("poison", queue, amount=chance.randint(1, 6))
    for _ in range(2):
        yield Fault("repeat and reorder", amount=chance.randint(20, 80))


def _link_fault(link: str, chance: random.Random) -> Fault:
    kind = chance.choice(LINK_KINDS)
    seconds = 0.0 if kind == "cut" else round(chance.uniform(2, 9), 1)
    amount = {"latency": chance.randint(30, 300), "slice": chance.randint(1, 64)}.get(kind, 0)
    return Fault(kind, link, seconds=seconds, amount=amount)
