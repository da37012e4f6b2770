"""One pass over a batch, in arrival order: each reading against its limits, then to wait for its tick.

The pass stops where Python has something to decide: a limit was crossed, or event
time has moved far enough to close a tick. Everything depends on the order of the
readings alone, never on how they were cut into batches.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.arrival.clock import (
    ARRIVALS,
    CLOSED_UNTIL,
    DEADLINE,
    DUE,
    EQUIPMENT,
    EVENT_TIME,
    FULL_AT,
    LATE,
    LOWEST,
    NEEDED,
    NEWEST,
    ORDERED_FROM,
    OUTSIDE,
    OUTSIDE_ARRIVAL,
    OUTSIDE_SINCE,
    REACHED,
    SHIFT,
    STEP_TO,
    UNSET,
    WAITING,
    make_clock,
)
from kernels.arrival.equipment import Equipment, is_live, make_equipment, proves, spoke_once, usual_after
from kernels.arrival.full_ticks import keeps_order
from kernels.arrival.pace import due_from, longest_after, shortest_after
from kernels.arrival.points import Points, farthest, level_at, make_points, tells_more
from kernels.arrival.quorum import recount
from kernels.arrival.steps import step_to
from kernels.arrival.waiting import Waiting, make_waiting
from kernels.arrival.window import AHEAD, BACK, INSIDE, side_of
from kernels.jit import kernel
from kernels.levels import LEVEL_NONE, confirmed

# Why `arrive` stopped; LIMIT may come together with CLOSE or STEP.
DONE = 0
CLOSE = 1
LIMIT = 2
FULL = 4
STEP = 8

LIVE_CHECK_EVERY = 256


def _example_arrive() -> tuple[Any, ...]:
    clock = make_clock()
    clock[EQUIPMENT] = 1
    none = np.zeros(1)
    return (
        none.astype(np.int32),
        none.astype(np.int64),
        none,
        0,
        make_points(1),
        make_equipment(1),
        make_waiting(4),
        make_waiting(4),
        clock,
        10,
        10,
        60,
        300,
    )


@kernel(_example_arrive)
def arrive(
    point: Any,
    time: Any,
    value: Any,
    start: int,
    points: Points,
    equipment: Equipment,
    waiting: Waiting,
    outside: Waiting,
    clock: Any,
    tick: int,
    lateness: int,
    max_ahead: int,
    max_behind: int,
) -> tuple[int, int]:
    """Take in readings ``start`` onwards until one needs Python.

    ``point`` i4[n], ``time`` i8[n] ns, ``value`` f8[n]; ``tick``, ``lateness``,
    ``max_ahead`` and ``max_behind`` in ns. Returns ``(next, why)``: the first reading not yet
    taken in, and DONE, CLOSE (event time has passed the deadline, or the tick is full), STEP (the
    clocks were put on or back together, to STEP_TO), LIMIT (reading ``next - 1`` crossed a limit, or
    came back, or its point asks to be looked at), LIMIT and one of both, or FULL (a waiting room must
    grow; no reading was taken in).
    """
    # One loop, and helpers that take numbers or one array: handing a state on costs more than all checks.
    for i in range(start, len(point)):
        if clock[WAITING] >= len(waiting.point) or clock[OUTSIDE] >= len(outside.point):
            return i, FULL
        p = point[i]
        t = time[i] + clock[SHIFT]
        x = value[i]
        e = points.equipment[p]
        ahead = UNSET
        side = INSIDE
        if clock[EVENT_TIME] != UNSET:
            ahead = clock[EVENT_TIME] + max_ahead
            behind = clock[CLOSED_UNTIL] - max_behind
            side = side_of(t, equipment.latest[e], equipment.side[e], behind, clock[EVENT_TIME], max_ahead)
        clock[ARRIVALS] += 1
        points.taken[p] += 1

        # Held against the point's limits. A last reading from a clock that was ahead must not
        # blind the point until that time comes.
        crossed = False
        full = False
        previous = points.last_time[p]
        newer = previous == UNSET or t > previous or (ahead != UNSET and previous > ahead)
        older = not newer and t < previous
        now = clock[NEWEST]
        if t > now and (ahead == UNSET or t <= ahead):
            now = t
        if newer and not np.isnan(x):
            was_raw = points.raw_level[p]
            was_level = points.level[p]
            # Only what is proved is held by the deadband: nothing is beyond a limit by being near it.
            raw = level_at(points.limits, p, x, points.deadband[p], was_level)
            inside = points.low[p] <= x <= points.high[p]
            jumped = False
            if previous != UNSET and raw > was_raw:
                passed = t - previous if t > previous else now - points.heard[p]
                jumped = abs(x - points.last_value[p]) > farthest(points.max_rate[p], passed)
            if jumped or not inside:
                points.doubtful[p] = True
            elif raw == LEVEL_NONE:
                points.doubtful[p] = False
            if raw == LEVEL_NONE:
                points.beyond_since[p] = UNSET
            else:
                if points.beyond_since[p] == UNSET:
                    points.beyond_heard[p] = now
                if points.beyond_since[p] == UNSET or points.beyond_since[p] > t:
                    points.beyond_since[p] = t
                points.beyond_until[p] = t
            if side == INSIDE and previous != UNSET and t > previous:
                points.gap[p] = shortest_after(points.gap[p], t - previous)
                points.longest_gap[p] = longest_after(points.longest_gap[p], t - previous)
            if side == INSIDE and points.due[p] and due_from(t, points.gap[p]) >= clock[FULL_AT]:
                points.due[p] = False
                clock[DUE] -= 1
                full = clock[DUE] == 0 and keeps_order(clock)
            points.last_time[p] = t
            points.value_before[p] = points.last_value[p]
            points.last_value[p] = x
            points.raw_level[p] = raw
            points.heard[p] = now
            if points.aside_time[p] != UNSET:
                points.aside_time[p] = UNSET
                points.aside_level[p] = LEVEL_NONE
            if points.doubtful[p]:
                crossed = raw != was_raw
            else:
                level = confirmed(was_level, raw, was_raw)
                crossed = level != was_level or raw > was_raw
                points.level[p] = level
            crossed |= points.asks[p]
        elif not newer and not np.isnan(x) and tells_more(points, p, t, x):
            raw = level_at(points.limits, p, x, points.deadband[p], LEVEL_NONE)
            if not points.low[p] <= x <= points.high[p]:
                raw = LEVEL_NONE
            beside = points.aside_time[p]
            # Of one stamp two values are two readings of a clock that stands; one value is one reading.
            goes_on = beside != UNSET and (t > beside or (t == beside and x != points.aside_value[p]))
            if goes_on:
                passed = t - beside if t > beside else now - points.heard[p]
                goes_on = abs(x - points.aside_value[p]) <= farthest(points.max_rate[p], passed)
            if raw > points.level[p]:
                proved = min(raw, points.aside_level[p]) if goes_on else LEVEL_NONE
                crossed = raw > points.aside_level[p] or proved > points.level[p]
                if proved > points.level[p]:
                    points.level[p] = proved
                    points.raw_level[p] = max(points.raw_level[p], proved)
                    points.doubtful[p] = False
            points.aside_time[p] = t
            points.aside_value[p] = x
            points.aside_level[p] = raw
            points.heard[p] = now
            crossed |= points.asks[p]
        if older:
            clock[ORDERED_FROM] = UNSET

        # Into the waiting room, unless its tick is closed and it tells nothing new; outside the
        # window it waits apart.
        fresh_deadline = False
        closed = clock[CLOSED_UNTIL]
        if side in (AHEAD, BACK):
            w = clock[OUTSIDE]
            if w == 0:
                clock[OUTSIDE_SINCE] = clock[EVENT_TIME]
                clock[OUTSIDE_ARRIVAL] = clock[ARRIVALS]
            outside.point[w] = p
            outside.time[w] = t
            outside.value[w] = x
            clock[OUTSIDE] = w + 1
        elif closed != UNSET and t < closed and not (newer and closed - t <= max_behind):
            clock[LATE] += 1
            points.belated[p] += 1
        else:
            w = clock[WAITING]
            waiting.point[w] = p
            waiting.time[w] = t
            waiting.value[w] = x
            clock[WAITING] = w + 1
            lowest = t // tick * tick
            if closed == UNSET and (clock[LOWEST] == UNSET or lowest < clock[LOWEST]):
                clock[LOWEST] = lowest
                clock[DEADLINE] = lowest + tick + lateness
                fresh_deadline = True
        if t > clock[NEWEST] and (ahead == UNSET or t <= ahead):
            clock[NEWEST] = t

        # The run of its equipment: what is a little older than the newest is only out of order.
        last = equipment.run_last[e]
        turned = side != equipment.side[e]
        ascends = False
        if turned or last == UNSET or t < last - lateness:
            equipment.side[e] = side
            equipment.run_count[e] = 1
            equipment.run_first[e] = t
            equipment.run_last[e] = t
            equipment.run_arrival[e] = clock[ARRIVALS]
        elif t > last:
            equipment.run_count[e] += 1
            equipment.run_last[e] = t
            ascends = True

        # The equipment's own clock. One that was put back is believed again once it is no
        # longer ahead of the zone.
        before = equipment.latest[e]
        lived = is_live(before, equipment.last_arrival[e], equipment.usual_gap[e], clock[ARRIVALS])
        arrivals = clock[ARRIVALS] - equipment.last_arrival[e]
        equipment.usual_gap[e] = usual_after(equipment.usual_gap[e], arrivals)
        equipment.last_arrival[e] = clock[ARRIVALS]
        if side != INSIDE:
            if turned and before != UNSET:
                recount(equipment, clock, tick + lateness)
            elif ascends and proves(side, equipment.run_count[e], equipment.run_first[e], t):
                clock[STEP_TO] = step_to(equipment, clock, max_ahead)
                if clock[STEP_TO] != UNSET:
                    return i + 1, (STEP | LIMIT) if crossed else STEP
        else:
            put_back = ahead != UNSET and before > ahead and t <= ahead
            if ahead == UNSET:
                # Before event time is known a clock that ran ahead may be put right like any other.
                equipment.latest[e] = equipment.run_last[e]
            elif t > before or put_back:
                equipment.latest[e] = t
            again = put_back or turned or fresh_deadline or clock[ARRIVALS] % LIVE_CHECK_EVERY == 0
            twice = ascends and equipment.run_count[e] == 2
            if ahead == UNSET:
                again |= not lived or twice or (ascends and t >= clock[DEADLINE])
            elif spoke_once(equipment.latest[e], equipment.run_count[e], equipment.run_last[e]):
                again |= not lived and clock[NEEDED] < 3
            else:
                again |= not lived or twice
                if not again and before < clock[DEADLINE] <= t:
                    clock[REACHED] += 1
            if again:
                recount(equipment, clock, tick + lateness)

        if full or clock[REACHED] >= clock[NEEDED]:
            return i + 1, (CLOSE | LIMIT) if crossed else CLOSE
        if crossed:
            return i + 1, LIMIT
    return len(point), DONE
