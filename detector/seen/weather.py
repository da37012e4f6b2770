"""How warm it gets outdoors within a day: yesterday's course, moved by how much warmer it is than yesterday.

The persistence forecast, the yardstick of all others (D. S. Wilks, Statistical
Methods in the Atmospheric Sciences, chapter 8).
"""

from __future__ import annotations

import math
from collections import deque

from streams.messages import SECOND

HOUR = 3600 * SECOND
HOURS = 25


class Weather:
    """The warmest of each of the last hours outdoors, C."""

    state_fields = ("hours",)

    def __init__(self) -> None:
        self.hours: deque[tuple[int, float]] = deque()
        """(hour since 1970, warmest reading in it), the oldest first; at most `HOURS`."""

    def watch(self, outdoor: float, end: int) -> None:
        """Take in one tick; NaN where nobody measures it."""
        if math.isnan(outdoor):
            return
        hour = (end - 1) // HOUR
        if self.hours and self.hours[-1][0] == hour:
            outdoor = max(outdoor, self.hours.pop()[1])
        self.hours.append((hour, outdoor))
        while hour - self.hours[0][0] >= HOURS:
            self.hours.popleft()

    def warmest_ahead(self) -> float:
        """Within the next day, C; NaN where nothing is measured.

        With less than a day of readings it is the warmest so far.
        """
        if not self.hours:
            return math.nan
        (hour, now), (first, then) = self.hours[-1], self.hours[0]
        warmer = now - then if hour - first == HOURS - 1 else 0.0
        return max(now, max(warmest for _, warmest in self.hours) + warmer)
