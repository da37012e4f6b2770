"""The exponentially weighted moving average control chart."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.alert import Alert, Bools, alerts_of, held
from benchmarks.peers.history import F64, Grid, History, columns, halls
from config.kinds import Role
from config.site import Site

LAMBDA = 0.2
WIDTH = 3.0
REFERENCE_S = 6 * 3600
LEAST_S = 3600
HOLD_S = 60


class Ewma:
    """On supply air alone: charts of a hundred inlets beside it are never all in control at once."""

    name = "EWMA 3 sigma"
    settings = (
        "each unit's supply air, lambda 0.2, limits 3 sigma of the average, mean and spread of the last 6 h, "
        "for 1 min (NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.4 EWMA Control Charts; "
        "Montgomery, Introduction to Statistical Quality Control)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        chosen = columns(history, Role.SUPPLY_AIR)
        hall = halls(history, site)
        values = np.ascontiguousarray(grid.values[:, chosen].T)
        beyond = _beyond(values, LAMBDA, WIDTH, grid.ticks(REFERENCE_S), grid.ticks(LEAST_S)).T
        return alerts_of(held(beyond, grid.ticks(HOLD_S)), grid.times, [hall[i] for i in chosen])


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
