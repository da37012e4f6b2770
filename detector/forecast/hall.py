"""What is kept about one hall: its balance, its warmth, and since when it is in trouble."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from config.kinds import Role
from detector.forecast.course import Course, HallCourse
from detector.forecast.heat_capacity import HeatCapacity
from detector.forecast.trajectory import Trajectory, fit_trajectory
from detector.seen.balance import HallBalance
from detector.seen.picture import Picture
from detector.seen.topology import Topology
from detector.seen.warming import HallWarming, Warming
from detector.snapshot import restore_into, state_of
from kernels.arrival import UNSET
from streams.messages import SECOND

SETPOINTS = (Role.SUPPLY_AIR_SETPOINT, Role.RETURN_AIR_SETPOINT)
SETPOINT_MEMORY_S = 1800
SETPOINT_STEP_K = 0.05
# A hall that cools, and is so far below the warmest of the last quarter of an hour, is on no trajectory
# towards a limit, K.
RECOVERED_K = 0.5
# Nor is one in which for half an hour nothing has moved by more than this, K, long after it began, s.
RESTS_K = 0.3
RESTS_FOR_S = 1800.0
RESTS_AFTER_S = 3600.0


class Hall:
    """State of one hall."""

    def __init__(self) -> None:
        self.balance = HallBalance()
        self.warming = HallWarming()
        self.course = HallCourse()
        self.heat_capacity = HeatCapacity()
        self.onset = UNSET
        self.setpoints: dict[Role, deque[tuple[int, float]]] = {role: deque() for role in SETPOINTS}
        """Mean set point of supply and of return air at each time that it changed, C."""

    def trajectory(self, onset: int, warming: Warming) -> Trajectory | None:
        """Where the hall is going, in trouble since ``onset`` (ns, UNSET = not). Moves nothing."""
        course = None if onset == UNSET else self.course.since(onset, self.heat_capacity.known)
        if course is None or self._recovers(onset, warming) or _rests(course):
            return None
        return fit_trajectory(course)

    def learn(self, onset: int, warming: Warming, end: int) -> None:
        """Take in since when the hall is in trouble, and learn from how it goes, or what is usual."""
        self.onset = onset
        if onset != UNSET and self._recovers(onset, warming):
            course = self.course.since(onset, self.heat_capacity.known)
            if course is not None:
                self.heat_capacity.learn(course, onset)
        self.course.learn(end, onset != UNSET)

    def forget(self) -> None:
        """Forget what was usual of the hall as a whole: it runs otherwise now."""
        self.balance, self.warming, self.course = HallBalance(), HallWarming(), HallCourse()

    def setpoint_moves(self, topology: Topology, h: int, picture: Picture, end: int) -> tuple[float, float]:
        """How far the set points of air stand above their lowest and below their highest of late, K."""
        rise = fall = 0.0
        for role, kept in self.setpoints.items():
            setpoint = picture.column(role)[list(topology.units[h])]
            known = setpoint[np.isfinite(setpoint)]
            if not len(known):
                continue
            now = float(known.mean())
            if not kept or abs(kept[-1][1] - now) > SETPOINT_STEP_K:
                kept.append((end, now))
            # What held until the second entry came is in force until then.
            while len(kept) > 1 and end - kept[1][0] > SETPOINT_MEMORY_S * SECOND:
                kept.popleft()
            past = [value for _, value in kept]
            rise, fall = max(rise, now - min(past)), max(fall, max(past) - now)
        return rise, fall

    def _recovers(self, onset: int, warming: Warming) -> bool:
        _, level = self.warming.course(onset)
        return len(level) > 0 and warming.slope <= 0.0 and level.max() - level[-1] > RECOVERED_K

    def state(self) -> dict[str, Any]:
        """As plain data and arrays, for a snapshot."""
        return {
            "balance": state_of(self.balance),
            "warming": state_of(self.warming),
            "course": state_of(self.course),
            "heat_capacity": state_of(self.heat_capacity),
            "onset": self.onset,
            "setpoints": {role.value: list(kept) for role, kept in self.setpoints.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave. Raises KeyError where a part of it is missing."""
        restore_into(self.balance, state["balance"])
        restore_into(self.warming, state["warming"])
        restore_into(self.course, state["course"])
        restore_into(self.heat_capacity, state["heat_capacity"])
        self.onset = state["onset"]
        for role, kept in self.setpoints.items():
            kept.extend((int(time), float(value)) for time, value in state["setpoints"][role.value])


def _rests(course: Course) -> bool:
    """Whether all that a hall shows stands still, and has for long."""
    now = course.seconds[-1]
    if now < RESTS_AFTER_S:
        return False
    late = course.shown[course.seconds >= now - RESTS_FOR_S]
    known = late[:, np.isfinite(late).any(axis=0)]
    return bool((np.nanmax(known, axis=0) - np.nanmin(known, axis=0) < RESTS_K).all())
