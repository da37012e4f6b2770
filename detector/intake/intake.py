"""Taking readings in: limits on arrival, event time, and ticks as they close.

Inside the engine time never falls. Where the clocks of a zone are put back
together, all that waits is judged, and from then on the engine's time is their
stamps and a ``shift`` of whole ticks, so that what comes next follows upon what
was judged last; nothing that is kept of the past is touched. Where they are put
on, the shift is given back first; what is left is a gap like any other. What
leaves the engine carries stamps again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.intake.clocks_ahead import clocks_ahead, how_far_ahead
from detector.intake.clocks_behind import clocks_behind
from detector.intake.events import ClockStep, LimitCrossed, TickClosed
from detector.intake.strides import T as STRIDES
from detector.intake.strides import pace_after, pace_at_start, reach_ahead
from detector.intake.ticks import ticks_of
from detector.intake.waiting_rooms import WaitingRooms
from detector.points import Points
from detector.snapshot import restore_into, state_of
from detector.threshold import TUNED, threshold
from kernels import arrival
from kernels.state import carry_over
from streams.messages import I64, SECOND, Counts, Readings, RejectedReading


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of event time."""

    oldest_at_start_s: int = threshold(
        3600, "s", "what is older when event time is first known was stamped by a wrong clock", TUNED
    )


T = Thresholds()
EQUIPMENT_ROOM = 16


