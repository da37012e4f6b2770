"""Whether the clocks of a zone have been put on or back together.

Once more than half of what has been heard since the first of the runs outside the window
began hold runs that are long enough and agree, the clocks of the zone have been put on
or back together (or all was silent for a while), and the step is taken on. One round of
wrong stamps, a few wrong clocks, or a store that is emptied newest first, hold no such
runs. Stamps that are behind but go on from where their own equipment was are only late:
they must go on so for much longer.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.arrival.clock import (
    ARRIVALS,
    EQUIPMENT,
    EVENT_TIME,
    OUTSIDE,
    OUTSIDE_ARRIVAL,
    OUTSIDE_SINCE,
    UNSET,
    make_clock,
)
from kernels.arrival.equipment import RUN_LASTS, Equipment, is_live, make_equipment, proves
from kernels.arrival.quorum import most_of
from kernels.arrival.window import INSIDE
from kernels.jit import kernel


def _example_outside_most() -> tuple[Any, ...]:
    return make_equipment(8), make_clock(), 60


@kernel(_example_outside_most)
def step_to(equipment: Equipment, clock: Any, allowance: int) -> int:
    """The time outside the window that most of what is heard agrees upon, within ns; UNSET if there is none.

    Heard is what has spoken since the first of the runs began that prove something.
    """
    now = clock[ARRIVALS]
    count = clock[EQUIPMENT]
    times = np.empty(count, np.int64)
    proved = 0
    since = now
    for e in range(count):
        if equipment.side[e] == INSIDE or not is_live(
            equipment.run_last[e], equipment.last_arrival[e], equipment.usual_gap[e], now
        ):
            continue
        if proves(equipment.side[e], equipment.run_count[e], equipment.run_first[e], equipment.run_last[e]):
            times[proved] = equipment.run_last[e]
            since = min(since, equipment.run_arrival[e])
            proved += 1
    if proved == 0:
        return UNSET
    needed = most_of(heard_since(equipment, clock, since))
    if proved < needed:
        return UNSET
    times = np.sort(times[:proved])
    for i in range(proved - needed, -1, -1):
        if times[i + needed - 1] - times[i] <= allowance:
            return times[i]
    return UNSET


@kernel()
def heard_since(equipment: Equipment, clock: Any, since: int) -> int:
    """How much of the live equipment has spoken since an arrival."""
    heard = 0
    for e in range(clock[EQUIPMENT]):
        heard += equipment.last_arrival[e] >= since and is_live(
            equipment.run_last[e], equipment.last_arrival[e], equipment.usual_gap[e], clock[ARRIVALS]
        )
    return heard


@kernel(_example_outside_most)
def refuted(equipment: Equipment, clock: Any, longest: int) -> bool:
    """Whether what waits outside is wrong: most of what has spoken since goes on within the window.

    Or event time has moved on by the ``longest`` time (ns) that this may take.
    """
    passed = clock[EVENT_TIME] - clock[OUTSIDE_SINCE]
    if clock[OUTSIDE] == 0 or passed < RUN_LASTS:
        return False
    inside = 0
    for e in range(clock[EQUIPMENT]):
        if (
            equipment.side[e] == INSIDE
            and equipment.last_arrival[e] >= clock[OUTSIDE_ARRIVAL]
            and is_live(
                equipment.run_last[e], equipment.last_arrival[e], equipment.usual_gap[e], clock[ARRIVALS]
            )
        ):
            inside += proves(
                equipment.side[e], equipment.run_count[e], equipment.run_first[e], equipment.run_last[e]
            )
    most = most_of(heard_since(equipment, clock, clock[OUTSIDE_ARRIVAL]))
    return inside >= max(1, most) or passed >= longest
