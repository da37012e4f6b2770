"""Like temperatures that jump together, faster than air or water can, with no sign of it anywhere else.

What heats them so would have been seen: something stops, a flow or a power changes, what
stands beside them or comes through another source warms with them. What only they
know of is a change of what they come through: another scale, other registers, other probes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, ROLES, Points
from detector.seen.raw_values import RawValues
from detector.seen.raw_values import T as RAW_VALUES
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what jumps together."""

    jumpers: int = threshold(3, "points", "so many at least jump together, the same way...", TUNED)
    jumpers_share: float = threshold(
        0.5, "", "...and this part of all like ones of their source or place", TUNED
    )
    bears_out_k: float = threshold(
        2.0, "K", "another temperature that moves so far the same way at that moment is a sign...", TUNED
    )
    bears_out_share: float = threshold(
        0.2, "", "...where this part of the others there does: one alone may be read so", TUNED
    )
    flow_changes_by: float = threshold(
        0.2, "", "so much of all flow, power, speed or pressure that changes at that moment is a sign", TUNED
    )


T = Thresholds()
_SWITCHED = (ROLE_CODE[Role.RUN_STATUS], ROLE_CODE[Role.RUN_COMMAND])
_SUMMED = np.array(
    [
        role
        in (
            Role.FLOW,
            Role.CONDENSER_FLOW,
            Role.AIR_FLOW,
            Role.POWER,
            Role.CURRENT,
            Role.FAN_SPEED,
            Role.VALVE,
            Role.PRESSURE,
        )
        for role in ROLES
    ]
)
"""Roles of which all that is measured at a place changes when its cooling or its load does."""


class Jumped(NamedTuple):
    """Slots that have jumped together, and by how much at the median."""

    by_k: float
    slots: np.ndarray


def jumps_together(
    points: Points, raw: RawValues, free: np.ndarray, turned: np.ndarray, patience_ns: F64, end: int
) -> Iterator[Jumped]:
    """What has jumped together by now, where some of ``turned`` did at this tick.

    ``free`` b1[slots]: whether each may be found, or was found as one of these. ``patience_ns``
    f8[slots]: within what time of each other points of one source turn.
    """
    jumped = turned[raw.too_fast[turned] & (raw.leapt[turned] == raw.turned[turned])]
    if not len(jumped):
        return
    n = len(points)
    place = np.where(raw.source[:n] > 0, -raw.source[:n], points.hall[:n])
    lately = end - raw.leapt[:n] <= patience_ns[:n]
    moves = raw.value[:n] - raw.leapt_from[:n]
    may = (
        raw.too_fast[:n]
        & free[:n]
        & (raw.leapt[:n] != UNSET)
        & lately
        & (np.abs(moves) > RAW_VALUES.leaps_by)
    )
    may &= (raw.value[:n] >= points.arrival.low[:n]) & (raw.value[:n] <= points.arrival.high[:n])
    may[raw.cannot_be(points, np.arange(n))] = False
    for where in np.unique(place[jumped]).tolist():
        for up in (True, False):
            at = np.flatnonzero(may & (place == where) & ((moves > 0.0) == up))
            if len(at) < T.jumpers or not np.isin(at, jumped).any():
                continue
            alike = raw.celsius[:n] & (place == where) & np.isin(points.role[:n], points.role[at])
            # What was not read since says nothing of it.
            alike &= np.isfinite(raw.value[:n]) & (raw.read[:n] >= raw.leapt[at].min())
            if len(at) >= T.jumpers_share * alike.sum() and not _borne_out(
                points, raw, at, up, patience_ns, end
            ):
                yield Jumped(float(np.median(moves[at])), at)


def _borne_out(
    points: Points, raw: RawValues, jumped: np.ndarray, up: bool, patience_ns: F64, end: int
) -> bool:
    """Whether anything else at the place of these, or in the plant behind it, tells of it too."""
    n = len(points)
    halls = np.unique(points.hall[jumped]).tolist()
    near = np.array([points.halls[slot] == points.zone for slot in range(n)])
    near |= np.isin(points.hall[:n], halls)
    near[jumped] = False
    near &= np.isfinite(raw.value[:n])
    turned = near & (end - raw.turned[:n] <= patience_ns[:n]) & np.isfinite(raw.before[:n])
    role = points.role[:n]
    if (turned & np.isin(role, _SWITCHED)).any():
        return True
    moves = raw.value[:n] - raw.before[:n]
    others = near & raw.celsius[:n]
    along = turned & others & ((moves > 0.0) == up) & (np.abs(moves) >= T.bears_out_k)
    if along.any() and along.sum() >= T.bears_out_share * others.sum():
        return True
    summed = near & _SUMMED[role]
    now = np.bincount(role[summed], weights=np.abs(raw.value[:n][summed]), minlength=len(ROLES))
    was_each = np.where(turned, raw.before[:n], raw.value[:n])
    was = np.bincount(role[summed], weights=np.abs(was_each[summed]), minlength=len(ROLES))
    return bool((np.abs(now - was) > T.flow_changes_by * np.fmax(now, was)).any())
