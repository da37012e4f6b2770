"""The picture of a zone at the end of a tick: what each piece of equipment shows, by role."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE, ROLES, Points
from kernels.arrival import UNSET
from streams.messages import F64, I64, SECOND, Readings

# A value still speaks for its point this long after it was read, or for three
# of the point's own periods where that is longer.
FRESH_FOR = 60 * SECOND
FRESH_PERIODS = 3.0
PERIOD_MEMORY = 0.9


class Picture:
    """The newest good value of every point, and from it a table of equipment by role."""

    state_fields = ("value", "seen", "period", "fresh")

    def __init__(self) -> None:
        self.value: F64 = np.full(64, np.nan)
        self.seen: I64 = np.full(64, UNSET, np.int64)
        self.period: F64 = np.full(64, np.nan)
        """Usual time between two readings of a point, s: a slowly forgotten maximum."""
        self.fresh = np.zeros(64, np.bool_)
        self.mean: F64 = np.empty((0, len(ROLES)))
        self.total: F64 = np.empty((0, len(ROLES)))

    def update(self, points: Points, readings: Readings, good: np.ndarray, end: int) -> None:
        """Take in one tick. ``good`` marks the readings that may be used."""
        self._fit(points.capacity)
        self._learn_period(readings)
        used = readings.take(good)
        slots, inverse = np.unique(used.point, return_inverse=True)
        if len(slots):
            count = np.bincount(inverse, minlength=len(slots))
            self.value[slots] = np.bincount(inverse, weights=used.value, minlength=len(slots)) / count
        np.maximum.at(self.seen, readings.point, readings.time)
        n = len(points)
        patience = np.fmax(FRESH_FOR, FRESH_PERIODS * SECOND * np.nan_to_num(self.period[:n]))
        self.fresh[:n] = (self.seen[:n] != UNSET) & (end - self.seen[:n] <= patience)
        self._tabulate(points)

    def _learn_period(self, readings: Readings) -> None:
        last = self.seen[readings.point]
        known = last != UNSET
        slots = readings.point[known]
        gap = (readings.time[known] - last[known]) / SECOND
        first = np.ones(len(slots), np.bool_)
        if len(slots):
            _, at = np.unique(slots, return_index=True)
            first[:] = False
            first[at] = True
        slots, gap = slots[first], gap[first]
        self.period[slots] = np.fmax(gap, PERIOD_MEMORY * np.nan_to_num(self.period[slots]))

    def _tabulate(self, points: Points) -> None:
        n, equipment = len(points), len(points.equipment_ids)
        usable = self.fresh[:n] & np.isfinite(self.value[:n])
        cell = points.arrival.equipment[:n][usable] * len(ROLES) + points.role[:n][usable]
        value = self.value[:n][usable]
        cells = equipment * len(ROLES)
        count = np.bincount(cell, minlength=cells)
        total = np.bincount(cell, weights=value, minlength=cells).astype(np.float64)
        present = np.where(count, 1.0, np.nan)
        self.total = (total * present).reshape(equipment, -1)
        self.mean = (total / np.where(count, count, np.nan)).reshape(equipment, -1)

    def column(self, role: Role) -> F64:
        """One value of a role for each piece of equipment; NaN where no point of it speaks.

        The mean over its points; for power the sum, as a rack may have a meter
        on each feed or one for each server.
        """
        return (self.total if role is Role.POWER else self.mean)[:, ROLE_CODE[role]]

    def _fit(self, capacity: int) -> None:
        size = len(self.value)
        if capacity <= size:
            return
        more = capacity - size
        self.value = np.concatenate([self.value, np.full(more, np.nan)])
        self.seen = np.concatenate([self.seen, np.full(more, UNSET, np.int64)])
        self.period = np.concatenate([self.period, np.full(more, np.nan)])
        self.fresh = np.concatenate([self.fresh, np.zeros(more, np.bool_)])
