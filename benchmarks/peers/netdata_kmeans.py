"""Netdata's vote: k-means on each metric's changes, and a node that has too many metrics off.

Written from Netdata's documentation (Machine Learning Anomaly Detection; ML Configuration).
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.alert import Alert, Bools, alerts_of
from benchmarks.peers.history import F64, Grid, History, halls
from config.site import Site

SMOOTH = 3
LAG = 5
TRAIN = 2160
"""Ticks of 10 s: 6 h."""
EVERY = 1080
MODELS = 18
SCORE = 0.99
RATE = 0.01
AVERAGED = 30
ITERATIONS = 1000


class NetdataKMeans:
    name = "Netdata k-means vote"
    settings = (
        "k-means (k 2) on 6 lagged, smoothed (3) differences of each metric, up to 18 models of 6 h each, "
        "one every 3 h, no vector left out; a metric is off when all its models say above 0.99; alert when "
        "more than 1 % of a hall's metrics are off over 5 min (Netdata documentation, ML Configuration: "
        "the defaults)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        hall = np.array(halls(history, site))
        nodes = sorted(set(hall))
        active = np.zeros((len(grid.times), len(nodes)), np.bool_)
        for k, node in enumerate(nodes):
            metrics = np.ascontiguousarray(grid.values[:, hall == node].T)
            off, judged = anomaly_bits(metrics)
            some = np.maximum(judged.sum(axis=0), 1)
            active[:, k] = _averaged(off.sum(axis=0) / some) > RATE
        return alerts_of(active, grid.times, nodes)


def _averaged(rate: F64) -> F64:
    """The mean of the last `AVERAGED` ticks, of those missing before the first taken as zero."""
    total = np.concatenate([np.zeros(AVERAGED), np.cumsum(rate)])
    return (total[AVERAGED:] - total[:-AVERAGED]) / AVERAGED


@numba.njit(nogil=True, cache=True)
def anomaly_bits(metrics: F64) -> tuple[Bools, Bools]:
    """Two [metrics, ticks]: where a metric is off, and where it was judged. ``metrics``: [metrics, ticks]."""
    off: NDArray[np.bool_] = np.zeros(metrics.shape, np.bool_)
    judged: NDArray[np.bool_] = np.zeros(metrics.shape, np.bool_)
    ticks = metrics.shape[1]
    for m in range(metrics.shape[0]):
        vectors = _vectors(metrics[m])
        whole = np.isfinite(vectors.sum(axis=1)) if ticks else np.zeros(0, np.bool_)
        centres = np.empty((ticks // EVERY + 1, 2, LAG + 1))
        bounds = np.empty((ticks // EVERY + 1, 2))
        models = 0
        for k in range(ticks):
            if k >= EVERY and k % EVERY == 0:
                begin = max(0, k - TRAIN)
                sample = vectors[begin:k][whole[begin:k]]
                if len(sample) >= 90:
                    _train(sample, centres[models], bounds[models])
                    models += 1
            if models and whole[k]:
                judged[m, k] = True
                off[m, k] = _all_agree(vectors[k], centres, bounds, max(0, models - MODELS), models)
    return off, judged


@numba.njit(nogil=True, cache=True)
def _vectors(x: F64) -> F64:
    """[ticks, 6] smoothed differences at the tick and the five before; NaN where any is missing."""
    smooth = np.full(len(x), np.nan)
    for k in range(SMOOTH, len(x)):
        smooth[k] = (x[k] - x[k - SMOOTH]) / SMOOTH
        for j in range(k - SMOOTH + 1, k):
            if np.isnan(x[j]):
                smooth[k] = np.nan
    out = np.full((len(x), LAG + 1), np.nan)
    for k in range(LAG, len(x)):
        out[k] = smooth[k - LAG : k + 1]
    return out


@numba.njit(nogil=True, cache=True)
def _train(sample: F64, centres: F64, bounds: F64) -> None:
    """Lloyd's algorithm from the first vector and the one farthest from it; then the range of distances."""
    centres[0] = sample[0]
    centres[1] = sample[np.argmax(((sample - sample[0]) ** 2).sum(axis=1))]
    nearer = np.full(len(sample), -1)
    for _ in range(ITERATIONS):
        moved = False
        for i in range(len(sample)):
            side = int(_distance(sample[i], centres[1]) < _distance(sample[i], centres[0]))
            moved |= side != nearer[i]
            nearer[i] = side
        if not moved:
            break
        for side in range(2):
            n = (nearer == side).sum()
            if n:
                centres[side] = sample[nearer == side].sum(axis=0) / n
    bounds[0], bounds[1] = np.inf, -np.inf
    for i in range(len(sample)):
        mean = (_distance(sample[i], centres[0]) + _distance(sample[i], centres[1])) / 2.0
        bounds[0], bounds[1] = min(bounds[0], mean), max(bounds[1], mean)


@numba.njit(nogil=True, cache=True)
def _distance(a: F64, b: F64) -> float:
    total = 0.0
    for j in range(len(a)):
        total += (a[j] - b[j]) ** 2
    return np.sqrt(total)


@numba.njit(nogil=True, cache=True)
def _all_agree(vector: F64, centres: F64, bounds: F64, first: int, last: int) -> bool:
    """Whether each model finds the vector as far off as the farthest of its training."""
    for m in range(first, last):
        span = bounds[m, 1] - bounds[m, 0]
        mean = (_distance(vector, centres[m, 0]) + _distance(vector, centres[m, 1])) / 2.0
        if not span > 0.0 or not abs(mean - bounds[m, 0]) / span > SCORE:
            return False
    return True
