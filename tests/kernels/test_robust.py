from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.robust import LEAST, Robust, make_robust, robust_deviation, score_of
from kernels.state import F64
from tests.kernels import naive
from tests.kernels.readings import SECOND, SERIES, START, Series

CAPACITY = 21


def run(state: Robust, series: Series, learn: bool = True) -> F64:
    n = len(series.time)
    out = np.empty(n)
    robust_deviation(state, series.slots(), series.time, series.value, np.full(n, learn), out)
    return out


@pytest.mark.parametrize("name", sorted(SERIES))
@pytest.mark.parametrize("capacity", [CAPACITY, CAPACITY + 1])
@pytest.mark.parametrize("every", [1, 7 * SECOND])
def test_the_deviation_equals_its_twin(name: str, capacity: int, every: int) -> None:
    series = SERIES[name]
    n = len(series.time)
    learn = np.arange(n) % 5 != 0
    got = np.empty(n)
    state = make_robust(1, capacity, every, 0.05)
    robust_deviation(state, series.slots(), series.time, series.value, learn, got)
    want = naive.robust_deviation(
        series.time.tolist(), series.value.tolist(), learn.tolist(), capacity, every, 0.05
    )
    np.testing.assert_allclose(got, want, rtol=1e-12)


@given(
    values=st.lists(st.sampled_from([0.0, 1.0, 1.0, 2.0, 5.5, -3.0, 1e9]), max_size=60),
    capacity=st.integers(LEAST, 12),
)
@settings(max_examples=60, deadline=None)
def test_ties_and_replacements_keep_the_order(values: list[float], capacity: int) -> None:
    series = Series(START + np.arange(len(values)) * SECOND, np.array(values, np.float64))
    state = make_robust(1, capacity, 1, 0.1)
    got = run(state, series)
    want = naive.robust_deviation(series.time.tolist(), values, [True] * len(values), capacity, 1, 0.1)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    count = min(len(values), capacity)
    np.testing.assert_array_equal(state.ring[0, state.order[0, :count]], np.sort(state.ring[0, :count]))


def test_nearly_half_of_the_reference_may_be_wrong() -> None:
    rng = np.random.default_rng(4)
    value = rng.normal(20.0, 0.5, CAPACITY)
    value[rng.permutation(CAPACITY)[: CAPACITY // 2 - 1]] = 1e6
    state = make_robust(1, CAPACITY, 1, 0.05)
    run(state, Series(START + np.arange(CAPACITY) * SECOND, value))
    assert 18.0 < state.median[0] < 23.0
    assert state.sd[0] < 5.0


def test_a_constant_point_deviates_by_its_floor() -> None:
    state = make_robust(1, CAPACITY, 1, 0.1)
    run(state, SERIES["constant"])
    later = START + 10**6 * SECOND
    out = run(state, Series(np.array([later, later + 1]), np.array([21.3, 21.8])), learn=False)
    np.testing.assert_allclose(out, [0.0, 5.0])


def test_an_infinite_value_deviates_infinitely_and_is_not_learned() -> None:
    state = make_robust(1, CAPACITY, 1, 0.1)
    run(state, SERIES["constant"])
    later = START + 10**6 * SECOND
    out = run(state, Series(np.arange(later, later + 3), np.array([np.inf, -np.inf, np.nan])))
    assert out[0] == np.inf
    assert out[1] == -np.inf
    assert math.isnan(out[2])
    assert state.taken[0] == len(SERIES["constant"].time)


def test_each_span_gives_the_reference_its_first_reading() -> None:
    time = START + np.array([0, 1, 9, 10, 19, 20, 45]) * SECOND
    state = make_robust(1, 8, 10 * SECOND, 0.1)
    run(state, Series(time, np.arange(7.0)))
    assert state.taken[0] == 4
    np.testing.assert_array_equal(state.ring[0, :4], [0.0, 3.0, 5.0, 6.0])


@pytest.mark.parametrize(
    ("capacity", "every", "floor"), [(7, 1, 1.0), (257, 1, 1.0), (8, 0, 1.0), (8, 1, 0.0), (8, 1, math.nan)]
)
def test_a_nonsense_reference_is_refused(capacity: int, every: int, floor: float) -> None:
    with pytest.raises(ValueError, match="need capacity"):
        make_robust(1, capacity, every, floor)


@given(st.lists(st.floats(), max_size=50))
@settings(max_examples=100, deadline=None)
def test_the_score_equals_its_twin_and_a_bigger_deviation_never_scores_lower(values: list[float]) -> None:
    deviation = np.array(values, np.float64)
    score = score_of(deviation)
    np.testing.assert_allclose(score, naive.score_of(values), rtol=1e-9, atol=1e-15)
    known = ~np.isnan(deviation)
    assert ((score[known] >= 0.0) & (score[known] <= 1.0)).all()
    order = np.argsort(np.abs(deviation[known]), kind="stable")
    assert (np.diff(score[known][order]) >= 0.0).all()


def test_the_score_has_its_documented_marks() -> None:
    np.testing.assert_allclose(
        score_of(np.array([0.0, 1.0, -2.0, 4.0, -10.0, np.inf])), [0.0, 0.0, 0.1, 0.5, 0.9, 1.0]
    )
