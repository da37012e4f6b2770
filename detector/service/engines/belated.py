"""Points most of whose readings come too late or twice: so look two sources under one id."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detector.points import Points
from streams.formats.not_understood import Belated

MOSTLY = 0.4
"""Of two sources that share their stamps half is lost; of what is sent again after a restart, far less."""
TAKEN_AT_LEAST = 20
"""Readings; of fewer a part says little."""


def mostly_belated(points: Points, before: Mapping[str, tuple[int, int]] | None = None) -> list[Belated]:
    """Points of which most of what was taken since ``before`` came late, or for a time read already.

    ``before`` holds (taken, belated) by id, as `arrived` gave them; from the beginning, unless given.
    """
    n = len(points)
    taken, belated = points.arrival.taken[:n], points.arrival.belated[:n]
    found = []
    for slot in np.flatnonzero(belated >= MOSTLY * TAKEN_AT_LEAST).tolist():
        earlier = (before or {}).get(points.ids[slot], (0, 0))
        came, lost = int(taken[slot]) - earlier[0], int(belated[slot]) - earlier[1]
        if came >= TAKEN_AT_LEAST and lost >= MOSTLY * came:
            found.append(Belated(points.ids[slot], came, lost))
    return found


def arrived(points: Points) -> dict[str, tuple[int, int]]:
    """By id, how many readings were taken, and how many of them came late or twice; only where any did."""
    n = len(points)
    taken, belated = points.arrival.taken[:n].tolist(), points.arrival.belated[:n].tolist()
    return {points.ids[slot]: (taken[slot], belated[slot]) for slot in range(n) if belated[slot]}
