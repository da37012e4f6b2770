"""A robust random cut forest over the latest vectors of each hall."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.alert import Alert, Bools
from benchmarks.peers.features import hall_alerts
from benchmarks.peers.history import F64, Grid, History
from benchmarks.peers.random_cut_tree import collusive_displacement
from config.site import Site

TREES = 100
SIZE = 256
SHINGLE = 8
SIGMAS = 3.0


class RandomCutForest:
    name = "random cut forest"
    settings = (
        f"{TREES} trees of {SIZE} points, shingles of {SHINGLE} vectors 30 s apart, each figure scaled by "
        f"the first {SIZE}; alert above mean + {SIGMAS:g} standard deviations of the scores so far (Guha et "
        "al. 2016, Robust Random Cut Forest Based Anomaly Detection on Streams; shingle and sample as "
        "Amazon Managed Service for Prometheus has them, trees and threshold as in How RCF Works, SageMaker)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        return hall_alerts(history, grid, site, _anomalous)


def _anomalous(vectors: F64) -> Bools:
    result = np.zeros(len(vectors), np.bool_)
    if len(vectors) <= 2 * SIZE:
        return result
    shingles = _shingled(_scaled(vectors))
    score = collusive_displacement(shingles, TREES, SIZE, 1)
    result[SHINGLE - 1 :] = _beyond(score)
    return result


def _scaled(vectors: F64) -> F64:
    """Standardised by the first `SIZE` vectors; a figure that was constant there counts in its own unit."""
    first = vectors[:SIZE]
    spread = first.std(axis=0)
    return (vectors - first.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)


def _shingled(vectors: F64) -> F64:
    """Each vector with the seven before it: [vectors - 7, 8 x figures]."""
    rows = np.lib.stride_tricks.sliding_window_view(vectors, SHINGLE, axis=0)
    return np.ascontiguousarray(rows.reshape(len(rows), -1))


def _beyond(score: F64) -> Bools:
    """Above the mean of the scores before, from the first whole forest on, by 3 of their deviations."""
    result = np.zeros(len(score), np.bool_)
    full = score[SIZE:]
    n = np.arange(len(full), dtype=np.float64)
    least = np.maximum(n, 1.0)
    mean = np.concatenate([[0.0], np.cumsum(full)[:-1]]) / least
    square = np.concatenate([[0.0], np.cumsum(full * full)[:-1]]) / least
    deviation = np.sqrt(np.maximum(0.0, square - mean * mean))
    result[SIZE:] = (n >= SIZE) & (full > mean + SIGMAS * deviation + 1e-9)
    return result
