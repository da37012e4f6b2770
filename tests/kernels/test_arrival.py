"""Readings as they arrive, against the twin: limits, event time, who lives, what waits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels import arrival
from kernels.state import SECOND
from tests.kernels.naive_arrival import (
    Machine,
    Point,
    Zone,
    naive_arrive,
    naive_event_time,
    naive_full_until,
    naive_rearm,
    naive_refuted,
)

TICK, LATENESS, MAX_AHEAD, MAX_BEHIND = 10 * SECOND, 10 * SECOND, 60 * SECOND, 40 * SECOND
WHY = {
    arrival.DONE: "done",
    arrival.CLOSE: "close",
    arrival.LIMIT: "limit",
    arrival.CLOSE | arrival.LIMIT: "close and limit",
    arrival.FULL: "full",
    arrival.STEP: "step",
    arrival.STEP | arrival.LIMIT: "step and limit",
}
LONGEST = 900 * SECOND
SIDES = {arrival.INSIDE: "inside", arrival.AHEAD: "ahead", arrival.BACK: "back", arrival.LAGS: "lags"}
Reading = tuple[int, int, float]


def time_or_none(value: Any) -> int | None:
    return None if value == arrival.UNSET else int(value)


class Both:
    """The kernels and their twin, fed alike and compared after every step."""

    def __init__(self, points: list[Point], room: int = 64) -> None:
        machines = 1 + max(p.equipment for p in points)
        self.points = arrival.make_points(len(points))
        for slot, point in enumerate(points):
            self.points.equipment[slot] = point.equipment
            self.points.limits[slot] = point.limits
            self.points.deadband[slot] = point.deadband
            self.points.low[slot], self.points.high[slot] = point.low, point.high
            self.points.max_rate[slot] = point.max_rate
        self.equipment = arrival.make_equipment(machines)
        self.waiting = arrival.make_waiting(room)
        self.outside = arrival.make_waiting(room)
        self.clock = arrival.make_clock()
        self.clock[arrival.EQUIPMENT] = machines
        machinery = [Machine() for _ in range(machines)]
        self.zone = Zone(points, machinery, TICK, LATENESS, MAX_AHEAD, MAX_BEHIND, room)

    def feed(self, readings: list[Reading]) -> list[str]:
        """Take in all readings, closing ticks as they come due; the reasons for each stop."""
        point = np.array([r[0] for r in readings], np.int32)
        time = np.array([r[1] for r in readings], np.int64)
        value = np.array([r[2] for r in readings], np.float64)
        reasons, start = [], 0
        while start < len(readings):
            expected = naive_arrive(self.zone, readings, start)
            start, why = arrival.arrive(
                point,
                time,
                value,
                start,
                self.points,
                self.equipment,
                self.waiting,
                self.outside,
                self.clock,
                TICK,
                LATENESS,
                MAX_AHEAD,
                MAX_BEHIND,
            )
            assert (start, WHY[why]) == expected
            self.compare()
            reasons.append(WHY[why])
            if why & arrival.CLOSE:
                self.close()
            if why & arrival.STEP:
                assert time_or_none(self.clock[arrival.STEP_TO]) == self.zone.step_to
                self.step(int(self.clock[arrival.STEP_TO]))
            if why & arrival.FULL:
                self.clock[arrival.WAITING] = self.clock[arrival.OUTSIDE] = 0
                self.zone.waiting.clear()
                self.zone.outside.clear()
        return reasons

    def step(self, to: int) -> None:
        """Take it on, more plainly than the intake does: by a shift where time would fall."""
        by = max(0, int(self.clock[arrival.CLOSED_UNTIL]) - to + MAX_BEHIND)
        self.clock[arrival.SHIFT] += by
        self.zone.shift += by
        self.clock[arrival.OUTSIDE] = 0
        self.zone.outside.clear()
        for e, machine in enumerate(self.zone.machines):
            if machine.side != "inside" and to <= machine.run[1] <= to + MAX_AHEAD:
                machine.latest = machine.run[1] = machine.run[1] + by
                machine.run[0] += by
                machine.side = "inside"
                self.equipment.latest[e] = self.equipment.run_last[e] = machine.latest
                self.equipment.run_first[e] = machine.run[0]
                self.equipment.side[e] = arrival.INSIDE
        self.close()

    def close(self) -> None:
        """As the intake does it, without looking at what was due."""
        now = int(arrival.event_time(self.equipment, self.clock, TICK + LATENESS))
        assert time_or_none(now) == naive_event_time(self.zone)
        if self.zone.event_time is not None:
            now = max(now, self.zone.event_time)
        full = int(arrival.full_until(self.points, self.clock, TICK, now))
        assert time_or_none(full) == naive_full_until(self.zone, now)
        until = max((now - LATENESS) // TICK * TICK, int(self.clock[arrival.CLOSED_UNTIL]), full)
        self.clock[arrival.EVENT_TIME] = self.zone.event_time = now
        self.clock[arrival.CLOSED_UNTIL] = self.zone.closed_until = until
        arrival.rearm(self.points, self.equipment, self.clock, TICK, LATENESS)
        naive_rearm(self.zone)
        assert arrival.refuted(self.equipment, self.clock, LONGEST) == naive_refuted(self.zone, LONGEST)
        if arrival.refuted(self.equipment, self.clock, LONGEST):
            self.clock[arrival.OUTSIDE] = 0
            self.zone.outside.clear()
        self.clock[arrival.WAITING] = 0
        self.zone.waiting.clear()
        self.compare()

    def compare(self) -> None:
        zone, clock = self.zone, self.clock
        assert time_or_none(clock[arrival.CLOSED_UNTIL]) == zone.closed_until
        assert time_or_none(clock[arrival.DEADLINE]) == zone.deadline
        assert time_or_none(clock[arrival.NEWEST]) == zone.newest
        assert time_or_none(clock[arrival.LOWEST]) == zone.lowest
        assert clock[arrival.ARRIVALS] == zone.arrivals
        assert clock[arrival.LATE] == zone.late
        assert clock[arrival.REACHED] == len(zone.reached)
        assert clock[arrival.NEEDED] == zone.needed
        assert time_or_none(clock[arrival.FULL_AT]) == zone.full_at
        assert time_or_none(clock[arrival.ORDERED_FROM]) == zone.ordered_from
        assert clock[arrival.DUE] == len(zone.due)
        assert repr(rows_of(self.waiting, int(clock[arrival.WAITING]))) == repr(zone.waiting)
        assert repr(rows_of(self.outside, int(clock[arrival.OUTSIDE]))) == repr(zone.outside)
        if zone.outside:
            assert clock[arrival.OUTSIDE_SINCE] == zone.outside_since
            assert clock[arrival.OUTSIDE_ARRIVAL] == zone.outside_arrival
        for slot, point in enumerate(zone.points):
            assert self.points.raw_level[slot] == point.raw
            assert self.points.level[slot] == point.level
            assert self.points.doubtful[slot] == point.doubtful
            assert time_or_none(self.points.beyond_since[slot]) == point.beyond_since
            assert time_or_none(self.points.beyond_heard[slot]) == point.beyond_heard
            assert time_or_none(self.points.beyond_until[slot]) == point.beyond_until
            assert time_or_none(self.points.heard[slot]) == point.heard
            assert repr(float(self.points.value_before[slot])) == repr(point.value_before)
            assert time_or_none(self.points.aside_time[slot]) == (point.aside and point.aside[0])
            assert self.points.aside_level[slot] == (point.aside[2] if point.aside else 0)
            assert time_or_none(self.points.last_time[slot]) == (point.last and point.last[0])
            assert self.points.gap[slot] == point.gap and self.points.due[slot] == point.due
            assert self.points.longest_gap[slot] == point.longest_gap
        for e, machine in enumerate(zone.machines):
            assert time_or_none(self.equipment.latest[e]) == machine.latest
            assert self.equipment.usual_gap[e] == machine.usual_gap
            assert SIDES[self.equipment.side[e]] == machine.side
            if machine.run:
                runs = self.equipment.run_first, self.equipment.run_last, self.equipment.run_count
                assert [int(part[e]) for part in (*runs, self.equipment.run_arrival)] == machine.run


def rows_of(room: arrival.Waiting, count: int) -> list[Reading]:
    rows = zip(room.point[:count], room.time[:count], room.value[:count], strict=True)
    return [(int(p), int(t), float(x)) for p, t, x in rows]


INLET = {
    "limits": (15.0, 18.0, 27.0, 32.0, 40.0),
    "deadband": 0.5,
    "low": -10.0,
    "high": 90.0,
    "max_rate": 2.0,
}


def inlets(machines: int, each: int = 2) -> list[Point]:
    return [Point(equipment=e, **INLET) for e in range(machines) for _ in range(each)]


values = st.one_of(
    st.floats(15.0, 45.0),
    st.sampled_from(
        [14.9, 15.0, 18.0, 26.6, 27.0, 27.1, 32.0, 32.1, 39.8, 40.1, 95.0, math.nan, math.inf, -math.inf]
    ),
)
steps = st.tuples(st.integers(0, 7), st.integers(-25, 40), values)


@settings(max_examples=60)
@given(st.integers(1, 4), st.lists(steps, max_size=120), st.integers(4, 64))
def test_the_pass_does_what_its_twin_does(
    machines: int, path: list[tuple[int, int, float]], room: int
) -> None:
    both, now, readings = Both(inlets(machines), room), 0, []
    for slot, step, value in path:
        now = max(0, now + step)
        readings.append((slot % (2 * machines), now * SECOND, value))
    both.feed(readings)


@pytest.mark.parametrize("machines", [1, 2, 3, 12, 31])
@pytest.mark.parametrize("seed", [0, 1])
def test_long_runs_in_which_machines_die_return_and_keep_wrong_time(machines: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    both = Both(inlets(machines, each=1), room=1 << 12)
    dead = int(rng.integers(machines))
    readings: list[Reading] = []
    for second in range(6000 // machines):
        for e in range(machines):
            if e == dead and second > 50 and machines > 1:
                continue
            wrong = 3600 if e == machines - 1 and 40 < second < 300 else 0
            time = second + wrong - int(rng.integers(0, 4))
            readings.append((e, max(0, time) * SECOND, float(rng.normal(24.0, 3.0))))
    reasons = both.feed(readings)
    assert "close" in reasons


@pytest.mark.parametrize("machines", [1, 2, 3, 12])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_long_runs_in_which_clocks_step_together_and_alone(machines: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    both = Both(inlets(machines, each=1), room=1 << 12)
    off = np.zeros(machines, np.int64)
    readings: list[Reading] = []
    for second in range(20_000, 20_000 + 9000 // machines):
        if second == 20_200:
            off[:] = -7200
        elif second > 20_400 and rng.random() < 0.01:
            who = rng.random(machines) < rng.choice([0.2, 1.0])
            off[who] = int(rng.choice([0, -7200, -600, 3600, 100_000]))
        for e in range(machines):
            time = second + int(off[e]) - int(rng.integers(0, 4))
            readings.append((e, max(0, time) * SECOND, float(rng.normal(24.0, 3.0))))
    reasons = both.feed(readings)
    assert "close" in reasons and any("step" in reason for reason in reasons)


def test_no_reading_is_taken_in_when_there_is_no_room() -> None:
    both = Both(inlets(3), room=2)
    assert both.feed([(0, 0, 20.0), (0, SECOND, 20.0), (0, 2 * SECOND, 20.0)]) == ["full", "done"]


def test_event_time_is_that_which_three_of_a_few_have_reached() -> None:
    both = Both(inlets(5, each=1))
    both.feed([(e, 0, 20.0) for e in range(5)])
    both.feed([(e, second * SECOND, 20.0) for e, second in enumerate([1, 2, 3, 4, 5])])
    both.clock[arrival.EVENT_TIME] = 0
    assert arrival.event_time(both.equipment, both.clock, TICK + LATENESS) == 3 * SECOND


def test_event_time_is_that_which_a_tenth_of_many_have_reached() -> None:
    both = Both(inlets(40, each=1), room=1 << 10)
    both.feed([(e, 0, 20.0) for e in range(40)])
    both.feed([(e, (1 + e // 4) * SECOND, 20.0) for e in range(40)])
    both.clock[arrival.EVENT_TIME] = 0
    assert arrival.event_time(both.equipment, both.clock, TICK + LATENESS) == 10 * SECOND


def test_what_has_spoken_once_has_no_part_in_event_time() -> None:
    both = Both(inlets(400, each=1), room=1 << 12)
    both.feed([(e, second * SECOND, 20.0) for second in range(60) for e in range(5)])
    both.feed([(e, 60 * SECOND, 20.0) for e in range(5, 400)])
    both.feed([(e, second * SECOND, 20.0) for second in range(60, 90) for e in range(5)])
    assert both.zone.event_time == 80 * SECOND


def test_a_third_clock_is_waited_for_where_only_two_have_spoken_twice() -> None:
    both = Both(inlets(3, each=1), room=1 << 12)
    both.feed([(e, second * SECOND, 20.0) for second in range(60) for e in range(2)])
    both.feed([(2, 60 * SECOND, 20.0)])
    both.feed([(e, second * SECOND, 20.0) for second in range(60, 90) for e in range(2)])
    assert both.zone.event_time == 50 * SECOND


def test_before_the_first_reading_there_is_no_event_time() -> None:
    both = Both(inlets(2))
    assert arrival.event_time(both.equipment, both.clock, TICK + LATENESS) == arrival.UNSET
    assert naive_event_time(both.zone) is None


def test_where_points_keep_their_order_a_tick_closes_when_all_have_been_read_beyond_it() -> None:
    both = Both(inlets(3, each=1), room=1 << 14)
    both.feed([(e, second * SECOND, 20.0) for second in range(1200) for e in range(3)])
    assert both.zone.closed_until == 1200 * SECOND


def test_what_is_read_once_a_minute_is_not_waited_for_within_it() -> None:
    both = Both(inlets(3, each=1), room=1 << 14)
    both.feed([(e, minute * 60 * SECOND, 20.0) for minute in range(30) for e in range(3)])
    assert both.zone.closed_until == (29 * 60 + 10) * SECOND


def test_what_keeps_no_pace_is_not_waited_for() -> None:
    both = Both(inlets(4, each=1), room=1 << 14)
    rng = np.random.default_rng(3)
    readings = [(e, second * SECOND, 20.0) for second in range(0, 1500, 5) for e in range(3)]
    readings += [(3, int(second) * SECOND, 20.0) for second in rng.integers(0, 1490, 40)]
    both.feed(sorted(readings, key=lambda reading: reading[1]))
    assert both.zone.closed_until == 1500 * SECOND


def test_once_a_point_has_broken_its_order_ticks_wait_for_their_lateness_again() -> None:
    both = Both(inlets(3, each=1), room=1 << 14)
    readings = [(e, second * SECOND, 20.0) for second in range(1200) for e in range(3)]
    readings.insert(3300, (0, 1090 * SECOND, 20.0))
    both.feed(readings)
    assert both.zone.closed_until == 1180 * SECOND
