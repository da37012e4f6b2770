"""What is kept about one hall: its balance, its warmth, and since when it is in trouble."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from config.kinds import Role
from detector.balance import HallBalance
from detector.condition import Condition
from detector.course import Course, HallCourse
from detector.heat_capacity import HeatCapacity
from detector.memory import Memory
from detector.picture import Picture
from detector.snapshot import restore_into, state_of
from detector.topology import Topology
from detector.trajectory import Trajectory, fit_trajectory
from detector.warming import HallWarming, Warming
from kernels.arrival import UNSET
from streams.messages import F64, SECOND

# A unit that falls silent is taken to carry what it last did, this long.
LAST_HEAT_FOR_S = 300.0
# With more of the usual cooling out of sight than this, what is carried away is not known.
OUT_OF_SIGHT = 0.5
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
        return {
            "balance": state_of(self.balance),
            "warming": state_of(self.warming),
            "course": state_of(self.course),
            "heat_capacity": state_of(self.heat_capacity),
            "onset": self.onset,
            "setpoints": {role.value: list(kept) for role, kept in self.setpoints.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
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


def heat_loads(topology: Topology, picture: Picture, memory: Memory) -> F64:
    """By hall, the metered power of its racks, else of its PDUs, kW; NaN where nothing is metered.

    A meter that misses a reading counts with what it usually shows: a dropout
    is not a drop in load.
    """
    power = picture.column(Role.POWER)
    power = np.where(np.isfinite(power), power, memory.usual_power)
    metered = np.isfinite(power)
    loads = np.full(len(topology.halls), np.nan)
    for h in range(len(loads)):
        for members in (topology.racks[h], topology.meters[h]):
            rows = np.array(members, np.intp)
            rows = rows[metered[rows]]
            if len(rows):
                loads[h] = power[rows].sum()
                break
    return loads


def heat_removed(topology: Topology, h: int, condition: Condition, memory: Memory, end: int) -> float:
    """What a hall's units carry away, in the unit that they measure it in; NaN where too few tell."""
    units = np.array(topology.units[h], np.intp)
    if not len(units):
        return math.nan
    heat = condition.heat[units]
    recent = end - memory.last_heat_at[units] <= LAST_HEAT_FOR_S * SECOND
    heat = np.where(np.isnan(heat) & recent, memory.last_heat[units], heat)
    told = np.isfinite(heat)
    if not told.any():
        return math.nan
    usual = np.clip(np.nan_to_num(memory.usual_heat[units]), 0.0, None)
    if usual[~told].sum() > OUT_OF_SIGHT * usual.sum():
        return math.nan
    # What nothing tells of does as the others do; what runs, as those that run.
    runs = condition.running[units] == 1.0
    like_runs = told & runs if (told & runs).any() else told
    unseen = _share(heat, usual, told) * usual[~told & ~runs].sum()
    unseen += _share(heat, usual, like_runs) * usual[~told & runs].sum()
    return float(heat[told].sum() + unseen)


def _share(heat: F64, usual: F64, of: np.ndarray) -> float:
    """What these units carry, as a part of what they usually do."""
    return float(heat[of].sum() / usual[of].sum()) if usual[of].sum() > 0.0 else 0.0
