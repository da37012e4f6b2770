"""How far a unit's supply air lies from its median, in robust standard deviations."""

from __future__ import annotations

import numba
import numpy as np

from benchmarks.peers.alert import Alert, alerts_of, held
from benchmarks.peers.history import F64, Grid, History, columns, halls
from config.kinds import Role
from config.site import Site

WINDOW_S = 3600
LEAST_S = 1800
LIMIT = 3.5
HOLD_S = 60


class MedianMad:
    name = "rolling median/MAD"
    settings = (
        "each unit's supply air above its median of 1 h by more than 3.5 times 1.4826 MAD, for 1 min "
        "(Iglewicz and Hoaglin, How to Detect and Handle Outliers)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        chosen = columns(history, Role.SUPPLY_AIR)
        hall = halls(history, site)
        values = np.ascontiguousarray(grid.values[:, chosen].T)
        z = modified_z(values, grid.ticks(WINDOW_S), grid.ticks(LEAST_S)).T
        return alerts_of(held(z > LIMIT, grid.ticks(HOLD_S)), grid.times, [hall[i] for i in chosen])


@numba.njit(nogil=True, cache=True)
def modified_z(values: F64, window: int, least: int) -> F64:
    """[series, ticks] modified z-scores within the last ``window`` ticks, the value's own among them.

    NaN where the value, or all but fewer than ``least`` of the window, is missing. Where more
    than half of the window is one value, and the MAD so zero, the mean absolute deviation stands
    in for it (1.2533 of it estimates the standard deviation); the score is zero if that is zero too.
    """
    out = np.full(values.shape, np.nan)
    ranked = np.empty(window + 1)
    for s in range(values.shape[0]):
        n = 0
        for k in range(values.shape[1]):
            if k >= window and not np.isnan(values[s, k - window]):
                n = _drop(ranked, n, values[s, k - window])
            x = values[s, k]
            if np.isnan(x):
                continue
            n = _put(ranked, n, x)
            if n < least:
                continue
            median, spread = _median_and_spread(ranked, n)
            out[s, k] = (x - median) / spread if spread > 1e-9 else 0.0
    return out


@numba.njit(nogil=True, cache=True)
def _put(ranked: F64, n: int, x: float) -> int:
    """Add ``x`` to the ascending ``ranked[:n]``; how many there are then."""
    i = n
    while i > 0 and ranked[i - 1] > x:
        ranked[i] = ranked[i - 1]
        i -= 1
    ranked[i] = x
    return n + 1


@numba.njit(nogil=True, cache=True)
def _drop(ranked: F64, n: int, x: float) -> int:
    """Take one ``x`` out of the ascending ``ranked[:n]``; how many are left."""
    i = 0
    while ranked[i] != x:
        i += 1
    while i + 1 < n:
        ranked[i] = ranked[i + 1]
        i += 1
    return n - 1


@numba.njit(nogil=True, cache=True)
def _median_and_spread(ranked: F64, n: int) -> tuple[float, float]:
    """Of the ascending ``ranked[:n]``: the median, and the standard deviation as the MAD tells it."""
    median = (ranked[(n - 1) // 2] + ranked[n // 2]) / 2.0
    # Outwards from the median, the nearer side first, deviations come in ascending order.
    low, high = (n - 1) // 2, (n - 1) // 2 + 1
    away = before = 0.0
    for _ in range(n // 2 + 1):
        before = away
        if high >= n or (low >= 0 and median - ranked[low] <= ranked[high] - median):
            away = median - ranked[low]
            low -= 1
        else:
            away = ranked[high] - median
            high += 1
    mad = away if n % 2 else (before + away) / 2.0
    if mad > 0.0:
        return median, 1.4826 * mad
    total = 0.0
    for i in range(n):
        total += abs(ranked[i] - median)
    return median, 1.2533 * total / n
