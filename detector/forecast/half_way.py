"""What has changed between two readings that lie far apart."""

from __future__ import annotations

import numpy as np

from detector.seen.shared import OF_SEEN
from streams.messages import F64, SECOND


def changed_half_way(rows: F64, told: int) -> F64:
    """The rows of a course, and one more between any two that lie far apart.

    ``rows``: f8[n, columns], the first the time in ns; the first ``told`` columns are what was
    seen, the others what drives it. For all that anybody knows, that changed half way.
    """
    far = 1 + np.flatnonzero(np.diff(rows[:, 0]) > OF_SEEN.longest_step_s * SECOND)
    between = rows[far].copy()
    between[:, 0] = (rows[far - 1, 0] + rows[far, 0]) / 2.0
    between[:, 1:told] = np.nan
    return np.insert(rows, far, between, axis=0)
