"""What tells of slow decay: the measures, the least of each that matters, and the steps of their drivers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE
from streams.messages import F64


class Measure(IntEnum):
    """In logarithms where it says so: 0.1 is 10 %."""

    FILTER = 0
    """Filter pressure drop over the square of what moves, log."""
    AIR = 1
    """Air moved for the fan's speed, log."""
    VALVE = 2
    """Valve position at this cooling of this air, %."""
    VALVE_COMMAND = 3
    RISE = 4
    """Water's temperature rise at this cooling of this air, log."""
    RETURN = 5
    """Return air over that of the other units, K."""
    SUPPLY = 6
    """Supply air over its set point, or over that of the other units, K."""
    WATER = 7
    """Entering water over that of the plant, K."""
    POWER_HEAT = 8
    """A chiller's kW per kW that it takes out of its water, a compressor unit's out of its air, log."""
    POWER_LOAD = 9
    """The same per kW of its share of the heat load, log."""
    TOWER = 10
    """Heat rejected by the towers per K over wet bulb, at full fan, log."""
    TOWER_DRY = 11
    """The same over dry bulb."""
    DELTA_T = 12
    """Rise of the chilled water's temperature over all halls, log."""
    LOOP_FLOW = 13
    """Chilled water that flows, or the speed of its pumps, log."""
    PUMP_HEAD = 14
    """Pressure that the pumps make over the square of their speed, log: affinity laws."""
    PUMP_POWER = 15
    """The pumps' kW per kW that they give the water, log."""


# Least deviation that matters, in each measure's own unit.
FLOOR = np.array([0.10, 0.05, 3.0, 3.0, 0.06, 0.5, 0.5, 0.5, 0.03, 0.04, 0.12, 0.2, 0.15, 0.1, 0.06, 0.06])
# How far from what was seen each is believed while nothing has shown how it goes with its drivers, in steps.
# What the laws of fans and filters stand behind stays where it is; the weather moves power most.
NEAR = np.ones(len(Measure))
BY_LAWS = (
    Measure.FILTER,
    Measure.AIR,
    Measure.TOWER,
    Measure.TOWER_DRY,
    Measure.PUMP_HEAD,
    Measure.PUMP_POWER,
)
NEAR[list(BY_LAWS)] = 1.5
NEAR[[Measure.POWER_HEAT, Measure.POWER_LOAD]] = 0.5
# Steps of the drivers: each region of the reference is one step wide.
STEP_EFFECT = 0.04
STEP_LOG = 0.1
STEP_K = 2.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One block: ``y`` f8[equipment, measures], ``x`` f8[equipment, measures, 2] in steps of the drivers."""

    y: F64
    x: F64
    peers: tuple[tuple[int, ...], ...]
    """Groups of machines that do the same work under the same conditions."""


class Table:
    """A block's means by role."""

    def __init__(self, mean: F64) -> None:
        self._mean = mean

    def __getitem__(self, role: Role) -> F64:
        return self._mean[:, ROLE_CODE[role]]


def log(value: F64) -> F64:
    """Natural logarithm; NaN of what is not above zero."""
    found: F64 = np.log(np.where(value > 0.0, value, np.nan))
    return found


def log_of(value: float) -> float:
    """The same of one number."""
    return float(log(np.array(value)))
