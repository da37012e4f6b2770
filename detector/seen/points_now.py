"""The points of a zone as they stand at a tick: who they are, and how they were heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.seen.inlets import Inlets
from detector.seen.two_tracks import TwoTracks
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class PointsNow:
    """Rows are slots, n of them, unless it says otherwise."""

    ids: tuple[str, ...]
    halls: tuple[str, ...]
    equipment_ids: tuple[str, ...]
    """By number of equipment."""
    equipment: I64
    """Number of the equipment of each."""
    role: np.ndarray
    wrong: np.ndarray
    """i8[k]: the slots whose readings cannot be, or have not moved for far too long."""
    flags: np.ndarray
    """u1[k]: their quality flags (`kernels.quality`), or-ed."""
    lone: np.ndarray
    """i8[m]: the slots of rack sensors that read more than is usual and are alone with it."""
    lone_value: F64
    """f8[m]: what those read."""
    alternating: np.ndarray
    """i8[k]: the slots whose readings come from two sources in turn."""
    levels: F64
    """f8[k, 2]: what the two read last."""


NOBODY = PointsNow((), (), (), *(np.empty(0) for _ in range(8)))  # type: ignore[arg-type]


def points_now(
    points: Points,
    inlets: Inlets,
    tracks: TwoTracks,
    wrong: np.ndarray,
    flags: np.ndarray,
    before: PointsNow = NOBODY,
) -> PointsNow:
    """``wrong``: slots, and ``flags``: theirs. ``before``: of an earlier tick, of which names are kept."""
    n = len(points)
    if len(before.ids) != n or len(before.equipment_ids) != len(points.equipment_ids):
        ids, halls, equipment_ids = tuple(points.ids), tuple(points.halls), tuple(points.equipment_ids)
        equipment, role = points.arrival.equipment[:n].astype(np.int64), points.role[:n].copy()
    else:
        ids, halls, equipment_ids = before.ids, before.halls, before.equipment_ids
        equipment, role = before.equipment, before.role
    lone = np.flatnonzero(inlets.lone[:n])
    alternating = tracks.alternating(points)
    return PointsNow(
        ids=ids,
        halls=halls,
        equipment_ids=equipment_ids,
        equipment=equipment,
        role=role,
        wrong=wrong,
        flags=flags,
        lone=lone,
        lone_value=points.arrival.last_value[lone],
        alternating=alternating,
        levels=tracks.tracks.level[alternating],
    )
