"""What is kept about one hall: its air, since when it is in trouble, and how trouble goes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detector.forecast.course import Course, HallCourse
from detector.forecast.heat_capacity import HeatCapacity
from detector.forecast.trajectory import Trajectory, fit_trajectory
from detector.seen.hall_air import HallAir
from detector.seen.warming import Warming
from detector.snapshot import restore_into, state_of
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a hall that is on no trajectory towards a limit."""

    hall_rests_k: float = threshold(0.3, "K", "nothing in it has moved by more than this...", TUNED)
    hall_rests_for_s: float = threshold(1800.0, "s", "...within this time...", TUNED)
    hall_rests_after_s: float = threshold(3600.0, "s", "...so long after trouble began", TUNED)


T = Thresholds()


class Hall:
    """State of one hall."""

    def __init__(self) -> None:
        self.air = HallAir()
        self.course = HallCourse()
        self.heat_capacity = HeatCapacity()
        self.onset = UNSET

    def trajectory(self, onset: int, warming: Warming) -> Trajectory | None:
        """Where the hall is going, in trouble since ``onset`` (ns, UNSET = not). Moves nothing."""
        course = None if onset == UNSET else self.course.since(onset, self.heat_capacity.known)
        if course is None or self.air.recovers(onset, warming) or _rests(course):
            return None
        return fit_trajectory(course)

    def learn(self, onset: int, warming: Warming, end: int, longest_s: float) -> None:
        """Take in since when the hall is in trouble, and learn from how it goes, or what is usual.

        ``longest_s``: ticks further apart are a gap.
        """
        self.onset = onset
        if onset != UNSET and self.air.recovers(onset, warming):
            course = self.course.since(onset, self.heat_capacity.known)
            if course is not None:
                self.heat_capacity.learn(course, onset)
        self.course.learn(end, onset != UNSET, longest_s)

    def forget(self) -> None:
        """Forget what was usual of the hall as a whole: it runs otherwise now."""
        self.air.forget()
        self.course = HallCourse()

    def state(self) -> dict[str, Any]:
        """As plain data and arrays, for a snapshot."""
        return {
            "balance": state_of(self.air.balance),
            "warming": state_of(self.air.warming),
            "course": state_of(self.course),
            "heat_capacity": state_of(self.heat_capacity),
            "onset": self.onset,
            "setpoints": {role.value: list(setpoints) for role, setpoints in self.air.setpoints.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave. Raises KeyError where a part of it is missing."""
        restore_into(self.air.balance, state["balance"])
        restore_into(self.air.warming, state["warming"])
        restore_into(self.course, state["course"])
        restore_into(self.heat_capacity, state["heat_capacity"])
        self.onset = state["onset"]
        for role, setpoints in self.air.setpoints.items():
            setpoints.extend((int(time), float(value)) for time, value in state["setpoints"][role.value])


def _rests(course: Course) -> bool:
    """Whether all that a hall shows stands still, and has for long."""
    now = course.seconds[-1]
    if now < T.hall_rests_after_s:
        return False
    late = course.shown[course.seconds >= now - T.hall_rests_for_s]
    known = late[:, np.isfinite(late).any(axis=0)]
    return bool((np.nanmax(known, axis=0) - np.nanmin(known, axis=0) < T.hall_rests_k).all())


def load_parts(halls: Sequence[Hall], load: F64) -> F64:
    """The load of each hall, kW, as a part of its usual one; NaN where either is not known."""
    return np.array([hall.course.load_part(kw) for hall, kw in zip(halls, load.tolist(), strict=True)])
