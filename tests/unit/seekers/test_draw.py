"""The draw: fair, the same for everybody who works it out, checked by a script that knows only the page."""

from __future__ import annotations

import copy
import importlib.util
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.seekers.domain import draw
from yizhan.contracts.draws import (
    MOST_TICKETS,
    Draw,
    DrawListInvalid,
    DrawSeedWrong,
    DrawStepIllegal,
    LateTicket,
    OverrideInvalid,
    WeightedTicket,
)

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "examples" / "verify_draw.py"
VECTORS = sorted((ROOT / "tests" / "data" / "draw").glob("*.json"))
STATION = "522730010301"
DAY = date(2026, 3, 1)
SIX = datetime.fromisoformat("2026-03-01T06:00:00+08:00")
SEED = bytes(range(32))


def tickets(*weights: int) -> list[WeightedTicket]:
    return [WeightedTicket(number=f"A{i:03d}", weight=weight) for i, weight in enumerate(weights, start=1)]


def drawn(seed: bytes, *weights: int) -> Draw:
    closed = draw.close(draw.announce(STATION, DAY, seed), tickets(*weights), now=SIX)
    return draw.reveal(closed, seed)


def seeds(count: int) -> list[bytes]:
    """Different seeds, the same in every run."""
    return [number.to_bytes(32, "big") for number in range(count)]


# --- fair ---------------------------------------------------------------------------------------------


def chi_squared(
    seen: Counter[tuple[str, ...]], expected: dict[tuple[str, ...], Fraction], draws: int
) -> float:
    return sum((seen[order] - draws * p) ** 2 / (draws * p) for order, p in expected.items())


def weighted_orders(weights: dict[str, int]) -> dict[tuple[str, ...], Fraction]:
    """The exact chance of every order, ticket by ticket."""
    found = {}
    for order in permutations(weights):
        chance, left = Fraction(1), sum(weights.values())
        for number in order:
            chance *= Fraction(weights[number], left)
            left -= weights[number]
        found[order] = chance
    return found


def test_every_order_is_as_likely_in_a_hundred_thousand_draws() -> None:
    """Chi-squared over the 24 orders of four: 49.7 would be passed once in a thousand fair runs."""
    listed = tickets(1, 1, 1, 1)
    seen = Counter(draw.order_of(seed, STATION, DAY, listed) for seed in seeds(100_000))
    expected = dict.fromkeys(permutations(ticket.number for ticket in listed), Fraction(1, 24))
    assert set(seen) == set(expected)
    assert chi_squared(seen, expected, 100_000) < 49.7


def test_weighted_orders_come_as_often_as_they_should() -> None:
    """Chi-squared over the 6 orders of weights 1, 2, 5 with their exact chances; 20.5: one in a thousand."""
    listed = tickets(1, 2, 5)
    expected = weighted_orders({ticket.number: ticket.weight for ticket in listed})
    assert sum(expected.values()) == 1
    seen = Counter(draw.order_of(seed, STATION, DAY, listed) for seed in seeds(20_000))
    assert chi_squared(seen, expected, 20_000) < 20.5


def test_equal_weights_above_one_are_as_fair_as_ones() -> None:
    """Only the proportion of weights counts."""
    listed = tickets(7, 7, 7)
    seen = Counter(draw.order_of(seed, STATION, DAY, listed) for seed in seeds(20_000))
    expected = dict.fromkeys(permutations(ticket.number for ticket in listed), Fraction(1, 6))
    assert chi_squared(seen, expected, 20_000) < 20.5


def test_words_that_would_favour_small_numbers_are_passed_over() -> None:
    """2^32 is 1 more than a multiple of 3 and of 5: the last word belongs to no full round."""
    last = 2**32 - 1
    assert draw.below(3, iter([last, 7])) == 1
    assert draw.below(3, iter([last - 1])) == (last - 1) % 3
    assert draw.below(2**32, iter([last])) == last
    assert draw.below(1, iter([last])) == 0
    half = 2**31 + 1
    assert draw.below(half, iter([half, last, half - 1])) == half - 1


