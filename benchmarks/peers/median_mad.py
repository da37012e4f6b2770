"""How far a unit's supply air lies from its median, in robust standard deviations."""

from __future__ import annotations

import numba
import numpy as np

from benchmarks.peers.alert import Alert, alerts_of, held
from benchmarks.peers.history import F64, Grid, History, columns, halls
from config.kinds import Role
from config.site import Site

WINDOW = 360
"""Ticks of 10 s: an hour."""
LEAST = 180
LIMIT = 3.5
HOLD = 6


class MedianMad:
    name = "rolling median/MAD"
    settings = (
        "each unit's supply air above its median of 1 h by more than 3.5 times 1.4826 MAD, for 1 min "
        "(Iglewicz and Hoaglin, How to Detect and Handle Outliers)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        chosen = columns(history, Role.SUPPLY_AIR)
        hall = halls(history, site)
        z = modified_z(np.ascontiguousarray(grid.values[:, chosen].T), WINDOW, LEAST).T
        return alerts_of(held(z > LIMIT, HOLD), grid.times, [hall[i] for i in chosen])


@numba.njit(nogil=True, cache=True)
def modified_z(values: F64, window: int, least: int) -> F64:
    """[series, ticks] modified z-scores within the last ``window`` ticks.

    NaN where the value, or all but fewer than ``least`` of the window, is missing.

    Where more than half of the window is one value, and the MAD so zero, the mean absolute
    deviation stands in for it (1.2533 of it estimates the standard deviation); zero if that is zero too.
    """
    out = np.full(values.shape, np.nan)
    for s in range(values.shape[0]):
        for k in range(values.shape[1]):
            x = values[s, k]
            if np.isnan(x):
                continue
            recent = values[s, max(0, k + 1 - window) : k + 1]
            recent = recent[np.isfinite(recent)]
            if len(recent) < least:
                continue
            median = np.median(recent)
            away = np.abs(recent - median)
            spread = 1.4826 * np.median(away)
            if spread == 0.0:
                spread = 1.2533 * away.mean()
            out[s, k] = (x - median) / spread if spread > 1e-9 else 0.0
    return out
