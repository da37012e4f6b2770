"""Which readings look, as they arrive and before their tick is judged, like those of a source that fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.seen.constants import constant_of
from detector.seen.one_constant import T as ONE_CONSTANT
from detector.seen.raw_values import RawValues, too_fast
from detector.seen.raw_values import T as RAW_VALUES
from detector.seen.unit_changes import SAID, follows_law
from detector.threshold import TUNED, threshold
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of readings that wait for their tick to be judged."""

    lately_s: int = threshold(
        60, "s", "what turned to the same constant as others did within this time waits for its tick", TUNED
    )


T = Thresholds()


def looks_like_a_source(points: Points, raw: RawValues, slot: int) -> bool:
    """Whether a point has turned to a constant, or leapt or to another unit, as others near it have."""
    state, n = points.arrival, len(points)
    rows = np.array([slot])
    if _changes_its_unit(points, raw, slot) or _leaps_as_none_does(points, raw, slot):
        return True
    read = state.last_value[rows]
    constant, listed = constant_of(read, raw.celsius[rows])
    zero = constant == 0.0
    if not (listed | (zero & raw.never_zero[rows]))[0] or not _jumped(raw, rows, read)[0]:
        return False
    near = (points.arrival.equipment[:n] == state.equipment[slot]) | (
        (points.hall[:n] == points.hall[slot]) & (points.role[:n] == points.role[slot])
    )
    near &= np.abs(state.heard[:n] - state.heard[slot]) <= T.lately_s * SECOND
    near[slot] = False
    others = np.flatnonzero(near)
    values = state.last_value[others]
    alike = constant_of(values, raw.celsius[others])[0] == constant[0]
    alike &= _jumped(raw, others, values)
    return bool(alike.any())


def _changes_its_unit(points: Points, raw: RawValues, slot: int) -> bool:
    """Whether a temperature has moved to what it would be in another unit, and another of its hall has."""
    state = points.arrival
    if not raw.degrees[slot] or not abs(state.last_value[slot] - raw.value[slot]) > RAW_VALUES.leaps_by:
        return False
    others = _heard_lately(points, raw.degrees, slot)
    now, was = state.last_value[others], raw.value[others]
    far = np.abs(now - was) > RAW_VALUES.leaps_by
    own = others == slot
    return any(
        bool((far & follows_law(law, was, now))[own].all() and (far & follows_law(law, was, now)).sum() > 1)
        for law in range(len(SAID))
    )


def _leaps_as_none_does(points: Points, raw: RawValues, slot: int) -> bool:
    """Whether a temperature has leapt faster than any does, as another of its hall has.

    What that was is clear once all of them have been read again: see `detector.seen.jumps_together`.
    """
    state = points.arrival
    if not raw.celsius[slot]:
        return False
    others = _heard_lately(points, raw.celsius, slot)
    known = raw.too_fast[others] & (state.heard[slot] - raw.leapt[others] <= T.lately_s * SECOND)
    now = state.last_value[others]
    was = np.where(known, raw.leapt_from[others], raw.value[others])
    moved = now - was
    leaps = known | too_fast(np.abs(moved), state.last_time[others] - raw.read[others])
    leaps &= np.abs(moved) > RAW_VALUES.leaps_by
    own = moved[others == slot]
    leaps &= np.sign(moved) == np.sign(own[0])
    if not leaps[others == slot][0]:
        return False
    # Two of one rack are no hall; but until its tick has closed others of it may only not have come.
    judged = state.last_value[slot] == raw.value[slot]
    return len(np.unique(state.equipment[others[leaps]]) if judged else others[leaps]) > 1


def _heard_lately(points: Points, of: np.ndarray, slot: int) -> np.ndarray:
    """Slots ``of`` (b1[slots]) the hall of a slot that were heard about when it was, itself among them."""
    state, n = points.arrival, len(points)
    near = of[:n] & (points.hall[:n] == points.hall[slot])
    near &= np.abs(state.heard[:n] - state.heard[slot]) <= T.lately_s * SECOND
    return np.flatnonzero(near)


def _jumped(raw: RawValues, slots: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Whether each reads something far from what it did when the last tick was judged, or did not yet."""
    far: np.ndarray = ~(np.abs(read - raw.value[slots]) <= ONE_CONSTANT.turns_by_k)
    return far
