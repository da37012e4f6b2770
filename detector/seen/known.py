"""Values of which some are not known."""

from __future__ import annotations

import math

import numpy as np

from streams.messages import F64


def median_of(known: F64) -> float:
    """Median of values of which none is NaN, and one at least there is: of few, sorting is quickest."""
    in_order = np.sort(known)
    half = len(in_order) // 2
    return float(in_order[half] if len(in_order) % 2 else (in_order[half - 1] + in_order[half]) / 2.0)


def median_known(values: F64) -> float:
    """Median of the values that are known; NaN where none is."""
    known = values[np.isfinite(values)]
    return median_of(known) if len(known) else math.nan


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
        medians[rows] = median_of(told) if len(told) else np.nan
    return medians
