"""What tells of slow decay: the measures, the least of each that matters, and the steps of their drivers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from config.kinds import Role
from detector.points import ROLE_CODE
from detector.threshold import TUNED, threshold, told_of
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


@dataclass(frozen=True, slots=True)
class Floors:
    """Of deviations that matter, a measure each, in the order of `Measure`; in its own unit."""

    least_filter: float = threshold(0.10, "log", "least deviation of `FILTER` that matters", TUNED)
    least_air: float = threshold(0.05, "log", "least deviation of `AIR` that matters", TUNED)
    least_valve: float = threshold(3.0, "%", "least deviation of `VALVE` that matters", TUNED)
    least_valve_command: float = threshold(3.0, "%", "least deviation of `VALVE_COMMAND` that matters", TUNED)
    least_rise: float = threshold(0.06, "log", "least deviation of `RISE` that matters", TUNED)
    least_return: float = threshold(0.5, "K", "least deviation of `RETURN` that matters", TUNED)
    least_supply: float = threshold(0.5, "K", "least deviation of `SUPPLY` that matters", TUNED)
    least_water: float = threshold(0.5, "K", "least deviation of `WATER` that matters", TUNED)
    least_power_heat: float = threshold(0.03, "log", "least deviation of `POWER_HEAT` that matters", TUNED)
    least_power_load: float = threshold(0.04, "log", "least deviation of `POWER_LOAD` that matters", TUNED)
    least_tower: float = threshold(0.12, "log", "least deviation of `TOWER` that matters", TUNED)
    least_tower_dry: float = threshold(0.2, "log", "least deviation of `TOWER_DRY` that matters", TUNED)
    least_delta_t: float = threshold(0.15, "log", "least deviation of `DELTA_T` that matters", TUNED)
    least_loop_flow: float = threshold(0.1, "log", "least deviation of `LOOP_FLOW` that matters", TUNED)
    least_pump_head: float = threshold(0.06, "log", "least deviation of `PUMP_HEAD` that matters", TUNED)
    least_pump_power: float = threshold(0.06, "log", "least deviation of `PUMP_POWER` that matters", TUNED)


@dataclass(frozen=True, slots=True)
class Steps:
    """Of the drivers of measures."""

    near_by_laws: float = threshold(
        1.5,
        "steps",
        "how far from what was seen a measure is believed that the laws of fans and filters stand behind...",
        TUNED,
    )
    near_weather: float = threshold(0.5, "steps", "...and power, which the weather moves most...", TUNED)
    near_others: float = threshold(
        1.0, "steps", "...and all others, while nothing has shown how they go with their drivers", TUNED
    )
    step_effect: float = threshold(
        0.04,
        "",
        "step of how far a unit cools its air, of the span to the water: a region is one step wide",
        TUNED,
    )
    step_log: float = threshold(0.1, "log", "step of drivers in logarithms", TUNED)
    step_k: float = threshold(2.0, "K", "step of drivers in K", TUNED)


STEPS = Steps()
FLOOR = np.array([least for _, least, _ in told_of(Floors)])
# How far from what was seen each is believed while nothing has shown how it goes with its drivers, in steps.
# What the laws of fans and filters stand behind stays where it is; the weather moves power most.
NEAR = np.full(len(Measure), STEPS.near_others)
BY_LAWS = (
    Measure.FILTER,
    Measure.AIR,
    Measure.TOWER,
    Measure.TOWER_DRY,
    Measure.PUMP_HEAD,
    Measure.PUMP_POWER,
)
NEAR[list(BY_LAWS)] = STEPS.near_by_laws
NEAR[[Measure.POWER_HEAT, Measure.POWER_LOAD]] = STEPS.near_weather


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
