"""Equipment whose clock runs ahead of its zone."""

from __future__ import annotations

import numpy as np

from detector.points import Points
from kernels import arrival
from streams.messages import SECOND


def clocks_ahead(
    points: Points, equipment: arrival.Equipment, clock: np.ndarray, refused: np.ndarray, until: int
) -> list[str]:
    """Equipment that has just been refused, or whose newest reading still lies beyond ``until``, ns.

    A tick in which slow equipment sends nothing says nothing of its clock, nor does one
    stray stamp. Where most of the zone is ahead it is not for one of them to be named.
    """
    names = {points.equipment_of(slot) for slot in np.unique(refused).tolist()}
    known = slice(int(clock[arrival.EQUIPMENT]))
    # As arrival.is_live, of all at once.
    silent_for = clock[arrival.ARRIVALS] - equipment.last_arrival[known]
    speak_within = arrival.SILENT_AFTER_AT_LEAST + arrival.SILENT_AFTER_GAPS * equipment.usual_gap[known]
    live = (equipment.run_last[known] != arrival.UNSET) & (silent_for <= speak_within)
    ahead = live & ((equipment.side[known] == arrival.AHEAD) | (equipment.latest[known] > until))
    if ahead.sum() < arrival.most_of(int(live.sum())):
        more = np.flatnonzero(ahead & (equipment.run_count[known] > 1))
        names.update(points.equipment_ids[e] for e in more.tolist())
    return sorted(names)


def how_far_ahead(
    points: Points, equipment: arrival.Equipment, names: list[str], now: int
) -> dict[str, float]:
    """By how much the clocks of this equipment are ahead of the time of the zone, ``now`` in ns; s."""
    index = {name: e for e, name in enumerate(points.equipment_ids)}
    rows = [index[name] for name in names]
    outside = equipment.side[rows] == arrival.AHEAD
    stamps = np.where(outside, equipment.run_last[rows], equipment.latest[rows])
    return dict(zip(names, ((stamps - now) / SECOND).tolist(), strict=True))