def test_the_key_stream_is_the_documented_one() -> None:
    """Words of four bytes of HMAC-SHA-256(seed, digest + counter), worked out here by other means."""
    import hashlib
    import hmac

    digest = hashlib.sha256(
        b'["yizhan.draw.v1","522730010301","2026-03-01",[["A001",1],["A002",3]]]'
    ).digest()
    assert draw.tickets_digest(STATION, DAY, tickets(1, 3)) == digest
    blocks = b"".join(hmac.new(SEED, digest + bytes(7) + bytes([n]), hashlib.sha256).digest() for n in (0, 1))
    stream = draw.key_stream(SEED, digest)
    assert b"".join(next(stream).to_bytes(4, "big") for _ in range(16)) == blocks


WEIGHTS = st.lists(st.integers(1, 1000), max_size=12)


@given(st.binary(min_size=32, max_size=32), WEIGHTS, st.randoms())
@settings(deadline=None)
def test_the_order_of_registration_changes_nothing(seed: bytes, weights: list[int], random: Any) -> None:
    """Whoever comes first has no other chance than who comes last."""
    listed = tickets(*weights)
    shuffled = random.sample(listed, len(listed))
    order = draw.order_of(seed, STATION, DAY, listed)
    assert order == draw.order_of(seed, STATION, DAY, shuffled)
    assert sorted(order) == [ticket.number for ticket in listed]


def test_another_day_station_or_list_gives_another_order() -> None:
    """A seed that is used twice by mistake still draws anew."""
    listed = tickets(*[1] * 30)
    order = draw.order_of(SEED, STATION, DAY, listed)
    assert order != draw.order_of(SEED, STATION, DAY + timedelta(days=1), listed)
    assert order != draw.order_of(SEED, "522730010302", DAY, listed)
    assert order != draw.order_of(SEED, STATION, DAY, tickets(*[1] * 29, 2))
    assert order != draw.order_of(bytes(32), STATION, DAY, listed)


@pytest.mark.parametrize("listed", [tickets(1) * 2, tickets(1) * (MOST_TICKETS + 1)])
def test_a_list_with_a_ticket_twice_or_too_many_is_refused(listed: list[WeightedTicket]) -> None:
    """Nobody stands in the draw with two tickets of one number."""
    with pytest.raises(DrawListInvalid):
        draw.order_of(SEED, STATION, DAY, listed)


@pytest.mark.parametrize("weight", [0, -1, 1001, 1.0, 1.5, True, "1"])
def test_a_weight_is_a_whole_number_from_one_to_a_thousand(weight: Any) -> None:
    """Whole, so that every machine works out the same."""
    with pytest.raises(ValidationError):
        WeightedTicket(number="A001", weight=weight)


# --- the record, step by step -------------------------------------------------------------------------


def test_before_closing_the_record_holds_the_commitment_alone() -> None:
    """Nothing from which the order could be worked out."""
    shown = draw.announce(STATION, DAY, SEED).model_dump(mode="json")
    assert shown["commitment"] == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    assert not any(shown[name] for name in ("seed", "tickets", "order", "queue", "closed_at"))
    assert SEED.hex() not in json.dumps(shown)


def test_between_closing_and_drawing_the_seed_is_still_hidden() -> None:
    """The list is shown first, so that it cannot be made to suit the seed."""
    closed = draw.close(draw.announce(STATION, DAY, SEED), tickets(1, 1), now=SIX)
    assert closed.tickets_sha256 is not None
    assert (closed.seed, closed.order) == (None, ())
    assert SEED.hex() not in closed.model_dump_json()


def test_repeating_a_step_changes_nothing() -> None:
    """Closing and revealing are commands that may come twice."""
    closed = draw.close(draw.announce(STATION, DAY, SEED), tickets(1, 1), now=SIX)
    assert draw.close(closed, tickets(1, 1)[::-1], now=SIX + timedelta(minutes=1)) is closed
    revealed = draw.reveal(closed, SEED)
    assert draw.reveal(revealed, SEED) is revealed


