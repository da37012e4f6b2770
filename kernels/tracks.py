"""Does a series come from two sources in turn? Two tracks, each of which follows the readings nearest to it.

Where two machines send under one name, their readings alternate between two levels that each move little
by themselves, and each track by itself keeps an even pace. Where one machine switches to and fro, its
tracks are visited in runs, and are uneven.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kernels.jit import kernel
from kernels.state import F32, F64, I8, I32, I64, NEVER, carry_over

MOST = 1e30
"""A value further from 0 is the end of its format: distances to it are none."""


class Tracks(NamedTuple):
    """Two tracks a slot. The parts are means over the readings of late, 0 to 1."""

    level: F64
    """[slots, 2] newest value of each track; NaN before it has one."""
    time: I64
    """[slots, 2] when that was read, ns."""
    gap: F32
    """[slots, 2] mean time between two readings of a track, s; NaN where not known."""
    last: I8
    """[slots] the track of the newest reading."""
    within: F32
    """[slots] mean distance of a reading from its track."""
    apart: F32
    """[slots] mean distance of the tracks."""
    step: F32
    """[slots] the least distance of a reading from its track, but for none; infinite before there was one."""
    switched: F32
    """[slots] part of the readings that were of another track than the one before."""
    uneven: F32
    """[slots] mean distance of a track's gap from its mean, as a part of that."""
    pace: F32
    """[slots] mean time between two readings, whatever their tracks, s; NaN where not known."""
    jerky: F32
    """[slots] mean distance of that time from its mean, as a part of it."""
    counted: I32
    """[slots] readings since there were two tracks."""


def make_tracks(slots: int) -> Tracks:
    """Nothing known."""
    return Tracks(
        level=np.full((slots, 2), np.nan),
        time=np.full((slots, 2), NEVER, np.int64),
        gap=np.full((slots, 2), np.nan, np.float32),
        last=np.zeros(slots, np.int8),
        within=np.zeros(slots, np.float32),
        apart=np.zeros(slots, np.float32),
        step=np.full(slots, np.inf, np.float32),
        switched=np.zeros(slots, np.float32),
        uneven=np.ones(slots, np.float32),
        pace=np.full(slots, np.nan, np.float32),
        jerky=np.zeros(slots, np.float32),
        counted=np.zeros(slots, np.int32),
    )


def grow_tracks(state: Tracks, slots: int) -> Tracks:
    """A copy with room for ``slots`` slots."""
    return carry_over(state, make_tracks(slots))


def _example_follow() -> tuple[Any, ...]:
    one = np.ones(1)
    return make_tracks(1), np.zeros(1, np.int32), one.astype(np.int64), one, 0.1


@kernel(_example_follow)
def follow_tracks(state: Tracks, slot: I32, time: I64, value: F64, part: float) -> None:
    """Take in readings, in the order of their stamps.

    ``slot`` i4[n], ``time`` i8[n] ns, ``value`` f8[n]; ``part`` is that of the newest reading in the
    means. Values that are not finite, or beyond `MOST`, are skipped.
    """
    for i in range(len(slot)):
        s = slot[i]
        x = value[i]
        if not abs(x) <= MOST:
            continue
        # What is read twice is read once: the compiler cannot know that no two of the arrays are one.
        first, second = state.level[s, 0], state.level[s, 1]
        if np.isnan(first):
            state.level[s, 0] = x
            state.time[s, 0] = time[i]
            continue
        if np.isnan(second):
            if x == first:
                state.time[s, 0] = time[i]
            else:
                state.level[s, 1] = x
                state.time[s, 1] = time[i]
                state.last[s] = 1
            continue
        to_first, to_second = abs(x - first), abs(x - second)
        last = state.last[s]
        k = 0 if to_first < to_second else 1
        if to_first == to_second:
            k = last
        off = min(to_first, to_second)
        within, apart, switched = state.within[s], state.apart[s], state.switched[s]
        state.within[s] = within + part * (off - within)
        if 0.0 < off < state.step[s]:
            state.step[s] = off
        state.apart[s] = apart + part * (abs(first - second) - apart)
        state.switched[s] = switched + part * ((1.0 if k != last else 0.0) - switched)
        since = (time[i] - max(state.time[s, 0], state.time[s, 1])) / 1e9
        pace = state.pace[s]
        if np.isnan(pace):
            state.pace[s] = since
        elif pace > 0.0:
            jerky = state.jerky[s]
            state.jerky[s] = jerky + part * (min(abs(since - pace) / pace, 1.0) - jerky)
            state.pace[s] = pace + part * (since - pace)
        passed = (time[i] - state.time[s, k]) / 1e9
        mean = state.gap[s, k]
        if mean > 0.0:
            uneven = state.uneven[s]
            state.uneven[s] = uneven + part * (min(abs(passed - mean) / mean, 1.0) - uneven)
            state.gap[s, k] = mean + part * (passed - mean)
        else:
            state.gap[s, k] = passed
        state.level[s, k] = x
        state.time[s, k] = time[i]
        state.last[s] = k
        state.counted[s] += 1
