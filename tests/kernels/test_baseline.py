from __future__ import annotations

import numpy as np
import pytest
from river import stats

from kernels.baseline import Baseline, make_baseline, update_baseline
from kernels.state import F64, Flags
from tests.kernels import naive
from tests.kernels.readings import SECOND, SERIES, START, Series

HALF_LIVES = [20 * SECOND, 600 * SECOND]


def run(state: Baseline, series: Series, learn: Flags | None = None) -> tuple[F64, F64]:
    n = len(series.time)
    expected, sd = np.empty((n, len(state.half_lives))), np.empty((n, len(state.half_lives)))
    wanted = np.ones(n, np.bool_) if learn is None else learn
    update_baseline(state, series.slots(), series.time, series.value, wanted, expected, sd)
    return expected, sd


@pytest.mark.parametrize("name", sorted(SERIES))
@pytest.mark.parametrize("learning", ["always", "at times"])
def test_the_baseline_equals_its_twin(name: str, learning: str) -> None:
    series = Series(SERIES[name].time[:200], SERIES[name].value[:200])
    n = len(series.time)
    learn = np.arange(n) // 20 % 3 != 1 if learning == "at times" else np.ones(n, np.bool_)
    expected, sd = run(make_baseline(1, HALF_LIVES), series, learn)
    for h, half_life in enumerate(HALF_LIVES):
        want = naive.update_baseline(series.time.tolist(), series.value.tolist(), learn.tolist(), half_life)
        np.testing.assert_allclose(expected[:, h], want[0], rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(sd[:, h], want[1], rtol=1e-5, atol=1e-6)


def test_a_warm_baseline_at_a_steady_period_is_rivers_exponential_mean() -> None:
    n, half_life = 3000, 50
    value = np.random.default_rng(1).normal(22.0, 0.5, n)
    series = Series(START + np.arange(n) * SECOND, value)
    expected, sd = run(make_baseline(1, [half_life * SECOND]), series)
    fading = 1.0 - 0.5 ** (1 / half_life)
    mean, variance = stats.EWMean(fading), stats.EWVar(fading)
    for x in value[:-1].tolist():
        mean.update(x)
        variance.update(x)
    assert expected[-1, 0] == pytest.approx(mean.get(), rel=1e-9)
    assert sd[-1, 0] == pytest.approx(variance.get() ** 0.5, rel=1e-6)


def test_at_first_it_is_rivers_plain_mean() -> None:
    value = np.random.default_rng(2).normal(22.0, 0.5, 50)
    expected, _ = run(make_baseline(1, [10**9 * SECOND]), Series(START + np.arange(50) * SECOND, value))
    mean = stats.Mean()
    for x in value[:-1].tolist():
        mean.update(x)
    assert expected[-1, 0] == pytest.approx(mean.get(), rel=1e-6)


def test_nothing_is_expected_of_a_first_reading_and_no_deviation_of_a_second() -> None:
    expected, sd = run(make_baseline(1, HALF_LIVES), SERIES["two"])
    assert np.isnan(expected[0]).all()
    assert expected[1, 0] == SERIES["two"].value[0]
    assert np.isnan(sd).all()


def test_what_is_not_to_be_learned_changes_no_expectation_and_ages_nothing() -> None:
    series = SERIES["noise"]
    n = len(series.time)
    fault = np.arange(n) >= n // 2
    expected, sd = run(make_baseline(1, HALF_LIVES), series, ~fault)
    first_after = n // 2
    assert (expected[first_after:] == expected[first_after]).all()
    assert (sd[first_after:] == sd[first_after]).all()

    state, rested = make_baseline(1, HALF_LIVES), make_baseline(1, HALF_LIVES)
    run(state, series, ~fault)
    run(rested, Series(series.time[~fault], series.value[~fault]))
    for a, b in zip(state, rested, strict=True):
        if a is not state.last:
            np.testing.assert_array_equal(a, b)


def test_a_long_silence_leaves_what_was_learned_half_its_weight() -> None:
    state = make_baseline(1, [60 * SECOND])
    run(state, SERIES["constant"])
    weight = float(state.weight[0, 0])
    later = Series(SERIES["constant"].time[-1:] + 86_400 * SECOND, np.array([99.0]))
    run(state, later)
    assert state.weight[0, 0] == pytest.approx(0.5 * weight + 1.0)
    assert state.mean[0, 0] < 30.0


def test_small_noise_on_a_large_value_keeps_its_deviation() -> None:
    series = SERIES["large offset"]
    _, sd = run(make_baseline(1, [10**6 * SECOND]), series)
    assert sd[-1, 0] == pytest.approx(np.std(series.value[:-1]), rel=1e-3)


@pytest.mark.parametrize("half_lives", [[], [0], [5, -5]])
def test_nonsense_half_lives_are_refused(half_lives: list[int]) -> None:
    with pytest.raises(ValueError, match="half-lives"):
        make_baseline(1, half_lives)
