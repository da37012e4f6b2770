"""Machines that do the same work tell what is the load's or the weather's: all of them move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of peers."""

    small_group: int = threshold(
        8,
        "machines",
        "in a larger group one no longer moves the median by much, so it need not be left out",
        TUNED,
    )


T = Thresholds()


def beyond_peers(deviation: F64, groups: tuple[tuple[int, ...], ...]) -> F64:
    """Deviations, f8[rows, measures], less what the peers of each row share with it.

    What is left is the smaller of a machine's deviation from its own past and
    from the median of its peers', and nothing where the two disagree in sign:
    neither a peer that moves nor one that cannot be measured makes a machine
    look worse than it is. A machine without peers stands by its own past.
    """
    found = deviation.copy()
    for group in groups:
        own = deviation[list(group)]
        beyond = own - np.nan_to_num(median_of_others(own))
        with np.errstate(invalid="ignore"):
            least = np.where(np.abs(beyond) < np.abs(own), beyond, own)
            found[list(group)] = np.where(np.sign(beyond) * np.sign(own) < 0.0, 0.0, least)
    return found


def median_of_others(value: F64) -> F64:
    """For each row of ``value``, f8[n, k], the median of the known values of the others, by column.

    NaN where no other is known.
    """
    n = len(value)
    if n > T.small_group:
        return np.broadcast_to(median(value), value.shape)
    if n < 2:
        return np.full(value.shape, np.nan)
    return np.stack([median(np.delete(value, i, axis=0)) for i in range(n)])


def median(value: F64) -> F64:
    """Median of the known values of each column of ``value``, f8[n, k]; NaN where there is none."""
    ordered = np.sort(value, axis=0)  # NaN last
    count = np.isfinite(value).sum(axis=0)
    column = np.arange(value.shape[1])
    low, high = np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2
    middle: F64 = 0.5 * (ordered[low, column] + ordered[np.minimum(high, len(value) - 1), column])
    return np.where(count > 0, middle, np.nan)
