"""The clock of a zone: one array of numbers, a cell each; UNSET is a time that is not known."""

from __future__ import annotations

import numpy as np

from kernels.state import I64

UNSET = np.iinfo(np.int64).min

# Its cells.
CLOSED_UNTIL = 0
DEADLINE = 1
REACHED = 2
NEEDED = 3
ARRIVALS = 4
WAITING = 5
EVENT_TIME = 6
NEWEST = 7
LATE = 8
LOWEST = 9
EQUIPMENT = 10
FULL_AT = 11  # end of the tick that is watched for being full
DUE = 12  # points that it still waits for
ORDERED_FROM = 13  # from when on points are taken to keep their order; UNSET since one has broken it
SHIFT = 14  # engine time less stamps, ns
OUTSIDE = 15  # readings that wait outside the window
OUTSIDE_SINCE = 16  # event time when the first of them came
OUTSIDE_ARRIVAL = 17  # its number
STEP_TO = 18  # time that the clocks which were put on or back together have come to
SCALARS = 19


def make_clock() -> I64:
    """i8[SCALARS]: the clock of a zone before its first reading."""
    clock = np.zeros(SCALARS, np.int64)
    for name in (CLOSED_UNTIL, DEADLINE, EVENT_TIME, NEWEST, LOWEST, FULL_AT, ORDERED_FROM):
        clock[name] = UNSET
    return clock
