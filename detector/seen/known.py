"""Values of which some are not known."""

from __future__ import annotations

import math

import numpy as np

from streams.messages import F64


def median_known(values: F64) -> float:
    """Median of the values that are known; NaN where none is."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")


def least_known(seconds: F64, rows: tuple[int, ...]) -> float:
    """The shortest of these times; NaN where none is known."""
    known = seconds[list(rows)]
    return float(np.fmin.reduce(known)) if len(known) else math.nan


def medians_known(group: np.ndarray, value: F64) -> F64:
    """For each row of ``value`` the median of its ``group``, of what is known; NaN where nothing is."""
    medians = np.full(len(value), np.nan)
    finite = np.isfinite(value)
    for g in np.unique(group).tolist():
        rows = group == g
        told = value[rows & finite]
        medians[rows] = np.median(told) if len(told) else np.nan
    return medians
