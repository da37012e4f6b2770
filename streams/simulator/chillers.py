"""Chillers with their sequencer, the condenser-water loop and the cooling towers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kernels.jit import kernel
from streams.simulator.parameters import COLUMNS, F64, Parameters, columns

COMMAND, POWERED, TRIPPED, START_BLOCKED, CAPACITY, SETPOINT_SHIFT, CONDENSER, REST, CHARGE = columns(
    "chiller"
)
TOWER_POWERED, TOWER_FAN, TOWER_FILL = columns("tower")
assert len(COLUMNS["chiller"]) == 9 and len(COLUMNS["tower"]) == 3

CHILLER_SIGNALS = (
    "leaving",
    "entering",
    "setpoint",
    "power",
    "run_status",
    "run_command",
    "alarm",
    "condenser_entering",
    "condenser_leaving",
)
TOWER_SIGNALS = ("fan_speed", "run_status", "power", "leaving")
CONDENSER_SIGNALS = ("supply", "return", "flow", "outdoor", "wet_bulb")
STILL_AIR = 0.08
"""What a tower does with its fan at rest, as a part of what it does at full speed."""
DEAD_BAND = 0.25
"""Leaving water may be off its set point by this before the capacity control moves, K."""
LAG = 30.0
"""Of a compressor's answer to its load, s."""
SOFT_LOAD = 120.0
"""Seconds from start to full load."""
HIGH_PRESSURE = 46.0
"""Condensing temperature at which a chiller trips, degC."""
HIGH_PRESSURE_AFTER = 20.0
LOW_FLOW = 0.3
"""Part of a chiller's design flow below which its flow switch opens."""
STAGE_WARM = 2.0
STAGE_AFTER = 300.0
STARVED_LIFT = 10.0
"""How much colder the evaporator of a chiller without refrigerant would be, K."""
REPLACE_AFTER = 60.0
"""Seconds from the loss of a running chiller to the start command of a spare."""


class ChillerConstants(NamedTuple):
    """The chillers, as built; arrays by chiller."""

    duty: int
    capacity: F64
    design_flow: F64
    """kW/K"""
    setpoint: F64
    start: F64
    """Seconds from being able and asked to run until the compressor loads."""
    condenser_ua: F64
    """kW/K"""
    condenser_flow: F64
    """Condenser water of one running chiller, kW/K."""
    condenser_mass: float
    tower_ua: F64
    """At full fan speed, kW per kelvin of water over wet bulb."""
    tower_fan_kw: F64
    condenser_setpoint: float


class ChillerState(NamedTuple):
    """The chillers, as they are now: kW, degC, by chiller."""

    command: F64
    able_for: F64
    """Seconds that the chiller has been asked and able to run."""
    running: F64
    heat: F64
    target: F64
    """Heat that the capacity control is set to, kW."""
    power: F64
    leaving: F64
    entering: F64
    pressure_for: F64
    locked: F64
    """Tripped on condensing pressure: stays so until its power is cycled."""
    warm_for: F64
    """f8[1]"""
    missing_for: F64
    """f8[1]"""
    chilled: F64
    """f8[1]: water into the supply pipe, degC."""
    condenser: F64
    """f8[2]: condenser water to and from the chillers, degC."""
    tower_fan: F64
    rejected: F64
    """f8[1]: heat that the towers give off, kW."""


@kernel()
def sequence(c: ChillerConstants, s: ChillerState, p: Parameters, dt: float) -> None:
    """Command the duty chillers, replace what fails or is to rest, add one while the water stays warm."""
    count = len(s.command)
    commanded = 0
    up = 0
    for k in range(count):
        if s.command[k] > 0.5 and p.chiller[k, COMMAND] > 0.5 and p.chiller[k, REST] < 0.5:
            commanded += 1
            if s.running[k] > 0.5:
                up += 1
    for k in range(count):
        if p.chiller[k, REST] > 0.5 and up >= c.duty:
            s.command[k] = 0.0
    s.missing_for[0] = s.missing_for[0] + dt if up < min(commanded, c.duty) else 0.0
    warm = s.chilled[0] > c.setpoint[0] + p.chiller[0, SETPOINT_SHIFT] + STAGE_WARM
    s.warm_for[0] = s.warm_for[0] + dt if warm else 0.0
    if s.missing_for[0] < REPLACE_AFTER and s.warm_for[0] < STAGE_AFTER and commanded >= c.duty:
        return
    for k in range(count):
        if s.command[k] < 0.5 and p.chiller[k, COMMAND] > 0.5 and p.chiller[k, REST] < 0.5:
            s.command[k] = 1.0
            s.missing_for[0] = 0.0
            s.warm_for[0] = 0.0
            return


