"""What happens to a reading as it arrives: limits, event time, waiting for its tick.

One pass over a batch, in arrival order. A reading is held against its point's
limits at once, then waits for its tick to close. The pass stops where Python
has something to decide: a limit was crossed, or event time has moved far
enough to close a tick. Everything depends on the order of the readings alone,
never on how they were cut into batches.

A reading with a stamp no newer than its point's last may raise a level, and never
clears one: such readings stand aside. Two of them in a row prove what two of the
others do, if they ascend, or differ under one stamp, as of a clock that stands. What
is compared between points is when they were heard, by the time of the zone, not
what their clocks say.

A gateway that keeps what it reads and sends it every minute or two is heard
when its ticks have long closed. What is newest of its point still is what is
known of it: it waits for the tick that is open, unless it is too old.

A tick whose end event time has passed by the lateness is closed. Where every point
keeps its order it closes sooner: once all that speak at an even pace have been
read at or after its end, or are not due again before it (a watermark, as of
Akidau et al., "The Dataflow Model", VLDB 8, with silent sources left out).

Event time is the latest time that ``max(3, a tenth)`` of the live equipment
has reached (all of it, where fewer than three live). What has spoken once only
has no part in it but that a third clock is waited for: ids that come without end
hold nothing back. Equipment lives by
arrivals, not by clocks: it is silent once the zone has received many times
more readings without it than it ever used to, so that one clock that runs
ahead can neither move the zone nor bury the others.

Stamps are believed within a window about event time only, and where they go on from
their equipment's own last: event time may stand for others. What lies outside waits
apart and moves nothing, and its equipment has no part in event time. Each piece of
equipment holds a run, of stamps that ascend on one side of the window. Once more
than half of what has been heard since the first of such runs began hold runs that
are long enough and agree, the clocks of the zone have been put on or back together
(or all was silent for a while), and the step is taken on: STEP. One round of wrong
stamps, a few wrong clocks, or a store that is emptied newest first, hold no such
runs. Stamps that are behind but go on from where their own equipment was are only
late: they must go on so for much longer.

At the start there is no window. Event time begins where more than half of what has
spoken twice has come to, by clocks that have run for as long as a tick needs to close.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel
from kernels.levels import (
    CRITICAL,
    LEVEL_NONE,
    LOW_CRITICAL,
    LOW_WARNING,
    SHUTDOWN,
    WARNING,
    confirmed,
    level_of,
)
from kernels.state import SECOND

UNSET = np.iinfo(np.int64).min

# Why `arrive` stopped; LIMIT may come together with CLOSE or STEP.
DONE = 0
CLOSE = 1
LIMIT = 2
FULL = 4
STEP = 8

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
FULL_AT = 11  # end of the tick that is watched for being full
DUE = 12  # points that it still waits for
ORDERED_FROM = 13  # from when on points are taken to keep their order; UNSET since one has broken it
SHIFT = 14  # engine time less stamps, ns
OUTSIDE = 15  # readings that wait outside the window
OUTSIDE_SINCE = 16  # event time when the first of them came
OUTSIDE_ARRIVAL = 17  # its number
STEP_TO = 18  # time that the clocks which were put on or back together have come to
SCALARS = 19

# Where the stamps of equipment lie: in the window; ahead of it; put back behind it; behind it, but
# going on from its own last one.
INSIDE, AHEAD, BACK, LAGS = 0, 1, 2, 3
# Stamps this many allowances ahead of event time are outside: it moves only as ticks close.
WINDOW_ALLOWANCES = 2
# A run that proves something: so many stamps over so long, ns. What lags may be a store that is emptied.
RUN_STAMPS = 3
RUN_LASTS = 60 * SECOND
LAG_LASTS = 3600 * SECOND

LIVE_CHECK_EVERY = 256
SILENT_AFTER_GAPS = 8.0
SILENT_AFTER_AT_LEAST = 256
FIRST_GAP = 64.0
GAP_MEMORY = 0.98

# A point is waited for until it has been silent for so many of its shortest gaps, if its longest is no more
# than so many: what is sent when it changes keeps no pace. Both are forgotten by this part a reading.
SILENT_POINT_AFTER_GAPS = 3
EVEN_GAPS = 2
GAP_FADES = 16
# Those that are waited for must be this part of all that have spoken within the time, ns.
AWAITED_PART = 0.5
SPOKEN_WITHIN = 3600 * SECOND
# Points that have kept their order for this long are taken to go on so, ns.
ORDER_PROVEN = 900 * SECOND


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
    """Since when the raw level has been above none, by its own stamps; UNSET if it is not."""
    beyond_heard: NDArray[np.int64]
    """The time of the zone when that was heard."""
    beyond_until: NDArray[np.int64]
    """Stamp of its newest reading that was beyond a limit; UNSET before there was one."""
    doubtful: NDArray[np.bool_]
    """The value was reached by a jump that physics does not make, or is outside the plausible range."""
    heard: NDArray[np.int64]
    """The time of the zone when it was last read, ns."""
    value_before: NDArray[np.float64]
    """Its last value but one."""
    aside_time: NDArray[np.int64]
    """Stamp of the reading heard last, where that is older than ``last_time``; else UNSET."""
    aside_value: NDArray[np.float64]
    aside_level: NDArray[np.int8]
    """Level of that reading, if it is plausible."""
    asks: NDArray[np.bool_]
    """Its next reading is to be looked at, whatever its level."""
    gap: NDArray[np.int64]
    """Shortest time between two of its readings of late, ns; 0 until there were two."""
    longest_gap: NDArray[np.int64]
    due: NDArray[np.bool_]
    """Still to be read before the tick that is watched is full."""


class Equipment(NamedTuple):
    """State of each piece of equipment, by index."""

    latest: NDArray[np.int64]
    last_arrival: NDArray[np.int64]
    usual_gap: NDArray[np.float64]
    """Arrivals of the zone between two of its own: a slowly forgotten maximum."""
    side: NDArray[np.int8]
    """Where its stamps lie: INSIDE, AHEAD, BACK, LAGS."""
    run_count: NDArray[np.int64]
    """Stamps in a row on that side that ascended."""
    run_first: NDArray[np.int64]
    run_last: NDArray[np.int64]
    run_arrival: NDArray[np.int64]
    """Number of the arrival with which the run began."""


class Waiting(NamedTuple):
    """Readings whose tick is open."""

    point: NDArray[np.int32]
    """i4[capacity] slots."""
    time: NDArray[np.int64]
    """i8[capacity] ns."""
    value: NDArray[np.float64]
    """f8[capacity]"""


def make_points(slots: int) -> Points:
    """Columns for so many points of which nothing is known: no limits, any value plausible, never heard."""
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
        beyond_heard=np.full(slots, UNSET, np.int64),
        beyond_until=np.full(slots, UNSET, np.int64),
        doubtful=np.zeros(slots, np.bool_),
        heard=np.full(slots, UNSET, np.int64),
        value_before=np.full(slots, np.nan),
        aside_time=np.full(slots, UNSET, np.int64),
        aside_value=np.full(slots, np.nan),
        aside_level=np.zeros(slots, np.int8),
        asks=np.zeros(slots, np.bool_),
        gap=np.zeros(slots, np.int64),
        longest_gap=np.zeros(slots, np.int64),
        due=np.zeros(slots, np.bool_),
    )


def make_equipment(count: int) -> Equipment:
    """Columns for so many pieces of equipment that were never heard."""
    return Equipment(
        latest=np.full(count, UNSET, np.int64),
        last_arrival=np.zeros(count, np.int64),
        usual_gap=np.zeros(count),
        side=np.zeros(count, np.int8),
        run_count=np.zeros(count, np.int64),
        run_first=np.full(count, UNSET, np.int64),
        run_last=np.full(count, UNSET, np.int64),
        run_arrival=np.zeros(count, np.int64),
    )


def make_waiting(capacity: int) -> Waiting:
    """Room for so many readings that wait, empty of meaning until written."""
    return Waiting(np.empty(capacity, np.int32), np.empty(capacity, np.int64), np.empty(capacity))


def make_clock() -> NDArray[np.int64]:
    """i8[SCALARS]: the clock of a zone before its first reading."""
    clock = np.zeros(SCALARS, np.int64)
    for name in (CLOSED_UNTIL, DEADLINE, EVENT_TIME, NEWEST, LOWEST, FULL_AT, ORDERED_FROM):
        clock[name] = UNSET
    return clock


@kernel()
def is_live(latest: int, last_arrival: int, usual_gap: float, arrivals: int) -> bool:
    """Whether equipment still speaks, by the arrivals of its zone."""
    if latest == UNSET:
        return False
    return arrivals - last_arrival <= SILENT_AFTER_AT_LEAST + SILENT_AFTER_GAPS * usual_gap


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
def begins(run_count: int, run_first: int, run_last: int, proof: int) -> bool:
    """Whether the clock of equipment has run for long enough (ns) to have a part in the first event time."""
    return run_count >= 2 and run_last - run_first >= proof


@kernel()
def spoke_once(latest: int, run_count: int, run_last: int) -> bool:
    """Whether one stamp is all that is known of a clock, or all since it was put right."""
    return run_count == 1 and latest == run_last


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


@kernel()
def proves(side: int, run_count: int, run_first: int, run_last: int) -> bool:
    """Whether a run is long enough to say where a clock stands."""
    lasts = LAG_LASTS if side == LAGS else RUN_LASTS
    return run_count >= RUN_STAMPS and run_last - run_first >= lasts


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


@kernel()
def is_awaited(last: int, gap: int, longest_gap: int, at: int, tick: int) -> bool:
    """Whether a point that keeps such a pace and was last read then is still waited for at a time."""
    even = longest_gap <= EVEN_GAPS * gap
    return last != UNSET and even and at - last <= SILENT_POINT_AFTER_GAPS * gap + tick


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
            until = min(until, (last + gap) // tick * tick)
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
        points.due[p] = is_awaited(last, gap, points.longest_gap[p], full_at, tick) and last + gap < full_at
        due += points.due[p]
    clock[DUE] = due


@kernel()
def tells_more(points: Points, p: int, t: int, x: float) -> bool:
    """Whether a reading with a stamp no newer than its point's last may be another than is known already.

    What has been beyond before may come again, late or twice. With the very stamp of the last it
    is known unless its value is another: then the clock of its source stands.
    """
    if t == points.last_time[p]:
        return x != points.last_value[p] or points.aside_time[p] == t
    return not t <= points.beyond_until[p] <= points.last_time[p]


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
    # One loop, and helpers that take numbers only: handing a state on costs more than all checks.
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
            own = equipment.latest[e]
            beyond = WINDOW_ALLOWANCES * max_ahead
            if t > clock[EVENT_TIME] + beyond and (own == UNSET or t > own + beyond):
                side = AHEAD
            elif t < clock[CLOSED_UNTIL] - max_behind:
                lags = equipment.side[e] != BACK and own != UNSET and t >= own
                side = LAGS if lags else BACK
        clock[ARRIVALS] += 1

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
            raw = level_of(
                x,
                points.limits[p, LOW_CRITICAL],
                points.limits[p, LOW_WARNING],
                points.limits[p, WARNING],
                points.limits[p, CRITICAL],
                points.limits[p, SHUTDOWN],
                points.deadband[p],
                was_level,
            )
            inside = points.low[p] <= x <= points.high[p]
            jumped = False
            if previous != UNSET and raw > was_raw:
                passed = t - previous if t > previous else now - points.heard[p]
                jumped = abs(x - points.last_value[p]) > points.max_rate[p] * max(1.0, passed / 1e9)
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
                gap, longest = points.gap[p], points.longest_gap[p]
                points.gap[p] = min(t - previous, gap + gap // GAP_FADES) if gap else t - previous
                points.longest_gap[p] = max(t - previous, longest - longest // GAP_FADES)
            if side == INSIDE and points.due[p] and t + points.gap[p] >= clock[FULL_AT]:
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
            raw = level_of(
                x,
                points.limits[p, LOW_CRITICAL],
                points.limits[p, LOW_WARNING],
                points.limits[p, WARNING],
                points.limits[p, CRITICAL],
                points.limits[p, SHUTDOWN],
                points.deadband[p],
                LEVEL_NONE,
            )
            if not points.low[p] <= x <= points.high[p]:
                raw = LEVEL_NONE
            beside = points.aside_time[p]
            # Of one stamp two values are two readings of a clock that stands; one value is one reading.
            goes_on = beside != UNSET and (t > beside or (t == beside and x != points.aside_value[p]))
            if goes_on:
                passed = t - beside if t > beside else now - points.heard[p]
                most = points.max_rate[p] * max(1.0, passed / 1e9)
                goes_on = abs(x - points.aside_value[p]) <= most
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
        if equipment.usual_gap[e] == 0.0:
            equipment.usual_gap[e] = FIRST_GAP
        else:
            gap = float(clock[ARRIVALS] - equipment.last_arrival[e])
            equipment.usual_gap[e] = max(gap, GAP_MEMORY * equipment.usual_gap[e])
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
