"""Obvious twin of kernels.arrival: a zone's intake with dictionaries, lists and plain integers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

CHECK_EVERY = 256
NAN = float("nan")


@dataclass
class Point:
    equipment: int
    limits: tuple[float, float, float, float, float] = (NAN,) * 5
    deadband: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    max_rate: float = math.inf
    last: tuple[int, float] | None = None
    raw: int = 0
    level: int = 0
    beyond_since: int | None = None
    beyond_heard: int | None = None
    beyond_until: int | None = None
    doubtful: bool = False
    heard: int | None = None
    value_before: float = NAN
    aside: tuple[int, float, int] | None = None
    """Stamp, value and plausible level of the reading heard last, where it is older than the newest."""
    asks: bool = False
    gap: int = 0
    longest_gap: int = 0
    due: bool = False

    def speaks(self, at: int, tick: int) -> bool:
        even = self.longest_gap <= 2 * self.gap
        return even and self.last is not None and at - self.last[0] <= 3 * self.gap + tick

    def next(self) -> int:
        assert self.last is not None
        return self.last[0] + self.gap - (self.gap // 8 if self.gap >= 90 * 10**9 else 0)


@dataclass
class Machine:
    latest: int | None = None
    last_arrival: int = 0
    usual_gap: float = 0.0
    side: str = "inside"
    run: list[int] = field(default_factory=list)
    """First and last of its stamps in a row, how many, and number of the arrival of the first."""

    def speaks(self, arrivals: int) -> bool:
        return bool(self.run) and arrivals - self.last_arrival <= 256 + 8 * self.usual_gap

    def lives(self, arrivals: int) -> bool:
        return self.latest is not None and self.speaks(arrivals)

    def spoke_once(self) -> bool:
        return self.run[2] == 1 and self.latest == self.run[1]

    def proves(self) -> bool:
        lasts = 3600 if self.side == "lags" else 60
        return self.run[2] >= 3 and self.run[1] - self.run[0] >= lasts * 10**9

    def goes_on(self, time: int, side: str, arrival: int, lateness: int) -> bool:
        """Take a stamp into the run; whether it ascends."""
        if not self.run or side != self.side or time < self.run[1] - lateness:
            self.side, self.run = side, [time, time, 1, arrival]
            return False
        if time > self.run[1]:
            self.run[1:3] = [time, self.run[2] + 1]
            return True
        return False


@dataclass
class Zone:
    points: list[Point]
    machines: list[Machine]
    tick: int
    lateness: int
    max_ahead: int
    max_behind: int
    room: int = 1 << 30
    """How many readings may wait."""
    closed_until: int | None = None
    deadline: int | None = None
    event_time: int | None = None
    newest: int | None = None
    lowest: int | None = None
    shift: int = 0
    outside: list[tuple[int, int, float]] = field(default_factory=list)
    outside_since: int = 0
    outside_arrival: int = 0
    step_to: int | None = None
    arrivals: int = 0
    late: int = 0
    needed: int = 0
    full_at: int | None = None
    ordered_from: int | None = None
    reached: list[bool] = field(default_factory=list)
    """Arrivals at the deadline, as last counted and since."""
    waiting: list[tuple[int, int, float]] = field(default_factory=list)

    @property
    def ordered(self) -> bool:
        known = self.ordered_from is not None and self.newest is not None
        return known and self.newest >= self.ordered_from

    @property
    def due(self) -> list[Point]:
        return [point for point in self.points if point.due]

    def living(self) -> list[int]:
        """Machines whose clocks have a part in event time."""
        return [e for e, m in enumerate(self.machines) if m.lives(self.arrivals) and m.side == "inside"]

    def begun(self) -> list[int]:
        """Those that may say how late it is: at the start only what has run for as long as a tick needs."""
        if self.event_time is not None:
            return [e for e in self.living() if not self.machines[e].spoke_once()]
        proof = self.tick + self.lateness
        runs = {e: self.machines[e].run for e in self.living()}
        return [e for e, (first, last, count, _) in runs.items() if count >= 2 and last - first >= proof]

    def heard_since(self, arrival: int) -> list[Machine]:
        return [m for m in self.machines if m.last_arrival >= arrival and m.speaks(self.arrivals)]


def needed_of(live: int) -> int:
    return max(1, live) if live < 3 else max(3, math.ceil(live / 10))


def needed_now(zone: Zone) -> int:
    return max(needed_of(len(zone.begun())), min(len(zone.living()), 3))


def most_of(count: int) -> int:
    return min(count, max(3, count // 2 + 1))


def naive_event_time(zone: Zone) -> int | None:
    times = sorted((zone.machines[e].latest for e in zone.begun()), reverse=True)
    enough = most_of(len(times)) if zone.event_time is None else needed_now(zone)
    return times[enough - 1] if len(times) >= max(enough, 1) else None


def naive_step_to(zone: Zone, allowance: int) -> int | None:
    """The latest group of clocks outside the window that agree and are most of those heard: its earliest."""
    outside = [m for m in zone.machines if m.side != "inside" and m.speaks(zone.arrivals) and m.proves()]
    if not outside:
        return None
    needed = most_of(len(zone.heard_since(min(m.run[3] for m in outside))))
    for time in sorted((m.run[1] for m in outside), reverse=True):
        if sum(time <= m.run[1] <= time + allowance for m in outside) >= needed:
            return time
    return None


def naive_refuted(zone: Zone, longest: int) -> bool:
    passed = (zone.event_time or 0) - zone.outside_since
    if not zone.outside or passed < 60 * 10**9:
        return False
    heard = zone.heard_since(zone.outside_arrival)
    inside = [m for m in heard if m.side == "inside" and m.proves()]
    return len(inside) >= max(1, most_of(len(heard))) or passed >= longest


def naive_rearm(zone: Zone) -> None:
    zone.full_at = zone.closed_until + zone.tick
    if zone.ordered_from is None:
        zone.ordered_from = zone.closed_until + 900 * 10**9
    zone.deadline = zone.full_at + zone.lateness
    count_again(zone)
    for point in zone.points:
        point.due = point.speaks(zone.full_at, zone.tick) and point.next() < zone.full_at


def naive_full_until(zone: Zone, now: int) -> int | None:
    """End of the last tick that nothing more is expected of."""
    if zone.full_at is None or not zone.ordered:
        return None
    spoken = [p for p in zone.points if p.last and zone.full_at - p.last[0] <= 3600 * 10**9]
    done = [p.next() - p.next() % zone.tick for p in zone.points if p.speaks(zone.full_at, zone.tick)]
    if not done or len(done) < len(spoken) / 2:
        return None
    return min(*done, now - now % zone.tick + zone.tick)


def count_again(zone: Zone) -> None:
    living = zone.living()
    if zone.event_time is None:
        twice = sum(zone.machines[e].run[2] >= 2 for e in living)
        zone.needed = max(needed_of(len(living)), most_of(twice))
    else:
        zone.needed = needed_now(zone)
    begun = zone.begun()
    zone.reached = [True for e in begun if zone.deadline is None or zone.machines[e].latest >= zone.deadline]


def level_of(value: float, point: Point, held: int) -> int:
    """Highest level that the value is beyond, each held until it is back by the deadband."""
    low_critical, low_warning, warning, critical, shutdown = point.limits
    sides = {1: (low_warning, warning), 2: (low_critical, critical), 3: (NAN, shutdown)}
    beyond = [0]
    for level, (low, high) in sides.items():
        slack = point.deadband if held >= level else 0.0
        if value > high - slack or value < low + slack:
            beyond.append(level)
    return max(beyond)


def side_of(zone: Zone, machine: Machine, time: int) -> str:
    """Where a stamp lies, by the window about event time."""
    if zone.event_time is None:
        return "inside"
    own = zone.event_time if machine.latest is None else machine.latest
    if time > max(own, zone.event_time) + 2 * zone.max_ahead:
        return "ahead"
    if time >= zone.closed_until - zone.max_behind:
        return "inside"
    goes_on = machine.side != "back" and machine.latest is not None and time >= machine.latest
    return "lags" if goes_on else "back"


def hold_against_limits(point: Point, time: int, value: float, now: int | None) -> bool:
    """Whether someone should look: a level was confirmed or let go, or a first reading is beyond."""
    was_raw, was_level = point.raw, point.level
    raw = level_of(value, point, was_level)
    jumped = False
    if point.last is not None and raw > was_raw:
        passed = time - point.last[0] if time > point.last[0] else now - point.heard
        jumped = too_fast(point, value - point.last[1], passed)
    if jumped or not point.low <= value <= point.high:
        point.doubtful = True
    elif raw == 0:
        point.doubtful = False
    if raw == 0:
        point.beyond_since = None
    else:
        point.beyond_heard = now if point.beyond_since is None else point.beyond_heard
        point.beyond_since = time if point.beyond_since is None else min(time, point.beyond_since)
        point.beyond_until = time
    point.value_before = NAN if point.last is None else point.last[1]
    point.last, point.raw, point.heard, point.aside = (time, value), raw, now, None
    if point.doubtful:
        return raw != was_raw or point.asks
    # Two readings in a row prove the lower of their levels, and that it is no more than the higher.
    both, either = min(raw, was_raw), max(raw, was_raw)
    point.level = min(max(was_level, both), either)
    return point.level != was_level or raw > was_raw or point.asks


def too_fast(point: Point, change: float, passed: int) -> bool:
    return abs(change) > point.max_rate * max(1.0, passed / 1e9)


def hold_aside(point: Point, time: int, value: float, now: int | None) -> bool:
    """The same of one that is no newer than the point's last: it may raise a level, and lets none go."""
    if time == point.last[0]:
        if value == point.last[1] and (point.aside is None or point.aside[0] != time):
            return False
    elif point.beyond_until is not None and time <= point.beyond_until <= point.last[0]:
        return False
    raw = level_of(value, point, 0) if point.low <= value <= point.high else 0
    before, heard = point.aside, point.heard
    point.aside, point.heard = (time, value, raw), now
    if raw <= point.level:
        return point.asks
    before_raw = 0 if before is None else before[2]
    proved = 0
    if before is not None and (time > before[0] or (time == before[0] and value != before[1])):
        passed = time - before[0] if time > before[0] else now - heard
        proved = 0 if too_fast(point, value - before[1], passed) else min(raw, before_raw)
    if proved <= point.level:
        return raw > before_raw or point.asks
    point.level, point.raw, point.doubtful = proved, max(point.raw, proved), False
    return True


