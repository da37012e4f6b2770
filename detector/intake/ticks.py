"""Readings that are ready, cut into ticks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detector.intake.events import TickClosed
from kernels import arrival
from streams.messages import I64, Counts, Readings


def ticks_of(
    ready: Readings, before: int, tick: int, points: int, counts: Counts, belated: I64
) -> Iterator[TickClosed]:
    """The ticks from ``before`` (ns) on of what is ready; of what is older the newest counts in the first.

    ``tick`` is their length, ns, ``points`` how many slots there are, and ``belated``, by slot, is added
    what came for a time that was read already.
    """
    order = np.lexsort((ready.point, ready.time))
    ready = ready.take(order)
    again = np.zeros(len(ready), np.bool_)
    again[1:] = (ready.time[1:] == ready.time[:-1]) & (ready.point[1:] == ready.point[:-1])
    counts.duplicate += int(again.sum())
    if again.any():
        np.add.at(belated, ready.point[again], 1)
        ready = ready.take(~again)
    first_end = before + tick if before != arrival.UNSET else before
    ends = np.maximum((ready.time // tick + 1) * tick, first_end)
    counts.scored += len(ready)
    superseded = _superseded(ready, ends == first_end, before, points)
    ready, ends = ready.take(~superseded), ends[~superseded]
    cuts = np.flatnonzero(np.diff(ends)) + 1
    for first, last in zip([0, *cuts], [*cuts, len(ready)], strict=True):
        if last > first:
            yield TickClosed(int(ends[first]), ready.take(slice(int(first), int(last))))


def _superseded(ready: Readings, first: np.ndarray, before: int, points: int) -> np.ndarray:
    """Readings of ticks closed ``before`` that are not their points' newest in the ``first`` open one."""
    newest = np.full(points, -1)
    rows = np.flatnonzero(first)
    newest[ready.point[rows]] = rows  # of several of a point the last is kept, which is its newest
    belated = ready.time < before
    return belated & (newest[ready.point] != np.arange(len(ready)))
