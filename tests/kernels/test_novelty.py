from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.novelty import LEAST, Novelty, grow_novelty, judge_novelty, make_novelty
from kernels.state import F64
from tests.kernels import naive_novelty
from tests.kernels.readings import SECOND, SERIES, START, Series

CAPACITY = 8
DAY = 86_400 * SECOND


def run(state: Novelty, series: Series, learn: bool = True, slot: int = 0) -> F64:
    n = len(series.time)
    out = np.empty(n)
    judge_novelty(state, series.slots(slot), series.time, series.value, np.zeros(n), np.full(n, learn), out)
    return out


def steps(values: list[float], first: int = 0) -> Series:
    """One value a second."""
    return Series(START + (first + np.arange(len(values))) * SECOND, np.array(values, np.float64))


def taught(values: list[float]) -> Novelty:
    state = make_novelty(1, 64, SECOND, DAY)
    run(state, steps(values))
    return state


def novelty_of(state: Novelty, value: float, when: int = 10**6) -> float:
    return float(run(state, steps([value], first=when), learn=False)[0])


@pytest.mark.parametrize("name", sorted(SERIES))
@pytest.mark.parametrize("span", [SECOND, 7 * SECOND])
@pytest.mark.parametrize("memory", [40 * SECOND, 400 * DAY])
def test_the_novelty_equals_its_twin(name: str, span: int, memory: int) -> None:
    series = SERIES[name]
    n = len(series.time)
    learn = np.arange(n) % 5 != 0
    grain = np.where(np.arange(n) % 3 == 0, 0.05, 0.0)
    got = np.empty(n)
    state = make_novelty(1, CAPACITY, span, memory)
    judge_novelty(state, series.slots(), series.time, series.value, grain, learn, got)
    want = naive_novelty.judge_novelty(
        series.time.tolist(),
        series.value.tolist(),
        grain.tolist(),
        learn.tolist(),
        CAPACITY,
        span,
        memory,
    )
    np.testing.assert_allclose(got, want, rtol=1e-12)


@given(
    values=st.lists(st.sampled_from([0.0, 1.0, 1.0, 2.0, 5.5, -3.0, 4.0, 9.0, 1e9]), max_size=80),
    capacity=st.integers(4, 7),
)
@settings(max_examples=60, deadline=None)
def test_a_full_book_stays_in_order_and_as_its_twin(values: list[float], capacity: int) -> None:
    series = steps(values)
    state = make_novelty(1, capacity, SECOND, 30 * SECOND)
    got = run(state, series)
    n = len(values)
    want = naive_novelty.judge_novelty(
        series.time.tolist(), values, [0.0] * n, [True] * n, capacity, SECOND, 30 * SECOND
    )
    np.testing.assert_allclose(got, want, rtol=1e-12)
    kept = state.book[0, : state.kept[0]]
    assert (np.diff(kept) > 0.0).all()


def test_nothing_is_said_before_enough_was_learned() -> None:
    out = run(make_novelty(1, 64, SECOND, DAY), steps([1.0, 2.0] * LEAST))
    # a span is learned when the next but one begins
    assert np.isnan(out[: LEAST + 2]).all()
    assert np.isfinite(out[LEAST + 2 :]).all()


def test_what_was_seen_is_not_new_and_the_gap_counts_in_ranges() -> None:
    state = taught([0.0, 10.0, 4.0] * 5)
    assert [novelty_of(state, x) for x in (0.0, 4.0, 10.0)] == [0.0, 0.0, 0.0]
    assert novelty_of(state, 12.5) == pytest.approx(0.25)
    assert novelty_of(state, -10.0) == pytest.approx(1.0)
    assert novelty_of(state, 7.0) == pytest.approx(0.3)
    assert novelty_of(state, math.inf) == math.inf
    assert math.isnan(novelty_of(state, math.nan))


def test_a_constant_is_never_new_and_anything_else_is_new_without_end() -> None:
    state = make_novelty(1, 64, SECOND, DAY)
    assert not np.nan_to_num(run(state, steps([21.3] * 100))).any()
    assert novelty_of(state, 21.4) == math.inf


