"""What each point has read last, whether it can be believed or not, and what it read before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Kind
from detector.points import ROOM, Points
from detector.seen.constants import constant_of, is_temperature, never_zero
from detector.seen.newest_values import points_of
from detector.seen.rows import grow
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64, I64, SECOND, Readings


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what was read last."""

    leaps_by: float = threshold(
        10.0, "K", "what moves by less from one reading to the next has hardly changed its unit", TUNED
    )
    fastest: float = threshold(
        1 / 6,
        "K/s",
        "neither air nor water of a place moves faster: a contained aisle of 30 kW racks without air warms "
        "by some 8 K a minute",
        TUNED,
    )


T = Thresholds()


class RawValues:
    """By slot."""

    state_fields = ("value", "before", "read", "turned", "leapt_from", "leapt", "too_fast")

    def __init__(self) -> None:
        self.value: F64 = np.full(ROOM, np.nan)
        self.before: F64 = np.full(ROOM, np.nan)
        """What it read before it turned to that; NaN where it never did."""
        self.read: I64 = np.full(ROOM, UNSET, np.int64)
        """When it was read last, ns."""
        self.turned: I64 = np.full(ROOM, UNSET, np.int64)
        """When it did, ns."""
        self.leapt_from: F64 = np.full(ROOM, np.nan)
        """What it read before it last moved far."""
        self.leapt: I64 = np.full(ROOM, UNSET, np.int64)
        """When it did, ns."""
        self.too_fast = np.zeros(ROOM, np.bool_)
        """Whether a measured temperature did so faster than any does."""
        self.celsius = np.zeros(ROOM, np.bool_)
        self.degrees = np.zeros(ROOM, np.bool_)
        """In degrees, measured or set."""
        self.never_zero = np.zeros(ROOM, np.bool_)
        self.unit = np.zeros(ROOM, np.int32)
        """Number of its unit."""
        self.source = np.zeros(ROOM, np.int32)
        """Number of the source that the site names, 0 where it names none."""
        self.sources: list[str] = [""]
        self._units: dict[str, int] = {}
        self._known = 0

    def take_in(self, readings: Readings) -> tuple[np.ndarray, np.ndarray]:
        """The points that were read, and those of them that read something else than before."""
        finite = np.isfinite(readings.value)
        if not finite.all():
            readings = readings.take(finite)
        slots = points_of(readings)
        row = np.empty(len(self.value), np.int64)
        row[readings.point] = np.arange(len(readings))  # the last of each is written last
        now, time = readings.value[row[slots]], readings.time[row[slots]]
        other = now != self.value[slots]
        turned = slots[other]
        far = np.abs(now[other] - self.value[turned])
        leaps = far > T.leaps_by
        leapt = turned[leaps]
        self.too_fast[leapt] = too_fast(far[leaps], time[other][leaps] - self.read[leapt])
        self.too_fast[leapt] &= self.celsius[leapt]
        self.read[slots] = time
        self.leapt_from[leapt] = self.value[leapt]
        self.leapt[leapt] = readings.time[row[leapt]]
        self.before[turned] = self.value[turned]
        self.turned[turned] = time[other]
        self.value[turned] = now[other]
        return slots, turned

    def cannot_be(self, points: Points, slots: np.ndarray) -> np.ndarray:
        """Whether each reads what stands for nothing, and is no value of its: a fan may run at 85 %."""
        value, state = self.value[slots], points.arrival
        constant, listed = constant_of(value, self.celsius[slots])
        beyond = (value < state.low[slots]) | (value > state.high[slots])
        nothing = listed & (self.celsius[slots] | beyond)
        cannot: np.ndarray = np.where(constant == 0.0, self.never_zero[slots], nothing)
        return cannot

    def constant(self, slots: np.ndarray) -> F64:
        """What constant each reads, as `constant_of` has it; NaN where nothing was read."""
        return constant_of(self.value[slots], self.celsius[slots])[0]

    def fit(self, points: Points) -> None:
        """Make room for points that have appeared, and know of each what it measures."""
        grow(self, ("value", "before", "leapt_from"), points.capacity, np.nan)
        grow(self, ("read", "turned", "leapt"), points.capacity, UNSET)
        grow(self, ("unit", "source"), points.capacity, 0)
        grow(self, ("too_fast", "celsius", "degrees", "never_zero"), points.capacity, False)
        if self._known < len(points):
            new = np.arange(self._known, len(points))
            for slot in new.tolist():
                self._describe(slot, points.kinds[slot])
                name = points.source_of(slot)
                if name not in self.sources:
                    self.sources.append(name)
                self.source[slot] = self.sources.index(name)
            self._known = len(points)

    def _describe(self, slot: int, kind: Kind) -> None:
        self.celsius[slot] = is_temperature(kind)
        self.degrees[slot] = kind.unit == "degC"
        self.never_zero[slot] = never_zero(kind)
        self.unit[slot] = self._units.setdefault(kind.unit, len(self._units))


def too_fast(moved: F64, gap: I64) -> np.ndarray:
    """Whether temperatures that have ``moved`` (K, without sign) in ``gap`` ns moved faster than any does."""
    fast: np.ndarray = moved > T.fastest * gap / SECOND
    return fast
