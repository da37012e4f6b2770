"""A hall in a dozen figures, for the detectors that judge a vector."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.peers.alert import Alert, alerts_of
from benchmarks.peers.history import F64, I64, Grid, History, columns, halls
from config.kinds import Role
from config.site import Site

EVERY_S = 30
"""From one vector to the next."""

OF_HALL = (
    (Role.RACK_INLET, ("mean", "max")),
    (Role.SUPPLY_AIR, ("mean", "max")),
    (Role.RETURN_AIR, ("mean",)),
    (Role.FAN_SPEED, ("mean",)),
    (Role.VALVE, ("mean",)),
    (Role.POWER, ("mean",)),
    (Role.RUN_STATUS, ("mean",)),
)
OF_PLANT = (
    (Role.WATER_SUPPLY, ("mean",)),
    (Role.WATER_RETURN, ("mean",)),
    (Role.FLOW, ("mean",)),
    (Role.RUN_STATUS, ("mean",)),
)


def hall_vectors(history: History, grid: Grid, site: Site) -> tuple[I64, dict[str, F64]]:
    """The times of the vectors, every 30 s (or tick, if longer), and for each hall f8[vectors, figures].

    A figure that is missing keeps its last value; one that was never known is zero.
    """
    rows = slice(None, None, grid.ticks(EVERY_S))
    place = np.array(halls(history, site))
    values = grid.values[rows]
    vectors: dict[str, F64] = {}
    for hall in sorted(set(place) - {""}):
        figures = [
            _summary(values[:, chosen], how)
            for where, wanted in ((hall, OF_HALL), ("", OF_PLANT))
            for role, hows in wanted
            for chosen in [[i for i in columns(history, role) if place[i] == where]]
            for how in hows
        ]
        vectors[hall] = _carried(np.column_stack(figures))
    return grid.times[rows], vectors


def hall_alerts(
    history: History, grid: Grid, site: Site, anomalous: Callable[[F64], np.ndarray]
) -> list[Alert]:
    """Alerts of each hall where ``anomalous`` (f8[vectors, figures] to bool[vectors]) says so."""
    times, vectors = hall_vectors(history, grid, site)
    active = np.zeros((len(times), len(vectors)), np.bool_)
    for k, each in enumerate(vectors.values()):
        active[:, k] = anomalous(each)
    return alerts_of(active, times, list(vectors))


def _summary(values: F64, how: str) -> F64:
    """The mean or maximum of each row's known values; NaN where there is none."""
    known = np.isfinite(values)
    some = known.any(axis=1)
    if how == "max":
        most = np.where(known, values, -np.inf).max(axis=1, initial=-np.inf)
        return np.where(some, most, np.nan)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(some, total / np.maximum(known.sum(axis=1), 1), np.nan)


def _carried(vectors: F64) -> F64:
    row = np.arange(len(vectors))[:, None]
    known = np.maximum.accumulate(np.where(np.isfinite(vectors), row, 0), axis=0)
    return np.nan_to_num(np.take_along_axis(vectors, known, axis=0), nan=0.0)
