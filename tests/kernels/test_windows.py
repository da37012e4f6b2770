from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import stats

from kernels.windows import (
    CHUNK,
    COUNT,
    MAXIMUM,
    MEAN,
    MINIMUM,
    SLOPE,
    VARIANCE,
    make_windows,
    push_windows,
    read_windows,
)
from tests.kernels import naive
from tests.kernels.readings import SECOND, SERIES, START, Series

SPANS = [10 * SECOND, 60 * SECOND, 300 * SECOND]
FIRST = np.zeros(1, np.int32)


def compare(series: Series, capacity: int, spans: list[int] = SPANS, every: int = 1) -> None:
    """Push one reading at a time and hold every read against the twin, at several times around it."""
    state = make_windows(1, spans, capacity)
    kept: list[tuple[int, float]] = []
    for i, (t, x) in enumerate(zip(series.time.tolist(), series.value.tolist(), strict=True)):
        push_windows(state, FIRST, series.time[i : i + 1], series.value[i : i + 1])
        naive.push_windows(kept, t, x, state.time.shape[1])
        if i % every:
            continue
        for now in (t, t + 9 * SECOND, t - 5 * SECOND):
            got = read_windows(state, FIRST, now)[0]
            want = np.array(naive.read_windows(kept, spans, now))
            scale = np.nan_to_num(np.sqrt(want[:, VARIANCE]), nan=0.0)
            np.testing.assert_array_equal(
                got[:, [COUNT, MINIMUM, MAXIMUM]], want[:, [COUNT, MINIMUM, MAXIMUM]]
            )
            np.testing.assert_allclose(got[:, MEAN], want[:, MEAN], rtol=1e-14, atol=1e-13)
            np.testing.assert_allclose(got[:, VARIANCE], want[:, VARIANCE], rtol=1e-9, atol=1e-20)
            np.testing.assert_array_equal(np.isnan(got[:, SLOPE]), np.isnan(want[:, SLOPE]))
            error = np.nan_to_num(np.abs(got[:, SLOPE] - want[:, SLOPE]))
            assert (error <= 1e-9 * np.nan_to_num(np.abs(want[:, SLOPE])) + 1e-9 * scale + 1e-15).all()


@pytest.mark.parametrize("name", sorted(SERIES))
@pytest.mark.parametrize("capacity", [40, 512])
def test_windows_equal_their_twin(name: str, capacity: int) -> None:
    compare(SERIES[name], capacity, every=9)


@given(
    steps=st.lists(st.integers(SECOND // 1000, 30 * SECOND), min_size=1, max_size=60),
    seed=st.integers(0, 2**32 - 1),
    offset=st.sampled_from([0.0, 20.0, -1e6, 1e9]),
    capacity=st.sampled_from([16, 32, 48]),
)
@settings(max_examples=40, deadline=None)
def test_windows_equal_their_twin_at_any_times(
    steps: list[int], seed: int, offset: float, capacity: int
) -> None:
    value = offset + np.random.default_rng(seed).normal(size=len(steps))
    compare(Series(START + np.cumsum(steps), value), capacity)


def test_a_full_window_agrees_with_river() -> None:
    n = 300
    value = np.random.default_rng(3).normal(21.0, 0.4, n)
    time = START + np.arange(n) * SECOND
    state = make_windows(1, [50 * SECOND], 64)
    rolling = [stats.Mean(), stats.Var(), stats.Min(), stats.Max()]
    push_windows(state, np.zeros(n, np.int32), time, value)
    for x in value[-50:].tolist():
        for statistic in rolling:
            statistic.update(x)
    got = read_windows(state, FIRST, int(time[-1]))[0, 0]
    assert got[COUNT] == 50
    np.testing.assert_allclose(
        got[[MEAN, VARIANCE, MINIMUM, MAXIMUM]], [statistic.get() for statistic in rolling], rtol=1e-12
    )


def test_a_window_holds_its_end_but_not_its_start() -> None:
    n = 100
    spans = np.arange(1, 80) * SECOND
    state = make_windows(1, spans, 112)
    push_windows(state, np.zeros(n, np.int32), START + np.arange(n) * SECOND, np.arange(n, dtype=np.float64))
    for newest in range(n - 20, n):
        got = read_windows(state, FIRST, START + newest * SECOND)[0]
        np.testing.assert_array_equal(got[:, COUNT], np.arange(1, 80))
        np.testing.assert_array_equal(got[:, MAXIMUM], float(newest))
        np.testing.assert_array_equal(got[:, MINIMUM], newest - np.arange(79.0))


def test_a_constant_has_no_variance_and_no_slope_however_large() -> None:
    n = 10 * CHUNK + 3
    state = make_windows(1, [3600 * SECOND], 256)
    push_windows(state, np.zeros(n, np.int32), START + np.arange(n) * SECOND, np.full(n, 1e9 + 0.1))
    got = read_windows(state, FIRST, START + n * SECOND)[0, 0]
    assert got[VARIANCE] == 0.0
    assert got[SLOPE] == 0.0
    assert got[MEAN] == got[MINIMUM] == got[MAXIMUM] == 1e9 + 0.1


def test_an_absurd_value_is_forgotten_once_it_leaves_the_window() -> None:
    state, clean = make_windows(1, [30 * SECOND], 64), make_windows(1, [30 * SECOND], 64)
    time = START + np.arange(200) * SECOND
    value = np.random.default_rng(5).normal(20.0, 0.1, 200)
    spoilt = value.copy()
    spoilt[100] = 1e140
    push_windows(state, np.zeros(200, np.int32), time, spoilt)
    push_windows(clean, np.zeros(200, np.int32), time, value)
    now = int(time[-1])
    np.testing.assert_array_equal(read_windows(state, FIRST, now), read_windows(clean, FIRST, now))


def test_a_ramp_has_its_slope() -> None:
    n = 120
    time = START + np.arange(n) * 5 * SECOND
    state = make_windows(1, [60 * SECOND, 600 * SECOND], 256)
    push_windows(state, np.zeros(n, np.int32), time, 24.0 + 0.02 * np.arange(n) * 5)
    got = read_windows(state, FIRST, int(time[-1]))[0]
    np.testing.assert_allclose(got[:, SLOPE], 0.02, rtol=1e-9)


def test_reading_changes_nothing() -> None:
    series = SERIES["noise"]
    state = make_windows(1, SPANS, 64)
    push_windows(state, series.slots(), *series)
    before = [array.copy() for array in state]
    read_windows(state, FIRST, int(series.time[-1]) + 1000 * SECOND)
    for was, now in zip(before, state, strict=True):
        np.testing.assert_array_equal(was, now)


def test_an_untouched_slot_counts_nothing() -> None:
    got = read_windows(make_windows(3, SPANS, 16), np.array([2, 0], np.int32), START)
    assert got.shape == (2, 3, 6)
    assert (got[:, :, COUNT] == 0).all()
    assert np.isnan(got[:, :, MEAN:]).all()


@pytest.mark.parametrize("spans", [[], [0], [-1], [5, 5], [10, 5]])
def test_nonsense_windows_are_refused(spans: list[int]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        make_windows(1, spans, 16)


def test_a_ring_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        make_windows(1, [1], 0)
