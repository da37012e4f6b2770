"""Equipment whose clock runs ahead of its zone."""

from __future__ import annotations

import numpy as np

from detector.points import Points
from kernels import arrival


def clocks_ahead(
    points: Points, equipment: arrival.Equipment, clock: np.ndarray, refused: np.ndarray, until: int
) -> list[str]:
    """Equipment that has just been refused, or whose newest reading still lies beyond ``until``, ns.

    A tick in which slow equipment sends nothing says nothing of its clock, nor does one
    stray stamp. Where most of the zone is ahead it is not for one of them to be named.
    """
    names = {points.equipment_of(slot) for slot in np.unique(refused).tolist()}
    live = [
        e
        for e in range(int(clock[arrival.EQUIPMENT]))
        if arrival.is_live(
            equipment.run_last[e],
            equipment.last_arrival[e],
            equipment.usual_gap[e],
            clock[arrival.ARRIVALS],
        )
    ]
    ahead = [e for e in live if equipment.side[e] == arrival.AHEAD or equipment.latest[e] > until]
    if len(ahead) < arrival.most_of(len(live)):
        names.update(points.equipment_ids[e] for e in ahead if equipment.run_count[e] > 1)
    return sorted(names)
