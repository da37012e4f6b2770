"""Alerts, and when a condition that comes and goes is one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.history import I64, SECOND

QUIET = 300 * SECOND
"""What was quiet for less does not start anew: one page for one spell."""

Bools = NDArray[np.bool_]


class Alert(NamedTuple):
    time: int
    """ns: the tick at which it went off."""
    hall: str
    """Empty: plant, so every hall of the zone."""


def held(active: Bools, ticks: int) -> Bools:
    """Where ``active`` [ticks, series] has held for ``ticks`` ticks, as by a rule's `for:`."""
    run = np.cumsum(active, axis=0)
    before = np.zeros_like(run)
    before[ticks + 1 :] = run[: max(0, len(run) - ticks - 1)]
    return run - before == ticks + 1


def rising(active: Bools, times: I64) -> Bools:
    """Where each series of ``active`` [ticks, series] starts after at least `QUIET` of quiet."""
    if not len(active):
        return active.copy()
    tick = np.arange(len(active))[:, None]
    latest = np.maximum.accumulate(np.where(active, tick, -1), axis=0)
    before = np.vstack([np.full((1, active.shape[1]), -1), latest[:-1]])
    quiet = times[:, None] - times[np.maximum(before, 0)]
    return active & ((before < 0) | (quiet >= QUIET))


def alerts_of(active: Bools, times: I64, halls: Sequence[str]) -> list[Alert]:
    """The alerts of conditions ``active`` [ticks, series], the series being of ``halls``.

    Each series starts on its own, so that one that is always on does not hide the others; starts
    in one hall with less than `QUIET` from each to the next are one alert.
    """
    starts = rising(active, times)
    found = []
    for hall in sorted(set(halls)):
        mine = np.flatnonzero([each == hall for each in halls])
        at = times[starts[:, mine].any(axis=1)]
        apart = np.diff(at, prepend=np.iinfo(np.int64).min // 2) >= QUIET
        found += [Alert(int(time), str(hall)) for time in at[apart]]
    return sorted(found)
