"""Measures of the plant: chillers, towers, pumps, and the loop of chilled water as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.known import median_known
from detector.seen.topology import Topology
from detector.threshold import TUNED, threshold
from detector.usual.reference.measures import STEPS, Measure, Table, log, log_of
from detector.usual.reference.running import running
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of measures of the plant."""

    smallest_drop_k: float = threshold(
        1.0, "K", "a drop of the water by less says nothing of the heat", TUNED
    )
    tower_fan_power: float = threshold(
        0.8, "", "fan laws: a tower's transfer grows with about this power of its fan's speed", TUNED
    )


T = Thresholds()


def measure_chillers(topology: Topology, chillers: np.ndarray, t: Table, load: float, y: F64, x: F64) -> None:
    """Chillers that run; ``load``: heat load of the zone's halls, kW."""
    if not len(chillers):
        return
    leaving = t[Role.WATER_SUPPLY][chillers]
    drop = t[Role.WATER_RETURN][chillers] - leaving
    drop = np.where(drop > T.smallest_drop_k, drop, np.nan)
    power = log(t[Role.POWER][chillers])
    # Condensers stand in the towers' water, else in the outdoor air.
    warm = median_known(t[Role.CONDENSER_SUPPLY])
    warm = warm if np.isfinite(warm) else median_known(t[Role.OUTDOOR_AIR])
    lift = warm - plant_water(topology, tuple(chillers), t)
    own = t[Role.FLOW][chillers]
    heat = log(drop) + log(np.where(np.isfinite(own), own, _moved(topology, t) / len(chillers)))
    share = log(np.full(len(chillers), load / len(chillers)))
    y[chillers, Measure.POWER_HEAT] = power - heat
    y[chillers, Measure.POWER_LOAD] = power - share
    x[chillers, Measure.POWER_HEAT, 1] = heat / STEPS.step_log
    x[chillers, Measure.POWER_LOAD, 1] = share / STEPS.step_log
    for what in (Measure.POWER_HEAT, Measure.POWER_LOAD):
        x[chillers, what, 0] = lift / STEPS.step_k


def measure_towers(topology: Topology, running: int, t: Table, y: F64, x: F64) -> None:
    """All towers as one, in the row of the first: they share their water."""
    if not topology.towers or not running:
        return
    row = topology.towers[0]
    cold, warm = median_known(t[Role.CONDENSER_SUPPLY]), median_known(t[Role.CONDENSER_RETURN])
    dry = median_known(t[Role.OUTDOOR_AIR])
    # The other temperature of a weather station: wet bulb, or dew point.
    wet = median_known(t[Role.TEMPERATURE][list(topology.outside)])
    towers = list(topology.towers)
    speed = t[Role.FAN_SPEED][towers]
    fan = float(np.nanmean(speed)) if np.isfinite(speed).any() else 100.0
    heat = log_of(warm - cold) + np.log(running)
    for what, air in ((Measure.TOWER, wet), (Measure.TOWER_DRY, dry)):
        over = log_of(0.5 * (warm + cold) - air)
        y[row, what] = heat - over - T.tower_fan_power * log_of(fan)
        x[row, what] = air / STEPS.step_k, heat / STEPS.step_log


def measure_loop(
    topology: Topology, chillers: tuple[int, ...], t: Table, water: float, load: float, y: F64, x: F64
) -> None:
    """The chilled-water loop, in the row of the first chiller: load and the span to the air drive it."""
    if not chillers:
        return
    row = topology.chillers[0]
    loop = _loop_meters(topology, t)
    back = median_known(t[Role.WATER_RETURN][loop])
    back = back if np.isfinite(back) else median_known(t[Role.WATER_RETURN][list(chillers)])
    rise = back - water
    span = median_known(t[Role.SUPPLY_AIR][[u for hall in topology.cooling_units for u in hall]]) - water
    y[row, Measure.DELTA_T] = log_of(rise if rise > T.smallest_drop_k else np.nan)
    y[row, Measure.LOOP_FLOW] = log_of(_moved(topology, t))
    for what in (Measure.DELTA_T, Measure.LOOP_FLOW):
        x[row, what] = log_of(load) / STEPS.step_log, span / STEPS.step_k


def measure_pumps(topology: Topology, t: Table, y: F64, x: F64) -> None:
    """All pumps as one, in the row of the first: they share their loop."""
    pumps = np.array(running(topology.pumps, t), np.intp)
    if not len(pumps):
        return
    row = topology.pumps[0]
    speed = log_of(median_known(t[Role.FAN_SPEED][pumps]))
    flow = log_of(_loop_flow(topology, t) / len(pumps))
    head = log_of(median_known(t[Role.PRESSURE][_loop_meters(topology, t) + pumps.tolist()]))
    power = log_of(median_known(t[Role.POWER][pumps]))
    y[row, Measure.PUMP_HEAD] = head - 2.0 * speed
    y[row, Measure.PUMP_POWER] = power - flow - head
    for what in (Measure.PUMP_HEAD, Measure.PUMP_POWER):
        x[row, what, 0] = (flow - speed) / STEPS.step_log


def _moved(topology: Topology, t: Table) -> float:
    """Water that is moved, in a unit of its own: l/s, else the speed of the pumps, else how many run."""
    flow = _loop_flow(topology, t)
    if np.isfinite(flow):
        return flow
    pumps = list(running(topology.pumps, t))
    speed = t[Role.FAN_SPEED][pumps]
    if np.isfinite(speed).any():
        return float(np.nansum(speed))
    told = np.isfinite(t[Role.RUN_STATUS][pumps]).any()
    return float(len(pumps)) if told else float("nan")


def _loop_flow(topology: Topology, t: Table) -> float:
    """Flow of the chilled-water loop, l/s: by its own meters, else its pumps'; NaN if neither is there."""
    for rows in (_loop_meters(topology, t), list(topology.pumps)):
        flow = t[Role.FLOW][rows]
        if np.isfinite(flow).any():
            return float(np.nansum(flow))
    return float("nan")


def _loop_meters(topology: Topology, t: Table) -> list[int]:
    """What measures the chilled-water loop itself, beside all machines."""
    # What tells of condenser water and of no chilled water stands in the other loop.
    other = np.isfinite(t[Role.CONDENSER_SUPPLY]) & np.isnan(t[Role.WATER_SUPPLY])
    return [m for m, h in enumerate(topology.hall_of) if h < 0 and m not in topology.plant and not other[m]]


def plant_water(topology: Topology, chillers: tuple[int, ...], table: Table) -> float:
    """Water that the plant sends, C: median of running chillers and headers, else of the units."""
    supply = table[Role.WATER_SUPPLY]
    idle = set(topology.chillers) - set(chillers)
    plant = [m for m, h in enumerate(topology.hall_of) if h < 0 and m not in idle]
    return median_known(supply[plant]) if np.isfinite(supply[plant]).any() else median_known(supply)
