"""Which points are beyond a limit."""

from __future__ import annotations

import numpy as np

from detector.points import Points
from streams.messages import SECOND

# A point that has been silent for longer than this counts as taken away.
FORGET_S = 6 * 3600


def beyond_any(points: Points, end: int) -> list[int]:
    """Slots that are beyond a limit at the end of a tick, confirmed or not."""
    state, n = points.arrival, len(points)
    beyond = (state.level[:n] > 0) | (state.raw_level[:n] > 0) | (state.aside_level[:n] > 0)
    found: list[int] = np.flatnonzero(beyond & (state.heard[:n] >= end - FORGET_S * SECOND)).tolist()
    return found
