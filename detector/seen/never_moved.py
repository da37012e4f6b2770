"""Probes that have never moved and that nothing near them bears out: slots in which nothing is fitted.

A probe that is held at its set point in whole degrees does not move either; but others near it read alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.seen.raw_values import RawValues
from detector.threshold import TUNED, threshold


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of slots without a probe."""

    near_k: float = threshold(5.0, "K", "what others of its place read bears it out within this", TUNED)


T = Thresholds()


def stand_for_no_probe(points: Points, raw: RawValues, slots: np.ndarray) -> np.ndarray:
    """Temperatures among ``slots`` that have never moved from what stands for nothing, and stand apart."""
    n = len(points)
    still = slots[raw.celsius[slots] & np.isnan(raw.before[slots]) & np.isfinite(raw.value[slots])]
    still = still[raw.cannot_be(points, still)]
    if not len(still):
        return still
    others = np.flatnonzero(raw.celsius[:n] & np.isfinite(raw.value[:n]))
    others = others[~raw.cannot_be(points, others)]
    apart = np.zeros(len(still), np.bool_)
    for place in np.unique(points.hall[still]).tolist():
        here = points.hall[still] == place
        there = np.sort(raw.value[others[points.hall[others] == place]])
        if not len(there):
            continue
        value = raw.value[still[here]]
        after = np.searchsorted(there, value)
        above = there[np.minimum(after, len(there) - 1)]
        below = there[np.maximum(after - 1, 0)]
        apart[here] = np.fmin(np.abs(above - value), np.abs(value - below)) > T.near_k
    return still[apart]
