"""Measures of cooling units: filter, fan, valve, coil, air and, of those that have one, the compressor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.known import median_known
from detector.threshold import TUNED, threshold
from detector.usual.reference.measures import STEPS, Measure, Table, log
from detector.usual.reference.peers import median_of_others
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of measures of cooling units."""

    smallest_span_k: float = threshold(
        3.0, "K", "a span from water to air that is smaller says nothing of the effect", TUNED
    )
    tell_weather: int = threshold(
        3, "units", "so many of a hall tell of the weather by what they have in common", TUNED
    )


T = Thresholds()


def measure_cooling_units(rows: np.ndarray, t: Table, water: float, y: F64, x: F64) -> None:
    """The units of one hall that run; ``water``: what the plant sends, C."""
    if not len(rows):
        return
    back, supply, setpoint = (
        t[role][rows] for role in (Role.RETURN_AIR, Role.SUPPLY_AIR, Role.SUPPLY_AIR_SETPOINT)
    )
    entering = t[Role.WATER_SUPPLY][rows]
    fan, air = _fan_and_air(rows, t)
    moved = np.where(np.isfinite(air), air, fan)
    # A valve that is asked less shows that less air comes for the fan's speed, whoever meters the air.
    turned = np.where(np.isfinite(fan), fan, air)
    cold = np.where(np.isfinite(entering), entering, water)
    span = np.where(back - cold > T.smallest_span_k, back - cold, np.nan)
    effect = (back - supply) / span
    y[rows, Measure.FILTER] = log(t[Role.PRESSURE][rows]) - 2.0 * moved
    y[rows, Measure.AIR] = air - fan
    y[rows, Measure.VALVE] = t[Role.VALVE][rows]
    y[rows, Measure.VALVE_COMMAND] = t[Role.VALVE_COMMAND][rows]
    y[rows, Measure.RISE] = log(t[Role.WATER_RETURN][rows] - cold)
    y[rows, Measure.RETURN] = back - median_others(back)
    held = np.where(np.isfinite(setpoint), setpoint, median_others(supply))
    y[rows, Measure.SUPPLY] = supply - held
    y[rows, Measure.WATER] = entering - water
    for what in (Measure.FILTER, Measure.AIR):
        x[rows, what, 0] = fan / STEPS.step_log
    for what in (Measure.VALVE, Measure.VALVE_COMMAND, Measure.RISE):
        x[rows, what, 0] = effect / STEPS.step_effect
        x[rows, what, 1] = turned / STEPS.step_log


def measure_compressors(rows: np.ndarray, t: Table, share: float, y: F64, x: F64) -> None:
    """Units that run and are their own chillers; ``share``: of the heat load, of each, kW."""
    fan, air = _fan_and_air(rows, t)
    drop = t[Role.RETURN_AIR][rows] - t[Role.SUPPLY_AIR][rows]
    heat = np.where(np.isfinite(air), air, fan) + log(drop)
    power = log(t[Role.POWER][rows])
    lift = median_known(t[Role.OUTDOOR_AIR]) - t[Role.SUPPLY_AIR][rows]
    # Where nobody measures the weather the other units tell of it.
    if len(rows) >= T.tell_weather:
        lift = np.nan_to_num(lift)
    for what, carried in (
        (Measure.POWER_HEAT, heat),
        (Measure.POWER_LOAD, log(np.full(len(rows), share))),
    ):
        y[rows, what] = power - carried
        x[rows, what, 0] = lift / STEPS.step_k
        x[rows, what, 1] = carried / STEPS.step_log


def _fan_and_air(rows: np.ndarray, t: Table) -> tuple[F64, F64]:
    """Speed of each fan (else what is commanded) and air that it moves, logs."""
    fan, air = log(t[Role.FAN_SPEED][rows]), log(t[Role.AIR_FLOW][rows])
    return np.where(np.isfinite(fan), fan, log(t[Role.FAN_COMMAND][rows])), air


def median_others(value: F64) -> F64:
    """Median of all the other values; NaN where fewer than two are known."""
    known = np.isfinite(value)
    others = median_of_others(value[:, None])[:, 0]
    return np.where(known.sum() - known >= 2, others, np.nan)
