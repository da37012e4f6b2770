"""What a trouble shows of the heat that servers take up, in halls of other physics than ours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detector.forecast.course import Course
from detector.forecast.guesses import RANGES
from detector.forecast.heat_capacity import HeatCapacity
from detector.forecast.trajectory import fit_trajectory
from tests.detector.forecast.test_trajectory import at_rest, course_of, drawn

METAL = RANGES["metal"]
GUESSED_AT_FIRST = float(np.sqrt(METAL[0] * METAL[1]))


def trouble(seed: int, lasts_s: float) -> tuple[Course, float]:
    """A hall whose fans stop, and the heat that its servers take up, kJ/K per kW."""
    rng = np.random.default_rng(seed)
    hall = drawn(rng)
    rows = hall.inlets_and_returns(True, int(lasts_s) + 1)
    return course_of(hall, rows, True, rng, lasts_s), hall.servers


def test_a_long_trouble_shows_it_better_than_a_guess() -> None:
    better, off = 0, []
    for seed in range(12):
        course, true = trouble(seed, 480.0)
        capacity = HeatCapacity()
        capacity.learn(course, onset=1)
        if np.isfinite(capacity.known[0]):
            off.append(abs(np.log(capacity.known[0] / true)))
            better += off[-1] < abs(np.log(GUESSED_AT_FIRST / true))
    assert len(off) >= 8 and np.median(off) < 0.35
    assert better >= len(off) / 2


@pytest.mark.parametrize("course", [trouble(1, 90.0)[0], at_rest(np.random.default_rng(0), 90)])
def test_a_short_trouble_and_none_show_nothing(course: Course) -> None:
    capacity = HeatCapacity()
    capacity.learn(course, onset=1)
    assert np.isnan(capacity.known).all()


def test_each_trouble_is_learned_from_once_and_the_next_forecast_starts_from_it() -> None:
    course, _ = trouble(2, 480.0)
    capacity = HeatCapacity()
    capacity.learn(course, onset=1)
    first = capacity.known.copy()
    capacity.learn(trouble(3, 480.0)[0], onset=1)
    assert np.array_equal(capacity.known, first, equal_nan=True)
    early, _ = trouble(2, 60.0)
    light, heavy = (replaced(early, kj) for kj in (20.0, 70.0))
    sooner, later = (
        fit_trajectory(c).time_to(np.array([12.0]), np.zeros(1), np.zeros(1))[0] for c in (light, heavy)
    )
    assert sooner[0] < later[0]


def replaced(course: Course, kj: float) -> Course:
    return replace(course, takes_up=np.array([kj, np.nan]))
