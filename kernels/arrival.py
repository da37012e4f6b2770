"""What happens to a reading as it arrives: limits, event time, waiting for its tick.

One pass over a batch, in arrival order. A reading is held against its point's
limits at once, then waits for its tick to close. The pass stops where Python
has something to decide: a limit was crossed, or event time has moved far
enough to close a tick. Everything depends on the order of the readings alone,
never on how they were cut into batches.

Event time is the latest time that ``max(3, a tenth)`` of the live equipment
has reached (all of it, where fewer than three live). Equipment lives by
arrivals, not by clocks: it is silent once the zone has received many times
more readings without it than it ever used to, so that one clock that runs
ahead can neither move the zone nor bury the others.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel

UNSET = np.iinfo(np.int64).min

# Why `arrive` stopped; CLOSE and LIMIT may come together.
DONE = 0
CLOSE = 1
LIMIT = 2
FULL = 4

# Slots of the scalar array of a zone's clock.
CLOSED_UNTIL = 0
DEADLINE = 1
REACHED = 2
NEEDED = 3
ARRIVALS = 4
WAITING = 5
EVENT_TIME = 6
NEWEST = 7
LATE = 8
LOWEST = 9
EQUIPMENT = 10
SCALARS = 11

# Columns of the limits array, and the levels that they stand for.
LOW_CRITICAL, LOW_WARNING, WARNING, CRITICAL, SHUTDOWN = range(5)
LEVEL_NONE, LEVEL_WARNING, LEVEL_CRITICAL, LEVEL_SHUTDOWN = range(4)

LIVE_CHECK_EVERY = 64
SILENT_AFTER_GAPS = 8.0
SILENT_AFTER_AT_LEAST = 256
FIRST_GAP = 64.0


class Points(NamedTuple):
    """State of each point, by slot."""

    equipment: NDArray[np.int32]
    limits: NDArray[np.float64]
    """[slots, 5]: low critical, low warning, warning, critical, shutdown; NaN = none."""
    deadband: NDArray[np.float64]
    """How far a value must come back before a limit is let go, in its own unit."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    max_rate: NDArray[np.float64]
    last_time: NDArray[np.int64]
    last_value: NDArray[np.float64]
    raw_level: NDArray[np.int8]
    """Level of the newest reading, plausible or not."""
    level: NDArray[np.int8]
    """Level that two plausible readings in a row have confirmed."""
    beyond_since: NDArray[np.int64]
    """Since when the raw level has been above none; UNSET if it is not."""
    doubtful: NDArray[np.bool_]
    """The value was reached by a jump that physics does not make, or is outside the plausible range."""


class Equipment(NamedTuple):
    """State of each piece of equipment, by index."""

    latest: NDArray[np.int64]
    last_arrival: NDArray[np.int64]
    usual_gap: NDArray[np.float64]
    """Arrivals of the zone between two of its own: a slowly forgotten maximum."""


class Waiting(NamedTuple):
    """Readings whose tick is open."""

    point: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]


def make_points(slots: int) -> Points:
    return Points(
        equipment=np.zeros(slots, np.int32),
        limits=np.full((slots, 5), np.nan),
        deadband=np.zeros(slots),
        low=np.full(slots, -np.inf),
        high=np.full(slots, np.inf),
        max_rate=np.full(slots, np.inf),
        last_time=np.full(slots, UNSET, np.int64),
        last_value=np.full(slots, np.nan),
        raw_level=np.zeros(slots, np.int8),
        level=np.zeros(slots, np.int8),
        beyond_since=np.full(slots, UNSET, np.int64),
        doubtful=np.zeros(slots, np.bool_),
    )


def make_equipment(count: int) -> Equipment:
    return Equipment(np.full(count, UNSET, np.int64), np.zeros(count, np.int64), np.zeros(count))


def make_waiting(capacity: int) -> Waiting:
    return Waiting(np.empty(capacity, np.int32), np.empty(capacity, np.int64), np.empty(capacity))


def make_clock() -> NDArray[np.int64]:
    clock = np.zeros(SCALARS, np.int64)
    for name in (CLOSED_UNTIL, DEADLINE, EVENT_TIME, NEWEST, LOWEST):
        clock[name] = UNSET
    return clock


@kernel()
def level_of(value: float, limits: Any, deadband: float, held: int) -> int:
    """Level of a value, holding the level ``held`` until it is back by the deadband."""
    level = LEVEL_NONE
    for wanted, high, low in (
        (LEVEL_WARNING, limits[WARNING], limits[LOW_WARNING]),
        (LEVEL_CRITICAL, limits[CRITICAL], limits[LOW_CRITICAL]),
        (LEVEL_SHUTDOWN, limits[SHUTDOWN], np.nan),
    ):
        slack = deadband if held >= wanted else 0.0
        if value > high - slack or value < low + slack:
            level = wanted
    return level


@kernel()
def is_live(equipment: Equipment, e: int, arrivals: int) -> bool:
    """Whether equipment ``e`` still speaks, by the arrivals of its zone."""
    if equipment.latest[e] == UNSET:
        return False
    allowed = SILENT_AFTER_AT_LEAST + SILENT_AFTER_GAPS * equipment.usual_gap[e]
    return arrivals - equipment.last_arrival[e] <= allowed


