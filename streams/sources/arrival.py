"""When the lines of a recorded log came in, as far as their event times tell.

Logs hold event times only. Yet to put several logs together, or to play one
at its own pace, there has to be a time that never falls and that one device
with a wrong clock cannot push ahead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from streams.messages import I64, SECOND

LOOK = 15
"""How many lines that follow tell whether a line's clock is ahead."""
AHEAD = 60 * SECOND
"""How far behind a line most of those must be."""
UNKNOWN = -1

Run = TypeVar("Run")


def arrival_times(newest: I64, before: int, after: I64) -> I64:
    """The arrival of each line from the newest event time in it (`UNKNOWN` where there is none).

    A line's arrival is the latest time up to it; a line that more than half of
    the next 15 are behind by more than a minute counts with the median of
    those. ``before`` is the arrival of the line before the first, ``after``
    the newest times of the lines after the last.
    """
    times = _filled(newest, before)
    arrival = np.maximum.accumulate(np.concatenate([[before], times]))
    if np.diff(arrival).max(initial=0) > AHEAD:
        more = _filled(after[:LOOK], int(times[-1]))
        beyond = np.full(LOOK - len(more), np.iinfo(np.int64).max)
        next_lines = sliding_window_view(np.concatenate([times[1:], more, beyond]), LOOK)
        following = np.sort(next_lines, axis=1)[:, LOOK // 2]
        times = np.where(following < times - AHEAD, following, times)
        arrival = np.maximum.accumulate(np.concatenate([[before], times]))
    return arrival[1:]


def with_arrival(runs: Iterator[tuple[Run, I64]]) -> Iterator[tuple[Run, I64]]:
    """Runs of lines with their newest times, to the same with their arrival times: one run is read ahead."""
    before = UNKNOWN
    nothing = np.empty(0, np.int64)
    waiting = next(runs, None)
    while waiting is not None:
        run, newest = waiting
        waiting = next(runs, None)
        arrival = arrival_times(newest, before, nothing if waiting is None else waiting[1])
        before = int(arrival[-1])
        yield run, arrival


def _filled(newest: I64, before: int) -> I64:
    """Every line without a time gets that of the line before it."""
    last = np.maximum.accumulate(np.where(newest == UNKNOWN, -1, np.arange(len(newest))))
    return np.where(last < 0, before, newest[last]) if len(newest) else newest
