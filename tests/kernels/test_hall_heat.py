"""How halls warm: the kernel against its twin, at rest, and in the order that physics gives."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.hall_heat import AHEAD, AIR_DEAD, COILS_DEAD, GUESSED, SEEN, warm_halls
from tests.kernels.naive_hall_heat import naive_warm_halls

LOW = [
    3.0,
    15.0,
    8.0,
    80.0,
    0.01,
    25.0,
    1.0,
    0.1,
    15.0,
    1.0,
    5.0,
    5.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    0.0,
    1.0,
    0.0,
    -60.0,
]
HIGH = [
    14.0,
    60.0,
    25.0,
    500.0,
    0.08,
    200.0,
    1.3,
    0.8,
    90.0,
    1.6,
    60.0,
    40.0,
    0.05,
    0.06,
    0.5,
    0.2,
    0.1,
    1.0,
    5.0,
    4.0,
    0.0,
]
HORIZONS = np.concatenate([np.arange(0.0, 900.0, 60.0), [2000.0, 5000.0, 20000.0]])


def drawn(rng: np.random.Generator, count: int) -> np.ndarray:
    guesses = rng.uniform(LOW, HIGH, (count, len(GUESSED)))
    for name in ("belief", "cells"):
        guesses[:, GUESSED.index(name)] = np.floor(guesses[:, GUESSED.index(name)])
    return guesses


def played(
    guesses: np.ndarray, drivers: np.ndarray, rack_gain: float = 10.0
) -> tuple[np.ndarray, np.ndarray]:
    times = np.arange(-60.0, 10.0 * len(drivers) - 60.0, 10.0)
    start = np.array([23.0, 21.0, 32.5, 11.0, 5.5, rack_gain, 1.5])
    seen = np.empty((len(guesses), len(times), len(SEEN)))
    ahead = np.empty((len(guesses), len(HORIZONS), len(AHEAD)))
    warm_halls(guesses, start, times, drivers, HORIZONS, seen, ahead)
    return seen, ahead[:, :, 0]


@pytest.mark.parametrize("seed", range(6))
def test_the_kernel_does_what_its_twin_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    guesses = drawn(rng, 12)
    times = np.sort(rng.choice(np.arange(-60.0, 900.0, 5.0), 30, replace=False))
    drivers = np.where(rng.random((30, 5)) < 0.3, 0.0, rng.uniform(0.0, 1.5, (30, 5)))
    start = np.array([23.0, 21.0, 32.5, 11.0, 5.5, rng.choice([np.nan, 6.0, 10.0, 14.0]), 1.5])
    both = []
    for play in (warm_halls, naive_warm_halls):
        seen, ahead = np.empty((12, 30, 6)), np.empty((12, len(HORIZONS), len(AHEAD)))
        play(guesses, start, times, drivers, HORIZONS, seen, ahead)
        both.append((seen, ahead))
    np.testing.assert_allclose(both[0][0], both[1][0], rtol=1e-9)
    np.testing.assert_allclose(both[0][1], both[1][1], rtol=1e-9)


@pytest.mark.parametrize("rack_gain", [np.nan, 6.0, 10.0, 14.0])
def test_a_hall_in_which_nothing_has_stopped_stays_as_it_is(rack_gain: float) -> None:
    guesses = drawn(np.random.default_rng(7), 20)
    guesses[:, GUESSED.index("belief")] = 0.0
    guesses[:, GUESSED.index("chillers")] = 1.5
    _, ahead = played(guesses, np.ones((10, 5)), rack_gain)
    assert np.abs(ahead - 23.0).max() < 0.2


def test_a_loss_warms_and_the_less_there_is_to_warm_the_faster() -> None:
    guesses = np.repeat(drawn(np.random.default_rng(8), 1), 3, axis=0)
    guesses[:, GUESSED.index("belief")] = [COILS_DEAD, COILS_DEAD, AIR_DEAD]
    guesses[:, GUESSED.index("metal")] = [20.0, 40.0, 40.0]
    _, ahead = played(guesses, np.ones((10, 5)))
    rises = ahead[:, :10]
    assert (np.diff(rises, axis=1) > 0.0).all()
    assert (rises[0] > rises[1]).all()


def test_the_air_steepens_first_and_flattens_then() -> None:
    guesses = drawn(np.random.default_rng(9), 30)
    guesses[:, GUESSED.index("belief")] = AIR_DEAD
    _, ahead = played(guesses, np.ones((7, 5)))
    first, later = ahead[:, 2] - ahead[:, 0], ahead[:, 10] - ahead[:, 8]
    assert (first > later).all()


def test_with_the_chillers_gone_the_water_warms_before_the_air() -> None:
    guesses = drawn(np.random.default_rng(10), 20)
    guesses[:, GUESSED.index("belief")] = 0.0
    guesses[:, GUESSED.index("bypass")] = 0.0
    drivers = np.ones((16, 5))
    drivers[6:, 2] = 0.0
    seen, _ = played(guesses, drivers)
    assert (seen[:, -1, SEEN.index("water")] > 11.3).all()
    assert (np.abs(seen[:, -1, SEEN.index("inlet")] - 23.0) < 0.5).all()
