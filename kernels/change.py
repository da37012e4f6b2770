"""Has the level of a series changed? Two tests by cumulative sums.

Both are from Page (1954, "Continuous inspection schemes", Biometrika 41):
`update_cusum` holds the series against a level known beforehand (zero: give it
deviations from what was expected), `update_page_hinkley` against the mean of
the series itself since the last change.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kernels.jit import kernel
from kernels.state import F64, I8, I32, I64, NEVER, carry_over


class Cusum(NamedTuple):
    """Two-sided cumulative sums (Page 1954), one pair a slot."""

    up: F64
    """[slots] evidence of a rise."""
    down: F64
    """[slots] evidence of a fall."""
    up_since: I64
    """[slots] time of the reading with which ``up`` last left zero, ns."""
    down_since: I64
    """[slots] likewise of ``down``."""


def make_cusum(slots: int) -> Cusum:
    """No evidence."""
    return Cusum(
        np.zeros(slots), np.zeros(slots), np.full(slots, NEVER, np.int64), np.full(slots, NEVER, np.int64)
    )


def grow_cusum(state: Cusum, slots: int) -> Cusum:
    """A copy with room for ``slots`` slots."""
    return carry_over(state, make_cusum(slots))


def _example_cusum() -> tuple[Any, ...]:
    one = np.ones(1)
    when = one.astype(np.int64)
    return make_cusum(1), np.zeros(1, np.int32), when, one, 0.5, 5.0, np.ones(1, np.int8), when.copy()


@kernel(_example_cusum)
def update_cusum(
    state: Cusum,
    slot: I32,
    time: I64,
    deviation: F64,
    slack: float,
    threshold: float,
    out_change: I8,
    out_since: I64,
) -> None:
    """Two-sided CUSUM of standardised deviations from the expected level.

    ``slot`` i4[n], ``time`` i8[n] ns, ``deviation`` f8[n]. Per reading
    up <- max(0, up + z - slack) and down <- max(0, down - z - slack). Writes
    ``out_change`` i1[n]: +1 where ``up`` passes ``threshold``, -1 where
    ``down`` does, else 0; and ``out_since`` i8[n]: when that change probably
    began (Page: where the sum last left zero), else `NEVER`. A change starts
    both sums afresh. Deviations that are not finite are skipped.

    A slack of half the shift to be found (in standard deviations) finds it
    soonest. With 0.5 and a threshold of 5, independent normal noise gives a
    false alarm every 465 readings on average; with 8, every 10,000 or so.
    """
    for i in range(len(slot)):
        s = slot[i]
        z = deviation[i]
        out_change[i] = 0
        out_since[i] = NEVER
        if not np.isfinite(z):
            continue
        if state.up[s] == 0.0:
            state.up_since[s] = time[i]
        if state.down[s] == 0.0:
            state.down_since[s] = time[i]
        state.up[s] = max(0.0, state.up[s] + z - slack)
        state.down[s] = max(0.0, state.down[s] - z - slack)
        if state.up[s] > threshold:
            out_change[i] = 1
            out_since[i] = state.up_since[s]
        elif state.down[s] > threshold:
            out_change[i] = -1
            out_since[i] = state.down_since[s]
        if out_change[i] != 0:
            state.up[s] = 0.0
            state.down[s] = 0.0


class PageHinkley(NamedTuple):
    """The Page-Hinkley test with fading sums, both ways, one a slot."""

    seen: I64
    """[slots] readings since the last change."""
    mean: F64
    """[slots] of those readings."""
    rise: F64
    """[slots] sum of (value - mean - slack), fading."""
    rise_least: F64
    """[slots] least ``rise`` so far."""
    fall: F64
    """[slots] sum of (value - mean + slack), fading."""
    fall_most: F64
    """[slots] greatest ``fall`` so far."""


def make_page_hinkley(slots: int) -> PageHinkley:
    """Nothing seen."""
    zeros = [np.zeros(slots) for _ in range(5)]
    return PageHinkley(np.zeros(slots, np.int64), *zeros)


def grow_page_hinkley(state: PageHinkley, slots: int) -> PageHinkley:
    """A copy with room for ``slots`` slots."""
    return carry_over(state, make_page_hinkley(slots))


def _example_page_hinkley() -> tuple[Any, ...]:
    one = np.ones(1)
    return make_page_hinkley(1), np.zeros(1, np.int32), one, 0.005, 50.0, 0.9999, 30, np.ones(1, np.int8)


@kernel(_example_page_hinkley)
def update_page_hinkley(
    state: PageHinkley,
    slot: I32,
    value: F64,
    slack: float,
    threshold: float,
    fading: float,
    least: int,
    out_change: I8,
) -> None:
    """Two-sided Page-Hinkley test, as River's ``drift.PageHinkley``.

    ``slot`` i4[n], ``value`` f8[n]. Writes ``out_change`` i1[n]: +1 where the
    rise above its least, -1 where the fall below its greatest passes
    ``threshold`` after at least ``least`` readings, else 0. The sums fade by
    ``fading`` (0 to 1) a reading; a change starts all afresh. Values that are
    not finite are skipped. ``slack`` and ``threshold`` are in the value's unit.
    """
    for i in range(len(slot)):
        s = slot[i]
        x = value[i]
        out_change[i] = 0
        if not np.isfinite(x):
            continue
        if state.seen[s] == 0:
            state.mean[s] = 0.0
            state.rise[s] = 0.0
            state.fall[s] = 0.0
            state.rise_least[s] = np.inf
            state.fall_most[s] = -np.inf
        state.seen[s] += 1
        state.mean[s] += (x - state.mean[s]) / state.seen[s]
        distance = x - state.mean[s]
        state.rise[s] = fading * state.rise[s] + distance - slack
        state.fall[s] = fading * state.fall[s] + distance + slack
        state.rise_least[s] = min(state.rise_least[s], state.rise[s])
        state.fall_most[s] = max(state.fall_most[s], state.fall[s])
        if state.seen[s] < least:
            continue
        if state.rise[s] - state.rise_least[s] > threshold:
            out_change[i] = 1
        elif state.fall_most[s] - state.fall[s] > threshold:
            out_change[i] = -1
        if out_change[i] != 0:
            state.seen[s] = 0
