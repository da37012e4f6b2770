"""Time to limit against halls of three heat capacities whose constants nobody tells it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from detector.forecast.course import NOT_LEARNED, Course
from detector.forecast.trajectory import HORIZONS, fit_trajectory

pytestmark = pytest.mark.numbers

TICK = 10.0
MARGINS = np.array([12.0, 15.0, 18.0])


@dataclass(frozen=True)
class Hall:
    """A hall of air in two aisles, servers, and walls of two layers; per kW of load."""

    cold: float
    hot: float
    servers: float
    contact: float
    plaster: float
    concrete: float
    film: float
    inside: float
    gain: float
    leak: float

    def inlets_and_returns(self, fans_stop: bool, seconds: int) -> np.ndarray:
        """f8[seconds, 2] from the moment when cooling is lost: fans stop, or coils only."""
        inlet, back = 22.0, 22.0 + self.gain
        metal, plaster, concrete = inlet + self.contact, inlet + self.gain / 2.0, inlet + self.gain / 2.0
        flow = 1.0 / self.gain
        rows = np.empty((seconds, 2))
        for second in range(seconds):
            rows[second] = inlet, back
            given = (metal - inlet) / self.contact
            blown = 0.0 if fans_stop else flow * (1.0 - self.leak)
            # What units blow is what they draw: with dead coils it is as warm as the return.
            drawn = flow - blown
            to_wall = self.film * ((inlet + back) / 2.0 - plaster)
            inlet += (blown * (back - inlet) + drawn * (back - inlet) - 0.5 * to_wall) / self.cold
            back += (flow * (inlet - back) + given - 0.5 * to_wall) / self.hot
            metal += (1.0 - given) / self.servers
            inward = self.inside * (plaster - concrete)
            plaster += (to_wall - inward) / self.plaster
            concrete += inward / self.concrete
        return rows


def drawn(rng: np.random.Generator) -> Hall:
    return Hall(
        cold=rng.uniform(1.5, 5.0),
        hot=rng.uniform(2.0, 7.0),
        servers=rng.uniform(22.0, 60.0),
        contact=rng.uniform(9.0, 20.0),
        plaster=rng.uniform(20.0, 80.0),
        concrete=rng.uniform(100.0, 400.0),
        film=rng.uniform(0.01, 0.045),
        inside=rng.uniform(0.02, 0.1),
        gain=rng.uniform(9.0, 13.0),
        leak=rng.uniform(0.0, 0.1),
    )


def course_of(
    hall: Hall, rows: np.ndarray, fans_stop: bool, rng: np.random.Generator, until: float
) -> Course:
    """What sensors with a lag of ten seconds showed of ``rows``, from a minute before the loss."""
    seconds = np.arange(-60.0, until + 1.0, TICK)
    n = len(seconds)
    late = rows[np.clip(seconds - 10.0, 0.0, None).astype(int)]
    drivers = np.ones((n, 5))
    drivers[seconds >= 0.0, 0 if fans_stop else 1] = 0.0
    shown = np.full((n, 6), np.nan)
    shown[:, [0, 2]] = late + rng.normal(0.0, 0.08, late.shape)
    usual = np.array([22.0, 20.8, 22.0 + hall.gain, 11.0, 5.5, np.nan, 1.0])
    return Course(
        seconds,
        drivers,
        shown,
        np.repeat(seconds[:, None], 6, axis=1),
        usual,
        rack_kw=4.0,
        valve=70.0,
        speed=0.7,
        takes_up=NOT_LEARNED,
    )


def at_rest(rng: np.random.Generator, n: int = 30) -> Course:
    seconds = np.arange(-60.0, TICK * n - 60.0, TICK)
    shown = np.full((n, 6), np.nan)
    shown[:, 0] = 22.0 + rng.normal(0.0, 0.1, n)
    shown[:, 1] = 20.8 + rng.normal(0.0, 0.1, n)
    shown[:, 2] = 32.0 + rng.normal(0.0, 0.1, n)
    usual = np.array([22.0, 20.8, 32.0, 11.0, 5.5, np.nan, 1.4])
    read = np.repeat(seconds[:, None], 6, axis=1)
    return Course(seconds, np.ones((n, 5)), shown, read, usual, 4.0, 70.0, 0.7, NOT_LEARNED)


@pytest.mark.parametrize("fans_stop", [True, False])
@pytest.mark.parametrize("until", [0.0, 60.0, 240.0])
def test_the_interval_holds_the_expected_time_and_more_margin_takes_longer(
    fans_stop: bool, until: float
) -> None:
    rng = np.random.default_rng(3)
    hall = drawn(rng)
    course = course_of(hall, hall.inlets_and_returns(fans_stop, 300), fans_stop, rng, until)
    margins = np.arange(-1.0, 20.0, 0.5)
    expected, earliest, latest = fit_trajectory(course).time_to(
        margins, np.zeros(len(margins)), np.zeros(len(margins))
    )
    assert (earliest <= expected).all() and (expected <= latest).all()
    for times in (expected, earliest, latest):
        assert (np.diff(times) >= 0.0).all()
        assert (times[margins <= 0.0] == 0.0).all()


def test_noise_on_a_hall_in_which_nothing_has_stopped_is_not_extrapolated() -> None:
    for seed in range(5):
        trajectory = fit_trajectory(at_rest(np.random.default_rng(seed)))
        expected, _, _ = trajectory.time_to(np.array([3.0, 10.0]), np.zeros(2), np.zeros(2))
        assert np.isnan(expected).all()


def test_a_place_that_hot_air_reaches_gains_less_once_hot_and_cold_are_one() -> None:
    rng = np.random.default_rng(7)
    hall = drawn(rng)
    trajectory = fit_trajectory(course_of(hall, hall.inlets_and_returns(True, 300), True, rng, 30.0))
    margin = np.full(2, 12.0)
    (plain, near_hot), _, _ = trajectory.time_to(margin, np.array([0.0, 3.0]), np.zeros(2))
    assert near_hot > plain


def test_a_margin_that_was_read_a_while_ago_is_no_longer_all_there() -> None:
    rng = np.random.default_rng(8)
    hall = drawn(rng)
    trajectory = fit_trajectory(course_of(hall, hall.inlets_and_returns(True, 300), True, rng, 90.0))
    (new, old), _, _ = trajectory.time_to(np.full(2, 8.0), np.zeros(2), np.array([0.0, 50.0]))
    assert old < new


def test_the_forecast_flattens_where_a_straight_line_does_not() -> None:
    rng = np.random.default_rng(4)
    hall = drawn(rng)
    course = course_of(hall, hall.inlets_and_returns(True, 200), True, rng, 100.0)
    rise = fit_trajectory(course).rise
    so_far = (course.shown[-1, 0] - course.shown[-7, 0]) / 60.0
    assert np.interp(600.0, HORIZONS, rise) < 0.6 * so_far * 600.0


def test_the_same_course_gives_the_same_forecast() -> None:
    course = at_rest(np.random.default_rng(5))
    first, second = fit_trajectory(course), fit_trajectory(course)
    assert (first.rise == second.rise).all() and (first.low == second.low).all()


def test_intervals_hold_as_often_as_they_say() -> None:
    rng = np.random.default_rng(6)
    held, errors = [], []
    for i in range(60):
        fans_stop = i % 2 == 0
        hall = drawn(rng)
        rows = hall.inlets_and_returns(fans_stop, 6000)
        course = course_of(hall, rows, fans_stop, rng, 120.0)
        margin = 22.0 + MARGINS - course.shown[-1, 0]
        expected, earliest, latest = fit_trajectory(course).time_to(
            margin, np.zeros(len(margin)), np.zeros(len(margin))
        )
        for k, limit in enumerate(22.0 + MARGINS):
            left = float(np.argmax(rows[:, 0] >= limit)) - 120.0
            if rows[-1, 0] >= limit and left > 60.0:
                held.append(earliest[k] <= left <= latest[k])
                errors.append(abs(expected[k] - left) / left)
    assert len(held) >= 80
    assert 0.7 <= np.mean(held) <= 0.9
    assert np.median(errors) < 0.25
