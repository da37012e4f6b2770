"""How the air of a hall moves as a whole: the part that all its racks have in common.

One sensor may drift, one rack may be busy. What the median rack does relative
to its own habit is the hall itself, and a rise there that is out of proportion
to the hall's usual unrest is heat that nothing carries away.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from detector.seen.known import median_of
from detector.seen.shared import OF_SEEN
from detector.seen.slope import slope_of
from detector.threshold import TUNED, threshold
from streams.messages import F64, I64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the common temperature of a hall's racks."""

    air_habit_half_life_s: float = threshold(1800.0, "s", "memory of the habit of each rack's air", TUNED)
    racks_spoken_for: int = threshold(
        3, "racks", "one rack that speaks may stand for so many that ever spoke", TUNED
    )
    air_course_s: float = threshold(900.0, "s", "a rise is above the lowest level within this time", TUNED)
    slope_over_s: float = threshold(60.0, "s", "a slope is that of the readings within this time", TUNED)
    seldom_read_s: float = threshold(
        300.0,
        "s",
        "what is read more seldom shows it between two readings, if neither is older than this",
        TUNED,
    )
    course_slack: float = threshold(
        1.5, "periods", "where racks are read seldom, the course reaches so many further back...", TUNED
    )
    slope_slack: float = threshold(
        2.5, "periods", "...and a slope shows between two readings no older than so many", TUNED
    )
    slope_at_least_s: float = threshold(20.0, "s", "readings closer together than this show no slope", TUNED)
    unrest_half_life_s: float = threshold(3600.0, "s", "memory of a hall's own unrest", TUNED)
    unrest_rise_k: float = threshold(
        0.10, "K", "unrest of the level before the hall's own is known, and its floor", TUNED
    )
    unrest_k_per_s: float = threshold(
        0.10 / 60.0, "K/s", "unrest of the slope before the hall's own is known, and its floor", TUNED
    )
    under_way_times: float = threshold(
        2.0,
        "",
        "what still rises may be a fault: of it no more counts as unrest than so many times what is known",
        TUNED,
    )
    air_runs_away_k_per_s: float = threshold(
        1.0 / 60.0, "K/s", "a hall that warms by a kelvin a minute runs away", TUNED
    )


T = Thresholds()


@dataclass(frozen=True, slots=True)
class Warming:
    """The common temperature of a hall, against its habit."""

    level: float
    """K above habit, median over the racks; NaN where fewer than one in three that ever spoke do."""
    rise: float
    """K above the lowest level of the last quarter of an hour."""
    slope: float
    """K/s over the last minute."""
    rise_unrest: float
    slope_unrest: float
    settled: bool
    """The habit has been watched long enough to be held against."""


