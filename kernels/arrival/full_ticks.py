"""Ticks that are full: nothing more is expected of them.

A tick whose end event time has passed by the lateness is closed. Where every point
keeps its order it closes sooner: once all that speak at an even pace have been
read at or after its end, or are not due again before it (a watermark, as of
Akidau et al., "The Dataflow Model", VLDB 8, with silent sources left out).
"""

from __future__ import annotations

from typing import Any

from kernels.arrival.clock import (
    CLOSED_UNTIL,
    DEADLINE,
    DUE,
    FULL_AT,
    NEWEST,
    ORDERED_FROM,
    UNSET,
    make_clock,
)
from kernels.arrival.equipment import Equipment, make_equipment
from kernels.arrival.pace import due_from, is_awaited
from kernels.arrival.points import Points, make_points
from kernels.arrival.quorum import recount
from kernels.jit import kernel
from kernels.state import SECOND

# Those that are waited for must be this part of all that have spoken within the time, ns.
AWAITED_PART = 0.5
SPOKEN_WITHIN = 3600 * SECOND
# Points that have kept their order for this long are taken to go on so, ns.
ORDER_PROVEN = 900 * SECOND


@kernel()
def keeps_order(clock: Any) -> bool:
    """Whether no point has broken its order for long, by the time of the zone."""
    return clock[ORDERED_FROM] != UNSET and clock[NEWEST] >= clock[ORDERED_FROM]


def _example_full_until() -> tuple[Any, ...]:
    return make_points(8), make_clock(), 10, 10


@kernel(_example_full_until)
def full_until(points: Points, clock: Any, tick: int, now: int) -> int:
    """The end of the last tick that nothing more is expected of, none beyond that of ``now``; UNSET if none.

    ``tick`` and ``now`` in ns. Where most points keep no pace nothing can be said.
    """
    if clock[FULL_AT] == UNSET or not keeps_order(clock):
        return UNSET
    until = now // tick * tick + tick
    awaited = 0
    spoken = 0
    for p in range(len(points.last_time)):
        last, gap = points.last_time[p], points.gap[p]
        spoken += last != UNSET and clock[FULL_AT] - last <= SPOKEN_WITHIN
        if is_awaited(last, gap, points.longest_gap[p], clock[FULL_AT], tick):
            awaited += 1
            until = min(until, due_from(last, gap) // tick * tick)
    return until if awaited > 0 and awaited >= AWAITED_PART * spoken else UNSET


def _example_rearm() -> tuple[Any, ...]:
    return make_points(8), make_equipment(8), make_clock(), 10, 10


@kernel(_example_rearm)
def rearm(points: Points, equipment: Equipment, clock: Any, tick: int, lateness: int) -> None:
    """After a close: set the deadline of the next tick, and count who has reached it and who is due in it."""
    full_at = clock[CLOSED_UNTIL] + tick
    if clock[ORDERED_FROM] == UNSET:
        clock[ORDERED_FROM] = clock[CLOSED_UNTIL] + ORDER_PROVEN
    clock[DEADLINE] = full_at + lateness
    recount(equipment, clock, tick + lateness)
    clock[FULL_AT] = full_at
    due = 0
    for p in range(len(points.last_time)):
        last, gap = points.last_time[p], points.gap[p]
        points.due[p] = (
            is_awaited(last, gap, points.longest_gap[p], full_at, tick) and due_from(last, gap) < full_at
        )
        due += points.due[p]
    clock[DUE] = due
