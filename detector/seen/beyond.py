"""Which points are beyond a limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.threshold import TUNED, threshold
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of points beyond a limit."""

    says_nothing_after_s: int = threshold(
        6 * 3600, "s", "what was beyond a limit and is silent for longer says nothing of it any more", TUNED
    )


T = Thresholds()


def beyond_any(points: Points, end: int) -> list[int]:
    """Slots that are beyond a limit at the end of a tick, confirmed or not."""
    state, n = points.arrival, len(points)
    beyond = (state.level[:n] > 0) | (state.raw_level[:n] > 0) | (state.aside_level[:n] > 0)
    lately = state.heard[:n] >= end - T.says_nothing_after_s * SECOND
    found: list[int] = np.flatnonzero(beyond & lately).tolist()
    return found
