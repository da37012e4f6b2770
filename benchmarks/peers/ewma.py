"""The exponentially weighted moving average control chart."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.alert import Alert, Bools, alerts_of
from benchmarks.peers.features import summary
from benchmarks.peers.history import F64, Grid, History, columns, halls
from config.kinds import Role
from config.site import Site

LAMBDA = 0.2
WIDTH = 3.0
REFERENCE = 2160
"""Ticks of 10 s from which mean and spread are taken: the 6 h before."""
LEAST = 360


class Ewma:
    name = "EWMA 3 sigma"
    settings = (
        "the averages of each hall's rack inlets and of its units' supply air, lambda 0.2, limits 3 sigma, "
        "mean and spread of the last 6 h (NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4 EWMA "
        "Control Charts; Montgomery, Introduction to Statistical Quality Control)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        place = np.array(halls(history, site))
        names = sorted(set(place) - {""})
        charted = [
            summary(grid.values[:, [i for i in columns(history, role) if place[i] == name]], "mean")
            for name in names
            for role in (Role.RACK_INLET, Role.SUPPLY_AIR)
        ]
        values = np.array(charted).reshape(len(charted), len(grid.times))
        beyond = _beyond(values, LAMBDA, WIDTH, REFERENCE, LEAST)
        return alerts_of(beyond.T, grid.times, [name for name in names for _ in range(2)])


@numba.njit(nogil=True, cache=True)
def _beyond(values: F64, weight: float, width: float, reference: int, least: int) -> Bools:
    """[series, ticks] where the average of ``values`` [series, ticks] is beyond its limits.

    The limits are those of the chart that has run for long: ``width * sigma * sqrt(w / (2 - w))``.
    Mean and spread are those of the last ``reference`` ticks before the value's own.
    """
    out: NDArray[np.bool_] = np.zeros(values.shape, np.bool_)
    ratio = width * width * weight / (2.0 - weight)
    for s in range(values.shape[0]):
        x = values[s]
        n, mean, squares = 0, 0.0, 0.0
        average = np.nan
        for k in range(len(x)):
            if np.isfinite(x[k]):
                average = x[k] if np.isnan(average) else average + weight * (x[k] - average)
                variance = squares / n if n else 0.0
                if n >= least and variance > 1e-12:
                    out[s, k] = (average - mean) ** 2 > ratio * variance
                n += 1
                change = x[k] - mean
                mean += change / n
                squares += change * (x[k] - mean)
            gone = k - reference
            if gone >= 0 and np.isfinite(x[gone]) and n > 1:
                n -= 1
                change = x[gone] - mean
                mean -= change / n
                squares = max(0.0, squares - change * (x[gone] - mean))
    return out
