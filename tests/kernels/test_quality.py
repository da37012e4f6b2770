from __future__ import annotations

import math

import numpy as np
import pytest

from kernels.quality import (
    DROPOUT,
    LEARNED,
    OUT_OF_RANGE,
    SKIPPED,
    SPIKE,
    STUCK,
    STUCK_AT_LEAST,
    TOO_FAST,
    UNUSABLE,
    Quality,
    check_quality,
    make_quality,
)
from kernels.state import F64, U8
from tests.kernels import naive
from tests.kernels.readings import SECOND, SERIES, START, Series

STUCK_TIMES = 10.0
SILENT_TIMES = 5.0
FIRST = np.zeros(1, np.int32)


def point(low: float = -math.inf, high: float = math.inf, max_rate: float = math.inf) -> Quality:
    state = make_quality(1)
    state.low[0], state.high[0], state.max_rate[0] = low, high, max_rate
    return state


def check(state: Quality, series: Series) -> U8:
    flags = np.empty(len(series.time), np.uint8)
    check_quality(state, series.slots(), *series, STUCK_TIMES, SILENT_TIMES, flags)
    return flags


def steady(value: list[float] | F64, start: int = 0) -> Series:
    """One reading a second from the ``start``-th second on."""
    seconds = start + np.arange(len(value))
    return Series(START + seconds * SECOND, np.array(value, np.float64))


def flicker(n: int) -> list[float]:
    """A quantised sensor at rest: two neighbouring values, each for two or three readings."""
    return [22.0 + 0.1 * (k % 5 < 2) for k in range(n)]


@pytest.mark.parametrize("name", sorted(SERIES))
@pytest.mark.parametrize("limits", [(-math.inf, math.inf, math.inf), (-1.5, 25.0, 2.0)])
def test_the_checks_equal_their_twin(name: str, limits: tuple[float, float, float]) -> None:
    series = SERIES[name]
    state, twin = point(*limits), naive.Quality(*limits)
    for i, (t, x) in enumerate(zip(series.time.tolist(), series.value.tolist(), strict=True)):
        got = check(state, Series(series.time[i : i + 1], series.value[i : i + 1]))
        assert got[0] == twin.check(t, x, STUCK_TIMES, SILENT_TIMES), f"reading {i}"
    if state.intervals[0] >= LEARNED:
        assert state.period[0] == pytest.approx(naive.habit(twin.intervals), rel=1e-12)


def test_noise_within_its_limits_is_good() -> None:
    assert not check(point(-10.0, 10.0, 100.0), SERIES["noise"]).any()


def test_readings_that_are_not_finite_or_not_new_are_skipped() -> None:
    state = point()
    time = START + np.array([5, 6, 7, 8, 8, 3, 9]) * SECOND
    value = np.array([1.0, np.nan, np.inf, 2.0, 2.0, 2.0, 3.0])
    flags = check(state, Series(time, value))
    assert flags.tolist() == [0, SKIPPED, SKIPPED, 0, SKIPPED, SKIPPED, 0]
    assert UNUSABLE & SKIPPED


def test_a_value_on_the_bound_is_in_range() -> None:
    flags = check(point(low=5.0, high=50.0), steady([5.0, 50.0, 4.999, 50.001]))
    assert flags.tolist() == [0, 0, OUT_OF_RANGE, OUT_OF_RANGE]


def test_the_good_reading_after_a_bad_one_is_good() -> None:
    flags = check(point(high=50.0, max_rate=1.0), steady([20.0, 20.5, 85.0, 20.4, 45.0, 20.3]))
    assert flags.tolist() == [0, 0, OUT_OF_RANGE | TOO_FAST, 0, TOO_FAST, 0]


def test_a_step_is_believed_once_its_rate_is_plausible() -> None:
    flags = check(point(max_rate=1.0), steady([20.0] + [30.0] * 15))
    assert (flags[1:10] == TOO_FAST).all()
    assert (flags[10:] == 0).all()