class Intake:
    """Event time and the waiting rooms of one zone."""

    state_fields = ("clock", "equipment", "scored", "ahead", "pace", "arrived", "came")

    def __init__(
        self, points: Points, tick: int, lateness: int, max_ahead: int, max_behind: int, max_waiting: int
    ) -> None:
        self._points = points
        self._tick = tick
        self._lateness = lateness
        self._max_ahead = max_ahead
        self._max_behind = max_behind
        self.clock = arrival.make_clock()
        self.equipment = arrival.make_equipment(EQUIPMENT_ROOM)
        self.rooms = WaitingRooms(points, self.clock, max_behind, max_waiting)
        self.scored = np.zeros(EQUIPMENT_ROOM, np.bool_)
        """Equipment of which a tick has closed with a reading."""
        self.arrived = 0
        """How many readings had arrived when a tick last closed."""
        self.came: I64 = np.full(EQUIPMENT_ROOM, arrival.UNSET, np.int64)
        """By equipment, the time of the zone when anything of it last came, ns; UNSET where nothing did."""
        self.pace = 0
        """How far event time moves at once, ns."""
        self.ahead: list[str] = []
        """Equipment whose clock was ahead of the zone when a tick last closed."""

    @property
    def shift(self) -> int:
        """Time of the engine less stamps, ns."""
        return int(self.clock[arrival.SHIFT])

    @property
    def event_time(self) -> int | None:
        """In the engine's own time."""
        time = int(self.clock[arrival.EVENT_TIME])
        return None if time == arrival.UNSET else time

    @property
    def newest(self) -> int:
        """Time of the newest reading that is not from a clock ahead of the zone."""
        return int(self.clock[arrival.NEWEST])

    @property
    def arrivals(self) -> int:
        """How many readings have arrived."""
        return int(self.clock[arrival.ARRIVALS])

    def open_tick_end(self) -> int:
        """End of the open tick, ns."""
        closed = int(self.clock[arrival.CLOSED_UNTIL])
        return (int(self.clock[arrival.LOWEST]) if closed == arrival.UNSET else closed) + self._tick

    def heard(self) -> list[bool]:
        """For each piece of equipment, whether a closed tick has held anything of it.

        What has merely arrived does not count: how much of that there is when
        a tick closes depends on the order of arrival.
        """
        heard: list[bool] = self.scored[: len(self._points.equipment_ids)].tolist()
        return heard

    def off_by(self) -> dict[str, float]:
        """How far the wrong clocks of equipment run ahead, s; below 0 they lag."""
        points, equipment, now = self._points, self.equipment, self.event_time or 0
        behind = clocks_behind(points, equipment, self.came, now)
        return {id: -by for id, by in behind.items()} | how_far_ahead(points, equipment, self.ahead, now)

    def state(self) -> dict[str, Any]:
        """What is known and what waits."""
        return {**state_of(self), **self.rooms.state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` gave. SnapshotError where it cannot be."""
        restore_into(self, {name: state[name] for name in self.state_fields if name in state})
        self.rooms.restore(state, self.clock)
        self._fit_equipment()

    def take(
        self, readings: Readings, counts: Counts, rejected: list[RejectedReading]
    ) -> Iterator[LimitCrossed | TickClosed | ClockStep]:
        """Take in a batch, yielding what needs a decision in the order in which it comes up."""
        self._fit_equipment()
        counts.readings += len(readings)
        start = 0
        while start < len(readings):
            late = int(self.clock[arrival.LATE])
            waiting = int(self.clock[arrival.WAITING] + self.clock[arrival.OUTSIDE])
            start, why = arrival.arrive(
                readings.point,
                readings.time,
                readings.value,
                start,
                self._points.arrival,
                self.equipment,
                self.rooms.waiting,
                self.rooms.outside,
                self.clock,
                self._tick,
                self._lateness,
                self.allowance,
                self._max_behind,
            )
            counts.late += int(self.clock[arrival.LATE]) - late
            counts.waiting += int(self.clock[arrival.WAITING] + self.clock[arrival.OUTSIDE]) - waiting
            if why & arrival.LIMIT:
                yield LimitCrossed(int(readings.point[start - 1]), int(readings.time[start - 1]))
            if why & arrival.STEP:
                yield from self._step(counts, rejected)
            if why & arrival.CLOSE:
                yield from self._close(counts, rejected)
            if why & arrival.FULL:
                self.rooms.make_room(counts, rejected)

    def _close(
        self, counts: Counts, rejected: list[RejectedReading], stepped: bool = False
    ) -> Iterator[TickClosed]:
        clock, tick = self.clock, self._tick
        now = int(arrival.event_time(self.equipment, clock, tick + self._lateness))
        starts = self.event_time is None
        if starts:
            self._begin(now, counts)
        else:
            now = max(now, int(clock[arrival.EVENT_TIME]))
        if not stepped:
            self._follow_pace(now)
        if starts:
            beyond = now + arrival.WINDOW_ALLOWANCES * self.allowance
            self.equipment.side[self.equipment.latest > beyond] = arrival.AHEAD
        clock[arrival.EVENT_TIME] = now
        self.came[self.equipment.last_arrival > self.arrived] = now
        self.arrived = self.arrivals
        self._settle_newest(now)
        closed = int(clock[arrival.CLOSED_UNTIL])
        until = max((now - self._lateness) // tick * tick, closed)
        full = int(arrival.full_until(self._points.arrival, clock, tick, now))
        clock[arrival.CLOSED_UNTIL] = max(until, full)
        arrival.rearm(self._points.arrival, self.equipment, clock, tick, self._lateness)
        count = int(clock[arrival.WAITING])
        room = self.rooms.first(count)
        ahead = room.time > now + self.allowance
        due = (room.time < clock[arrival.CLOSED_UNTIL]) & (clock[arrival.CLOSED_UNTIL] > closed)
        self.rooms.reject(room.take(ahead), "bad_clock", rejected)
        self.ahead = clocks_ahead(
            self._points, self.equipment, clock, room.point[ahead], now + self.allowance
        )
        ready = room.take(due & ~ahead)
        stay = room.take(~due & ~ahead)
        self.rooms.put_back(stay)
        counts.waiting -= count - len(stay)
        counts.rejected += int(ahead.sum())
        if arrival.refuted(self.equipment, clock, STRIDES.longest_stride_s * SECOND):
            self.rooms.book_outside(int(clock[arrival.OUTSIDE]), counts, rejected)
        yield from self._ticks(ready, closed, counts)

    def _begin(self, now: int, counts: Counts) -> None:
        """Once event time is first known it is also known what is too old to be of this time."""
        clock = self.clock
        room = self.rooms.first(int(clock[arrival.WAITING]))
        old = room.time < now - T.oldest_at_start_s * SECOND
        lowest = int(room.time[~old].min(initial=now)) // self._tick * self._tick
        clock[arrival.LOWEST] = max(int(clock[arrival.LOWEST]), lowest)
        self.rooms.put_back(room.take(~old))
        counts.waiting -= int(old.sum())
        counts.late += int(old.sum())
        np.add.at(self._points.arrival.belated, room.point[old], 1)

    def _step(
        self, counts: Counts, rejected: list[RejectedReading]
    ) -> Iterator[LimitCrossed | TickClosed | ClockStep]:
        """Take on that the clocks were put on or back together."""
        clock, equipment, tick = self.clock, self.equipment, self._tick
        to, last = int(clock[arrival.STEP_TO]), int(clock[arrival.EVENT_TIME])
        reach = arrival.WINDOW_ALLOWANCES * self.allowance
        come = (equipment.side != arrival.INSIDE) & (equipment.run_last <= to + reach)
        come &= equipment.run_last >= to - self._max_behind
        first = int(equipment.run_first[come].min())
        step = ClockStep(first - last, int(come.sum()))
        if to < last or self.shift:
            yield from self._finish(counts)
            until = int(clock[arrival.CLOSED_UNTIL])
            self._shift_by(max(-((first - until) // tick) * tick, -self.shift), come)
        self._heard_at(come)
        equipment.latest[come] = equipment.run_last[come]
        equipment.side[~come & (equipment.side == arrival.INSIDE)] = arrival.LAGS
        equipment.side[come] = arrival.INSIDE
        self.rooms.let_in(int(equipment.run_last[come].min()) + reach, counts)
        yield from self._close(counts, rejected, stepped=True)
        yield step

    def _heard_at(self, come: np.ndarray) -> None:
        """Points whose clocks were put on were heard at their stamps, not when event time stood."""
        points, n = self._points.arrival, len(self._points)
        e, last = points.equipment[:n], points.last_time[:n]
        heard = points.heard[:n]
        on = come[e] & (last > heard) & (last <= self.equipment.run_last[e])
        heard[on] = last[on]

    def _finish(self, counts: Counts) -> Iterator[TickClosed]:
        """Close every tick in which something waits."""
        clock = self.clock
        ready = self.rooms.first(int(clock[arrival.WAITING]))
        before = int(clock[arrival.CLOSED_UNTIL])
        top = max(int(clock[arrival.EVENT_TIME]), int(clock[arrival.NEWEST]), int(ready.time.max(initial=0)))
        clock[arrival.CLOSED_UNTIL] = max(before, (top // self._tick + 1) * self._tick)
        clock[arrival.WAITING] = 0
        counts.waiting -= len(ready)
        yield from self._ticks(ready, before, counts)

    def _shift_by(self, by: int, come: np.ndarray) -> None:
        """From now on the engine's time is so much further from stamps, ns."""
        clock, equipment = self.clock, self.equipment
        clock[arrival.SHIFT] += by
        self.rooms.outside.time[: int(clock[arrival.OUTSIDE])] += by
        equipment.run_first[come] += by
        equipment.run_last[come] += by

    @property
    def allowance(self) -> int:
        """How far ahead of the zone a reading may lie, ns."""
        return reach_ahead(self.pace, self._max_ahead)

    def _follow_pace(self, now: int) -> None:
        before = self.event_time
        if before is None:
            before, self.pace = int(self.clock[arrival.LOWEST]), pace_at_start(self.equipment)
        self.pace = pace_after(self.pace, now - before)

    def _settle_newest(self, now: int) -> None:
        """Once event time is known it is also known which of what has arrived lies ahead of it."""
        clock = self.clock
        time = self.rooms.first(int(clock[arrival.WAITING])).time
        fair = time[time <= now + self.allowance]
        newest = int(clock[arrival.NEWEST])
        if newest > now + self.allowance:
            newest = now
        clock[arrival.NEWEST] = max(newest, int(fair.max(initial=now)))

    def _ticks(self, ready: Readings, before: int, counts: Counts) -> Iterator[TickClosed]:
        belated = self._points.arrival.belated
        for closed in ticks_of(ready, before, self._tick, len(self._points), counts, belated):
            self.scored[self._points.arrival.equipment[closed.readings.point]] = True
            yield closed

    def _fit_equipment(self) -> None:
        count = len(self._points.equipment_ids)
        self.clock[arrival.EQUIPMENT] = count
        size = len(self.equipment.latest)
        if count > size:
            wider = arrival.make_equipment(max(2 * size, count))
            self.equipment = carry_over(self.equipment, wider)
            more = len(wider.latest) - len(self.scored)
            self.scored = np.concatenate([self.scored, np.zeros(more, np.bool_)])
            self.came = np.concatenate([self.came, np.full(more, arrival.UNSET, np.int64)])
