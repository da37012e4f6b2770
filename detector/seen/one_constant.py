"""Machines whose unlike measures have turned to one constant at one moment, as no machine does.

A fault does not excuse itself: what truly stops reads 0 at its fan, its power and its
state, and its temperatures live on. None is found here without a measure that
cannot be what it reads, and that was something else before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.seen.raw_values import RawValues
from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what reads one constant."""

    turns_by_k: float = threshold(
        3.0, "K or %", "what turned to a constant by less may have come there by itself", TUNED
    )
    machines_alike: int = threshold(
        3, "machines", "so many that turn to one constant by one measure each fail together", TUNED
    )
    units_alike: int = threshold(
        3, "units", "a constant of no list must be read in so many units at one machine...", TUNED
    )
    points_alike: int = threshold(4, "points", "...by so many points...", TUNED)
    share_alike: float = threshold(0.8, "", "...and this part of all that it sends", TUNED)


T = Thresholds()


@dataclass(frozen=True, slots=True)
class Found:
    """Slots that read one constant."""

    constant: float
    all: np.ndarray
    turned: np.ndarray
    """Those that turned to it together."""
    proof: np.ndarray
    """Those of them that cannot be what they read; all of them where there is none."""


def turned_far(raw: RawValues, turned: np.ndarray) -> np.ndarray:
    """Those of ``turned`` that did not come to what they read by themselves."""
    far: np.ndarray = turned[np.abs(raw.value[turned] - raw.before[turned]) > T.turns_by_k]
    return far


def at_one_constant(
    points: Points, raw: RawValues, turned: np.ndarray, patience_ns: F64, end: int
) -> Iterator[Found]:
    """What has turned to one constant by now, of machines of which ``turned`` have, far, at this tick.

    ``patience_ns`` f8[slots]: within what time of each other points of one source turn.
    """
    cannot = turned[raw.cannot_be(points, turned)]
    several = _of_no_list(points, raw, turned)
    suspects = np.union1d(points.arrival.equipment[cannot], several)
    if not len(suspects):
        return
    n = len(points)
    at = np.flatnonzero(np.isin(points.arrival.equipment[:n], suspects) & np.isfinite(raw.value[:n]))
    equipment, constant = points.arrival.equipment[at], raw.constant(at)
    lately = np.isfinite(raw.before[at]) & (end - raw.turned[at] <= patience_ns[at])
    moved = np.abs(raw.value[at] - raw.before[at]) > T.turns_by_k
    proof = lately & moved & raw.cannot_be(points, at)
    groups, group = np.unique(np.stack([equipment, constant], axis=1), axis=0, return_inverse=True)
    group = group.ravel()
    proofs = np.bincount(group[proof], minlength=len(groups))
    together = np.bincount(group[lately], minlength=len(groups))
    fails = (proofs >= 1) & (together >= 2)
    fails |= np.isin(groups[:, 0], several) & (together >= T.points_alike)
    for one in np.unique(groups[proofs >= 1, 1]).tolist():
        alike = (groups[:, 1] == one) & (proofs >= 1)
        if alike.sum() >= T.machines_alike:
            fails |= alike
    for one in np.unique(groups[fails, 1]).tolist():
        of = fails[group] & (constant == one)
        strong = at[of & proof]
        yield Found(one, at[of], at[of & lately], strong if len(strong) else at[of & lately])


def _of_no_list(points: Points, raw: RawValues, jumped: np.ndarray) -> np.ndarray:
    """Machines of which nearly all turned to one constant at this tick, in several units, whatever it is."""
    jumped = jumped[raw.constant(jumped) != 0.0]
    if len(jumped) < T.points_alike:
        return np.empty(0, np.int64)
    n = len(points)
    equipment, constant = points.arrival.equipment[jumped], raw.constant(jumped)
    order = np.lexsort((constant, equipment))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(constant[order]) != 0.0) | (np.diff(equipment[order]) != 0)
    group = np.cumsum(first) - 1
    found = []
    for g in np.flatnonzero(np.bincount(group) >= T.points_alike).tolist():
        of = jumped[order[group == g]]
        e = int(points.arrival.equipment[of[0]])
        sends = int((points.arrival.equipment[:n] == e).sum())
        if len(np.unique(raw.unit[of])) >= T.units_alike and len(of) >= T.share_alike * sends:
            found.append(e)
    return np.array(found, np.int64)
