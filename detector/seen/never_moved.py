"""Probes that have never moved and that nothing near them bears out: slots in which nothing is fitted.

A probe that is held at its set point in whole degrees does not move either; but others near it read alike.
One that stands at a value which may be is told from what its like did meanwhile: a probe
moves when its air does by more than it can resolve, and only what no controller holds is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, Points
from detector.seen.raw_values import RawValues
from detector.threshold import TUNED, threshold
from kernels.novelty import Novelty
from streams.messages import F64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of slots without a probe."""

    near_k: float = threshold(5.0, "K", "what others of its place read bears it out within this", TUNED)

    lived_s: float = threshold(
        2 * 3600.0, "s", "what never moved for so long is held against what its like did...", TUNED
    )
    spans: int = threshold(8, "spans", "...in so many spans of ten minutes in which both were read", TUNED)
    like_ones: int = threshold(3, "points", "fewer of its like prove nothing", TUNED)
    resolves: tuple[float, ...] = threshold(
        (1.0, 0.5),
        "K",
        "a multiple of this may be read in such steps, anything else in the last",
        TUNED,
    )
    steps: float = threshold(
        3.0, "steps", "so far the half of its like, and whatever else at its machine, moved", TUNED
    )


T = Thresholds()
_FREE_AIR = tuple(ROLE_CODE[role] for role in (Role.RACK_INLET, Role.RACK_OUTLET, Role.TEMPERATURE))
"""What no controller holds at a value."""


def stand_for_no_probe(points: Points, raw: RawValues, slots: np.ndarray) -> np.ndarray:
    """Temperatures among ``slots`` that have never moved from what stands for nothing, and stand apart."""
    n = len(points)
    still = slots[raw.celsius[slots] & np.isnan(raw.before[slots]) & np.isfinite(raw.value[slots])]
    still = still[raw.cannot_be(points, still)]
    if not len(still):
        return still
    others = np.flatnonzero(raw.celsius[:n] & np.isfinite(raw.value[:n]))
    others = others[~raw.cannot_be(points, others)]
    apart = np.zeros(len(still), np.bool_)
    for place in np.unique(points.hall[still]).tolist():
        here = points.hall[still] == place
        there = np.sort(raw.value[others[points.hall[others] == place]])
        if not len(there):
            continue
        value = raw.value[still[here]]
        after = np.searchsorted(there, value)
        above = there[np.minimum(after, len(there) - 1)]
        below = there[np.maximum(after - 1, 0)]
        apart[here] = np.fmin(np.abs(above - value), np.abs(value - below)) > T.near_k
    return still[apart]


def never_moved(points: Points, raw: RawValues, past: Novelty, free: np.ndarray, end: int) -> np.ndarray:
    """Temperatures of air that have stood for hours at one value which may be, while all near them moved.

    ``past``: what each has shown (see `kernels.novelty`). ``free`` b1[slots]: whether each may be found.
    """
    n = min(len(points), len(past.learned))
    role = points.role[:n]
    known = raw.celsius[:n] & np.isin(role, _FREE_AIR) & (past.learned[:n] >= T.spans) & free[:n]
    still = known & np.isnan(raw.before[:n]) & (end - raw.turned[:n] >= T.lived_s * SECOND)
    found = []
    for slot in np.flatnonzero(still).tolist():
        like = known & (role == role[slot]) & (points.hall[:n] == points.hall[slot])
        like &= np.isfinite(raw.before[:n])
        others = np.flatnonzero(like)
        others = others[[points.kinds[other] is points.kinds[slot] for other in others.tolist()]]
        if len(others) < T.like_ones:
            continue
        span = _spans(past, others, int(raw.turned[slot]))
        at_machine = span[points.arrival.equipment[others] == points.arrival.equipment[slot]]
        moved = min(float(np.median(span)), float(at_machine.min(initial=np.inf)))
        if moved >= T.steps * _resolution(float(raw.value[slot])):
            found.append(slot)
    return np.array(found, np.int64)


def _spans(past: Novelty, slots: np.ndarray, since: int) -> F64:
    """How far apart what each has shown since a time (ns) lies, K; 0 where that is nothing yet."""
    book, number = past.book[slots], past.seen[slots].astype(np.int64)
    # A span enters the book when the next but one begins.
    lately = number > since // int(past.span[0]) + 2
    lately &= np.arange(book.shape[1]) < past.kept[slots][:, None]
    most = np.where(lately, book, -np.inf).max(axis=1)
    least = np.where(lately, book, np.inf).min(axis=1)
    return np.fmax(most - least, 0.0)


def _resolution(value: float) -> float:
    """In what steps a probe that stands at a value may be read at the most, K."""
    return next((step for step in T.resolves if value % step == 0.0), T.resolves[-1])
