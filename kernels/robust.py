"""How far a reading lies from the point's median, in robust standard deviations.

The reference is a ring of readings taken at most once in a fixed span of time,
so few values reach back for hours. Median and median absolute deviation (MAD)
let up to half of them be wrong (Hampel 1974, "The influence curve and its role
in robust estimation", JASA 69). 1.4826 MAD estimates the standard deviation of
normal noise.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kernels.jit import kernel
from kernels.state import F64, I32, I64, NEVER, SECOND, U8, Flags, carry_over

LEAST = 8
"""Readings in the reference before a deviation is given."""

MOST = 256
"""Readings that a reference can hold: places are numbered by a byte."""

MAD_TO_SD = 1.4826


class Robust(NamedTuple):
    """Median and MAD of each slot over a ring of its readings."""

    every: I64
    """[1] ns; the reference takes the first reading of each such span."""
    floor: F64
    """[slots] the least standard deviation to reckon with, in the point's unit. The caller may
    set it: a quantised sensor's MAD is often zero."""
    taken: I64
    """[slots] readings ever taken into the reference."""
    last: I64
    """[slots] time of the newest of them, ns."""
    ring: F64
    """[slots, capacity] the reference by age: reading k stands at k modulo the capacity."""
    order: U8
    """[slots, capacity] the places in the ring by size of what stands there."""
    median: F64
    """[slots]"""
    sd: F64
    """[slots] 1.4826 MAD."""


def make_robust(slots: int, capacity: int, every: int, floor: float) -> Robust:
    """An empty reference of ``capacity`` readings, one each ``every`` ns; ``floor`` > 0 for all slots.

    Raises ValueError, for fewer readings than `LEAST` or more than `MOST` too.
    """
    if not LEAST <= capacity <= MOST or every <= 0 or not floor > 0.0:
        needs = f"need capacity >= {LEAST} and <= {MOST}, every > 0, floor > 0"
        raise ValueError(f"{needs}; got {capacity}, {every}, {floor}")
    return Robust(
        every=np.array([every], np.int64),
        floor=np.full(slots, floor),
        taken=np.zeros(slots, np.int64),
        last=np.full(slots, NEVER, np.int64),
        ring=np.zeros((slots, capacity)),
        order=np.zeros((slots, capacity), np.uint8),
        median=np.zeros(slots),
        sd=np.zeros(slots),
    )


def grow_robust(state: Robust, slots: int, floor: float) -> Robust:
    """A copy with room for ``slots`` slots; the new ones start with ``floor``."""
    larger = make_robust(slots, state.ring.shape[1], int(state.every[0]), floor)
    return carry_over(state, larger)


def check_robust(state: Robust) -> None:
    """ValueError where the places are not those of a reference by size: kernels follow them unasked."""
    places = np.arange(state.ring.shape[1])
    unused = places >= state.taken[:, None]
    order = np.where(unused, places, state.order)
    size = np.where(unused, np.inf, np.take_along_axis(state.ring, order % len(places), axis=1))
    ascending = (size[:, 1:] >= size[:, :-1]).all()
    if (state.taken < 0).any() or (np.sort(order, axis=1) != places).any() or not ascending:
        raise ValueError("the order of a reference is not that of its readings")


@kernel()
def _rank(ring: F64, order: U8, count: int, place: int, x: float) -> None:
    """Put ``x`` at a ``place`` of the ring that one of the ascending ``order[:count]`` names."""
    k = 0
    while k + 1 < count and order[k] != place:
        k += 1
    while k + 1 < count and ring[order[k + 1]] < x:
        order[k] = order[k + 1]
        k += 1
    while k > 0 and ring[order[k - 1]] > x:
        order[k] = order[k - 1]
        k -= 1
    order[k] = place
    ring[place] = x


@kernel()
def _median_deviation(ring: F64, order: U8, count: int, median: float) -> float:
    """The median of the distances from ``median``: walk outwards from the middle, nearest first."""
    left = (count - 1) // 2
    right = left + 1
    before = 0.0
    distance = 0.0
    for _ in range(count // 2 + 1):
        before = distance
        if right >= count or (left >= 0 and median - ring[order[left]] <= ring[order[right]] - median):
            distance = median - ring[order[left]]
            left -= 1
        else:
            distance = ring[order[right]] - median
            right += 1
    return distance if count % 2 == 1 else 0.5 * (before + distance)


@kernel()
def _take(state: Robust, s: int, x: float) -> None:
    capacity = state.ring.shape[1]
    place = state.taken[s] % capacity
    ring = state.ring[s]
    order = state.order[s]
    count = min(state.taken[s] + 1, capacity)
    if state.taken[s] < capacity:
        order[place] = place
    _rank(ring, order, count, place, x)
    state.taken[s] += 1
    state.median[s] = 0.5 * (ring[order[(count - 1) // 2]] + ring[order[count // 2]])
    state.sd[s] = MAD_TO_SD * _median_deviation(ring, order, count, state.median[s])


def _example() -> tuple[Any, ...]:
    one = np.ones(1)
    state = make_robust(1, LEAST, SECOND, 1.0)
    return state, np.zeros(1, np.int32), one.astype(np.int64), one, np.ones(1, np.bool_), np.ones(1)


@kernel(_example)
def robust_deviation(
    state: Robust, slot: I32, time: I64, value: F64, learn: Flags, out_deviation: F64
) -> None:
    """Judge each reading by the reference, then take it in where ``learn`` says so.

    ``slot`` i4[n], ``time`` i8[n] ns, ``value`` f8[n], ``learn`` bool[n].
    Writes ``out_deviation`` f8[n]: (value - median) / max(1.4826 MAD, floor)
    as they stood before the reading; NaN while the reference has fewer than
    `LEAST` readings. An infinite value deviates infinitely; it is not taken in.
    """
    every = state.every[0]
    for i in range(len(slot)):
        s = slot[i]
        x = value[i]
        if state.taken[s] >= LEAST:
            out_deviation[i] = (x - state.median[s]) / max(state.sd[s], state.floor[s])
        else:
            out_deviation[i] = np.nan
        if learn[i] and np.isfinite(x) and (time[i] // every > state.last[s] // every):
            state.last[s] = time[i]
            _take(state, s, x)


@kernel(lambda: (np.ones(1),))
def score_of(deviation: F64) -> F64:
    """A score in [0, 1] for each deviation z, f8[n]: never falling in |z|.

    With u = max(0, |z| - 1) / 3 it is u^2 / (1 + u^2): 0 up to one standard
    deviation, 0.1 at 2, 0.5 at 4, 0.9 at 10, 1 at infinity. NaN stays NaN.
    """
    out = np.empty(len(deviation))
    for i in range(len(deviation)):
        u = max(0.0, abs(deviation[i]) - 1.0) / 3.0
        # each step rounds without changing order, so neither does the whole; u^2 / (1 + u^2) might
        out[i] = 1.0 - 1.0 / (1.0 + u * u) if not np.isnan(deviation[i]) else np.nan
    return out
