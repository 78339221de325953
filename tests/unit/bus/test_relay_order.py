"""How a batch is cut so that nothing of an aggregate is in flight twice."""

from hypothesis import given
from hypothesis import strategies as st

from yizhan.bus.outbox_reader import UnsentEvent
from yizhan.bus.relay import _waves


@given(st.lists(st.sampled_from("abc"), max_size=40))
def test_waves_keep_each_aggregates_order_and_lose_nothing(subjects: list[str]) -> None:
    """Within a wave each aggregate at most once, over the waves in the order of writing."""
    rows = [UnsentEvent(number, str(number), subject, "k", b"") for number, subject in enumerate(subjects)]
    waves = _waves(rows)
    for wave in waves:
        assert len({row.subject for row in wave}) == len(wave)
    sent = [row for wave in waves for row in wave]
    assert sorted(row.id for row in sent) == [row.id for row in rows]
    for subject in set(subjects):
        ids = [row.id for row in sent if row.subject == subject]
        assert ids == sorted(ids)
