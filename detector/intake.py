"""Taking readings in: limits on arrival, event time, and ticks as they close."""

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


class Intake:
    """Event time and the waiting room of one zone."""

    state_fields = ("clock", "equipment", "waiting", "scored", "ahead", "pace")

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
        self.waiting = arrival.make_waiting(4096)
        self.scored = np.zeros(16, np.bool_)
        """Equipment of which a tick has closed with a reading."""
        self.pace = 0
        """How far event time moves at once, ns."""
        self.ahead: list[str] = []
        """Equipment whose clock was ahead of the zone when a tick last closed."""

    @property
    def event_time(self) -> int | None:
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
        """What is known and what waits, without the empty part of the waiting room."""
        count = int(self.clock[arrival.WAITING])
        waiting = {name: column[:count] for name, column in self.waiting._asdict().items()}
        return {**state_of(self), "waiting": waiting}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` gave. SnapshotError where it cannot be."""
        restore_into(self, {name: state[name] for name in self.state_fields if name != "waiting"})
        kept = Readings(**state["waiting"])
        count = len(kept)
        if count != self.clock[arrival.WAITING] or (
            count and not 0 <= kept.point.min() <= kept.point.max() < len(self._points)
        ):
            raise SnapshotError("the readings that wait are not those of its points")
        size = len(self.waiting.point)
        while size < count:
            size *= 2
        self.waiting = arrival.make_waiting(size)
        self._put_back(kept)
        self._fit_equipment()

    def take(
        self, readings: Readings, counts: Counts, rejected: list[RejectedReading]
    ) -> Iterator[LimitCrossed | TickClosed]:
        """Take in a batch, yielding what needs a decision in the order in which it comes up."""
        self._fit_equipment()
        counts.readings += len(readings)
        start = 0
        while start < len(readings):
            late = int(self.clock[arrival.LATE])
            waiting = int(self.clock[arrival.WAITING])
            start, why = arrival.arrive(
                readings.point,
                readings.time,
                readings.value,
                start,
                self._points.arrival,
                self.equipment,
                self.waiting,
                self.clock,
                self._tick,
                self._lateness,
                self.allowance,
                self._max_behind,
            )
            counts.late += int(self.clock[arrival.LATE]) - late
            counts.waiting += int(self.clock[arrival.WAITING]) - waiting
            if why & arrival.LIMIT:
                yield LimitCrossed(int(readings.point[start - 1]), int(readings.time[start - 1]))
            if why & arrival.CLOSE:
                yield from self._close(counts, rejected)
            if why & arrival.FULL:
                self._make_room(counts, rejected)

    def _close(self, counts: Counts, rejected: list[RejectedReading]) -> Iterator[TickClosed]:
        clock, tick = self.clock, self._tick
        now = int(arrival.event_time(self.equipment, clock))
        self._follow_pace(now)
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
        yield from self._ticks(ready, closed, counts)

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

        A tick in which slow equipment sends nothing says nothing of its clock.
        """
        names = {self._points.equipment_of(slot) for slot in np.unique(refused).tolist()}
        clock, equipment = self.clock, self.equipment
        for e in np.flatnonzero(equipment.latest > now + self.allowance).tolist():
            state = equipment.latest[e], equipment.last_arrival[e], equipment.usual_gap[e]
            if arrival.is_live(*state, clock[arrival.ARRIVALS]):
                names.add(self._points.equipment_ids[e])
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

    def _put_back(self, readings: Readings) -> None:
        """Let nothing but ``readings`` wait; they must not be views of the waiting room."""
        count = len(readings)
        self.waiting.point[:count] = readings.point
        self.waiting.time[:count] = readings.time
        self.waiting.value[:count] = readings.value
        self.clock[arrival.WAITING] = count

    def _first(self, count: int) -> Readings:
        waiting = self.waiting
        return Readings(waiting.point[:count], waiting.time[:count], waiting.value[:count])

    def _reject(self, readings: Readings, reason: str, rejected: list[RejectedReading]) -> None:
        for point, time, value in zip(readings.point, readings.time, readings.value, strict=True):
            rejected.append(RejectedReading(self._points.ids[point], int(time), float(value), reason))

    def _fit_equipment(self) -> None:
        count = len(self._points.equipment_ids)
        self.clock[arrival.EQUIPMENT] = count
        size = len(self.equipment.latest)
        if count > size:
            wider = arrival.make_equipment(max(2 * size, count))
            self.equipment = carry_over(self.equipment, wider)
            more = len(wider.latest) - len(self.scored)
            self.scored = np.concatenate([self.scored, np.zeros(more, np.bool_)])