@kernel()
def step_chillers(
    c: ChillerConstants, s: ChillerState, p: Parameters, flow: float, back: float, pump_heat: float, dt: float
) -> None:
    """Cool ``flow`` (kW/K) that comes back at ``back`` (degC) to the set point, as far as capacity goes."""
    count = len(s.command)
    asked = 0
    for k in range(count):
        on = s.command[k] > 0.5 and p.chiller[k, COMMAND] > 0.5 and p.chiller[k, POWERED] > 0.5
        on = on and p.chiller[k, TRIPPED] < 0.5 and s.locked[k] < 0.5
        if on:
            asked += 1
        if p.chiller[k, POWERED] < 0.5:
            s.locked[k] = 0.0
        # A chiller that already runs is not stopped by what only blocks a start.
        if not on or (p.chiller[k, START_BLOCKED] > 0.5 and s.running[k] < 0.5):
            s.able_for[k] = 0.0
    share = flow / max(asked, 1)
    total = 0.0
    for k in range(count):
        on = s.command[k] > 0.5 and p.chiller[k, COMMAND] > 0.5 and p.chiller[k, POWERED] > 0.5
        on = on and p.chiller[k, TRIPPED] < 0.5 and s.locked[k] < 0.5
        blocked = p.chiller[k, START_BLOCKED] > 0.5 and s.running[k] < 0.5
        if on and not blocked and share > LOW_FLOW * c.design_flow[k]:
            s.able_for[k] += dt
        else:
            s.able_for[k] = 0.0
        s.running[k] = 1.0 if s.able_for[k] >= c.start[k] else 0.0
        warm_condenser = max(s.condenser[0] - 30.0, 0.0)
        full = c.capacity[k] * p.chiller[k, CAPACITY] * max(1.0 - 0.015 * warm_condenser, 0.3)
        full *= p.chiller[k, CHARGE]
        full *= min(max((s.able_for[k] - c.start[k]) / SOFT_LOAD, 0.0), 1.0)
        set_point = c.setpoint[k] + p.chiller[k, SETPOINT_SHIFT]
        if abs(s.leaving[k] - set_point) > DEAD_BAND:
            s.target[k] = max(share * (back - set_point), 0.0)
        s.target[k] = min(s.target[k], full) * s.running[k]
        if s.running[k] > 0.5:
            s.heat[k] += (s.target[k] - s.heat[k]) * dt / (LAG + dt)
        else:
            s.heat[k] *= 1.0 - dt / (8.0 + dt)
        # As the flow dies away, what is left of the cooling cannot freeze the water that is left.
        s.heat[k] = min(s.heat[k], max(flow * (back - 3.0), 0.0) / count)
        total += s.heat[k]
        s.entering[k] += (back - s.entering[k]) * dt / (10.0 if on and share > 1.0 else 600.0)
        if on and share > 1.0:
            s.leaving[k] += (back - s.heat[k] / share - s.leaving[k]) * dt / (10.0 + dt)
        else:
            s.leaving[k] += (22.0 - s.leaving[k]) * dt / 3600.0
        step_compressor(c, s, p, k, dt)
    if flow > 1.0:
        s.chilled[0] = back + (pump_heat - total) / flow


@kernel()
def step_compressor(c: ChillerConstants, s: ChillerState, p: Parameters, k: int, dt: float) -> None:
    """Power from the lift at 55 % of Carnot's figure and a constant overhead; the high-pressure trip."""
    rejected = s.heat[k] + s.power[k]
    condensing = s.condenser[1] + rejected / (c.condenser_ua[k] * p.chiller[k, CONDENSER])
    evaporating = s.leaving[k] - 2.0 - STARVED_LIFT * (1.0 - p.chiller[k, CHARGE])
    lift = max(condensing - evaporating, 8.0)
    cop = 0.55 * (evaporating + 273.15) / lift
    s.power[k] = (s.heat[k] / cop + 0.02 * c.capacity[k]) * s.running[k] + 0.3
    s.pressure_for[k] = s.pressure_for[k] + dt if condensing > HIGH_PRESSURE and s.running[k] > 0.5 else 0.0
    if s.pressure_for[k] > HIGH_PRESSURE_AFTER:
        s.locked[k] = 1.0


