"""Whether the event time of each zone goes on, by the clock on the wall.

The engine knows stamps only; that they stand still, or lie in the future, while
readings come in, is seen from here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from detector.engine import Engine
from streams.messages import SECOND

AT_LEAST_S = 60.0
PACES = 3
# A zone that is polled seldom takes two rounds before it is known how late it is.
FIRST_AFTER_S = 1800.0


@dataclass(frozen=True, slots=True)
class _Seen:
    event_time: int | None
    moved: float
    """When it came to that, on the monotonic clock, s."""
    readings: int
    heard: float
    """When the last of those readings came in."""


class EventClocks:
    """What was seen of the event times so far."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def wrong(self, engines: Mapping[str, Engine], now: int, monotonic: float) -> dict[str, str]:
        """By zone what is wrong, in words; ``now`` in ns of the wall clock, ``monotonic`` in s."""
        found = {}
        seen: dict[str, _Seen] = {}
        for zone, engine in engines.items():
            time, readings = engine.event_time, engine.counts.readings
            before = self._seen.get(zone)
            moved, heard = monotonic, monotonic
            if before is not None:
                moved = before.moved if before.event_time == time else monotonic
                heard = before.heard if before.readings == readings else monotonic
            seen[zone] = _Seen(time, moved, readings, heard)
            allowed = allowed_s(engine)
            if monotonic - heard > allowed:
                continue  # silence is told elsewhere
            if time is not None and time - now > engine.settings.max_ahead:
                found[zone] = "lies in the future"
            elif heard - moved > allowed:
                found[zone] = "stands still"
        self._seen = seen
        return found


def allowed_s(engine: Engine) -> float:
    """How long event time may stand while readings come in."""
    if engine.event_time is None:
        return FIRST_AFTER_S
    settings = engine.settings
    paces = settings.tick + settings.lateness + PACES * engine.intake.pace
    return max(AT_LEAST_S, math.ceil(paces / SECOND))