def test_an_excursion_stays_new_for_a_span() -> None:
    state = make_novelty(1, 64, 60 * SECOND, DAY)
    run(state, steps([0.0, 1.0] * 600))
    out = run(state, steps([3.0] * 240, first=1200))
    assert out[:60] == pytest.approx(2.0)
    assert out[-1] == 0.0


def test_the_same_again_is_less_of_a_surprise() -> None:
    usual = [0.0, 1.0] * 20
    state = taught([*usual, 3.0, *usual[:6]])
    before = taught([*usual, *usual[:6]])
    assert 0.0 <= novelty_of(state, 3.9) < novelty_of(before, 3.9)


def test_what_did_not_come_back_is_forgotten() -> None:
    state = make_novelty(1, 64, SECOND, 500 * SECOND)
    run(state, steps([0.0, 1.0, 5.0, *[0.0, 1.0] * 200]))
    assert novelty_of(state, 5.0) == 0.0
    run(state, steps([0.0, 1.0] * 200, first=500))
    assert novelty_of(state, 5.0) > 0.0


@given(st.floats(0.0, 1e6), st.floats(0.0, 1e6), st.sampled_from([1.0, -1.0]))
def test_further_out_is_never_less_new(one: float, other: float, side: float) -> None:
    state = taught([0.0, 1.0, -1.0] * 6)
    small, big = sorted([one, other])
    assert novelty_of(state, side * (1.0 + small)) <= novelty_of(state, side * (1.0 + big))


@given(st.integers(-8, 8), st.integers(-100, 100))
@settings(deadline=None)
def test_scale_and_offset_do_not_matter(power: int, offset: int) -> None:
    """By powers of two and whole numbers, so that nothing is lost in rounding."""
    values = np.random.default_rng(1).integers(-50, 50, 300).astype(np.float64)
    plain = run(make_novelty(1, 16, SECOND, DAY), steps(values.tolist()))
    moved = run(make_novelty(1, 16, SECOND, DAY), steps((values * 2.0**power + offset).tolist()))
    np.testing.assert_array_equal(plain, moved)


def test_slots_are_apart_and_growing_keeps_what_is_known() -> None:
    state = grow_novelty(taught([0.0, 10.0] * 8), 3)
    run(state, steps([5.0] * 30), slot=2)
    assert novelty_of(state, 20.0) == pytest.approx(1.0)
    assert state.kept.tolist() == [2, 0, 1]


def test_it_comes_back_from_its_arrays() -> None:
    series = SERIES["noise"]
    half = len(series.time) // 2
    first = Series(series.time[:half], series.value[:half])
    rest = Series(series.time[half:], series.value[half:])
    whole, part = make_novelty(1, CAPACITY, SECOND, DAY), make_novelty(1, CAPACITY, SECOND, DAY)
    run(whole, first)
    run(part, first)
    again = Novelty(*(array.copy() for array in part))
    np.testing.assert_array_equal(run(whole, rest), run(again, rest))


@pytest.mark.parametrize(
    ("capacity", "span", "memory"), [(3, SECOND, SECOND), (4, SECOND - 1, SECOND), (4, 2 * SECOND, SECOND)]
)
def test_nonsense_is_refused(capacity: int, span: int, memory: int) -> None:
    with pytest.raises(ValueError, match="need capacity"):
        make_novelty(1, capacity, span, memory)


def test_spans_are_told_apart_beyond_what_their_numbers_hold() -> None:
    far = (1 << 32) * SECOND - START
    state = make_novelty(1, 64, SECOND, 20 * SECOND)
    values = [float(n) for n in range(12)]
    run(state, Series(START + far + (np.arange(12) - 6) * SECOND, np.array(values, np.float64)))
    run(state, Series(START + far + (np.arange(40) + 6) * SECOND, np.full(40, 5.0)))
    assert state.kept[0] < 5