class HallWarming:
    """Habit and recent course of one hall's inlets."""

    state_fields = ("_baseline", "_course", "_seconds", "_last", "_rise_unrest", "_slope_unrest", "_slack_s")

    def __init__(self) -> None:
        self._baseline: F64 = np.empty(0)
        self._course: deque[tuple[int, float]] = deque()
        self._seconds = 0.0
        self._last = 0
        self._rise_unrest = T.unrest_rise_k**2
        self._slope_unrest = T.unrest_k_per_s**2
        self._slack_s = 0.0
        """How far apart its racks are read, s, where that is seldom; else 0."""

    def judge(
        self, inlet: F64, read_at: I64, racks: tuple[int, ...], end: int, slack_s: float = 0.0
    ) -> Warming:
        """Take in one tick.

        ``inlet`` is the mean inlet temperature of each piece of equipment, C,
        NaN where there is none or it is silent, and ``read_at`` when that was
        read, ns; ``racks`` are the hall's, read ``slack_s`` apart where that is seldom.
        """
        self._slack_s = slack_s
        if len(inlet) > len(self._baseline):
            more = np.full(len(inlet) - len(self._baseline), np.nan)
            self._baseline = np.concatenate([self._baseline, more])
        rows = np.array(racks, np.intp)
        inlets = inlet[rows]
        above = inlets - self._baseline[rows]
        new = np.isnan(above) & np.isfinite(inlets)
        if new.any():
            # A rack that joins is no warming: it starts at the level of the others.
            offset = float(np.nanmedian(above)) if np.isfinite(above).any() else 0.0
            self._baseline[rows[new]] = inlets[new] - offset
            above = inlets - self._baseline[rows]
        speaking = np.isfinite(above)
        if (
            not speaking.any()
            or speaking.sum() * T.racks_spoken_for < np.isfinite(self._baseline[rows]).sum()
        ):
            return Warming(math.nan, math.nan, math.nan, 0.0, 0.0, False)
        level = median_of(above[speaking])
        # A tick in which no rack was read says no more than the one before.
        read = max(int(read_at[rows][speaking].max()), self._course[-1][0] if self._course else 0)
        if self._course and self._course[-1][0] == read:
            self._course.pop()
        self._course.append((read, level))
        while end - self._course[0][0] > (T.air_course_s + T.course_slack * slack_s) * SECOND:
            self._course.popleft()
        rise = level - min(v for _, v in self._course)
        return Warming(
            level,
            rise,
            self.slope(end),
            max(T.unrest_rise_k, self._rise_unrest**0.5),
            max(T.unrest_k_per_s, self._slope_unrest**0.5),
            self._seconds >= OF_SEEN.settled_after_s,
        )

    def slope(self, end: int) -> float:
        """K/s over the last minute, or from one reading to the next; NaN where not known at ``end``, ns."""
        known = list(self._course)[-2:]
        if len(known) < 2 or end - known[0][0] > max(T.seldom_read_s, T.slope_slack * self._slack_s) * SECOND:
            return math.nan
        newest, level = known[1]
        # What then was silent for longer than between its readings has not moved since.
        still = max(newest, end - (newest - known[0][0]))
        recent = list(takewhile(lambda at: still - at[0] <= T.slope_over_s * SECOND, reversed(self._course)))
        if len(recent) < 2:
            recent = known
        if still > newest:
            recent = [(still, level), *recent]
        span = max(at for at, _ in recent) - min(at for at, _ in recent)
        return slope_of(recent) if span >= T.slope_at_least_s * SECOND else math.nan

    def course(self, since: int) -> tuple[F64, F64]:
        """Seconds after ``since`` and levels from then on."""
        kept = [((t - since) / SECOND, v) for t, v in self._course if t >= since]
        return np.array([t for t, _ in kept]), np.array([v for _, v in kept])

    def learn(
        self,
        inlet: F64,
        racks: tuple[int, ...],
        warming: Warming,
        end: int,
        healthy: bool,
        longest_s: float = OF_SEEN.longest_step_s,
    ) -> None:
        """Follow the habit, slowly, and only while the hall is ``healthy``.

        Ticks that are further apart than ``longest_s`` are a gap.
        """
        dt = min((end - self._last) / SECOND, longest_s) if self._last else 0.0
        self._last = end
        if not healthy or dt <= 0.0 or not math.isfinite(warming.level):
            return
        self._seconds += dt
        part = max(dt / max(self._seconds, dt), 1.0 - 0.5 ** (dt / T.air_habit_half_life_s))
        rows = np.array(racks, np.intp)
        gap = inlet[rows] - self._baseline[rows]
        known = np.isfinite(gap)
        self._baseline[rows[known]] += part * gap[known]
        part = 1.0 - 0.5 ** (dt / T.unrest_half_life_s)
        level, slope = warming.level, warming.slope
        if not slope < 0.0:
            level = min(level, T.under_way_times * warming.rise_unrest)
            slope = min(slope, T.under_way_times * warming.slope_unrest)
        self._rise_unrest += part * (level**2 - self._rise_unrest)
        if math.isfinite(slope):
            self._slope_unrest += part * (slope**2 - self._slope_unrest)
