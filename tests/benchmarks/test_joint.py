"""The joint state of one piece of equipment: contract of every model, and what only the whole shows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.joint import SAMPLES, SMOOTHING, UNUSUAL, Joint
from detector.snapshot import SnapshotError, decode, encode
from streams.messages import F64

MEASURES = 4
LEARNING = SAMPLES + int(2 * SMOOTHING)


def usual(count: int, seed: int = 0) -> F64:
    """Two measures that go together, one alone, and one that drifts."""
    rng = np.random.default_rng(seed)
    load = rng.normal(0.0, 1.0, count)
    return np.stack(
        [
            20.0 + load + rng.normal(0.0, 0.1, count),
            300.0 + 10.0 * load + rng.normal(0.0, 1.0, count),
            rng.normal(5.0, 0.2, count),
            40.0 + 0.004 * np.arange(count) + rng.normal(0.0, 0.05, count),
        ],
        axis=1,
    )


def taught(rows: F64 | None = None) -> Joint:
    joint = Joint(MEASURES)
    for row in usual(LEARNING) if rows is None else rows:
        joint.update(row, healthy=True)
    assert joint.ready
    return joint


def distances(joint: Joint, rows: F64) -> list[float]:
    return [joint.update(row, healthy=False) for row in rows]


def again(joint: Joint) -> Joint:
    copy = Joint(MEASURES)
    copy.restore(decode(encode(joint.state())))
    return copy


@pytest.fixture(scope="module")
def learned() -> Joint:
    return taught()


def test_it_says_nothing_until_its_reference_is_whole() -> None:
    joint = Joint(MEASURES)
    assert all(math.isnan(joint.update(row, healthy=True)) for row in usual(LEARNING))
    assert math.isfinite(joint.update(usual(1)[0], healthy=True))


def test_what_is_usual_stays_near(learned: Joint) -> None:
    rows = usual(LEARNING + 300)[LEARNING:]
    found = distances(again(learned), rows)
    assert max(found) < UNUSUAL
    assert 0.3 < float(np.median(found)) < 1.8


def test_what_only_the_whole_shows_is_far(learned: Joint) -> None:
    """Each measure within what it showed, but no longer together."""
    apart = np.tile(usual(LEARNING).mean(axis=0), (60, 1)) + np.array([0.8, -8.0, 0.0, 0.8])
    together = np.tile(usual(LEARNING).mean(axis=0), (60, 1)) + np.array([0.8, 8.0, 0.0, 0.8])
    assert distances(again(learned), apart)[-1] > 1.5 * distances(again(learned), together)[-1]


def test_a_measure_that_drifted_may_go_on_and_a_steady_one_may_not(learned: Joint) -> None:
    centre = usual(LEARNING).mean(axis=0)
    drifted = np.tile(centre + np.array([0.0, 0.0, 0.0, 1.6]), (100, 1))
    shifted = np.tile(centre + np.array([0.0, 0.0, 1.6, 0.0]), (100, 1))
    assert distances(again(learned), drifted)[-1] < UNUSUAL
    assert distances(again(learned), shifted)[-1] > UNUSUAL


@settings(max_examples=40)
@given(
    st.lists(st.floats(-3.0, 3.0), min_size=MEASURES, max_size=MEASURES),
    st.floats(0.0, 50.0),
    st.floats(0.0, 50.0),
)
def test_a_bigger_excursion_is_never_nearer(way: list[float], one: float, other: float) -> None:
    joint = taught()
    small, big = sorted([one, other])
    settled = np.tile(joint.centre, (int(40 * SMOOTHING), 1))
    distances(joint, settled)
    near, far = again(joint), again(joint)
    step = np.array(way)
    for _ in range(12):
        a = near.update(joint.centre + small * step, healthy=False)
        b = far.update(joint.centre + big * step, healthy=False)
        assert a <= b * (1.0 + 1e-9) + 1e-9


def test_a_fault_never_moves_the_reference(learned: Joint) -> None:
    joint = again(learned)
    before = joint.precision.copy()
    for row in usual(600, seed=4) + np.array([0.0, 0.0, 3.0, 0.0]):
        joint.update(row, healthy=True)
    np.testing.assert_array_equal(joint.precision, before)
    assert joint.update(usual(1)[0] + np.array([0.0, 0.0, 3.0, 0.0]), healthy=True) > UNUSUAL


def test_what_is_not_healthy_is_not_learned() -> None:
    joint = Joint(MEASURES)
    distances(joint, usual(LEARNING))
    assert (joint.ready, joint.count) == (False, 0)


@pytest.mark.parametrize("cut", [0, 10, 137, LEARNING - 1, LEARNING, LEARNING + 40])
def test_a_snapshot_in_the_middle_changes_nothing(cut: int) -> None:
    rows = usual(LEARNING + 80)
    rows[::17, 1] = np.nan
    whole, part = Joint(MEASURES), Joint(MEASURES)
    said = []
    for n, row in enumerate(rows):
        if n == cut:
            part = again(part)
        said.append((whole.update(row, healthy=True), part.update(row, healthy=True)))
    np.testing.assert_array_equal([a for a, _ in said], [b for _, b in said])


def test_the_state_of_other_measures_is_refused(learned: Joint) -> None:
    with pytest.raises(SnapshotError):
        Joint(MEASURES + 1).restore(decode(encode(learned.state())))


def test_it_takes_no_more_room_with_time() -> None:
    joint = taught()
    size = len(encode(joint.state()))
    distances(joint, usual(3000, seed=2))
    assert abs(len(encode(joint.state())) - size) < 32


def test_a_measure_that_is_not_told_has_no_say(learned: Joint) -> None:
    rows = usual(LEARNING + 200)[LEARNING:]
    rows[:, 2] = np.nan
    found = distances(again(learned), rows)
    assert all(math.isfinite(one) for one in found)
    assert max(found) < UNUSUAL
    assert math.isnan(again(learned).update(np.full(MEASURES, np.nan), healthy=False))


def test_an_infinite_value_is_not_told(learned: Joint) -> None:
    joint, other = again(learned), again(learned)
    row = usual(1)[0]
    row[1] = np.inf
    without = row.copy()
    without[1] = np.nan
    assert joint.update(row, healthy=False) == other.update(without, healthy=False)


def test_a_constant_measure_disturbs_nothing() -> None:
    rows = usual(LEARNING + 50)
    rows[:, 2] = 7.0
    joint = taught(rows[:LEARNING])
    found = distances(joint, rows[LEARNING:])
    assert max(found) < UNUSUAL


@given(st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
@settings(max_examples=8, deadline=None)
def test_units_do_not_matter(times: float, more: float) -> None:
    rows = usual(LEARNING + 20)
    scaled = (rows + more) * times  # so its scatter stays above the least that is reckoned with
    expected = distances(taught(rows[:LEARNING]), rows[LEARNING:])
    np.testing.assert_allclose(distances(taught(scaled[:LEARNING]), scaled[LEARNING:]), expected, rtol=1e-3)


def test_the_order_of_the_measures_does_not_matter() -> None:
    rows = usual(LEARNING + 20)
    order = [2, 0, 3, 1]
    expected = distances(taught(rows[:LEARNING]), rows[LEARNING:])
    turned = rows[:, order]
    np.testing.assert_allclose(distances(taught(turned[:LEARNING]), turned[LEARNING:]), expected, rtol=1e-9)


def test_it_can_learn_anew() -> None:
    joint = taught()
    joint.learn_anew()
    shifted = usual(LEARNING, seed=3) + np.array([0.0, 0.0, 3.0, 0.0])
    for row in shifted:
        joint.update(row, healthy=True)
    assert joint.ready
    assert joint.update(shifted[-1], healthy=True) < UNUSUAL


def test_no_measures_are_refused() -> None:
    with pytest.raises(ValueError, match="measure"):
        Joint(0)
