"""What tells of slow decay, each in a form that load, weather and set point move as little as can be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from config.kinds import Role
from detector.known import median_known
from detector.points import ROLE_CODE
from detector.slow.peers import median_of_others
from detector.topology import Topology
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
    """A chiller's kW per kW that it takes out of its water, log."""
    POWER_LOAD = 9
    """A chiller's kW per kW of its share of the heat load, log."""
    TOWER = 10
    """Heat rejected by the towers per K over wet bulb, at full fan, log."""
    TOWER_DRY = 11
    """The same over dry bulb."""
    DELTA_T = 12
    """Rise of the chilled water's temperature over all halls, log."""
    LOOP_FLOW = 13
    """Chilled water that flows, or the speed of its pumps, log."""


# Least deviation that matters, in each measure's own unit.
FLOOR = np.array([0.10, 0.05, 3.0, 3.0, 0.06, 0.5, 0.5, 0.5, 0.03, 0.04, 0.12, 0.2, 0.15, 0.1])
# Fan laws: a tower's transfer grows with about this power of its fan's speed.
TOWER_FAN_POWER = 0.8
# Steps of the drivers: each region of the reference is one step wide.
STEP_EFFECT = 0.04
STEP_LOG = 0.1
STEP_K = 2.0
SMALLEST_SPAN_K = 3.0
SMALLEST_DROP_K = 1.0
# Part of a block in which a machine must run to be measured by it.
RUNS = 0.99


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