@kernel()
def step_towers(c: ChillerConstants, s: ChillerState, p: Parameters, wet_bulb: float, dt: float) -> None:
    """Condenser water: warmed by the chillers, cooled by the towers towards the wet bulb."""
    flow = 0.0
    heat = 0.0
    for k in range(len(s.running)):
        flow += s.running[k] * c.condenser_flow[k]
        heat += s.running[k] * (s.heat[k] + s.power[k])
    ua = 0.0
    asked = min(max(0.2 + (s.condenser[0] - c.condenser_setpoint) / 3.0, 0.0), 1.0)
    for t in range(len(s.tower_fan)):
        target = asked * p.tower[t, TOWER_FAN] if p.tower[t, TOWER_POWERED] > 0.5 and flow > 0.0 else 0.0
        s.tower_fan[t] += (target - s.tower_fan[t]) * dt / (15.0 + dt)
        ua += c.tower_ua[t] * p.tower[t, TOWER_FILL] * (STILL_AIR + (1.0 - STILL_AIR) * s.tower_fan[t] ** 0.9)
    warm = s.condenser[0] + heat / flow if flow > 0.0 else s.condenser[0]
    s.condenser[1] += (warm - s.condenser[1]) * dt / (20.0 + dt)
    s.rejected[0] = ua * (s.condenser[1] - wet_bulb) if flow > 0.0 else 0.0
    s.condenser[0] += dt * (heat - s.rejected[0]) / c.condenser_mass


@kernel()
def chiller_reserve(c: ChillerConstants, s: ChillerState, p: Parameters, spare: int) -> float:
    """What the chillers that could run can carry with the ``spare`` largest of them left out, kW."""
    able = np.zeros(len(s.command))
    for k in range(len(able)):
        ok = p.chiller[k, POWERED] > 0.5 and p.chiller[k, TRIPPED] < 0.5 and s.locked[k] < 0.5
        ok = ok and p.chiller[k, COMMAND] > 0.5
        if ok and (s.running[k] > 0.5 or p.chiller[k, START_BLOCKED] < 0.5):
            warm_condenser = max(s.condenser[0] - 30.0, 0.0)
            able[k] = c.capacity[k] * p.chiller[k, CAPACITY] * max(1.0 - 0.015 * warm_condenser, 0.3)
            able[k] *= p.chiller[k, CHARGE]
    able.sort()
    return np.sum(able[: max(len(able) - spare, 0)])


@kernel()
def write_chillers(
    c: ChillerConstants, s: ChillerState, p: Parameters, outdoor: float, wet_bulb: float, out: F64
) -> None:
    """One row of signals: `CHILLER_SIGNALS` and `TOWER_SIGNALS` of each, then `CONDENSER_SIGNALS`."""
    flow = 0.0
    for k in range(len(s.command)):
        o = k * 9
        out[o] = s.leaving[k]
        out[o + 1] = s.entering[k]
        out[o + 2] = c.setpoint[k] + p.chiller[k, SETPOINT_SHIFT]
        out[o + 3] = s.power[k] * p.chiller[k, POWERED]
        out[o + 4] = s.running[k]
        out[o + 5] = 1.0 if s.command[k] > 0.5 and p.chiller[k, COMMAND] > 0.5 else 0.0
        out[o + 6] = 1.0 if p.chiller[k, TRIPPED] > 0.5 or s.locked[k] > 0.5 else 0.0
        out[o + 7] = s.condenser[0]
        out[o + 8] = s.condenser[1]
        flow += s.running[k] * c.condenser_flow[k]
    start = 9 * len(s.command)
    for t in range(len(s.tower_fan)):
        o = start + t * 4
        out[o] = 100.0 * s.tower_fan[t]
        out[o + 1] = 1.0 if p.tower[t, TOWER_POWERED] > 0.5 and s.tower_fan[t] > 0.02 else 0.0
        out[o + 2] = c.tower_fan_kw[t] * s.tower_fan[t] ** 3
        out[o + 3] = s.condenser[0]
    o = start + 4 * len(s.tower_fan)
    out[o] = s.condenser[0]
    out[o + 1] = s.condenser[1]
    out[o + 2] = flow / 4.19
    out[o + 3] = outdoor
    out[o + 4] = wet_bulb
