"""Which points are beyond a limit."""

from __future__ import annotations

import numpy as np

from detector.points import Points
from detector.seen.shared import OF_SEEN
from streams.messages import SECOND


def beyond_any(points: Points, end: int) -> list[int]:
    """Slots that are beyond a limit at the end of a tick, confirmed or not."""
    state, n = points.arrival, len(points)
    beyond = (state.level[:n] > 0) | (state.raw_level[:n] > 0) | (state.aside_level[:n] > 0)
    found: list[int] = np.flatnonzero(
        beyond & (state.heard[:n] >= end - OF_SEEN.taken_away_after_s * SECOND)
    ).tolist()
    return found
