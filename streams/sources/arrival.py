"""When the lines of a recorded log came in, as far as their event times tell.

Logs hold event times only. Yet to put several logs together, or to play one
at its own pace, there has to be a time that never falls and that one device
with a wrong clock cannot push ahead.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from streams.messages import I64, SECOND

LOOK = 15
"""How many lines either side tell what time it is around a line."""
AHEAD = 60 * SECOND
"""A step ahead that no log is questioned for."""
UNKNOWN = -1


def arrival_times(newest: I64, before: int) -> I64:
    """The arrival of each line from the newest event time in it (`UNKNOWN` where there is none).

    ``before`` is the arrival of the line before the first. A line's arrival is
    the latest time up to it, where times far ahead of the lines around them
    (by more than `AHEAD` and ten times the usual distance from the median of
    31 lines) count as that median.
    """
    times = newest.copy()
    if (times == UNKNOWN).any():
        known = np.where(times == UNKNOWN, -1, np.arange(len(times)))
        last = np.maximum.accumulate(known) if len(times) else known
        times = np.where(last < 0, before, times[last])
    arrival = np.maximum.accumulate(np.concatenate([[before], times]))
    if len(times) < 2 or np.diff(arrival[1:]).max() <= AHEAD:
        return arrival[1:]
    window = min(LOOK, len(times) - 1)
    around = sliding_window_view(np.pad(times, window, mode="reflect"), 2 * window + 1)
    middle = np.median(around, axis=1).astype(np.int64)
    distance = np.median(np.abs(around - middle[:, None]), axis=1).astype(np.int64)
    ahead = times - middle > np.maximum(AHEAD, 10 * distance)
    arrival = np.maximum.accumulate(np.concatenate([[before], np.where(ahead, middle, times)]))
    return arrival[1:]
