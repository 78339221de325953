"""The schedule can be replayed, and leaves nothing out."""

from __future__ import annotations

from tests.chaos.schedule import draw


def test_the_same_seed_draws_the_same_faults() -> None:
    """A failure can be looked for with its seed."""
    assert draw(7, 120) == draw(7, 120)
    assert draw(7, 120) != draw(8, 120)


def test_a_soak_strikes_every_process_server_and_link() -> None:
    """Every kind comes before any comes again."""
    struck = {(fault.kind, fault.target) for episode in draw(7, 120) for fault in episode.faults}
    for process in (
        "stations",
        "jobs",
        "seekers",
        "notify",
        "courier",
        "relay",
        "board",
        "outlet",
        "gateway",
    ):
        assert {("kill", process), ("terminate", process), ("freeze", process)} <= struck
    for server in ("rabbitmq", "redis", "postgresql"):
        assert {("kill server", server), ("freeze server", server)} <= struck
    assert ("flush", "redis") in struck
    assert {target for _, target in struck} >= {"relay-postgresql", "board-redis", "gateway-rabbitmq"}


def test_as_many_faults_are_drawn_as_were_asked_for() -> None:
    """Whatever the sizes of the episodes."""
    for count in (1, 2, 8, 200):
        assert sum(len(episode.faults) for episode in draw(3, count)) == count
