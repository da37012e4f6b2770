"""Cooling units (CRAH): fan, coil, control valve and their controllers."""

from __future__ import annotations

from math import exp, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel
from streams.simulator.air import AirConstants, AirState
from streams.simulator.parameters import COLUMNS, F64, Parameters, columns

I64 = NDArray[np.int64]

(
    COMMAND,
    POWERED,
    TRIPPED,
    FAN_FACTOR,
    AIR_FACTOR,
    FILTER,
    COIL,
    VALVE_STUCK,
    WATER_FACTOR,
    FROZEN,
    FAN_FORCED,
    SETPOINT_SHIFT,
    LOCKOUT,
    GAIN,
) = columns("unit")
assert len(COLUMNS["unit"]) == 14

UNIT_SIGNALS = (
    "supply",
    "return",
    "fan_speed",
    "fan_command",
    "valve",
    "valve_command",
    "run_status",
    "run_command",
    "power",
    "entering_water",
    "leaving_water",
    "filter_pressure",
    "air_flow",
    "setpoint",
    "alarm",
)
DEAD_STEPS = 64
"""Length of the valve's dead-time ring, steps of one second."""
CLEAN_FILTER_PA = 90.0
FILTER_SHARE = 0.35
"""Part of a clean unit's air-side pressure drop that its filter makes."""
LOCKOUT_AFTER = 30.0
FAN_LOW = 0.4
AIR_PER_DEMAND = 1.08
"""What the fans aim at: this much air for what the racks draw, as aisle pressure control does."""


class UnitConstants(NamedTuple):
    """The cooling units, as built; arrays by unit unless said."""

    hall: I64
    weight: F64
    """f8[units, rows]: how a unit's air is shared over the rows; each row of the array sums to 1."""
    air_flow: F64
    """At full fan speed with a clean filter, kW/K."""
    water_flow: F64
    """At an open valve and design pressure, kW/K."""
    ua: F64
    fan_kw: F64
    setpoint: F64
    """Supply air, degC."""
    dead_steps: I64
    gain: F64
    """Of the valve's controller, 1/K."""
    reset: F64
    """Its integral time, s."""
    coil_lag: F64
    stroke: F64
    """Seconds for the actuator from shut to open."""
    reference_return: F64
    """Return air at which capacity is rated, degC."""


class UnitState(NamedTuple):
    """The cooling units, as they are now: parts of 0 to 1, degC, by unit."""

    fan: F64
    valve: F64
    valve_command: F64
    integral: F64
    ring: F64
    """f8[units, DEAD_STEPS] of valve commands on their way."""
    supply: F64
    returned: F64
    entering: F64
    leaving: F64
    air: F64
    water: F64
    heat: F64
    """Taken from the air by the coil, kW."""
    power: F64
    running: F64
    hot_for: F64
    locked: F64
    hall_fan: F64
    """Fan command that the units of a hall share, 0..1."""
    available: F64
    """What the unit could carry now at full speed and open valve, kW at its reference return air."""


@kernel()
def coil_effectiveness(ua: float, air: float, water: float, air_rated: float, water_rated: float) -> float:
    """Counter-flow effectiveness-NTU (Incropera, Fundamentals of Heat and Mass Transfer, ch. 11).

    UA follows both flows with the exponent 0.8 of turbulent convection, the
    air side making 60 % of the rated resistance.
    """
    low = min(air, water)
    if low <= 1e-6:
        return 0.0
    resistance = 0.6 * (air_rated / air) ** 0.8 + 0.4 * (water_rated / water) ** 0.8
    ntu = ua / resistance / low
    ratio = low / max(air, water)
    if ratio > 0.999:
        return ntu / (1.0 + ntu)
    e = exp(-ntu * (1.0 - ratio))
    return (1.0 - e) / (1.0 - ratio * e)


@kernel()
def valve_opening(position: float) -> float:
    """Flow through an equal-percentage valve of rangeability 30 that shuts tight."""
    return (30.0**position - 1.0) / 29.0


@kernel()
def filter_flow(resistance: float) -> float:
    """Air moved through a dirty filter as a part of a clean one's, at equal fan speed."""
    return 1.0 / sqrt(1.0 - FILTER_SHARE + FILTER_SHARE * resistance)


