"""Measures of cooling units: filter, fan, valve, coil, air and, of those that have one, the compressor."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.seen.known import median_known
from detector.usual.reference.measures import STEP_EFFECT, STEP_K, STEP_LOG, Measure, Table, log
from detector.usual.reference.peers import median_of_others
from streams.messages import F64

SMALLEST_SPAN_K = 3.0
# So many units of a hall tell of the weather by what they have in common.
TELL_WEATHER = 3


def measure_units(units: np.ndarray, t: Table, water: float, y: F64, x: F64) -> None:
    """The units of one hall that run; ``water``: what the plant sends, C."""
    if not len(units):
        return
    back, supply, setpoint = (
        t[role][units] for role in (Role.RETURN_AIR, Role.SUPPLY_AIR, Role.SUPPLY_AIR_SETPOINT)
    )
    entering = t[Role.WATER_SUPPLY][units]
    fan, air = _fan_and_air(units, t)
    moved = np.where(np.isfinite(air), air, fan)
    # A valve that is asked less shows that less air comes for the fan's speed, whoever meters the air.
    turned = np.where(np.isfinite(fan), fan, air)
    cold = np.where(np.isfinite(entering), entering, water)
    span = np.where(back - cold > SMALLEST_SPAN_K, back - cold, np.nan)
    effect = (back - supply) / span
    y[units, Measure.FILTER] = log(t[Role.PRESSURE][units]) - 2.0 * moved
    y[units, Measure.AIR] = air - fan
    y[units, Measure.VALVE] = t[Role.VALVE][units]
    y[units, Measure.VALVE_COMMAND] = t[Role.VALVE_COMMAND][units]
    y[units, Measure.RISE] = log(t[Role.WATER_RETURN][units] - cold)
    y[units, Measure.RETURN] = back - median_others(back)
    held = np.where(np.isfinite(setpoint), setpoint, median_others(supply))
    y[units, Measure.SUPPLY] = supply - held
    y[units, Measure.WATER] = entering - water
    for what in (Measure.FILTER, Measure.AIR):
        x[units, what, 0] = fan / STEP_LOG
    for what in (Measure.VALVE, Measure.VALVE_COMMAND, Measure.RISE):
        x[units, what, 0] = effect / STEP_EFFECT
        x[units, what, 1] = turned / STEP_LOG


def measure_compressors(units: np.ndarray, t: Table, share: float, y: F64, x: F64) -> None:
    """Units that run and are their own chillers; ``share``: of the heat load, of each, kW."""
    fan, air = _fan_and_air(units, t)
    drop = t[Role.RETURN_AIR][units] - t[Role.SUPPLY_AIR][units]
    heat = np.where(np.isfinite(air), air, fan) + log(drop)
    power = log(t[Role.POWER][units])
    lift = median_known(t[Role.OUTDOOR_AIR]) - t[Role.SUPPLY_AIR][units]
    # Where nobody measures the weather the other units tell of it.
    if len(units) >= TELL_WEATHER:
        lift = np.nan_to_num(lift)
    for what, carried in ((Measure.POWER_HEAT, heat), (Measure.POWER_LOAD, log(np.full(len(units), share)))):
        y[units, what] = power - carried
        x[units, what, 0] = lift / STEP_K
        x[units, what, 1] = carried / STEP_LOG


def _fan_and_air(units: np.ndarray, t: Table) -> tuple[F64, F64]:
    """Speed of each fan (else what is commanded) and air that it moves, logs."""
    fan, air = log(t[Role.FAN_SPEED][units]), log(t[Role.AIR_FLOW][units])
    return np.where(np.isfinite(fan), fan, log(t[Role.FAN_COMMAND][units])), air


def median_others(value: F64) -> F64:
    """Median of all the other values; NaN where fewer than two are known."""
    known = np.isfinite(value)
    others = median_of_others(value[:, None])[:, 0]
    return np.where(known.sum() - known >= 2, others, np.nan)
