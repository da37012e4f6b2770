"""Which readings look, as they arrive and before their tick is judged, like those of a source that fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.seen.constants import constant_of
from detector.seen.one_constant import T as ONE_CONSTANT
from detector.seen.raw_values import RawValues
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
    """Whether a point has turned to a constant, or to another unit, as others near it have."""
    state, n = points.arrival, len(points)
    rows = np.array([slot])
    if _changes_its_unit(points, raw, slot):
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
    state, n = points.arrival, len(points)
    if not raw.degrees[slot] or not abs(state.last_value[slot] - raw.value[slot]) > RAW_VALUES.leaps_by:
        return False
    near = raw.degrees[:n] & (points.hall[:n] == points.hall[slot])
    near &= np.abs(state.heard[:n] - state.heard[slot]) <= T.lately_s * SECOND
    others = np.flatnonzero(near)
    now, was = state.last_value[others], raw.value[others]
    far = np.abs(now - was) > RAW_VALUES.leaps_by
    own = others == slot
    return any(
        bool((far & follows_law(law, was, now))[own].all() and (far & follows_law(law, was, now)).sum() > 1)
        for law in range(len(SAID))
    )


def _jumped(raw: RawValues, slots: np.ndarray, read: np.ndarray) -> np.ndarray:
    """Whether each reads something far from what it did when the last tick was judged, or did not yet."""
    far: np.ndarray = ~(np.abs(read - raw.value[slots]) <= ONE_CONSTANT.turns_by_k)
    return far