@kernel()
def step_fans(
    c: UnitConstants, s: UnitState, air_c: AirConstants, air: AirState, p: Parameters, dt: float
) -> None:
    """Run or stop, lock out, and move air; the units of a hall share one fan command."""
    halls = len(s.hall_fan)
    supplied = np.zeros(halls)
    demand = np.zeros(halls)
    hottest = np.full(halls, -50.0)
    wanted = np.zeros(halls)
    for row in range(len(air_c.row_hall)):
        hall = air_c.row_hall[row]
        demand[hall] += air.row_demand[row]
        hottest[hall] = max(hottest[hall], air.cold[row])
    for u in range(len(c.hall)):
        supplied[c.hall[u]] += s.air[u]
        wanted[c.hall[u]] = max(wanted[c.hall[u]], c.setpoint[u])
    for hall in range(halls):
        short = AIR_PER_DEMAND - supplied[hall] / max(demand[hall], 1e-6)
        short += 0.1 * max(hottest[hall] - wanted[hall] - 3.0, 0.0)
        step = min(max(0.02 * short, -0.004), 0.004)
        s.hall_fan[hall] = min(max(s.hall_fan[hall] + dt * step, FAN_LOW), 1.0)
    for u in range(len(c.hall)):
        hot = s.returned[u] > p.unit[u, LOCKOUT]
        s.hot_for[u] = s.hot_for[u] + dt if hot else 0.0
        if s.hot_for[u] > LOCKOUT_AFTER:
            s.locked[u] = 1.0
        if p.unit[u, POWERED] < 0.5:
            s.locked[u] = 0.0
        able = p.unit[u, POWERED] > 0.5 and p.unit[u, TRIPPED] < 0.5 and s.locked[u] < 0.5
        s.running[u] = 1.0 if able and p.unit[u, COMMAND] > 0.5 else 0.0
        forced = p.unit[u, FAN_FORCED]
        target = s.running[u] * (forced if forced >= 0.0 else s.hall_fan[c.hall[u]]) * p.unit[u, FAN_FACTOR]
        if p.unit[u, FROZEN] > 0.5 and s.running[u] > 0.5:
            target = s.fan[u]
        s.fan[u] += min(max(target - s.fan[u], -dt / 12.0), dt / 20.0)
        s.air[u] = c.air_flow[u] * s.fan[u] * p.unit[u, AIR_FACTOR] * filter_flow(p.unit[u, FILTER])
        s.power[u] = c.fan_kw[u] * s.fan[u] ** 3 * (0.3 + 0.7 * p.unit[u, AIR_FACTOR])
        mix = 0.0
        for row in range(len(air.hot)):
            mix += c.weight[u, row] * air.hot[row]
        s.returned[u] = mix


@kernel()
def step_valves(c: UnitConstants, s: UnitState, p: Parameters, step: int, dt: float) -> None:
    """PI control of supply air by the valve, through its dead time and actuator."""
    slot = step % DEAD_STEPS
    for u in range(len(c.hall)):
        if p.unit[u, FROZEN] < 0.5:
            if s.running[u] > 0.5:
                error = s.supply[u] - c.setpoint[u] - p.unit[u, SETPOINT_SHIFT]
                gain = c.gain[u] * p.unit[u, GAIN]
                s.integral[u] = min(max(s.integral[u] + gain * error * dt / c.reset[u], 0.0), 1.0)
                s.valve_command[u] = min(max(s.integral[u] + gain * error, 0.0), 1.0)
            else:
                s.valve_command[u] = 0.0
        s.ring[u, slot] = s.valve_command[u]
        asked = s.ring[u, (slot - c.dead_steps[u]) % DEAD_STEPS]
        if p.unit[u, VALVE_STUCK] >= 0.0:
            s.valve[u] = p.unit[u, VALVE_STUCK]
        elif p.unit[u, POWERED] > 0.5:
            travel = dt / c.stroke[u]
            s.valve[u] += min(max(asked - s.valve[u], -travel), travel)


