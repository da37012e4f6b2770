"""What slow faults are judged by: frozen regions, sums of what is too much, and peers."""

from __future__ import annotations

import numpy as np
import pytest

from detector.usual.reference.drift import Drift
from detector.usual.reference.peers import beyond_peers, median, median_of_others
from detector.usual.reference.reference import REGIONS, Reference
from detector.usual.reference.reference import T as REFERENCE
from detector.usual.shared import OF_USUAL


def one(value: float) -> np.ndarray:
    return np.full((1, 1), value)


def learned(reference: Reference, where: float, y: float, times: int, begin: int = 0) -> None:
    for block in range(begin, begin + times):
        x = np.full((1, 1, 2), where)
        reference.learn(x, one(y), one(np.nan), np.ones((1, 1), np.bool_), block)


def test_a_region_that_was_seen_is_never_rewritten_and_a_new_one_is_added() -> None:
    reference = Reference(np.array([0.5]))
    reference.fit(1)
    learned(reference, 0.5, 10.0, REFERENCE.region_full)
    learned(reference, 0.5, 99.0, 500)
    assert reference.judge(np.full((1, 1, 2), 0.5)).expected == pytest.approx(10.0)
    assert not reference.judge(np.full((1, 1, 2), 9.5)).seen
    learned(reference, 9.5, 30.0, REFERENCE.region_few)
    assert reference.judge(np.full((1, 1, 2), 9.5)).seen
    assert reference.judge(np.full((1, 1, 2), 0.5)).expected == pytest.approx(10.0, abs=0.5)


def test_a_region_is_frozen_in_time_even_if_it_is_not_full() -> None:
    reference = Reference(np.array([0.5]))
    reference.fit(1)
    learned(reference, 0.5, 10.0, REFERENCE.region_few)
    learned(reference, 0.5, 99.0, REFERENCE.region_full, begin=REFERENCE.region_open_for)
    assert reference.y[0, 0, 0] == 10.0


def test_there_is_no_opinion_before_the_warm_up() -> None:
    reference = Reference(np.array([0.5]))
    reference.fit(1)
    learned(reference, 0.5, 10.0, REFERENCE.reference_warm_up - 1)
    assert np.isnan(reference.judge(np.full((1, 1, 2), 0.5)).expected).all()


def test_when_all_regions_are_taken_nothing_is_rewritten() -> None:
    reference = Reference(np.array([0.5]))
    reference.fit(1)
    for n in range(3 * REGIONS):
        learned(reference, n + 0.5, float(n), 1)
    before = reference.y.copy()
    learned(reference, -50.5, 1000.0, 10)
    assert (reference.y == before).all()


def test_more_is_never_less() -> None:
    sums = []
    for size in (1.5, 2.0, 3.0, OF_USUAL.clip_scales, 100.0):
        drift = Drift(1)
        drift.fit(1)
        for number in range(10):
            drift.watch(one(size), one(1.0), number)
        sums.append(float(drift.up[0, 0]))
    assert sums == sorted(sums)
    assert sums[0] < sums[2]


def test_peers_take_off_what_is_shared() -> None:
    deviation = np.array([[3.0], [1.0], [1.2], [0.9]])
    beyond = beyond_peers(deviation, ((0, 1, 2, 3),))
    assert beyond[0, 0] == pytest.approx(2.0)
    assert np.abs(beyond[1:, 0]).max() < 0.3
    # Peers that go the other way make nothing worse.
    assert beyond_peers(np.array([[1.0], [-2.0], [-2.0]]), ((0, 1, 2),))[0, 0] == 1.0
    assert beyond_peers(np.array([[1.0], [np.nan]]), ((0, 1),))[0, 0] == 1.0


def test_medians_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    for n in (2, 3, 6, 7):
        value = rng.normal(size=(n, 5))
        value[rng.random(value.shape) < 0.2] = np.nan
        value[0] = 1.0
        assert median(value) == pytest.approx(np.nanmedian(value, axis=0))
        others = median_of_others(np.nan_to_num(value))
        assert others[0] == pytest.approx(np.median(np.nan_to_num(value)[1:], axis=0))
