"""River's half-space trees over a vector of each hall."""

from __future__ import annotations

import numpy as np
from river import anomaly, preprocessing, stats

from benchmarks.peers.alert import Alert
from benchmarks.peers.features import hall_alerts
from benchmarks.peers.history import F64, Grid, History
from config.site import Site

TREES = 25
HEIGHT = 8
WINDOW = 250
QUANTILE = 0.995


class HalfSpaceTrees:
    name = "HalfSpaceTrees"
    settings = (
        f"{TREES} trees of height {HEIGHT}, window {WINDOW}, on min-max scaled figures of each hall every "
        f"30 s; alert from the running {QUANTILE} quantile of the scores on, such a vector is not learned "
        "(River documentation, HalfSpaceTrees and QuantileFilter; Tan, Ting and Liu 2011, Fast Anomaly "
        "Detection for Streaming Data)"
    )

    def alerts(self, history: History, grid: Grid, site: Site) -> list[Alert]:
        return hall_alerts(history, grid, site, _anomalous)


def _anomalous(vectors: F64) -> np.ndarray:
    """Where the score is at or above its quantile, once there are enough scores to tell that quantile."""
    scaler = preprocessing.MinMaxScaler()
    forest = anomaly.HalfSpaceTrees(n_trees=TREES, height=HEIGHT, window_size=WINDOW, seed=1)
    quantile, median = stats.Quantile(QUANTILE), stats.Quantile(0.5)
    least = round(1.0 / (1.0 - QUANTILE))
    scored = 0
    result = np.zeros(len(vectors), np.bool_)
    for k, row in enumerate(vectors):
        x = dict(enumerate(row.tolist()))
        scaler.learn_one(x)
        scaled = scaler.transform_one(x)
        if k < WINDOW:
            forest.learn_one(scaled)
            continue
        score = forest.score_one(scaled)
        # A hall in which nothing changes has the same score at every row, and so at every quantile.
        high = scored >= least and score >= quantile.get() and score > median.get() + 1e-9
        if not high:
            forest.learn_one(scaled)
        quantile.update(score)
        median.update(score)
        scored += 1
        result[k] = high
    return result
