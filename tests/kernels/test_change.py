from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.change import make_cusum, update_cusum
from kernels.state import I8, I64, NEVER
from tests.kernels import naive
from tests.kernels.readings import SECOND, SERIES, START, Series


def cusum(series: Series, slack: float = 0.5, threshold: float = 5.0) -> tuple[I8, I64]:
    n = len(series.time)
    change, since = np.empty(n, np.int8), np.empty(n, np.int64)
    update_cusum(make_cusum(1), series.slots(), *series, slack, threshold, change, since)
    return change, since


@pytest.mark.parametrize("name", sorted(SERIES))
def test_cusum_equals_its_twin(name: str) -> None:
    series = Series(SERIES[name].time[:150], SERIES[name].value[:150])
    change, since = cusum(series)
    want = naive.update_cusum(series.time.tolist(), series.value.tolist(), 0.5, 5.0)
    assert change.tolist() == [direction for direction, _ in want]
    assert since.tolist() == [NEVER if when is None else when for _, when in want]


@given(st.lists(st.integers(-40, 40), max_size=80))
@settings(max_examples=60, deadline=None)
def test_cusum_equals_its_twin_on_any_steps(tenths: list[int]) -> None:
    # eighths are exact in binary, so both add up to the same sums
    series = Series(START + np.arange(len(tenths)) * SECOND, np.array(tenths, np.float64) / 8)
    change, _ = cusum(series, slack=0.25, threshold=4.0)
    want = naive.update_cusum(series.time.tolist(), series.value.tolist(), 0.25, 4.0)
    assert change.tolist() == [direction for direction, _ in want]


@pytest.mark.parametrize("direction", [1, -1])
def test_cusum_finds_a_shift_soon_and_says_when_it_began(direction: int) -> None:
    n, onset = 300, 200
    value = np.random.default_rng(8).normal(0.0, 0.3, n) + direction * 1.5 * (np.arange(n) >= onset)
    time = START + np.arange(n) * SECOND
    change, since = cusum(Series(time, value))
    found = np.flatnonzero(change)
    assert onset < found[0] < onset + 10
    assert change[found[0]] == direction
    assert abs(int(since[found[0]]) - int(time[onset])) <= 2 * SECOND


def test_one_huge_deviation_is_a_change_and_then_all_starts_afresh() -> None:
    time = START + np.arange(4) * SECOND
    change, since = cusum(Series(time, np.array([0.0, 1e300, 0.0, 0.0])))
    assert change.tolist() == [0, 1, 0, 0]
    assert since[1] == time[1]
