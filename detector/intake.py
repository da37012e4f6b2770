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

from detector.points import Points
from detector.snapshot import SnapshotError, restore_into, state_of
from kernels import arrival
from kernels.state import carry_over
from streams.messages import SECOND, Counts, Readings, RejectedReading

# A stride of event time that is longer than this is a gap in the telemetry, not its pace.
LONGEST_STRIDE = 900 * SECOND
# What is older than this when event time is first known was stamped by a wrong clock.
OLDEST_AT_START = 3600 * SECOND


ROOMS = {"waiting": arrival.WAITING, "outside": arrival.OUTSIDE}


@dataclass(frozen=True, slots=True)
class LimitCrossed:
    """A point's limit level changed, or a first reading went beyond."""

    slot: int
    time: int


@dataclass(frozen=True, slots=True)
class TickClosed:
    """The readings of one tick, and older ones that are their points' newest, in the order (time, point)."""

    end: int
    readings: Readings


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The clocks of a zone were put on or back together, or nothing was read for so long."""

    by: int
    """How far stamps have moved beyond those before, ns; below zero where they were put back."""
    equipment: int
    """How much equipment bears it out."""


class Intake:
    """Event time and the waiting rooms of one zone."""

    state_fields = ("clock", "equipment", "waiting", "outside", "scored", "ahead", "pace")

    def __init__(
        self, points: Points, tick: int, lateness: int, max_ahead: int, max_behind: int, max_waiting: int
    ) -> None:
        self._points = points
        self._tick = tick
        self._lateness = lateness
        self._max_ahead = max_ahead
        self._max_behind = max_behind
        self._max_waiting = max_waiting
        self.clock = arrival.make_clock()
        self.equipment = arrival.make_equipment(16)
        self.waiting = arrival.make_waiting(256)
        self.outside = arrival.make_waiting(256)
        """Readings whose stamps lie outside the window about event time."""
        self.scored = np.zeros(16, np.bool_)
        """Equipment of which a tick has closed with a reading."""
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

    def state(self) -> dict[str, Any]:
        """What is known and what waits, without the empty part of the waiting rooms."""
        rooms = {}
        for name, slot in ROOMS.items():
            count = int(self.clock[slot])
            rooms[name] = {part: column[:count] for part, column in getattr(self, name)._asdict().items()}
        return {**state_of(self), **rooms}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` gave. SnapshotError where it cannot be."""
        restore_into(self, {name: state[name] for name in self.state_fields if name not in ROOMS})
        self.waiting = self._room(state["waiting"], "waiting")
        self.outside = self._room(state["outside"], "outside")
        self._fit_equipment()

    def _room(self, state: dict[str, Any], name: str) -> arrival.Waiting:
        kept = Readings(**state)
        count = len(kept)
        if count != self.clock[ROOMS[name]] or (
            count and not 0 <= kept.point.min() <= kept.point.max() < len(self._points)
        ):
            raise SnapshotError("the readings that wait are not those of its points")
        size = len(getattr(self, name).point)
        while size < count:
            size *= 2
        room = arrival.make_waiting(size)
        _fill(room, kept)
        return room

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
                self.waiting,
                self.outside,
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
                self._make_room(counts, rejected)

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
        self._settle_newest(now)
        closed = int(clock[arrival.CLOSED_UNTIL])
        until = max((now - self._lateness) // tick * tick, closed)
        full = int(arrival.full_until(self._points.arrival, clock, tick, now))
        clock[arrival.CLOSED_UNTIL] = max(until, full)
        arrival.rearm(self._points.arrival, self.equipment, clock, tick, self._lateness)
        count = int(clock[arrival.WAITING])
        room = self._first(count)
        ahead = room.time > now + self.allowance
        due = (room.time < clock[arrival.CLOSED_UNTIL]) & (clock[arrival.CLOSED_UNTIL] > closed)
        self._reject(room.take(ahead), "bad_clock", rejected)
        self.ahead = self._clocks_ahead(room.point[ahead], now)
        ready = room.take(due & ~ahead)
        stay = room.take(~due & ~ahead)
        self._put_back(stay)
        counts.waiting -= count - len(stay)
        counts.rejected += int(ahead.sum())
        if arrival.refuted(self.equipment, clock, LONGEST_STRIDE):
            self._book_outside(int(clock[arrival.OUTSIDE]), counts, rejected)
        yield from self._ticks(ready, closed, counts)

    def _begin(self, now: int, counts: Counts) -> None:
        """Once event time is first known it is also known what is too old to be of this time."""
        clock = self.clock
        room = self._first(int(clock[arrival.WAITING]))
        old = room.time < now - OLDEST_AT_START
        lowest = int(room.time[~old].min(initial=now)) // self._tick * self._tick
        clock[arrival.LOWEST] = max(int(clock[arrival.LOWEST]), lowest)
        self._put_back(room.take(~old))
        counts.waiting -= int(old.sum())
        counts.late += int(old.sum())

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
        self._let_in(int(equipment.run_last[come].min()) + reach, counts)
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
        ready = self._first(int(clock[arrival.WAITING]))
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
        self.outside.time[: int(clock[arrival.OUTSIDE])] += by
        equipment.run_first[come] += by
        equipment.run_last[come] += by

    def _let_in(self, until: int, counts: Counts) -> None:
        """What waits outside and is no longer: until a time, ns, to its tick; what is older is late."""
        clock = self.clock
        count = int(clock[arrival.OUTSIDE])
        room = self._first_outside(count)
        late = room.time < clock[arrival.CLOSED_UNTIL] - self._max_behind
        within = ~late & (room.time <= until)
        waiting = self._first(int(clock[arrival.WAITING]))
        self._put_back(_joined(waiting, room.take(within)))
        self._put_outside(room.take(~late & ~within))
        counts.waiting -= int(late.sum())
        counts.late += int(late.sum())

    def _book_outside(self, count: int, counts: Counts, rejected: list[RejectedReading]) -> None:
        """The first of what waits outside is neither of this time nor of one that the zone has come to."""
        all_of_it = self._first_outside(int(self.clock[arrival.OUTSIDE]))
        booked, stay = all_of_it.take(slice(count)), all_of_it.take(slice(count, None))
        late = booked.time < self.clock[arrival.CLOSED_UNTIL] - self._max_behind
        self._reject(booked.take(~late), "bad_clock", rejected)
        counts.waiting -= count
        counts.late += int(late.sum())
        counts.rejected += count - int(late.sum())
        self._put_outside(stay)

    @property
    def allowance(self) -> int:
        """How far ahead of the zone a reading may lie, ns.

        A zone whose equipment reports every few minutes, each in its own turn,
        steps through time in strides; one that is a stride ahead is not wrong.
        """
        return max(self._max_ahead, min(2 * self.pace, LONGEST_STRIDE))

    def _follow_pace(self, now: int) -> None:
        """Take in how far event time moves at once: a slowly forgotten maximum."""
        before = self.event_time
        if before is None:
            before = int(self.clock[arrival.LOWEST])
        stride = min(max(now - before, 0), LONGEST_STRIDE)
        self.pace = max(stride, self.pace * 49 // 50)

    def _settle_newest(self, now: int) -> None:
        """Once event time is known it is also known which of what has arrived lies ahead of it."""
        clock = self.clock
        time = self._first(int(clock[arrival.WAITING])).time
        fair = time[time <= now + self.allowance]
        newest = int(clock[arrival.NEWEST])
        if newest > now + self.allowance:
            newest = now
        clock[arrival.NEWEST] = max(newest, int(fair.max(initial=now)))

    def _clocks_ahead(self, refused: np.ndarray, now: int) -> list[str]:
        """Equipment that has just been refused, or whose newest reading still lies ahead.

        A tick in which slow equipment sends nothing says nothing of its clock, nor does one
        stray stamp. Where most of the zone is ahead it is not for one of them to be named.
        """
        names = {self._points.equipment_of(slot) for slot in np.unique(refused).tolist()}
        clock, equipment = self.clock, self.equipment
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
        ahead = [
            e
            for e in live
            if equipment.side[e] == arrival.AHEAD or equipment.latest[e] > now + self.allowance
        ]
        if len(ahead) < arrival.most_of(len(live)):
            names.update(self._points.equipment_ids[e] for e in ahead if equipment.run_count[e] > 1)
        return sorted(names)

    def _ticks(self, ready: Readings, before: int, counts: Counts) -> Iterator[TickClosed]:
        """The ticks from ``before`` on of what is ready; of what is older the newest counts in the first."""
        order = np.lexsort((ready.point, ready.time))
        ready = ready.take(order)
        again = np.zeros(len(ready), np.bool_)
        again[1:] = (ready.time[1:] == ready.time[:-1]) & (ready.point[1:] == ready.point[:-1])
        counts.duplicate += int(again.sum())
        if again.any():
            ready = ready.take(~again)
        first_end = before + self._tick if before != arrival.UNSET else before
        ends = np.maximum((ready.time // self._tick + 1) * self._tick, first_end)
        counts.scored += len(ready)
        superseded = self._superseded(ready, ends == first_end, before)
        ready, ends = ready.take(~superseded), ends[~superseded]
        cuts = np.flatnonzero(np.diff(ends)) + 1
        for first, last in zip([0, *cuts], [*cuts, len(ready)], strict=True):
            if last > first:
                closed = ready.take(slice(int(first), int(last)))
                self.scored[self._points.arrival.equipment[closed.point]] = True
                yield TickClosed(int(ends[first]), closed)

    def _superseded(self, ready: Readings, first: np.ndarray, before: int) -> np.ndarray:
        """Readings of ticks closed ``before`` that are not their points' newest in the ``first`` open one."""
        newest = np.full(len(self._points), -1)
        rows = np.flatnonzero(first)
        newest[ready.point[rows]] = rows  # of several of a point the last is kept, which is its newest
        belated = ready.time < before
        return belated & (newest[ready.point] != np.arange(len(ready)))

    def _make_room(self, counts: Counts, rejected: list[RejectedReading]) -> None:
        if self.clock[arrival.OUTSIDE] >= len(self.outside.point):
            size = len(self.outside.point)
            if size < self._max_waiting:
                self.outside = carry_over(self.outside, arrival.make_waiting(2 * size))
            else:
                self._book_outside(size // 2, counts, rejected)
            return
        size = len(self.waiting.point)
        if size < self._max_waiting:
            wider = arrival.make_waiting(2 * size)
            self.waiting = carry_over(self.waiting, wider)
            return
        # Nothing has closed for a very long time: the oldest half gives way, on the books.
        half = size // 2
        self._reject(self._first(half), "waiting_full", rejected)
        self._put_back(self._first(size).take(np.arange(half, size)))
        counts.waiting -= half
        counts.rejected += half

    def refuse_all(self, reason: str, counts: Counts, rejected: list[RejectedReading]) -> None:
        """Let nothing wait any more."""
        for room in (
            self._first(int(self.clock[arrival.WAITING])),
            self._first_outside(int(self.clock[arrival.OUTSIDE])),
        ):
            self._reject(room, reason, rejected)
            counts.waiting -= len(room)
            counts.rejected += len(room)
        self.clock[arrival.WAITING] = self.clock[arrival.OUTSIDE] = 0

    def _put_back(self, readings: Readings) -> None:
        """Let nothing but ``readings`` wait; they must not be views of the waiting room."""
        count = len(readings)
        while count > len(self.waiting.point):
            self.waiting = arrival.make_waiting(2 * len(self.waiting.point))
        _fill(self.waiting, readings)
        self.clock[arrival.WAITING] = count

    def _put_outside(self, readings: Readings) -> None:
        """Let nothing but ``readings`` wait outside; they may be views of what waits, in its order."""
        _fill(self.outside, Readings(readings.point.copy(), readings.time.copy(), readings.value.copy()))
        clock = self.clock
        clock[arrival.OUTSIDE] = len(readings)
        clock[arrival.OUTSIDE_SINCE] = clock[arrival.EVENT_TIME]
        clock[arrival.OUTSIDE_ARRIVAL] = clock[arrival.ARRIVALS]

    def _first(self, count: int) -> Readings:
        return _readings(self.waiting, count)

    def _first_outside(self, count: int) -> Readings:
        return _readings(self.outside, count)

    def _reject(self, readings: Readings, reason: str, rejected: list[RejectedReading]) -> None:
        for point, time, value in zip(readings.point, readings.time, readings.value, strict=True):
            stamp = int(time) - self.shift
            rejected.append(RejectedReading(self._points.ids[point], stamp, float(value), reason))

    def _fit_equipment(self) -> None:
        count = len(self._points.equipment_ids)
        self.clock[arrival.EQUIPMENT] = count
        size = len(self.equipment.latest)
        if count > size:
            wider = arrival.make_equipment(max(2 * size, count))
            self.equipment = carry_over(self.equipment, wider)
            more = len(wider.latest) - len(self.scored)
            self.scored = np.concatenate([self.scored, np.zeros(more, np.bool_)])


def _readings(room: arrival.Waiting, count: int) -> Readings:
    return Readings(room.point[:count], room.time[:count], room.value[:count])


def _fill(room: arrival.Waiting, readings: Readings) -> None:
    count = len(readings)
    room.point[:count] = readings.point
    room.time[:count] = readings.time
    room.value[:count] = readings.value


def _joined(first: Readings, more: Readings) -> Readings:
    return Readings(
        np.concatenate([first.point, more.point]),
        np.concatenate([first.time, more.time]),
        np.concatenate([first.value, more.value]),
    )
