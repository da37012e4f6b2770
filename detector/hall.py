"""What is kept about one hall: its balance, its warmth, and since when it is in trouble."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from config.kinds import Role
from detector.balance import HallBalance
from detector.condition import Condition
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
# The course before the first sign belongs to the trajectory too: signs come late.
BEFORE_ONSET_S = 30
# A hall that has cooled for this long is on no trajectory towards a limit.
RECOVERING_AFTER_S = 120
GAIN_HALF_LIFE_S = 1800.0
SETPOINT_MEMORY_S = 1800
SETPOINT_STEP_K = 0.05


class Hall:
    """State of one hall."""

    def __init__(self) -> None:
        self.balance = HallBalance()
        self.warming = HallWarming()
        self.onset = UNSET
        self.air_gain = math.nan
        """What the air usually gains between supply and return, K."""
        self.setpoints: deque[tuple[int, float]] = deque()
        """Mean set point of supply air at each time that it changed, C."""

    def trajectory(self, warming: Warming, shortfall: float | None, end: int) -> Trajectory | None:
        """Where the hall is going, while it is in trouble."""
        if self.onset == UNSET:
            return None
        recovering = end - self.onset > RECOVERING_AFTER_S * SECOND and warming.slope <= 0.0
        if recovering:
            return None
        seconds, level = self.warming.course(self.onset - BEFORE_ONSET_S * SECOND)
        return fit_trajectory(seconds, level, 1.0 if shortfall is None else shortfall, self.air_gain)

    def setpoint_rise(self, topology: Topology, h: int, picture: Picture, end: int) -> float:
        """How far the set points of supply air stand above their lowest of the last half hour, K."""
        setpoint = picture.column(Role.SUPPLY_AIR_SETPOINT)[list(topology.units[h])]
        known = setpoint[np.isfinite(setpoint)]
        if not len(known):
            return 0.0
        now = float(known.mean())
        kept = self.setpoints
        if not kept or abs(kept[-1][1] - now) > SETPOINT_STEP_K:
            kept.append((end, now))
        # What held until the second entry came is in force until then.
        while len(kept) > 1 and end - kept[1][0] > SETPOINT_MEMORY_S * SECOND:
            kept.popleft()
        return now - min(value for _, value in kept)

    def learn_air_gain(self, topology: Topology, h: int, picture: Picture, running: F64, dt: float) -> None:
        """Follow what the air gains, over the units that run."""
        units = np.array(topology.units[h], np.intp)
        gain = picture.column(Role.RETURN_AIR)[units] - picture.column(Role.SUPPLY_AIR)[units]
        known = gain[np.isfinite(gain) & (running[units] != 0.0)]
        if not len(known):
            return
        part = 1.0 if math.isnan(self.air_gain) else 1.0 - 0.5 ** (dt / GAIN_HALF_LIFE_S)
        self.air_gain = (1.0 - part) * np.nan_to_num(self.air_gain) + part * float(known.mean())

    def state(self) -> dict[str, Any]:
        return {
            "balance": state_of(self.balance),
            "warming": state_of(self.warming),
            "onset": self.onset,
            "air_gain": self.air_gain,
            "setpoints": list(self.setpoints),
        }

    def restore(self, state: dict[str, Any]) -> None:
        restore_into(self.balance, state["balance"])
        restore_into(self.warming, state["warming"])
        self.onset = state["onset"]
        self.air_gain = state["air_gain"]
        self.setpoints = deque((int(time), float(value)) for time, value in state["setpoints"])


def heat_load(topology: Topology, h: int, picture: Picture, memory: Memory) -> float:
    """Metered power of a hall's racks, else of its PDUs, kW; NaN where nothing is metered.

    A meter that misses a reading counts with what it usually shows: a dropout
    is not a drop in load.
    """
    power = picture.column(Role.POWER)
    power = np.where(np.isfinite(power), power, memory.usual_power)
    for members in (topology.racks[h], topology.meters[h]):
        metered = power[list(members)]
        if np.isfinite(metered).any():
            return float(np.nansum(metered))
    return math.nan


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
    missing = usual[~told].sum() / usual.sum() if usual.sum() > 0.0 else 0.0
    if missing > OUT_OF_SIGHT:
        return math.nan
    return float(heat[told].sum() / (1.0 - missing))
