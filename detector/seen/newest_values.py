"""The newest values of a zone at the end of a tick: what each piece of equipment shows, by role."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, ROLES, ROOM, Points
from detector.seen.pace import Pace
from detector.seen.roles import STATES, TEMPERATURES
from detector.seen.rows import grow
from detector.seen.shared import OF_SEEN
from detector.seen.shown import Shown
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64, I64, SECOND, Readings


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of values that still speak for their points."""

    fresh_for_s: int = threshold(
        60, "s", "a value speaks for its point this long after it was read...", TUNED
    )
    fresh_periods: float = threshold(
        3.0, "periods", "...or for so many of the point's own periods where that is longer", TUNED
    )
    jump_k: float = threshold(
        3.0, "K", "a temperature that moves by more than this from one reading to the next is doubted", TUNED
    )
    jump_together: int = threshold(
        3, "points", "so many of a sort in one hall that jump the same way bear each other out", TUNED
    )


T = Thresholds()


class NewestValues:
    """The newest good value of every point, and from it a table of equipment by role."""

    state_fields = (
        "value",
        "latest",
        "doubted",
        "seen",
        "fresh",
        "since",
        "end",
    )

    def __init__(self) -> None:
        self.pace = Pace()
        self.value: F64 = np.full(ROOM, np.nan)
        self.latest: F64 = np.full(ROOM, np.nan)
        """What was read in the newest tick, also where it is doubted."""
        self.doubted: F64 = np.full(ROOM, np.nan)
        """A jump that the next reading has to bear out; NaN where there is none."""
        self.seen: I64 = np.full(ROOM, UNSET, np.int64)
        self.fresh = np.zeros(ROOM, np.bool_)
        self.since: I64 = np.full(ROOM, UNSET, np.int64)
        """When what is on or off was first read as it is now, ns."""
        self.end = UNSET
        """Of the newest tick, ns."""
        self.status_since: I64 = np.empty(0, np.int64)
        """By equipment: when its run status was first read as it is now, ns; UNSET without one."""
        self.status_seen: I64 = np.empty(0, np.int64)
        """By equipment: until when its run status is known, ns."""
        self.ordered_since: I64 = np.empty(0, np.int64)
        """By equipment: when its run command was first read as it is now, ns."""
        self.ordered_seen: I64 = np.empty(0, np.int64)
        """By equipment: until when its run command is known, ns."""
        self.mean: F64 = np.empty((0, len(ROLES)))
        self.total: F64 = np.empty((0, len(ROLES)))
        self.age: F64 = np.empty((0, len(ROLES)))
        """How old what each piece of equipment shows is, by role, s: of several points the mean."""

    def update(
        self, points: Points, readings: Readings, good: np.ndarray, end: int, withheld: np.ndarray
    ) -> None:
        """Take in one tick. ``good``: readings that may be used; ``withheld``: points that say nothing."""
        self._fit(points.capacity)
        self.pace.learn(points, readings, self.seen, self.latest, self.end, end)
        used = readings.take(good)
        switched = STATES[points.role[used.point]]
        self._settle_states(used.take(switched))
        used = used.take(~switched)
        slots, now = means_of(used)
        if len(slots):
            self.latest[slots] = now
            self._believe(points, slots, now)
        # Readings come in order of time: of several of a point the newest is the last.
        self.seen[readings.point] = np.maximum(self.seen[readings.point], readings.time)
        self._judge_freshness(points, end)
        self.fresh[np.flatnonzero(withheld)] = False
        self._tabulate(points, end)
        self.status_since, self.status_seen = self._state_times(points, Role.RUN_STATUS, end)
        self.ordered_since, self.ordered_seen = self._state_times(points, Role.RUN_COMMAND, end)
        self.end = end

    def take_unjudged(self, points: Points, readings: Readings, end: int) -> None:
        """Take in a tick that is not judged: what was read is known, and nothing is learned from it."""
        self._fit(points.capacity)
        self.seen[readings.point] = np.maximum(self.seen[readings.point], readings.time)
        state = points.arrival
        used = readings.take(
            (readings.value >= state.low[readings.point]) & (readings.value <= state.high[readings.point])
        )
        switched = STATES[points.role[used.point]]
        self._settle_states(used.take(switched))
        slots, now = means_of(used.take(~switched))
        self.latest[slots] = self.value[slots] = now
        self.doubted[slots] = np.nan
        self.end = end

    def _believe(self, points: Points, slots: np.ndarray, now: F64) -> None:
        """Take in new values; a temperature that jumps alone stays what it was until it is read again."""
        before, doubted = self.value[slots], self.doubted[slots]
        far = TEMPERATURES[points.role[slots]] & self.fresh[slots] & (np.abs(now - before) > T.jump_k)
        borne_out = (np.abs(now - doubted) <= T.jump_k) | (
            np.sign(now - doubted) == np.sign(doubted - before)
        )
        waits = far & ~borne_out
        self.value[slots] = np.where(waits, before, now)
        self.doubted[slots] = np.where(waits, now, np.nan)
        if waits.any():
            self._believe_together(points)

    def _believe_together(self, points: Points) -> None:
        """What jumps at several places of a hall, the same way, has happened."""
        n = len(points)
        waiting = np.flatnonzero(np.isfinite(self.doubted[:n]) & self.fresh[:n])
        up = self.doubted[waiting] > self.value[waiting]
        kind = (points.hall[waiting] * len(ROLES) + points.role[waiting]) * 2 + up
        _, group, count = np.unique(kind, return_inverse=True, return_counts=True)
        together = waiting[count[group] >= T.jump_together]
        self.value[together] = self.doubted[together]
        self.doubted[together] = np.nan

    def _settle_states(self, used: Readings) -> None:
        """Take in readings of what is on or off, which are in order of time."""
        order = np.argsort(used.point, kind="stable")
        slot, value, time = used.point[order], used.value[order], used.time[order]
        before = np.empty(len(slot))
        before[1:] = value[:-1]
        first = np.ones(len(slot), np.bool_)
        first[1:] = slot[1:] != slot[:-1]
        before[first] = self.value[slot[first]]
        turned = value != before
        self.latest[slot] = value
        self.since[slot[turned]] = time[turned]  # of several in one tick the last is kept
        self.value[slot] = value

    def _state_times(self, points: Points, role: Role, end: int) -> tuple[I64, I64]:
        """Since when each equipment's points of a role are as they are, and until when that is known; ns.

        What is polled is known until its newest reading, what is sent when it
        changes until now, less the time that it is on its way.
        """
        n = len(points)
        slots = np.flatnonzero((points.role[:n] == ROLE_CODE[role]) & self.fresh[:n])
        equipment = points.arrival.equipment[slots]
        since = np.full(len(points.equipment_ids), UNSET, np.int64)
        seen = since.copy()
        np.maximum.at(since, equipment, self.since[slots])
        held = end - (self.pace.lag[equipment] * SECOND).astype(np.int64)
        np.maximum.at(seen, equipment, np.where(self.pace.polled(points)[slots], self.seen[slots], held))
        return since, seen

    def _judge_freshness(self, points: Points, end: int) -> None:
        """Mark the points whose last reading still holds."""
        n = len(points)
        told = self.seen[:n] != UNSET
        age = end - self.seen[:n]
        period = np.nan_to_num(self.pace.period[:n])
        patience = np.fmax(T.fresh_for_s, T.fresh_periods * period) * SECOND
        fresh = told & (age <= patience)
        polled = self.pace.polled(points)
        equipment = points.arrival.equipment[:n]
        count = len(points.equipment_ids)
        heard = np.bincount(equipment[fresh & polled], minlength=count) > 0
        asked = np.bincount(equipment[told & polled], minlength=count) > 0
        self.fresh[:n] = fresh | (
            told & ~polled & (age <= OF_SEEN.holds_for_s * SECOND) & (heard | ~asked)[equipment]
        )

    def _tabulate(self, points: Points, end: int) -> None:
        n, equipment = len(points), len(points.equipment_ids)
        usable = self.fresh[:n] & np.isfinite(self.value[:n])
        cell = points.arrival.equipment[:n][usable] * len(ROLES) + points.role[:n][usable]
        value = self.value[:n][usable]
        cells = equipment * len(ROLES)
        # Tables of all machines by all roles are large: as few at a time as can be.
        count = np.bincount(cell, weights=np.ones(len(cell)), minlength=cells).astype(np.float64, copy=False)
        count[count == 0.0] = np.nan
        total = np.bincount(cell, weights=value, minlength=cells).astype(np.float64, copy=False)
        total[np.isnan(count)] = np.nan
        self.total = total.reshape(equipment, -1)
        self.mean = (total / count).reshape(equipment, -1)
        # What is sent when it changes has not changed since.
        holds = self.pace.holds(n)[usable]
        on_its_way = self.pace.lag[points.arrival.equipment[:n][usable]]
        old = np.where(holds, on_its_way, (end - self.seen[:n][usable]) / SECOND)
        age = np.bincount(cell, weights=old, minlength=cells).astype(np.float64, copy=False)
        age /= count
        self.age = age.reshape(equipment, -1)

    def column(self, role: Role) -> F64:
        """As that of `Shown`."""
        return (self.total if role is Role.POWER else self.mean)[:, ROLE_CODE[role]]

    def ages(self, role: Role) -> F64:
        """As that of `Shown`."""
        return self.age[:, ROLE_CODE[role]]

    def now(self) -> Shown:
        """The table as it stands; the next tick makes another."""
        return Shown(self.mean, self.total, self.age, self.status_since, self.status_seen, self.ordered_since)

    def read_at(self, role: Role) -> I64:
        """When the `column` of a role was read, ns; the end of the tick where there is none."""
        return self.end - (np.nan_to_num(self.ages(role)) * SECOND).astype(np.int64)

    def _fit(self, capacity: int) -> None:
        grow(self, ("value", "latest", "doubted"), capacity, np.nan)
        grow(self, ("seen", "since"), capacity, UNSET)
        grow(self, ("fresh",), capacity, False)
        self.pace.fit(capacity)


def points_of(readings: Readings) -> np.ndarray:
    """The points of the readings of one tick, ascending, each once."""
    return np.flatnonzero(np.bincount(readings.point, minlength=1))


def means_of(readings: Readings) -> tuple[np.ndarray, F64]:
    """The points of the readings of one tick, ascending, and the mean of each."""
    slots = points_of(readings)
    total = np.bincount(readings.point, weights=readings.value, minlength=1)
    return slots, total[slots] / np.bincount(readings.point, minlength=1)[slots]