@kernel()
def step_coils(
    c: UnitConstants, s: UnitState, p: Parameters, water: float, water_part: float, dt: float
) -> None:
    """Heat from air to water.

    ``water``: degC at the coils; ``water_part``: the part of design flow that the pumps could give.

    Supply air follows the coil with the lag of its metal; fan heat is in the
    supply air.
    """
    for u in range(len(c.hall)):
        air, flow = s.air[u], s.water[u]
        ua = c.ua[u] * p.unit[u, COIL]
        effect = coil_effectiveness(ua, air, flow, c.air_flow[u], c.water_flow[u])
        s.heat[u] = effect * min(air, flow) * (s.returned[u] - water)
        moving = 0.02 * c.air_flow[u]
        if air > moving:
            target = s.returned[u] + (s.power[u] - s.heat[u]) / air
            s.supply[u] += (target - s.supply[u]) * dt / (c.coil_lag[u] + dt)
        else:
            s.heat[u] = 0.0
            s.supply[u] += (s.returned[u] - s.supply[u]) * dt / 300.0
        s.entering[u] += (water - s.entering[u]) * dt / (8.0 if flow > 0.02 * c.water_flow[u] else 400.0)
        if flow > 0.02 * c.water_flow[u]:
            s.leaving[u] += (water + s.heat[u] / flow - s.leaving[u]) * dt / (8.0 + dt)
        else:
            s.leaving[u] += (s.returned[u] - s.leaving[u]) * dt / 600.0
        full_air = (
            c.air_flow[u] * p.unit[u, FAN_FACTOR] * p.unit[u, AIR_FACTOR] * filter_flow(p.unit[u, FILTER])
        )
        open_part = 1.0 if p.unit[u, VALVE_STUCK] < 0.0 else valve_opening(p.unit[u, VALVE_STUCK])
        full_water = c.water_flow[u] * open_part * p.unit[u, WATER_FACTOR] * water_part
        full = coil_effectiveness(ua, full_air, full_water, c.air_flow[u], c.water_flow[u])
        s.available[u] = s.running[u] * full * min(full_air, full_water) * (c.reference_return[u] - water)


@kernel()
def row_supply(c: UnitConstants, s: UnitState, plenum: F64, flow: F64) -> None:
    """Air that the units bring to each row: kW/K into ``flow`` and degC into ``plenum``."""
    for row in range(len(flow)):
        flow[row] = 0.0
        heat = 0.0
        for u in range(len(c.hall)):
            part = c.weight[u, row] * s.air[u]
            flow[row] += part
            heat += part * s.supply[u]
        if flow[row] > 1e-6:
            plenum[row] = heat / flow[row]


@kernel()
def write_units(c: UnitConstants, s: UnitState, p: Parameters, out: F64) -> None:
    """One row of signals: `UNIT_SIGNALS` of each unit. Speeds and positions in %, flow in l/s."""
    width = len(UNIT_SIGNALS)
    for u in range(len(c.hall)):
        o = u * width
        forced = p.unit[u, FAN_FORCED]
        command = forced if forced >= 0.0 else s.hall_fan[c.hall[u]]
        out[o] = s.supply[u]
        out[o + 1] = s.returned[u]
        out[o + 2] = 100.0 * s.fan[u]
        out[o + 3] = 100.0 * command * (1.0 if p.unit[u, COMMAND] > 0.5 else 0.0)
        out[o + 4] = 100.0 * s.valve[u]
        out[o + 5] = 100.0 * s.valve_command[u]
        out[o + 6] = s.running[u]
        out[o + 7] = p.unit[u, COMMAND]
        out[o + 8] = s.power[u] + 0.1 * s.running[u]
        out[o + 9] = s.entering[u]
        out[o + 10] = s.leaving[u]
        part = s.air[u] / c.air_flow[u]
        out[o + 11] = CLEAN_FILTER_PA * p.unit[u, FILTER] * part * part
        out[o + 12] = s.air[u] / 1.206 * 1000.0
        out[o + 13] = c.setpoint[u] + p.unit[u, SETPOINT_SHIFT]
        out[o + 14] = 1.0 if p.unit[u, TRIPPED] > 0.5 or s.locked[u] > 0.5 else 0.0
