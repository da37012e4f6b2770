"""Count, mean, variance, extremes and slope over several time windows per point.

Readings come at irregular times and stand in a bounded ring per slot. Nothing
is added to and taken from running sums, which would drift and would never get
over one absurd value; a window is summed up afresh when it is read. Whole
chunks of `CHUNK` readings were summed up when they filled, so a read costs
about a sixteenth of the readings in the longest window. What a read gives
depends on the readings alone, not on earlier reads.

Sums are taken about the newest reading of the window. As that is one of the
summed, n times the variance is at least its squared distance from the mean,
hence cancellation costs at most a factor of n, however large the values are
beside their spread (Chan, Golub and LeVeque 1983, "Algorithms for computing
the sample variance", on shifted data).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kernels.jit import kernel
from kernels.state import F64, I32, I64, SECOND, carry_over

CHUNK = 16
COUNT, MEAN, VARIANCE, MINIMUM, MAXIMUM, SLOPE = range(6)
STATISTICS = 6


class Windows(NamedTuple):
    spans: I64
    """[windows] length of each window, ns, ascending."""
    pushed: I64
    """[slots] readings ever pushed; reading k stands in the ring at k modulo the capacity."""
    time: I64
    """[slots, capacity] ns."""
    value: F64
    """[slots, capacity]"""
    chunk_start: I64
    """[slots, capacity / CHUNK] time of the first reading of each full chunk, ns."""
    chunk: F64
    """[slots, capacity / CHUNK, 8] of each full chunk: the value of its first reading; the means
    of time (s) and value as distances from that reading; the sums of squares and products about
    the means (time-time, time-value, value-value); least and greatest value."""


def make_windows(slots: int, spans: Sequence[int] | I64, capacity: int) -> Windows:
    """Empty windows of the lengths ``spans``, ns, ascending.

    The newest ``capacity`` readings of a slot are kept (rounded up to whole
    chunks). Where a window has seen more, it covers those only.
    """
    lengths = np.array(spans, np.int64)
    if lengths.ndim != 1 or not len(lengths) or lengths[0] <= 0 or (np.diff(lengths) <= 0).any():
        raise ValueError(f"window lengths must be positive and ascending, not {list(spans)}")
    if capacity <= 0:
        raise ValueError(f"a window's capacity must be positive, not {capacity}")
    chunks = -(-capacity // CHUNK)
    return Windows(
        spans=lengths,
        pushed=np.zeros(slots, np.int64),
        time=np.zeros((slots, chunks * CHUNK), np.int64),
        value=np.zeros((slots, chunks * CHUNK), np.float64),
        chunk_start=np.zeros((slots, chunks), np.int64),
        chunk=np.zeros((slots, chunks, 8), np.float64),
    )


def grow_windows(state: Windows, slots: int) -> Windows:
    """A copy with room for ``slots`` slots."""
    return carry_over(state, make_windows(slots, state.spans, state.time.shape[1]))


@kernel()
def _sum_up_chunk(time: I64, value: F64, first: int, chunk: F64) -> None:
    t0 = time[first]
    x0 = value[first]
    mean_t = 0.0
    mean_x = 0.0
    low = x0
    high = x0
    for k in range(first, first + CHUNK):
        mean_t += (time[k] - t0) / SECOND
        mean_x += value[k] - x0
        low = min(low, value[k])
        high = max(high, value[k])
    mean_t /= CHUNK
    mean_x /= CHUNK
    tt = 0.0
    tx = 0.0
    xx = 0.0
    for k in range(first, first + CHUNK):
        t = (time[k] - t0) / SECOND - mean_t
        x = value[k] - x0 - mean_x
        tt += t * t
        tx += t * x
        xx += x * x
    chunk[0] = x0
    chunk[1] = mean_t
    chunk[2] = mean_x
    chunk[3] = tt
    chunk[4] = tx
    chunk[5] = xx
    chunk[6] = low
    chunk[7] = high


def _example_push() -> tuple[Any, ...]:
    one = np.ones(1)
    return make_windows(1, [SECOND], CHUNK), np.zeros(1, np.int32), one.astype(np.int64), one


@kernel(_example_push)
def push_windows(state: Windows, slot: I32, time: I64, value: F64) -> None:
    """Take in readings: ``slot`` i4[n], ``time`` i8[n] ns, ``value`` f8[n].

    Skipped are values that are not finite, and times not after the slot's newest.
    """
    capacity = state.time.shape[1]
    for i in range(len(slot)):
        s = slot[i]
        k = state.pushed[s]
        if not np.isfinite(value[i]):
            continue
        if k > 0 and time[i] <= state.time[s, (k - 1) % capacity]:
            continue
        place = k % capacity
        state.time[s, place] = time[i]
        state.value[s, place] = value[i]
        state.pushed[s] = k + 1
        if place % CHUNK == CHUNK - 1:
            first = place - CHUNK + 1
            c = place // CHUNK
            state.chunk_start[s, c] = state.time[s, first]
            _sum_up_chunk(state.time[s], state.value[s], first, state.chunk[s, c])


@kernel()
def _read_slot(state: Windows, s: int, now: int, out: F64) -> None:
    capacity = state.time.shape[1]
    time = state.time[s]
    value = state.value[s]
    chunk_start = state.chunk_start[s]
    chunk = state.chunk[s]
    oldest = max(0, state.pushed[s] - capacity)
    k = state.pushed[s] - 1  # the next reading to add, going back in time
    while k >= oldest and time[k % capacity] > now:
        k -= 1
    place = max(k, 0) % capacity
    t0 = time[place]
    x0 = value[place]
    n = 0
    sum_t = 0.0
    sum_x = 0.0
    sum_tt = 0.0
    sum_tx = 0.0
    sum_xx = 0.0
    low = np.inf
    high = -np.inf
    for w in range(len(state.spans)):  # ascending, so each goes on where the one before it ended
        start = now - state.spans[w]
        while k >= oldest:
            c = place // CHUNK
            if place % CHUNK == CHUNK - 1 and k - CHUNK + 1 >= oldest and chunk_start[c] > start:
                t = (chunk_start[c] - t0) / SECOND + chunk[c, 1]
                x = chunk[c, 0] - x0 + chunk[c, 2]
                sum_tt += chunk[c, 3] + CHUNK * t * t
                sum_tx += chunk[c, 4] + CHUNK * t * x
                sum_xx += chunk[c, 5] + CHUNK * x * x
                least = chunk[c, 6]
                greatest = chunk[c, 7]
                step = CHUNK
            elif time[place] > start:
                t = (time[place] - t0) / SECOND
                x = value[place] - x0
                sum_tt += t * t
                sum_tx += t * x
                sum_xx += x * x
                least = value[place]
                greatest = least
                step = 1
            else:
                break
            if least < low:
                low = least
            if greatest > high:
                high = greatest
            sum_t += step * t
            sum_x += step * x
            n += step
            k -= step
            place -= step
            if place < 0:
                place += capacity
        out[w, :] = np.nan
        out[w, COUNT] = n
        if n > 0:
            out[w, MEAN] = x0 + sum_x / n
            out[w, MINIMUM] = low
            out[w, MAXIMUM] = high
        if n > 1:
            out[w, VARIANCE] = max(0.0, (sum_xx - sum_x * sum_x / n) / (n - 1))
            out[w, SLOPE] = (sum_tx - sum_t * sum_x / n) / (sum_tt - sum_t * sum_t / n)


def _example_read() -> tuple[Any, ...]:
    return make_windows(1, [SECOND], CHUNK), np.zeros(1, np.int32), 1


@kernel(_example_read)
def read_windows(state: Windows, slot: I32, now: int) -> F64:
    """The statistics of each slot over each window ``(now - span, now]``, without changing the state.

    Returns f8[n, windows, 6] in the order `COUNT`, `MEAN`, `VARIANCE`,
    `MINIMUM`, `MAXIMUM`, `SLOPE`. The variance is the sample's (n - 1); the
    slope is that of the least-squares line, per second. What needs more
    readings than there are (one, or two for variance and slope) is NaN.
    Magnitudes beyond 1e150 overflow.
    """
    out = np.empty((len(slot), len(state.spans), STATISTICS))
    for i in range(len(slot)):
        _read_slot(state, slot[i], now, out[i])
    return out