@kernel()
def recount(equipment: Equipment, clock: Any) -> None:
    """Count afresh who lives and who has reached the deadline."""
    live = 0
    reached = 0
    for e in range(clock[EQUIPMENT]):
        if is_live(equipment, e, clock[ARRIVALS]):
            live += 1
            if equipment.latest[e] >= clock[DEADLINE]:
                reached += 1
    needed = live
    if live >= 3:
        needed = max(3, (live + 9) // 10)
    clock[REACHED] = reached
    clock[NEEDED] = max(1, needed)


def _example_event_time() -> tuple[Any, ...]:
    return make_equipment(8), make_clock()


@kernel(_example_event_time)
def event_time(equipment: Equipment, clock: Any) -> int:
    """The latest time that enough of the live equipment has reached; UNSET before the first reading."""
    times = np.empty(clock[EQUIPMENT], np.int64)
    live = 0
    for e in range(clock[EQUIPMENT]):
        if is_live(equipment, e, clock[ARRIVALS]):
            times[live] = equipment.latest[e]
            live += 1
    if live == 0:
        return UNSET
    needed = live
    if live >= 3:
        needed = max(3, (live + 9) // 10)
    ordered = np.sort(times[:live])
    return ordered[live - needed]


def _example_rearm() -> tuple[Any, ...]:
    return make_equipment(8), make_clock(), 10, 10


@kernel(_example_rearm)
def rearm(equipment: Equipment, clock: Any, tick: int, lateness: int) -> None:
    """After a close: set the deadline of the next tick and count who has reached it."""
    clock[DEADLINE] = clock[CLOSED_UNTIL] + tick + lateness
    recount(equipment, clock)


@kernel()
def hold_against_limits(points: Points, p: int, time: int, value: float, ahead: int) -> bool:
    """Hold one reading against its point's limits; True where Python must look."""
    previous = points.last_time[p]
    if previous != UNSET and time <= previous and not (ahead != UNSET and previous > ahead):
        return False
    if np.isnan(value):
        return False
    was_raw = points.raw_level[p]
    was = points.level[p]
    raw = level_of(value, points.limits[p], points.deadband[p], was_raw)
    inside = points.low[p] <= value <= points.high[p]
    if previous == UNSET:
        points.doubtful[p] = not inside
    else:
        seconds = max(1.0, (time - previous) / 1e9)
        jumped = abs(value - points.last_value[p]) > points.max_rate[p] * seconds
        if not inside or (jumped and raw > was_raw):
            points.doubtful[p] = True
        elif raw == LEVEL_NONE:
            points.doubtful[p] = False
    if raw == LEVEL_NONE:
        points.beyond_since[p] = UNSET
    elif points.beyond_since[p] == UNSET:
        points.beyond_since[p] = time
    points.last_time[p] = time
    points.last_value[p] = value
    points.raw_level[p] = raw
    if points.doubtful[p]:
        return raw != was_raw
    level = was
    if min(raw, was_raw) > was or max(raw, was_raw) < was:
        level = min(raw, was_raw) if raw > was else max(raw, was_raw)
    points.level[p] = level
    return level != was or raw > was_raw


def _example_arrive() -> tuple[Any, ...]:
    clock = make_clock()
    clock[EQUIPMENT] = 1
    return (
        np.zeros(1, np.int32),
        np.zeros(1, np.int64),
        np.zeros(1),
        0,
        make_points(1),
        make_equipment(1),
        make_waiting(4),
        clock,
        10,
        10,
        60,
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
    clock: Any,
    tick: int,
    lateness: int,
    max_ahead: int,
) -> tuple[int, int]:
    """Take in readings ``start`` onwards until one needs Python.

    Returns ``(next, why)``: the first reading not yet taken in, and DONE,
    CLOSE (event time has passed the deadline), LIMIT (reading ``next - 1``
    crossed a limit, or came back) or FULL (the waiting room must grow; no
    reading was taken in).
    """
    for i in range(start, len(point)):
        if clock[WAITING] >= len(waiting.point):
            return i, FULL
        p = point[i]
        t = time[i]
        e = points.equipment[p]
        ahead = UNSET
        if clock[EVENT_TIME] != UNSET:
            ahead = clock[EVENT_TIME] + max_ahead

        clock[ARRIVALS] += 1
        if equipment.latest[e] != UNSET:
            gap = float(clock[ARRIVALS] - equipment.last_arrival[e])
            equipment.usual_gap[e] = max(gap, 0.98 * equipment.usual_gap[e])
        else:
            equipment.usual_gap[e] = FIRST_GAP
        revived = not is_live(equipment, e, clock[ARRIVALS])
        equipment.last_arrival[e] = clock[ARRIVALS]

        crossed = hold_against_limits(points, p, t, value[i], ahead)

        if clock[CLOSED_UNTIL] != UNSET and t < clock[CLOSED_UNTIL]:
            clock[LATE] += 1
        else:
            w = clock[WAITING]
            waiting.point[w] = p
            waiting.time[w] = t
            waiting.value[w] = value[i]
            clock[WAITING] = w + 1
            if clock[CLOSED_UNTIL] == UNSET:
                lowest = t // tick * tick
                if clock[LOWEST] == UNSET or lowest < clock[LOWEST]:
                    clock[LOWEST] = lowest
                    clock[DEADLINE] = lowest + tick + lateness
                    revived = True
        if (ahead == UNSET or t <= ahead) and t > clock[NEWEST]:
            clock[NEWEST] = t

        before = equipment.latest[e]
        # A clock that was put back is believed again once it is no longer ahead of the zone.
        if t > before or (ahead != UNSET and before > ahead and t <= ahead):
            equipment.latest[e] = t
        if revived or equipment.latest[e] < before or clock[ARRIVALS] % LIVE_CHECK_EVERY == 0:
            recount(equipment, clock)
        elif before < clock[DEADLINE] <= t:
            clock[REACHED] += 1
        if clock[REACHED] >= clock[NEEDED]:
            return i + 1, (CLOSE | LIMIT) if crossed else CLOSE
        if crossed:
            return i + 1, LIMIT
    return len(point), DONE