def measure(topology: Topology, mean: F64, load: float) -> Measured:
    """Measure a block. ``mean``: f8[equipment, roles]; ``load``: heat load of the zone's halls in it, kW."""
    table = Table(mean)
    count = len(topology.ids)
    y = np.full((count, len(Measure)), np.nan)
    x = np.zeros((count, len(Measure), 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        chillers = _running(topology.chillers, table)
        groups = [_running(units, table) for units in topology.units]
        water = plant_water(topology, chillers, table)
        for units in groups:
            _measure_units(np.array(units, np.intp), table, water, y, x)
        _measure_chillers(topology, np.array(chillers, np.intp), table, load, y, x)
        _measure_towers(topology, len(chillers), table, y, x)
        _measure_loop(topology, chillers, table, water, load, y, x)
    y[~np.isfinite(y)] = np.nan
    return Measured(y, x, tuple(g for g in (*groups, chillers) if g))


def _running(members: tuple[int, ...], table: Table) -> tuple[int, ...]:
    """Those that ran all through the block, as far as anything says."""
    status, fan = table[Role.RUN_STATUS], table[Role.FAN_SPEED]
    return tuple(m for m in members if not (status[m] < RUNS or fan[m] < 1.0))


def plant_water(topology: Topology, chillers: tuple[int, ...], table: Table) -> float:
    """Water that the plant sends, C: median of running chillers and headers, else of the units."""
    supply = table[Role.WATER_SUPPLY]
    idle = set(topology.chillers) - set(chillers)
    plant = [m for m, h in enumerate(topology.hall_of) if h < 0 and m not in idle]
    return median_known(supply[plant]) if np.isfinite(supply[plant]).any() else median_known(supply)


def _measure_units(units: np.ndarray, t: Table, water: float, y: F64, x: F64) -> None:
    if not len(units):
        return
    back, supply, setpoint = (
        t[role][units] for role in (Role.RETURN_AIR, Role.SUPPLY_AIR, Role.SUPPLY_AIR_SETPOINT)
    )
    entering = t[Role.WATER_SUPPLY][units]
    fan, air = _log(t[Role.FAN_SPEED][units]), _log(t[Role.AIR_FLOW][units])
    fan = np.where(np.isfinite(fan), fan, _log(t[Role.FAN_COMMAND][units]))
    moved = np.where(np.isfinite(air), air, fan)
    # A valve that is asked less shows that less air comes for the fan's speed, whoever meters the air.
    turned = np.where(np.isfinite(fan), fan, air)
    cold = np.where(np.isfinite(entering), entering, water)
    span = np.where(back - cold > SMALLEST_SPAN_K, back - cold, np.nan)
    effect = (back - supply) / span
    y[units, Measure.FILTER] = _log(t[Role.PRESSURE][units]) - 2.0 * moved
    y[units, Measure.AIR] = air - fan
    y[units, Measure.VALVE] = t[Role.VALVE][units]
    y[units, Measure.VALVE_COMMAND] = t[Role.VALVE_COMMAND][units]
    y[units, Measure.RISE] = _log(t[Role.WATER_RETURN][units] - cold)
    y[units, Measure.RETURN] = back - _others(back)
    held = np.where(np.isfinite(setpoint), setpoint, _others(supply))
    y[units, Measure.SUPPLY] = supply - held
    y[units, Measure.WATER] = entering - water
    for what in (Measure.FILTER, Measure.AIR):
        x[units, what, 0] = fan / STEP_LOG
    for what in (Measure.VALVE, Measure.VALVE_COMMAND, Measure.RISE):
        x[units, what, 0] = effect / STEP_EFFECT
        x[units, what, 1] = turned / STEP_LOG


def _measure_chillers(
    topology: Topology, chillers: np.ndarray, t: Table, load: float, y: F64, x: F64
) -> None:
    if not len(chillers):
        return
    leaving = t[Role.WATER_SUPPLY][chillers]
    drop = t[Role.WATER_RETURN][chillers] - leaving
    drop = np.where(drop > SMALLEST_DROP_K, drop, np.nan)
    power = _log(t[Role.POWER][chillers])
    lift = median_known(t[Role.CONDENSER_SUPPLY]) - plant_water(topology, tuple(chillers), t)
    own = t[Role.FLOW][chillers]
    flow = np.where(np.isfinite(own), own, _loop_flow(topology, t) / len(chillers))
    heat = _log(drop) + np.where(np.isfinite(flow), _log(flow), 0.0)
    share = _log(np.full(len(chillers), load / len(chillers)))
    y[chillers, Measure.POWER_HEAT] = power - heat
    y[chillers, Measure.POWER_LOAD] = power - share
    x[chillers, Measure.POWER_HEAT, 1] = heat / STEP_LOG
    x[chillers, Measure.POWER_LOAD, 1] = share / STEP_LOG
    for what in (Measure.POWER_HEAT, Measure.POWER_LOAD):
        x[chillers, what, 0] = lift / STEP_K


def _measure_towers(topology: Topology, running: int, t: Table, y: F64, x: F64) -> None:
    """All towers as one, in the row of the first: they share their water."""
    if not topology.towers or not running:
        return
    row = topology.towers[0]
    cold, warm = median_known(t[Role.CONDENSER_SUPPLY]), median_known(t[Role.CONDENSER_RETURN])
    dry = median_known(t[Role.OUTDOOR_AIR])
    # The other temperature of a weather station: wet bulb, or dew point.
    wet = median_known(t[Role.TEMPERATURE][list(topology.outside)])
    towers = list(topology.towers)
    fan = np.nanmean(t[Role.FAN_SPEED][towers]) if np.isfinite(t[Role.FAN_SPEED][towers]).any() else 100.0
    heat = _log(np.array([warm - cold]))[0] + np.log(running)
    for what, air in ((Measure.TOWER, wet), (Measure.TOWER_DRY, dry)):
        over = _log(np.array([0.5 * (warm + cold) - air]))[0]
        y[row, what] = heat - over - TOWER_FAN_POWER * _log(np.array([fan]))[0]
        x[row, what] = air / STEP_K, heat / STEP_LOG


def _measure_loop(
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
    flow = _loop_flow(topology, t)
    speed = t[Role.FAN_SPEED][list(topology.pumps)]
    moved = flow if np.isfinite(flow) else float(np.nansum(speed))
    span = median_known(t[Role.SUPPLY_AIR][[u for units in topology.units for u in units]]) - water
    y[row, Measure.DELTA_T] = _log(np.array([rise if rise > SMALLEST_DROP_K else np.nan]))[0]
    y[row, Measure.LOOP_FLOW] = _log(np.array([moved]))[0]
    for what in (Measure.DELTA_T, Measure.LOOP_FLOW):
        x[row, what] = _log(np.array([load]))[0] / STEP_LOG, span / STEP_K


def _loop_flow(topology: Topology, t: Table) -> float:
    """Flow of the chilled-water loop, l/s: by its own meters, else its pumps'; NaN if neither is there."""
    for rows in (_loop_meters(topology, t), list(topology.pumps)):
        flow = t[Role.FLOW][rows]
        if np.isfinite(flow).any():
            return float(np.nansum(flow))
    return float("nan")


def _loop_meters(topology: Topology, t: Table) -> list[int]:
    """What measures the chilled-water loop itself, beside all machines."""
    condenser = np.isfinite(t[Role.CONDENSER_SUPPLY])
    return [
        m for m, h in enumerate(topology.hall_of) if h < 0 and m not in topology.plant and not condenser[m]
    ]


def _others(value: F64) -> F64:
    """Median of all the other values; NaN where fewer than two are known."""
    known = np.isfinite(value)
    others = median_of_others(value[:, None])[:, 0]
    return np.where(known.sum() - known >= 2, others, np.nan)


def _log(value: F64) -> F64:
    found: F64 = np.log(np.where(value > 0.0, value, np.nan))
    return found
