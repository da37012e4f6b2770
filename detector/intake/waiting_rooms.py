"""What waits for its tick to close, and what lies outside the window about event time."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.points import Points
from detector.snapshot import SnapshotError
from kernels import arrival
from kernels.state import carry_over
from streams.messages import Counts, Readings, RejectedReading

ROOM_AT_FIRST = 256

ROOMS = {"waiting": arrival.WAITING, "outside": arrival.OUTSIDE}


class WaitingRooms:
    """Two rooms, in the order of arrival. How many wait in each stands in ``clock``: kernels fill them."""

    def __init__(self, points: Points, clock: np.ndarray, max_behind: int, max_waiting: int) -> None:
        self._points = points
        self.clock = clock
        self.max_behind = max_behind
        """How far behind what is closed a reading still finds its tick, ns."""
        self.max_waiting = max_waiting
        self.waiting = arrival.make_waiting(ROOM_AT_FIRST)
        self.outside = arrival.make_waiting(ROOM_AT_FIRST)
        """Readings whose stamps lie outside the window about event time."""

    def state(self) -> dict[str, Any]:
        """What waits, without the empty part of the rooms."""
        rooms = {}
        for name, slot in ROOMS.items():
            count = int(self.clock[slot])
            rooms[name] = {part: column[:count] for part, column in getattr(self, name)._asdict().items()}
        return rooms

    def restore(self, state: dict[str, Any], clock: np.ndarray) -> None:
        """Put back what `state` gave, with the clock of then. SnapshotError where it cannot be."""
        self.clock = clock
        self.waiting = self._room(state["waiting"], "waiting")
        self.outside = self._room(state["outside"], "outside")

    def _room(self, state: dict[str, Any], name: str) -> arrival.Waiting:
        waited = Readings(**state)
        count = len(waited)
        if count != self.clock[ROOMS[name]] or (
            count and not 0 <= waited.point.min() <= waited.point.max() < len(self._points)
        ):
            raise SnapshotError("the readings that wait are not those of its points")
        size = len(getattr(self, name).point)
        while size < count:
            size *= 2
        room = arrival.make_waiting(size)
        _fill(room, waited)
        return room

    def let_in(self, until: int, counts: Counts) -> None:
        """What waits outside and is no longer: until a time, ns, to its tick; what is older is late."""
        clock = self.clock
        count = int(clock[arrival.OUTSIDE])
        room = self.first_outside(count)
        late = room.time < clock[arrival.CLOSED_UNTIL] - self.max_behind
        within = ~late & (room.time <= until)
        waiting = self.first(int(clock[arrival.WAITING]))
        self.put_back(_joined(waiting, room.take(within)))
        self.put_outside(room.take(~late & ~within))
        counts.waiting -= int(late.sum())
        counts.late += int(late.sum())
        np.add.at(self._points.arrival.belated, room.point[late], 1)

    def book_outside(self, count: int, counts: Counts, rejected: list[RejectedReading]) -> None:
        """The first of what waits outside is neither of this time nor of one that the zone has come to."""
        all_of_it = self.first_outside(int(self.clock[arrival.OUTSIDE]))
        booked, stay = all_of_it.take(slice(count)), all_of_it.take(slice(count, None))
        late = booked.time < self.clock[arrival.CLOSED_UNTIL] - self.max_behind
        self.reject(booked.take(~late), "bad_clock", rejected)
        np.add.at(self._points.arrival.belated, booked.point[late], 1)
        counts.waiting -= count
        counts.late += int(late.sum())
        counts.rejected += count - int(late.sum())
        self.put_outside(stay)

    def make_room(self, counts: Counts, rejected: list[RejectedReading]) -> None:
        """Make the room that is full wider, or let the oldest half of it go, on the books."""
        if self.clock[arrival.OUTSIDE] >= len(self.outside.point):
            size = len(self.outside.point)
            if size < self.max_waiting:
                self.outside = carry_over(self.outside, arrival.make_waiting(2 * size))
            else:
                self.book_outside(size // 2, counts, rejected)
            return
        size = len(self.waiting.point)
        if size < self.max_waiting:
            wider = arrival.make_waiting(2 * size)
            self.waiting = carry_over(self.waiting, wider)
            return
        # Nothing has closed for a very long time.
        half = size // 2
        self.reject(self.first(half), "waiting_full", rejected)
        self.put_back(self.first(size).take(np.arange(half, size)))
        counts.waiting -= half
        counts.rejected += half

    def refuse_all(self, reason: str, counts: Counts, rejected: list[RejectedReading]) -> None:
        """Let nothing wait any more."""
        for room in (
            self.first(int(self.clock[arrival.WAITING])),
            self.first_outside(int(self.clock[arrival.OUTSIDE])),
        ):
            self.reject(room, reason, rejected)
            counts.waiting -= len(room)
            counts.rejected += len(room)
        self.clock[arrival.WAITING] = self.clock[arrival.OUTSIDE] = 0

    def put_back(self, readings: Readings) -> None:
        """Let nothing but ``readings`` wait; they must not be views of the waiting room."""
        count = len(readings)
        while count > len(self.waiting.point):
            self.waiting = arrival.make_waiting(2 * len(self.waiting.point))
        _fill(self.waiting, readings)
        self.clock[arrival.WAITING] = count

    def put_outside(self, readings: Readings) -> None:
        """Let nothing but ``readings`` wait outside; they may be views of what waits, in its order."""
        _fill(self.outside, Readings(readings.point.copy(), readings.time.copy(), readings.value.copy()))
        clock = self.clock
        clock[arrival.OUTSIDE] = len(readings)
        clock[arrival.OUTSIDE_SINCE] = clock[arrival.EVENT_TIME]
        clock[arrival.OUTSIDE_ARRIVAL] = clock[arrival.ARRIVALS]

    def first(self, count: int) -> Readings:
        """The oldest of what waits, as views."""
        return _readings(self.waiting, count)

    def first_outside(self, count: int) -> Readings:
        """The oldest of what waits outside, as views."""
        return _readings(self.outside, count)

    def reject(self, readings: Readings, reason: str, rejected: list[RejectedReading]) -> None:
        """Put readings on the list of what is refused, with the stamps that they came with."""
        np.add.at(self._points.arrival.belated, readings.point, 1)
        for point, time, value in zip(readings.point, readings.time, readings.value, strict=True):
            stamp = int(time) - int(self.clock[arrival.SHIFT])
            rejected.append(RejectedReading(self._points.ids[point], stamp, float(value), reason))


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
