"""What is known of each point on arrival: its limits, what it last said, its level, and its pace.

A reading with a stamp no newer than its point's last may raise a level, and never
clears one: such readings stand aside. Two of them in a row prove what two of the
others do, if they ascend, or differ under one stamp, as of a clock that stands. What
is compared between points is when they were heard, by the time of the zone, not
what their clocks say.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.arrival.clock import UNSET
from kernels.jit import kernel
from kernels.levels import CRITICAL, LOW_CRITICAL, LOW_WARNING, SHUTDOWN, WARNING, level_of


class Points(NamedTuple):
    """State of each point, by slot."""

    equipment: NDArray[np.int32]
    limits: NDArray[np.float64]
    """[slots, 5]: low critical, low warning, warning, critical, shutdown; NaN = none."""
    deadband: NDArray[np.float64]
    """How far a value must come back before a limit is let go, in its own unit."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    max_rate: NDArray[np.float64]
    last_time: NDArray[np.int64]
    last_value: NDArray[np.float64]
    raw_level: NDArray[np.int8]
    """Level of the newest reading, plausible or not."""
    level: NDArray[np.int8]
    """Level that two plausible readings in a row have confirmed."""
    beyond_since: NDArray[np.int64]
    """Since when the raw level has been above none, by its own stamps; UNSET if it is not."""
    beyond_heard: NDArray[np.int64]
    """The time of the zone when that was heard."""
    beyond_until: NDArray[np.int64]
    """Stamp of its newest reading that was beyond a limit; UNSET before there was one."""
    doubtful: NDArray[np.bool_]
    """The value was reached by a jump that physics does not make, or is outside the plausible range."""
    heard: NDArray[np.int64]
    """The time of the zone when it was last read, ns."""
    value_before: NDArray[np.float64]
    """Its last value but one."""
    aside_time: NDArray[np.int64]
    """Stamp of the reading heard last, where that is older than ``last_time``; else UNSET."""
    aside_value: NDArray[np.float64]
    aside_level: NDArray[np.int8]
    """Level of that reading, if it is plausible."""
    asks: NDArray[np.bool_]
    """Its next reading is to be looked at, whatever its level."""
    gap: NDArray[np.int64]
    """Shortest time between two of its readings of late, ns; 0 until there were two."""
    longest_gap: NDArray[np.int64]
    due: NDArray[np.bool_]
    """Still to be read before the tick that is watched is full."""
    taken: NDArray[np.int64]
    """How many of its readings have arrived."""
    belated: NDArray[np.int64]
    """How many of them were late, for a time that was read already, or refused for their stamps."""


def make_points(slots: int) -> Points:
    """Columns for so many points of which nothing is known: no limits, any value plausible, never heard."""
    return Points(
        equipment=np.zeros(slots, np.int32),
        limits=np.full((slots, 5), np.nan),
        deadband=np.zeros(slots),
        low=np.full(slots, -np.inf),
        high=np.full(slots, np.inf),
        max_rate=np.full(slots, np.inf),
        last_time=np.full(slots, UNSET, np.int64),
        last_value=np.full(slots, np.nan),
        raw_level=np.zeros(slots, np.int8),
        level=np.zeros(slots, np.int8),
        beyond_since=np.full(slots, UNSET, np.int64),
        beyond_heard=np.full(slots, UNSET, np.int64),
        beyond_until=np.full(slots, UNSET, np.int64),
        doubtful=np.zeros(slots, np.bool_),
        heard=np.full(slots, UNSET, np.int64),
        value_before=np.full(slots, np.nan),
        aside_time=np.full(slots, UNSET, np.int64),
        aside_value=np.full(slots, np.nan),
        aside_level=np.zeros(slots, np.int8),
        asks=np.zeros(slots, np.bool_),
        gap=np.zeros(slots, np.int64),
        longest_gap=np.zeros(slots, np.int64),
        due=np.zeros(slots, np.bool_),
        taken=np.zeros(slots, np.int64),
        belated=np.zeros(slots, np.int64),
    )


@kernel()
def level_at(limits: Any, p: int, x: float, deadband: float, held: int) -> int:
    """Level of a value of a point, whose ``limits`` are a row of f8[slots, 5]; see `level_of`."""
    return level_of(
        x,
        limits[p, LOW_CRITICAL],
        limits[p, LOW_WARNING],
        limits[p, WARNING],
        limits[p, CRITICAL],
        limits[p, SHUTDOWN],
        deadband,
        held,
    )


@kernel()
def farthest(max_rate: float, passed: int) -> float:
    """How far a value may go in ``passed`` ns at its highest rate a second; in a second at least."""
    return max_rate * max(1.0, passed / 1e9)


@kernel()
def tells_more(points: Points, p: int, t: int, x: float) -> bool:
    """Whether a reading with a stamp no newer than its point's last may be another than is known already.

    What has been beyond before may come again, late or twice. With the very stamp of the last it
    is known unless its value is another: then the clock of its source stands.
    """
    if t == points.last_time[p]:
        return x != points.last_value[p] or points.aside_time[p] == t
    return not t <= points.beyond_until[p] <= points.last_time[p]
