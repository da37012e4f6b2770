"""At which pace each point is read, and how long what it said speaks for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import ROOM, Points
from detector.seen.roles import SENT_ON_CHANGE
from detector.seen.rows import grow
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64, I64, SECOND, Readings


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the pace of points."""

    period_memory: float = threshold(
        0.9, "", "of the longest and shortest time between readings, what is left a reading later", TUNED
    )
    pauses_memory: float = threshold(
        0.98, "", "of how often a point was silent, what is left a reading later", TUNED
    )
    longest_grows: float = threshold(
        10.0, "times", "what is longer than so many of the longest time of late is a silence...", TUNED
    )
    longest_from_s: float = threshold(300.0, "s", "...unless it is shorter than this", TUNED)
    polled_within_s: float = threshold(
        120.0, "s", "what is sent when it changes does not repeat itself within this time...", TUNED
    )
    polled_after: int = threshold(3, "repeats", "...what has so often is polled", TUNED)
    quick_part: float = threshold(
        0.25, "", "a point that is heard within this part of its longest silence at times...", TUNED
    )
    silent_again: float = threshold(
        2.0, "times", "...and was silent so long again and again of late, is sent when it changes", TUNED
    )
    seldom_from_s: float = threshold(
        90.0, "s", "what is read less often is read seldom: whoever counts seconds has to wait for it", TUNED
    )
    even_part: float = threshold(
        0.1, "", "what repeats itself within this part of its period is polled, however seldom...", TUNED
    )
    early_part: float = threshold(
        0.7, "", "...until it changes before this part of its period is over: then it told of that", TUNED
    )
    step_times: float = threshold(
        1.5, "times", "a step of a zone that is read seldom is no longer than so many of its pace", TUNED
    )


T = Thresholds()


class Pace:
    """Times between the readings of each point, by slot, and what they say of it."""

    state_fields = ("period", "quickest", "pauses", "lag", "repeats", "of_zone_s")

    def __init__(self) -> None:
        self.period: F64 = np.full(ROOM, np.nan)
        """Usual time between two readings of a point, s: a slowly forgotten maximum."""
        self.quickest: F64 = np.full(ROOM, np.nan)
        """Shortest of late, s: a slowly forgotten minimum."""
        self.pauses: F64 = np.zeros(ROOM)
        """How often of late it was silent for many times that."""
        self.lag: F64 = np.empty(0)
        """By equipment: how long what it reads is on its way, s; a slowly forgotten maximum, 0 in time."""
        self.repeats = np.zeros(ROOM, np.int32)
        """How often a point has told again what it told shortly before."""
        self.of_zone_s = 0.0
        """Median of ``quickest``, s, where that is seldom; 0 where most points are read often."""

    def fit(self, capacity: int) -> None:
        """Make room for points that have appeared."""
        grow(self, ("period", "quickest"), capacity, np.nan)
        grow(self, ("repeats",), capacity, 0)
        grow(self, ("pauses",), capacity, 0.0)

    def learn(
        self, points: Points, readings: Readings, seen: I64, latest: F64, before: int, end: int
    ) -> None:
        """Take in one tick that ends at ``end``, the one before having ended at ``before``, ns.

        ``seen``: when each slot was last read, ns, and ``latest``: what that was.
        """
        row = np.empty(len(seen), np.int64)
        row[readings.point[::-1]] = np.arange(len(readings))[::-1]  # the first of each is written last
        slots = np.flatnonzero(np.bincount(readings.point, minlength=1))
        slots = slots[seen[slots] != UNSET]
        first = row[slots]
        gap = (readings.time[first] - seen[slots]) / SECOND
        known = self.period[slots]
        self._count_repeats(slots, readings.value[first] == latest[slots], gap, known)
        # What a gateway sends only now was not known before.
        belated = readings.time[first] < before
        gap = np.where(belated, (end - seen[slots]) / SECOND, gap)
        self.quickest[slots] = np.fmin(gap, self.quickest[slots] / T.period_memory)
        paused = self.quickest[slots] < T.quick_part * gap
        self.pauses[slots] = T.pauses_memory * self.pauses[slots] + paused
        most = np.where(np.isnan(known), np.inf, np.fmax(T.longest_from_s, T.longest_grows * known))
        self.period[slots] = np.fmax(np.fmin(gap, most), T.period_memory * np.nan_to_num(known))
        self._learn_lag(points, readings, before, end)
        if self.of_zone_s or (before != UNSET and end - before > T.seldom_from_s * SECOND):
            self._judge_zone(len(points))

    def _count_repeats(self, slots: np.ndarray, same: np.ndarray, gap: F64, period: F64) -> None:
        even = np.abs(gap - period) <= T.even_part * period
        self.repeats[slots[same & ((gap <= T.polled_within_s) | even)]] += 1
        early = ~same & (period > T.polled_within_s) & (gap < T.early_part * period)
        self.repeats[slots[early]] = 0

    def _learn_lag(self, points: Points, readings: Readings, before: int, end: int) -> None:
        grow(self, ("lag",), len(points.equipment_ids), 0.0)
        equipment = points.arrival.equipment[readings.point]
        late = np.where(readings.time < before, (end - readings.time) / SECOND, 0.0)
        newest = np.zeros(len(self.lag))
        np.maximum.at(newest, equipment, late)
        heard = np.bincount(equipment, minlength=len(self.lag)) > 0
        self.lag[heard] = np.fmax(newest, T.period_memory * self.lag)[heard]

    def _judge_zone(self, points: int) -> None:
        known = self.quickest[:points][np.isfinite(self.quickest[:points])]
        median = float(np.median(known)) if len(known) else 0.0
        self.of_zone_s = median if median >= T.seldom_from_s else 0.0

    def polled(self, points: Points) -> np.ndarray:
        """By slot, whether a point is asked at a pace, so that its silence says something."""
        n = len(points)
        return ~SENT_ON_CHANGE[points.role[:n]] | (self.repeats[:n] >= T.polled_after)

    def holds(self, points: int) -> np.ndarray:
        """By slot, whether a point is sent when it changes, so that it has not changed since."""
        holds: np.ndarray = self.pauses[:points] > T.silent_again
        return holds

    def slack_s(self, points: Points) -> F64:
        """By equipment, how long ago it may have come to what it shows, s; 0 for what is read often."""
        pace = np.full(len(points.equipment_ids), np.inf)
        np.fmin.at(pace, points.arrival.equipment[: len(points)], self.quickest[: len(points)])
        return np.where(np.isfinite(pace) & (pace >= T.seldom_from_s), pace, 0.0)

    @property
    def zone_slack(self) -> int:
        """What the zone takes to be read once more, ns, where it is read seldom; else 0."""
        return round(T.step_times * self.of_zone_s * SECOND)

    def longest_step_s(self) -> float:
        """Ticks of the zone that are further apart are a gap: time that nobody saw."""
        return max(OF_SEEN.longest_step_s, T.step_times * self.of_zone_s)
