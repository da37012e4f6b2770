"""Event time: how much of the equipment must have reached a time for its zone to have reached it.

Event time is the latest time that ``max(3, a tenth)`` of the live equipment
has reached (all of it, where fewer than three live). What has spoken once only
has no part in it but that a third clock is waited for: ids that come without end
hold nothing back. Nor has that whose stamps lie outside the window.

At the start there is no window. Event time begins where more than half of what has
spoken twice has come to, by clocks that have run for as long as a tick needs to close.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.arrival.clock import (
    ARRIVALS,
    DEADLINE,
    EQUIPMENT,
    EVENT_TIME,
    NEEDED,
    REACHED,
    UNSET,
    make_clock,
)
from kernels.arrival.equipment import Equipment, begins, is_live, make_equipment, spoke_once
from kernels.arrival.window import INSIDE
from kernels.jit import kernel


@kernel()
def needed_of(live: int) -> int:
    """How many of the live equipment must have reached a time for the zone to have reached it."""
    if live < 3:
        return max(1, live)
    return max(3, (live + 9) // 10)


@kernel()
def most_of(count: int) -> int:
    """More than half, at least three, or all of fewer."""
    return min(count, max(3, count // 2 + 1))


@kernel()
def needed_now(counted: int, live: int) -> int:
    """How many of those ``counted`` must have reached a time, where with the others so many live."""
    return max(needed_of(counted), min(live, 3))


@kernel()
def recount(equipment: Equipment, clock: Any, proof: int) -> None:
    """Count afresh who lives and who has reached the deadline; at first by clocks run for ``proof`` ns."""
    live = 0
    counted = 0
    reached = 0
    twice = 0
    known = clock[EVENT_TIME] != UNSET
    for e in range(clock[EQUIPMENT]):
        speaks = is_live(
            equipment.latest[e], equipment.last_arrival[e], equipment.usual_gap[e], clock[ARRIVALS]
        )
        if not speaks or equipment.side[e] != INSIDE:
            continue
        live += 1
        twice += equipment.run_count[e] >= 2
        if known:
            counts = not spoke_once(equipment.latest[e], equipment.run_count[e], equipment.run_last[e])
        else:
            counts = begins(equipment.run_count[e], equipment.run_first[e], equipment.run_last[e], proof)
        counted += counts
        if counts and equipment.latest[e] >= clock[DEADLINE]:
            reached += 1
    clock[REACHED] = reached
    clock[NEEDED] = needed_now(counted, live) if known else max(needed_of(live), most_of(twice))


def _example_event_time() -> tuple[Any, ...]:
    return make_equipment(8), make_clock(), 20


@kernel(_example_event_time)
def event_time(equipment: Equipment, clock: Any, proof: int) -> int:
    """The latest time that enough of the live equipment has reached; UNSET where there is none.

    At the start, that most of what has run for ``proof`` ns has reached.
    """
    times = np.empty(clock[EQUIPMENT], np.int64)
    live = 0
    counted = 0
    known = clock[EVENT_TIME] != UNSET
    for e in range(clock[EQUIPMENT]):
        if equipment.side[e] != INSIDE or not is_live(
            equipment.latest[e], equipment.last_arrival[e], equipment.usual_gap[e], clock[ARRIVALS]
        ):
            continue
        live += 1
        if known:
            counts = not spoke_once(equipment.latest[e], equipment.run_count[e], equipment.run_last[e])
        else:
            counts = begins(equipment.run_count[e], equipment.run_first[e], equipment.run_last[e], proof)
        if counts:
            times[counted] = equipment.latest[e]
            counted += 1
    needed = needed_now(counted, live) if known else most_of(counted)
    if counted == 0 or counted < needed:
        return UNSET
    return np.sort(times[:counted])[counted - needed]