def test_steps_out_of_turn_are_refused() -> None:
    """A second list, a seed before the list, somebody late before closing, a change before the order."""
    announced = draw.announce(STATION, DAY, SEED)
    closed = draw.close(announced, tickets(1, 1), now=SIX)
    with pytest.raises(DrawStepIllegal):
        draw.close(closed, tickets(1, 1, 1), now=SIX)
    with pytest.raises(DrawStepIllegal):
        draw.reveal(announced, SEED)
    with pytest.raises(DrawStepIllegal):
        draw.add_late(announced, "A009", arrived_at=SIX)
    with pytest.raises(DrawStepIllegal):
        draw.override(closed, "A001", 1, reason="漏叫", by="desk", now=SIX)


@pytest.mark.parametrize("seed", [bytes(32), b"", bytes(31), bytes(33)])
def test_only_the_seed_that_was_committed_to_is_told(seed: bytes) -> None:
    """And a seed is 32 bytes."""
    closed = draw.close(draw.announce(STATION, DAY, SEED), tickets(1), now=SIX)
    with pytest.raises(DrawSeedWrong):
        draw.reveal(closed, seed)


def test_the_late_stand_behind_in_the_order_of_their_arrival() -> None:
    """Whenever they were told of; one that is known already changes nothing."""
    record = drawn(SEED, 1, 1, 1)
    record = draw.add_late(record, "A005", arrived_at=SIX + timedelta(minutes=9))
    record = draw.add_late(record, "B001", arrived_at=SIX + timedelta(minutes=2))
    assert record.queue == (*record.order, "B001", "A005")
    for known in ("A001", "B001"):
        assert draw.add_late(record, known, arrived_at=SIX) is record


def test_who_is_late_before_the_seed_is_told_stands_behind_too() -> None:
    """The list is closed: he is not in the draw."""
    closed = draw.close(draw.announce(STATION, DAY, SEED), tickets(1, 1), now=SIX)
    record = draw.reveal(draw.add_late(closed, "A003", arrived_at=SIX), SEED)
    assert record.queue == (*record.order, "A003")


def test_a_change_by_hand_is_part_of_the_record() -> None:
    """The drawn order stays beside it, and the next change goes by the queue as it is then."""
    record = drawn(SEED, 1, 1, 1, 1)
    first, *_, last = record.order
    record, entry = draw.override(record, last, 1, reason=" 漏叫 ", by="desk", now=SIX)
    assert (entry.reason, entry.position, record.overrides) == ("漏叫", 1, (entry,))
    record, _ = draw.override(record, first, 4, reason="自愿让号", by="desk", now=SIX)
    assert record.queue[0] == last
    assert record.queue[3] == first
    assert record.order[0] == first
    late = draw.add_late(record, "A009", arrived_at=SIX)
    assert late.queue == (*record.queue, "A009")


@pytest.mark.parametrize(
    ("ticket", "position", "reason"),
    [("A001", 1, ""), ("A001", 1, " \t"), ("A009", 1, "漏叫"), ("A001", 0, "漏叫"), ("A001", 3, "漏叫")],
)
def test_a_change_by_hand_needs_a_reason_a_ticket_and_a_place(
    ticket: str, position: int, reason: str
) -> None:
    """Nothing is half changed."""
    with pytest.raises(OverrideInvalid):
        draw.override(drawn(SEED, 1, 1), ticket, position, reason=reason, by="desk", now=SIX)


def test_a_reason_may_not_hold_a_number_that_names_a_person() -> None:
    """It is on the screen."""
    with pytest.raises(ValidationError):
        draw.override(drawn(SEED, 1), "A001", 1, reason="请联系 13800000000", by="desk", now=SIX)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": None},
        {"closed_at": None},
        {"tickets_sha256": None},
        {"closed_at": None, "tickets_sha256": None, "seed": None, "order": (), "queue": ()},
    ],
)
def test_half_a_record_is_no_record(changes: dict[str, Any]) -> None:
    """What is shown to everybody is of one stage."""
    with pytest.raises(ValidationError):
        Draw.model_validate({**dict(drawn(SEED, 1, 1)), **changes})


# --- the stand-alone script ---------------------------------------------------------------------------


def the_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_draw", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFY = the_script()