def test_a_point_that_never_changes_is_not_stuck() -> None:
    assert not check(point(), steady([21.0] * 5000)).any()


def test_a_status_that_seldom_changes_is_not_stuck() -> None:
    assert not check(point(), steady([0.0] * 1000 + [1.0] * 2000 + [0.0] * 2000)).any()


def test_a_sensor_that_freezes_is_stuck_until_it_moves() -> None:
    moving, frozen = 4000, 1000
    flags = check(point(), steady([*flicker(moving), *([22.7] * frozen), 22.6, 22.7]))
    stuck = np.flatnonzero(flags & STUCK)
    assert stuck.tolist() == list(range(moving + STUCK_AT_LEAST // SECOND + 1, moving + frozen))


def test_how_long_a_point_may_rest_depends_on_how_long_it_usually_does() -> None:
    slow = [float(k // 100 % 3) for k in range(6000)]
    flags = check(point(), steady([*slow, *([0.5] * 3000)]))
    stuck = np.flatnonzero(flags & STUCK)
    assert stuck[0] == pytest.approx(6000 + STUCK_TIMES * 100, abs=2)


def test_a_point_that_rests_again_and_again_comes_to_be_known_for_it() -> None:
    day = flicker(100) + [22.5] * 3000
    flags = check(point(), steady(day * 10))
    assert (flags[: len(day)] & STUCK).any()
    assert not (flags[-len(day) :] & STUCK).any()


def test_a_silence_does_not_make_a_point_stuck() -> None:
    state = point()
    check(state, steady(flicker(200)))
    last = flicker(200)[-1]
    after = check(state, steady([last, last], start=4000))
    assert after.tolist() == [DROPOUT, 0]


def test_a_jump_and_return_is_a_spike_said_at_the_return() -> None:
    calm = flicker(100)
    flags = check(point(), steady([*calm, 35.0, 22.1, 22.0]))
    assert flags[-3:].tolist() == [0, SPIKE, 0]
    assert not UNUSABLE & SPIKE


def test_a_step_that_stays_is_no_spike() -> None:
    flags = check(point(), steady(flicker(100) + [35.0] * 5))
    assert not (flags & SPIKE).any()


def test_a_switch_is_no_spike() -> None:
    on_off = [float(k % 7 == 0) for k in range(300)]
    assert not (check(point(), steady(on_off)) & SPIKE).any()


def test_a_reading_after_a_silence_of_several_periods_says_so() -> None:
    state = point()
    check(state, SERIES["noise"]._replace(time=START + np.arange(400) * 10 * SECOND))
    last = START + 3990 * SECOND
    flags = check(state, Series(np.array([last + 49 * SECOND]), np.array([0.0])))
    assert flags[0] == 0
    flags = check(state, Series(np.array([last + 149 * SECOND]), np.array([0.1])))
    assert flags[0] == DROPOUT


def test_one_silence_hardly_moves_the_period_and_a_new_period_is_learned() -> None:
    state = point()
    check(state, SERIES["noise"]._replace(time=START + np.arange(400) * SECOND))
    start = START + 400 * SECOND + 86_400 * SECOND
    check(state, Series(np.array([start]), np.array([0.5])))
    assert state.period[0] < 1.2 * SECOND
    slower = start + np.arange(1, 300) * 30 * SECOND
    flags = check(state, Series(slower, np.random.default_rng(1).normal(size=299)))
    assert state.period[0] == pytest.approx(30 * SECOND, rel=0.01)
    assert not (flags[-200:] & DROPOUT).any()


def test_a_silence_says_nothing_before_the_period_is_learned() -> None:
    early, late = point(), point()
    check(early, steady([1.0] * LEARNED))
    check(late, steady([1.0] * (LEARNED + 1)))
    assert check(early, steady([1.0], start=100)).tolist() == [0]
    assert check(late, steady([1.0], start=100)).tolist() == [DROPOUT]
