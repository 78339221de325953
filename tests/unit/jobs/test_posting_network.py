"""The stations' tree, heard of in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yizhan.network.tree import Node, is_news, paths

ROOT = Node(None, ("R",))


def test_newer_is_news_and_the_same_is_not() -> None:
    """A redelivery changes nothing."""
    assert is_news(None, 1)
    assert is_news(1, 2)
    assert not is_news(2, 2)
    assert not is_news(3, 2)


def test_a_station_that_moved_takes_its_subtree_along() -> None:
    """The descendants' own news are from before the move; the links are right all the same."""
    nodes = {
        "R": ROOT,
        "A": Node("R", ("R", "A")),
        "B": Node("A", ("R", "A", "B")),
        "C": Node("B", ("R", "B", "C")),
    }
    assert paths(nodes)["C"] == ("R", "A", "B", "C")


def test_above_an_unknown_parent_the_told_path_serves() -> None:
    """A child heard of before its parent is in its county's scope already, and so is its own child."""
    nodes = {"C": Node("B", ("R", "A", "B", "C")), "D": Node("C", ("R", "C", "D"))}
    assert paths(nodes) == {"C": ("R", "A", "B", "C"), "D": ("R", "A", "B", "C", "D")}


def test_two_moves_of_which_one_was_heard_form_no_endless_loop() -> None:
    """A went below B after B had left A; only the second was heard of."""
    nodes = {"R": ROOT, "A": Node("B", ("R", "B", "A")), "B": Node("A", ("R", "A", "B"))}
    assert paths(nodes)["A"] == ("R", "B", "A")
    nodes["B"] = Node("R", ("R", "B"))
    assert paths(nodes) == {"R": ("R",), "B": ("R", "B"), "A": ("R", "B", "A")}


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[str, int, Node]], dict[str, tuple[str, ...]]]:
    """What a tree's owner told while it grew and moved, and the paths at the end."""
    parents: dict[str, str | None] = {"R": None}
    sequences: dict[str, int] = {}
    told: list[tuple[str, int, Node]] = []

    def path(code: str) -> tuple[str, ...]:
        parent = parents[code]
        return (code,) if parent is None else (*path(parent), code)

    def tell(code: str) -> None:
        sequences[code] = sequences.get(code, 0) + 1
        told.append((code, sequences[code], Node(parents[code], path(code))))

    tell("R")
    for code in "ABCDEF"[: draw(st.integers(1, 6))]:
        parents[code] = draw(st.sampled_from(sorted(parents)))
        tell(code)
    for _ in range(draw(st.integers(0, 6))):
        code = draw(st.sampled_from(sorted(set(parents) - {"R"})))
        parents[code] = draw(st.sampled_from([other for other in sorted(parents) if code not in path(other)]))
        # The moved one alone: the descendants' news, which would carry new paths, may come much later.
        tell(code)
    return told, {code: path(code) for code in parents}


@given(histories(), st.randoms(use_true_random=False))
def test_in_whatever_order_and_however_often_the_news_come_the_tree_is_right(
    history: tuple[list[tuple[str, int, Node]], dict[str, tuple[str, ...]]], random: object
) -> None:
    """The newest of each station is enough, and on the way there is always some path for everybody."""
    told, right = history
    news = told + told[::2]
    random.shuffle(news)  # type: ignore[attr-defined]
    known: dict[str, tuple[int, Node]] = {}
    for code, sequence, node in news:
        if is_news(known[code][0] if code in known else None, sequence):
            known[code] = (sequence, node)
        so_far = paths({name: node for name, (_, node) in known.items()})
        assert all(path[-1] == name and len(set(path)) == len(path) for name, path in so_far.items())
    assert paths({name: node for name, (_, node) in known.items()}) == right
