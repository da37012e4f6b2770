"""What holds for every rolling kernel: cuts of batches, snapshots and growth change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import baseline, change, quality, robust
from kernels.jit import registered
from kernels.state import F64, I32, I64, carry_over
from tests.kernels.readings import SECOND, cuts, interleaved

SLOTS, READINGS = 5, 600
SPANS = [30 * SECOND, 400 * SECOND]
Update = Callable[[Any, I32, I64, F64], list[np.ndarray]]


class Rolling(NamedTuple):
    make: Callable[[int], Any]
    grow: Callable[[Any, int], Any]
    update: Update
    kernels: tuple[Any, ...]


def update_baseline(state: baseline.Baseline, slot: I32, time: I64, value: F64) -> list[np.ndarray]:
    expected, sd = np.empty((len(slot), 2)), np.empty((len(slot), 2))
    baseline.update_baseline(state, slot, time, value, time % 7 != 0, expected, sd)
    return [expected, sd]


def update_robust(state: robust.Robust, slot: I32, time: I64, value: F64) -> list[np.ndarray]:
    deviation = np.empty(len(slot))
    robust.robust_deviation(state, slot, time, value, time % 7 != 0, deviation)
    return [deviation, robust.score_of(deviation)]


def update_cusum(state: change.Cusum, slot: I32, time: I64, value: F64) -> list[np.ndarray]:
    found, since = np.empty(len(slot), np.int8), np.empty(len(slot), np.int64)
    change.update_cusum(state, slot, time, value - 22.0, 0.5, 5.0, found, since)
    return [found, since]


def update_quality(state: quality.Quality, slot: I32, time: I64, value: F64) -> list[np.ndarray]:
    flags = np.empty(len(slot), np.uint8)
    quality.check_quality(state, slot, time, value, 10.0, 5.0, flags)
    return [flags]


ROLLING = {
    "baseline": Rolling(
        lambda slots: baseline.make_baseline(slots, SPANS),
        baseline.grow_baseline,
        update_baseline,
        (baseline.update_baseline,),
    ),
    "robust": Rolling(
        lambda slots: robust.make_robust(slots, 9, 10 * SECOND, 0.1),
        lambda state, slots: robust.grow_robust(state, slots, 0.1),
        update_robust,
        (robust.robust_deviation, robust.score_of),
    ),
    "cusum": Rolling(change.make_cusum, change.grow_cusum, update_cusum, (change.update_cusum,)),
    "quality": Rolling(quality.make_quality, quality.grow_quality, update_quality, (quality.check_quality,)),
}


def assert_same(got: list[np.ndarray], want: list[np.ndarray]) -> None:
    for a, b in zip(got, want, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ROLLING)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_it_does_not_matter_how_batches_are_cut(name: str, seed: int) -> None:
    rolling = ROLLING[name]
    slot, time, value = interleaved(seed, SLOTS, READINGS)
    whole, cut = rolling.make(SLOTS), rolling.make(SLOTS)
    want = rolling.update(whole, slot, time, value)
    parts = [rolling.update(cut, slot[rows], time[rows], value[rows]) for rows in cuts(seed, READINGS)]
    assert_same([np.concatenate(columns) for columns in zip(*parts, strict=True)], want)
    assert_same(list(cut), list(whole))


@pytest.mark.parametrize("name", ROLLING)
def test_slots_know_nothing_of_each_other(name: str) -> None:
    rolling = ROLLING[name]
    slot, time, value = interleaved(11, SLOTS, READINGS)
    together = rolling.make(SLOTS)
    want = rolling.update(together, slot, time, value)
    for s in range(SLOTS):
        alone = rolling.make(SLOTS)
        mine = slot == s
        got = rolling.update(alone, slot[mine], time[mine], value[mine])
        assert_same(got, [column[mine] for column in want])


@pytest.mark.parametrize("name", ROLLING)
def test_a_snapshot_and_more_slots_on_the_way_change_nothing(name: str) -> None:
    rolling = ROLLING[name]
    slot, time, value = interleaved(12, SLOTS, READINGS)
    uninterrupted = rolling.make(2 * SLOTS)
    want = rolling.update(uninterrupted, slot, time, value)

    state = rolling.make(SLOTS)
    half = READINGS // 2
    first = rolling.update(state, slot[:half], time[:half], value[:half])
    stored = type(state)(*(array.copy() for array in state))
    state = rolling.grow(stored, 2 * SLOTS)
    second = rolling.update(state, slot[half:], time[half:], value[half:])
    assert_same([np.concatenate(pair) for pair in zip(first, second, strict=True)], want)
    assert_same(list(state), list(uninterrupted))


@pytest.mark.parametrize("name", ROLLING)
def test_a_grown_state_is_a_copy_that_keeps_parameters_and_starts_new_slots_afresh(name: str) -> None:
    rolling = ROLLING[name]
    state = rolling.make(SLOTS)
    rolling.update(state, *interleaved(13, SLOTS, READINGS))
    grown, fresh = rolling.grow(state, 3 * SLOTS), rolling.make(3 * SLOTS)
    for old, new, untouched in zip(state, grown, fresh, strict=True):
        assert new.shape == untouched.shape
        assert not np.shares_memory(old, new)
        np.testing.assert_array_equal(new[: len(old)], old)
        np.testing.assert_array_equal(new[len(old) :], untouched[len(old) :])


@pytest.mark.parametrize("name", ROLLING)
def test_the_examples_compile_what_callers_use(name: str) -> None:
    rolling = ROLLING[name]
    examples = {entry.function: entry.example for entry in registered().values()}
    for compiled in rolling.kernels:
        compiled(*examples[compiled]())
    before = [len(compiled.signatures) for compiled in rolling.kernels]
    rolling.update(rolling.make(SLOTS), *interleaved(14, SLOTS, READINGS))
    assert [len(compiled.signatures) for compiled in rolling.kernels] == before


@pytest.mark.parametrize("name", ROLLING)
def test_an_empty_batch_is_nothing(name: str) -> None:
    rolling = ROLLING[name]
    state = rolling.make(SLOTS)
    out = rolling.update(state, np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0))
    assert all(len(column) == 0 for column in out)
    assert_same(list(state), list(rolling.make(SLOTS)))


def test_a_state_is_not_carried_into_a_smaller_or_another_shape() -> None:
    state = robust.make_robust(4, 9, SECOND, 0.1)
    with pytest.raises(ValueError, match="does not fit"):
        carry_over(state, robust.make_robust(3, 9, SECOND, 0.1))
    with pytest.raises(ValueError, match="does not fit"):
        carry_over(state, robust.make_robust(8, 11, SECOND, 0.1))