def exit_code(record: Any) -> int:
    """What the script's command would end with."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "draw.json"
        file.write_text(json.dumps(record), "utf-8")
        return int(VERIFY.main([str(file)]))


@st.composite
def records(draw_from: st.DrawFn) -> Draw:
    """Whole records with late tickets and changes by hand."""
    seed = draw_from(st.binary(min_size=32, max_size=32))
    record = drawn(seed, *draw_from(st.lists(st.integers(1, 1000), min_size=1, max_size=8)))
    for ordinal, minutes in enumerate(draw_from(st.lists(st.integers(-60, 60), max_size=3)), start=1):
        arrived = SIX + timedelta(minutes=minutes, microseconds=draw_from(st.sampled_from([0, 500_000])))
        record = draw.add_late(record, f"B{ordinal:03d}", arrived_at=arrived)
    for _ in range(draw_from(st.integers(0, 3))):
        ticket = draw_from(st.sampled_from(record.queue))
        position = draw_from(st.integers(1, len(record.queue)))
        record, _ = draw.override(record, ticket, position, reason="漏叫", by="desk", now=SIX)
    return record


@given(records())
@settings(deadline=None)
def test_the_script_agrees_with_what_was_drawn(record: Draw) -> None:
    """On any list, with late tickets and changes by hand."""
    assert exit_code(record.model_dump(mode="json")) == 0


HEX_FIELDS = ("commitment", "tickets_sha256", "seed")


def forge_a_digest(record: dict[str, Any], pick: st.DataObject) -> None:
    name = pick.draw(st.sampled_from(HEX_FIELDS))
    at = pick.draw(st.integers(0, 63))
    other = pick.draw(st.sampled_from("0123456789abcdef").filter(lambda digit: digit != record[name][at]))
    record[name] = record[name][:at] + other + record[name][at + 1 :]


def forge_the_frame(record: dict[str, Any], pick: st.DataObject) -> None:
    name, value = pick.draw(
        st.sampled_from(
            [
                ("algorithm", "yizhan.draw.v2"),
                ("station", "522730010302"),
                ("date", "2026-03-02"),
                ("seed", None),
            ]
        )
    )
    record[name] = value


def forge_a_weight(record: dict[str, Any], pick: st.DataObject) -> None:
    ticket = pick.draw(st.sampled_from(record["tickets"]))
    was = ticket["weight"]
    ticket["weight"] = pick.draw(
        st.sampled_from([was + 1, was - 1, 0, -was, float(was), str(was), None, 2**40])
    )


def forge_a_ticket(record: dict[str, Any], pick: st.DataObject) -> None:
    listed = record["tickets"]
    index = pick.draw(st.integers(0, len(listed) - 1))
    match pick.draw(st.sampled_from(["drop", "rename", "add", "double"])):
        case "drop":
            del listed[index]
        case "rename":
            listed[index]["number"] = "Z999"
        case "add":
            listed.append({"number": "Z999", "weight": 1})
        case "double":
            listed.append(dict(listed[index]))


def forge_an_order(record: dict[str, Any], pick: st.DataObject) -> None:
    name = pick.draw(st.sampled_from(["order", "queue"]))
    was = record[name]
    forged = pick.draw(st.one_of(st.permutations(was), st.just(was[1:]), st.just([*was, "Z999"])))
    assume(forged != was)
    record[name] = forged


def hide_a_change(record: dict[str, Any], pick: st.DataObject) -> None:
    assume(record["overrides"])
    del record["overrides"][pick.draw(st.integers(0, len(record["overrides"]) - 1))]
    told = Draw.model_validate(record)
    # A change that a later one undid leaves no trace in the queue, hidden or not.
    assume(draw.queue_of(told.order, told.late, told.overrides) != list(told.queue))


def blank_a_reason(record: dict[str, Any], pick: st.DataObject) -> None:
    assume(record["overrides"])
    pick.draw(st.sampled_from(record["overrides"]))["reason"] = pick.draw(st.sampled_from(["", "  ", None]))


def swap_the_late(record: dict[str, Any], pick: st.DataObject) -> None:
    assume(record["late"])
    late = pick.draw(st.sampled_from(record["late"]))
    late["number"] = pick.draw(st.sampled_from(["Z999", record["order"][0]]))


def jump_the_late(record: dict[str, Any], pick: st.DataObject) -> None:
    """Somebody who came later stands before the others, and the queue is made to agree."""
    late = record["late"]
    assume(len({entry["arrived_at"] for entry in late}) > 1)
    record["late"] = sorted(late, key=lambda entry: datetime.fromisoformat(entry["arrived_at"]), reverse=True)
    told = Draw.model_validate(record)
    record["queue"] = draw.queue_of(told.order, told.late, told.overrides)


def lose_a_field(record: dict[str, Any], pick: st.DataObject) -> None:
    told_only = {"closed_at"}
    del record[pick.draw(st.sampled_from(sorted(set(record) - told_only)))]


FORGERIES = [
    forge_a_digest,
    forge_the_frame,
    forge_a_weight,
    forge_a_ticket,
    forge_an_order,
    hide_a_change,
    blank_a_reason,
    swap_the_late,
    jump_the_late,
    lose_a_field,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
@given(record=records(), pick=st.data())
@settings(deadline=None, max_examples=60)
def test_the_script_finds_whatever_was_tampered_with(forge: Any, record: Draw, pick: st.DataObject) -> None:
    """One thing changed in a record that holds, and it holds no longer."""
    forged = copy.deepcopy(record.model_dump(mode="json"))
    forge(forged, pick)
    assert exit_code(forged) == 1


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5))
@settings(deadline=None, max_examples=30)
def test_the_script_answers_to_anything(anything: Any) -> None:
    """What is no record is refused in a sentence, not in a traceback."""
    assert exit_code(anything) == 1
    assert exit_code({**drawn(SEED, 1).model_dump(mode="json"), "tickets": anything}) == 1


@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
def test_the_vectors_hold_unless_they_are_tampered_with(vector: Path) -> None:
    """Run as the documentation says, with Python alone: once on the file, once on standard input."""
    holds = not vector.stem.startswith("tampered_")
    command = [sys.executable, "-I", str(SCRIPT)]
    by_name = subprocess.run([*command, str(vector)], capture_output=True, encoding="utf-8", check=False)
    with vector.open("rb") as file:
        piped = subprocess.run(command, stdin=file, capture_output=True, encoding="utf-8", check=False)
    for run in (by_name, piped):
        assert (run.returncode, run.stderr) == (0 if holds else 1, "")
        assert run.stdout.startswith("核对无误" if holds else "核对不通过")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda path: path.stem)
def test_the_vectors_are_what_the_domain_draws(vector: Path) -> None:
    """Frozen: an algorithm that draws otherwise needs another name."""
    holds = not vector.stem.startswith("tampered_")
    record = json.loads(vector.read_text("utf-8"))
    if holds:
        told = Draw.model_validate(record)
        assert told.seed is not None
        order = draw.order_of(bytes.fromhex(told.seed), told.station, told.date, told.tickets)
        assert (order, list(told.queue)) == (told.order, draw.queue_of(order, told.late, told.overrides))
        assert told.model_dump(mode="json") == record


def test_a_vector_passes_over_a_word() -> None:
    """Else a rewriting without that step would pass all of them."""
    told = Draw.model_validate_json((ROOT / "tests/data/draw/passed_over.json").read_bytes())
    assert told.seed is not None
    stream = draw.key_stream(
        bytes.fromhex(told.seed), draw.tickets_digest(told.station, told.date, told.tickets)
    )
    weights = {ticket.number: ticket.weight for ticket in told.tickets}
    naive, left = [], sorted(weights)
    while left:
        place = next(stream) % sum(weights[number] for number in left)
        for number in left:
            if place < weights[number]:
                break
            place -= weights[number]
        naive.append(number)
        left.remove(number)
    assert tuple(naive) != told.order


def test_a_late_ticket_is_told_by_number_and_time_only() -> None:
    """No type of the record has a field that could hold a person."""
    assert set(LateTicket.model_fields) == {"number", "arrived_at"}
    assert set(WeightedTicket.model_fields) == {"number", "weight"}
    assert math.prod((MOST_TICKETS, 1000)) < 2**32
