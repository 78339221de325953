"""A round: as many are placed as can be, whoever is looked at first."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.jobs.domain.round import Edge, place


def edges(**suiting: str) -> list[Edge]:
    """Each posting with the letters of those who suit it, the first best."""
    return [
        Edge(posting, unit, 100 - rank)
        for posting, units in suiting.items()
        for rank, unit in enumerate(units)
    ]


def test_nobody_goes_where_another_could_while_a_job_that_only_he_can_do_stays_empty() -> None:
    """Both want a; only one of them can have b instead."""
    assert place({"one": 1, "two": 1}, edges(one="ab", two="a")) == {"one": ["b"], "two": ["a"]}


def test_somebody_is_moved_on_through_several_postings() -> None:
    """A chain of three."""
    placed = place({"p": 1, "q": 1, "r": 1, "s": 1}, edges(p="ab", q="bc", r="cd", s="a"))
    assert {posting: len(units) for posting, units in placed.items()} == {"p": 1, "q": 1, "r": 1, "s": 1}


def test_a_crew_goes_whole_or_not_at_all() -> None:
    """There is no room for three of it; two others go."""
    placed = place({"p": 2}, edges(p="cab"), sizes={"c": 3})
    assert placed == {"p": ["a", "b"]}
    assert place({"p": 4}, edges(p="cab"), sizes={"c": 3}) == {"p": ["c", "a"]}


def test_the_best_are_taken_where_there_are_enough() -> None:
    assert place({"p": 2}, edges(p="abcd")) == {"p": ["a", "b"]}


@st.composite
def days(draw: st.DrawFn) -> tuple[dict[str, int], list[Edge]]:
    seats = {posting: draw(st.integers(0, 3)) for posting in "pqrs"}
    pairs = draw(st.sets(st.tuples(st.sampled_from("pqrs"), st.sampled_from("abcdef"))))
    return seats, [Edge(posting, unit, draw(st.integers(0, 9))) for posting, unit in sorted(pairs)]


@given(days())
@settings(deadline=None, max_examples=150)
def test_as_many_are_placed_as_can_be_and_nobody_twice(day: tuple[dict[str, int], list[Edge]]) -> None:
    """By Hall's theorem: of every set of units some are left over that no seats suit."""
    seats, suiting = day
    placed = place(seats, suiting)
    units = [unit for placed_units in placed.values() for unit in placed_units]
    assert len(set(units)) == len(units)
    pairs = {(edge.posting, edge.unit) for edge in suiting}
    assert all(
        len(placed[posting]) <= seats[posting] and (posting, unit) in pairs
        for posting, here in placed.items()
        for unit in here
    )
    everybody = sorted({edge.unit for edge in suiting})
    # The greatest number is the least, over all sets of units, of those outside it and the seats it suits.
    assert len(units) == min(
        len(everybody)
        - len(some)
        + sum(seats[posting] for posting in seats if any((posting, unit) in pairs for unit in some))
        for size in range(len(everybody) + 1)
        for some in combinations(everybody, size)
    )
