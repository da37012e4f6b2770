"""Netdata's vote: k-means on each metric's changes, and a node that has too many metrics off.

Written from Netdata's documentation (Machine Learning Anomaly Detection; ML Configuration).
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.alert import Alert, Bools, alerts_of
from benchmarks.peers.history import F64, I64, Grid, History, halls
from config.site import Site

SMOOTH = 3
LAG = 5
TRAIN_S = 6 * 3600
LEAST_S = 900
EVERY_S = 3 * 3600
MODELS = 18
SCORE = 0.99
RATE = 0.05
AVERAGED_S = 60
ITERATIONS = 1000


class NetdataKMeans:
    name = "Netdata k-means vote"
    settings = (
        "k-means (k 2) on 6 lagged, smoothed (3) differences of each metric, up to 18 models of 6 h each, "
        "one every 3 h, no vector left out; a metric is off when all its models say above 0.99; alert when "
        "more than 5 % of a hall's metrics are off over 1 min (Netdata documentation, ML Configuration: the "
        "defaults; Anomaly-Based Alerts: ml_1min_node_ar, from its 1 % up within the range given for hosts, "
        "as at 1 % it goes off 50 times a day)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        hall = np.array(halls(history, site))
        nodes = sorted(set(hall))
        active = np.zeros((len(grid.times), len(nodes)), np.bool_)
        for k, node in enumerate(nodes):
            metrics = np.ascontiguousarray(grid.values[:, hall == node].T)
            off, judged = anomaly_bits(metrics, grid.ticks(TRAIN_S), grid.ticks(LEAST_S), grid.ticks(EVERY_S))
            some = np.maximum(judged.sum(axis=0), 1)
            active[:, k] = _averaged(off.sum(axis=0) / some, grid.ticks(AVERAGED_S)) > RATE
        return alerts_of(active, grid.times, nodes)


def _averaged(rate: F64, ticks: int) -> F64:
    """The mean of the last ``ticks``; those before the first count as zero."""
    total = np.concatenate([np.zeros(ticks), np.cumsum(rate)])
    return (total[ticks:] - total[:-ticks]) / ticks


@numba.njit(nogil=True, cache=True)
def anomaly_bits(metrics: F64, train: int, least: int, every: int) -> tuple[Bools, Bools]:
    """Two [metrics, ticks]: where a metric is off, and where it was judged. ``metrics``: [metrics, ticks].

    A model is trained ``every`` so many ticks on the last ``train``, if ``least`` vectors are whole.
    """
    off: NDArray[np.bool_] = np.zeros(metrics.shape, np.bool_)
    judged: NDArray[np.bool_] = np.zeros(metrics.shape, np.bool_)
    ticks = metrics.shape[1]
    for m in range(metrics.shape[0]):
        vectors = _vectors(metrics[m])
        centres = np.empty((ticks // every + 1, 2, LAG + 1))
        bounds = np.empty((ticks // every + 1, 2))
        sample = np.empty((train, LAG + 1))
        models = 0
        for k in range(ticks):
            if k >= every and k % every == 0:
                size = _whole_ones(vectors[max(0, k - train) : k], sample)
                if size >= least:
                    _train(sample[:size], centres[models], bounds[models])
                    models += 1
            if models and not np.isnan(vectors[k, 0]):
                judged[m, k] = True
                off[m, k] = _all_agree(vectors[k], centres, bounds, max(0, models - MODELS), models)
    return off, judged


@numba.njit(nogil=True, cache=True)
def _vectors(x: F64) -> F64:
    """[ticks, 6] smoothed differences at the tick and the five before; all NaN where any is missing."""
    out = np.full((len(x), LAG + 1), np.nan)
    known = 0
    for k in range(len(x)):
        known = 0 if np.isnan(x[k]) else known + 1
        if known > SMOOTH + LAG:
            for j in range(LAG + 1):
                newest = k - LAG + j
                out[k, j] = (x[newest] - x[newest - SMOOTH]) / SMOOTH
    return out


@numba.njit(nogil=True, cache=True)
def _whole_ones(vectors: F64, sample: F64) -> int:
    """Copy the vectors that are not missing to the head of ``sample``; how many they are."""
    size = 0
    for i in range(len(vectors)):
        if not np.isnan(vectors[i, 0]):
            for j in range(vectors.shape[1]):
                sample[size, j] = vectors[i, j]
            size += 1
    return size


@numba.njit(nogil=True, cache=True)
def _train(sample: F64, centres: F64, bounds: F64) -> None:
    """Lloyd's algorithm from the first vector and the one farthest from it; then the range of distances."""
    farthest = 0
    for i in range(len(sample)):
        if _distance(sample[i], sample[0]) > _distance(sample[farthest], sample[0]):
            farthest = i
    for j in range(sample.shape[1]):
        centres[0, j], centres[1, j] = sample[0, j], sample[farthest, j]
    nearer = np.full(len(sample), -1)
    for _ in range(ITERATIONS):
        moved = False
        for i in range(len(sample)):
            side = int(_distance(sample[i], centres[1]) < _distance(sample[i], centres[0]))
            moved |= side != nearer[i]
            nearer[i] = side
        if not moved:
            break
        _recentre(sample, nearer, centres)
    bounds[0], bounds[1] = np.inf, -np.inf
    for i in range(len(sample)):
        mean = (_distance(sample[i], centres[0]) + _distance(sample[i], centres[1])) / 2.0
        bounds[0], bounds[1] = min(bounds[0], mean), max(bounds[1], mean)


@numba.njit(nogil=True, cache=True)
def _recentre(sample: F64, nearer: I64, centres: F64) -> None:
    """Each centre to the mean of the vectors that are nearer to it; one without any stays."""
    for side in range(2):
        n = 0
        total = np.zeros(sample.shape[1])
        for i in range(len(sample)):
            if nearer[i] == side:
                n += 1
                for j in range(sample.shape[1]):
                    total[j] += sample[i, j]
        if n:
            for j in range(sample.shape[1]):
                centres[side, j] = total[j] / n


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