def take_in(zone: Zone, p: int, time: int, value: float) -> tuple[bool, bool]:
    """One reading; whether it has to do with a limit, and whether its tick is full with it."""
    point = zone.points[p]
    time += zone.shift
    machine = zone.machines[point.equipment]
    side = side_of(zone, machine, time)
    ahead = None if zone.event_time is None else zone.event_time + zone.max_ahead
    zone.arrivals += 1

    now = zone.newest
    if (now is None or time > now) and (ahead is None or time <= ahead):
        now = time
    newer = point.last is None or time > point.last[0] or (ahead is not None and point.last[0] > ahead)
    crossed = filled = False
    if newer and not math.isnan(value):
        if side == "inside" and point.last is not None and time > point.last[0]:
            gap = time - point.last[0]
            point.gap = min(gap, point.gap + point.gap // 16) if point.gap else gap
            point.longest_gap = max(gap, point.longest_gap - point.longest_gap // 16)
        crossed = hold_against_limits(point, time, value, now)
        if side == "inside" and point.due and point.next() >= zone.full_at:
            point.due = False
            filled = not zone.due and zone.ordered
    elif not newer and not math.isnan(value):
        crossed = hold_aside(point, time, value, now)
    if not newer and time < point.last[0]:
        zone.ordered_from = None

    moved = False
    behind = 0 if zone.closed_until is None else max(0, zone.closed_until - time)
    if side in ("ahead", "back"):
        if not zone.outside:
            zone.outside_since, zone.outside_arrival = zone.event_time, zone.arrivals
        zone.outside.append((p, time, value))
    elif behind and (behind > zone.max_behind or not newer):
        zone.late += 1
    else:
        zone.waiting.append((p, time, value))
        start = time - time % zone.tick
        if zone.closed_until is None and (zone.lowest is None or start < zone.lowest):
            zone.lowest = start
            zone.deadline = start + zone.tick + zone.lateness
            moved = True
    if (zone.newest is None or time > zone.newest) and (ahead is None or time <= ahead):
        zone.newest = time

    turned = bool(machine.run) and side != machine.side
    lived, before = machine.lives(zone.arrivals), machine.latest
    spoke = bool(machine.run)
    ascends = machine.goes_on(time, side, zone.arrivals, zone.lateness)
    gap = zone.arrivals - machine.last_arrival
    machine.usual_gap = max(float(gap), 0.98 * machine.usual_gap) if spoke else 64.0
    machine.last_arrival = zone.arrivals
    zone.step_to = None
    if side != "inside":
        if turned and before is not None:
            count_again(zone)
        elif ascends and machine.proves():
            zone.step_to = naive_step_to(zone, zone.max_ahead)
        return crossed, filled
    put_back = ahead is not None and before is not None and before > ahead and time <= ahead
    if ahead is None:
        machine.latest = machine.run[1]
    elif before is None or time > before or put_back:
        machine.latest = time
    again = put_back or turned or moved or zone.arrivals % CHECK_EVERY == 0
    once = machine.spoke_once()
    if ahead is None or not once:
        again |= not lived or (ascends and machine.run[2] == 2)
    elif zone.needed < 3:
        again |= not lived
    if ahead is None and ascends:
        again |= time >= zone.deadline
    if again:
        count_again(zone)
    elif ahead is not None and not once and before < zone.deadline <= time:
        zone.reached.append(True)
    return crossed, filled


def naive_arrive(zone: Zone, readings: list[tuple[int, int, float]], start: int) -> tuple[int, str]:
    """Take readings in until one needs a decision: where to go on, and why."""
    for i in range(start, len(readings)):
        if max(len(zone.waiting), len(zone.outside)) >= zone.room:
            return i, "full"
        crossed, filled = take_in(zone, *readings[i])
        step = zone.step_to is not None
        close = not step and (filled or len(zone.reached) >= zone.needed)
        if crossed or close or step:
            return i + 1, " and ".join(["step"] * step + ["close"] * close + ["limit"] * crossed)
    return len(readings), "done"


TWINS = {
    "kernels.arrival.arriving.arrive": naive_arrive,
    "kernels.arrival.quorum.event_time": naive_event_time,
    "kernels.arrival.full_ticks.full_until": naive_full_until,
    "kernels.arrival.full_ticks.rearm": naive_rearm,
    "kernels.arrival.steps.refuted": naive_refuted,
    "kernels.arrival.steps.step_to": naive_step_to,
}
