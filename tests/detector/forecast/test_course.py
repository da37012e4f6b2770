"""What is kept of a hall's course, and what is made of halls that are measured in part."""

from __future__ import annotations

import numpy as np
import pytest

from detector.forecast.course import AT, FIGURES, NOT_LEARNED, HallCourse
from detector.forecast.course import T as COURSE
from detector.forecast.trajectory import fit_trajectory
from detector.snapshot import decode, encode, restore_into, state_of
from streams.messages import SECOND

pytestmark = pytest.mark.numbers

TICK = 10 * SECOND
WHOLE = {
    "inlet": 22.5,
    "supply": 21.0,
    "return": 32.0,
    "water": 11.0,
    "coil_water": 11.2,
    "water_return": 17.0,
    "air": 4.0,
    "flow": 20.0,
    "chillers": 2.0,
    "load": 200.0,
    "rack_kw": 4.0,
    "valve": 60.0,
    "rack_gain": 10.0,
    "speed": 0.6,
}


def figures(**given: float) -> np.ndarray:
    found = np.full(len(FIGURES), np.nan)
    for name, value in given.items():
        found[AT[name]] = value
    return found


def taken_in(course: HallCourse, shown: np.ndarray, level: float, end: int, troubled: bool) -> None:
    """One tick, in both its steps."""
    course.watch(shown, level, end)
    course.learn(end, troubled)


def after_calm(ticks: int = 120, **given: float) -> tuple[HallCourse, int]:
    course, end = HallCourse(), 0
    for _ in range(ticks):
        end += TICK
        taken_in(course, figures(**given), 0.0, end, troubled=False)
    return course, end


def test_a_calm_hall_keeps_two_minutes_and_a_troubled_one_a_bounded_course() -> None:
    course, onset = after_calm(**WHOLE)
    calm = course.since(onset, NOT_LEARNED)
    assert calm is not None and calm.seconds[0] == -120.0
    for k in range(1, 1000):
        taken_in(course, figures(**WHOLE), 0.0, onset + k * TICK, troubled=True)
    kept = course.since(onset, NOT_LEARNED)
    assert kept is not None and len(kept.seconds) <= COURSE.most_rows
    assert kept.seconds[0] == -120.0 and kept.seconds[-1] == 9990.0
    assert (np.diff(kept.seconds) > 0.0).all()


def test_what_happens_in_trouble_is_never_taken_for_usual() -> None:
    course, onset = after_calm(**WHOLE)
    for k in range(1, 200):
        stopped = {**WHOLE, "chillers": 0.0, "water": 25.0, "return": 45.0}
        taken_in(course, figures(**stopped), 8.0, onset + k * TICK, troubled=True)
    kept = course.since(onset, NOT_LEARNED)
    assert kept is not None
    assert kept.usual[2] == pytest.approx(32.0) and kept.usual[3] == pytest.approx(11.0)
    assert kept.drivers[-1].tolist() == pytest.approx([1.0, 1.0, 0.0, 1.0, 1.0])
    assert kept.shown[-1, 0] == pytest.approx(30.5)


@pytest.mark.parametrize("missing", [*FIGURES[1:], None])
def test_a_hall_that_is_measured_in_part_has_a_forecast_all_the_same(missing: str | None) -> None:
    known = {"inlet": 22.5} if missing is None else {k: v for k, v in WHOLE.items() if k != missing}
    course, onset = after_calm(**known)
    for k in range(1, 12):
        rise = 0.08 * k * k
        lost = {"flow": 0.0, "supply": 21.0 + 1.1 * rise, "return": 32.0 + 0.3 * rise}
        lost = {name: lost.get(name, value) for name, value in known.items()}
        taken_in(course, figures(**lost), rise, onset + k * TICK, troubled=True)
    kept = course.since(onset, NOT_LEARNED)
    assert kept is not None and np.isfinite(kept.usual[:5]).all() and np.isfinite(kept.drivers).all()
    expected, earliest, _ = fit_trajectory(kept).time_to(np.array([8.0]), np.zeros(1), np.zeros(1))
    assert 30.0 < expected[0] < 3600.0
    assert earliest[0] <= expected[0]


def test_without_any_inlet_there_is_no_course() -> None:
    course, onset = after_calm(supply=21.0)
    assert course.since(onset, NOT_LEARNED) is None


def test_sensors_that_contradict_each_other_do_no_harm() -> None:
    upside_down = {
        **WHOLE,
        "supply": 30.0,
        "return": 20.0,
        "water": 40.0,
        "water_return": 10.0,
        "rack_gain": -5.0,
    }
    course, onset = after_calm(**upside_down)
    kept = course.since(onset, NOT_LEARNED)
    assert kept is not None and np.isfinite(fit_trajectory(kept).rise).all()


def test_a_course_goes_on_from_its_snapshot() -> None:
    course, onset = after_calm(**WHOLE)
    taken_in(
        course,
        figures(
            **WHOLE,
        ),
        1.0,
        onset + TICK,
        troubled=True,
    )
    again = HallCourse()
    restore_into(again, decode(encode(state_of(course))))
    for each in (course, again):
        taken_in(each, figures(**{**WHOLE, "flow": 0.0}), 2.0, onset + 2 * TICK, troubled=True)
    first, second = course.since(onset, NOT_LEARNED), again.since(onset, NOT_LEARNED)
    assert first is not None and second is not None
    for name in ("seconds", "drivers", "shown", "usual"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
