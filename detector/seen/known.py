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
