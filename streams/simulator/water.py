"""The chilled-water loop: pumps, header pressure, flow through the coils, transport along the pipes.

Flows are capacity rates in kW/K (1 l/s = 4.19 kW/K), pressures in kPa. Supply and
return pipes are each a row of mixed cells, which gives both the loop's heat
capacity and the time that a change takes to arrive.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np

from kernels.jit import kernel
from streams.simulator.parameters import COLUMNS, F64, Parameters, columns
from streams.simulator.units import WATER_FACTOR, UnitConstants, UnitState, valve_opening

PUMP_COMMAND, PUMP_POWERED, PUMP_TRIPPED, PUMP_SIGNAL_LOST, PUMP_SPEED, PUMP_REST = columns("pump")
AIR_LOCK, HEADER, OUTDOOR_SHIFT, WET_BULB_SHIFT, BYPASS = columns("plant")
assert len(COLUMNS["pump"]) == 6 and len(COLUMNS["plant"]) == 5

PUMP_SIGNALS = ("run_status", "run_command", "speed", "power", "alarm")
LOOP_SIGNALS = ("supply", "return", "flow", "pressure", "pressure_setpoint")
KW_PER_LS = 4.19
STANDBY_PUMP_AFTER = 20.0


class WaterConstants(NamedTuple):
    """The chilled-water loop and its pumps, as built."""

    cells: int
    """Of the supply pipe, and as many of the return pipe."""
    cell_mass: float
    """kJ/K"""
    duty_pumps: int
    shutoff: float
    """Pump head at full speed and no flow, kPa."""
    pipe: float
    """Head lost in chillers and pipes per square of the flow."""
    pump_curve: float
    """Head lost in one pump per square of its flow."""
    pressure_setpoint: float
    bypass: float
    """Conductance that keeps a least flow through the chillers, kW/K per square root of kPa."""
    pump_kw: float


class WaterState(NamedTuple):
    """The chilled-water loop and its pumps, as they are now: degC by cell, the rest by pump."""

    supply: F64
    back: F64
    pump_speed: F64
    pump_command: F64
    pump_running: F64
    pump_power: F64
    failed_for: F64
    control: F64
    """f8[1]: speed that the running pumps share, 0..1."""
    flow: F64
    """f8[1]: through the chillers, kW/K."""
    pressure: F64
    """f8[1]: over the coils' branches, kPa."""
    mixed: F64
    """f8[1]: temperature of what comes back from coils and bypass, degC."""


@kernel()
def step_pumps(c: WaterConstants, s: WaterState, p: Parameters, dt: float) -> None:
    """Duty pumps run, a standby pump replaces one that does not, speed holds the header pressure."""
    count = len(s.pump_speed)
    up = 0
    for i in range(count):
        asked = s.pump_command[i] > 0.5 and p.pump[i, PUMP_COMMAND] > 0.5
        able = p.pump[i, PUMP_POWERED] > 0.5 and p.pump[i, PUMP_TRIPPED] < 0.5
        s.pump_running[i] = 1.0 if asked and able and p.pump[i, PUMP_SIGNAL_LOST] < 0.5 else 0.0
        s.failed_for[i] = s.failed_for[i] + dt if asked and s.pump_running[i] < 0.5 else 0.0
        fit = p.pump[i, PUMP_REST] < 0.5 and s.failed_for[i] <= STANDBY_PUMP_AFTER
        if fit and asked:
            up += 1
    for i in range(count):
        resting = p.pump[i, PUMP_REST] > 0.5
        idle = s.pump_command[i] < 0.5 and p.pump[i, PUMP_COMMAND] > 0.5
        if idle and not resting and up < c.duty_pumps:
            s.pump_command[i] = 1.0
            up += 1
        elif resting and up >= c.duty_pumps and np.sum(s.pump_running) > c.duty_pumps:
            s.pump_command[i] = 0.0
    error = (c.pressure_setpoint - s.pressure[0]) / c.pressure_setpoint
    change = min(max(0.02 * error, -0.01), 0.01)
    s.control[0] = min(max(s.control[0] + dt * change, 0.35), 1.0)
    for i in range(count):
        target = s.pump_running[i] * s.control[0] * p.pump[i, PUMP_SPEED]
        s.pump_speed[i] += (target - s.pump_speed[i]) * dt / (4.0 + dt)


@kernel()
def step_flows(
    c: WaterConstants, s: WaterState, unit_c: UnitConstants, unit: UnitState, p: Parameters
) -> None:
    """Header pressure and every branch's flow, from pump heads and conductances: one explicit formula.

    Pumps: head = H s^2 - A (M / n)^2; pipes take R M^2; branches M = K sqrt(dp).
    """
    fastest = 0.0
    speeds = 0.0
    for i in range(len(s.pump_speed)):
        speed = s.pump_speed[i] if s.pump_speed[i] > 0.02 else 0.0
        fastest = max(fastest, speed)
        speeds += speed
    total = c.bypass * p.plant[0, BYPASS]
    for u in range(len(unit.water)):
        unit.water[u] = (
            unit_c.water_flow[u]
            / sqrt(c.pressure_setpoint)
            * valve_opening(unit.valve[u])
            * p.unit[u, WATER_FACTOR]
            * p.plant[0, HEADER]
        )
        total += unit.water[u]
    if fastest > 0.0:
        head = c.shutoff * fastest * fastest * (1.0 - p.plant[0, AIR_LOCK]) ** 2
        pumps = speeds / fastest
        loss = c.pipe + c.pump_curve / (pumps * pumps)
        s.pressure[0] = head / (1.0 + total * total * loss)
    else:
        s.pressure[0] = 0.0
    root = sqrt(s.pressure[0])
    for u in range(len(unit.water)):
        unit.water[u] *= root
    s.flow[0] = total * root
    for i in range(len(s.pump_speed)):
        speed = s.pump_speed[i]
        part = speed / speeds if speeds > 0.0 else 0.0
        share = s.flow[0] * part / KW_PER_LS
        head = s.pressure[0] + c.pipe * s.flow[0] * s.flow[0]
        # Hydraulic power in W (l/s times kPa) at 65 % efficiency, and what a motor takes anyway.
        s.pump_power[i] = share * head / 0.65 / 1000.0 + c.pump_kw * 0.1 * speed**3


@kernel()
def step_pipes(c: WaterConstants, s: WaterState, unit: UnitState, chilled: float, dt: float) -> None:
    """Carry ``chilled`` (degC, out of the chillers, with the pumps' heat) to the coils, and back."""
    flow = s.flow[0]
    last = c.cells - 1
    at_coils = s.supply[last]
    branches = 0.0
    heat = 0.0
    for u in range(len(unit.water)):
        branches += unit.water[u]
        heat += unit.heat[u]
    s.mixed[0] = at_coils + heat / flow if flow > 1e-3 else s.back[0]
    carry = dt * flow
    before = chilled
    for i in range(c.cells):
        s.supply[i] = (c.cell_mass * s.supply[i] + carry * before) / (c.cell_mass + carry)
        before = s.supply[i]
    before = s.mixed[0]
    for i in range(c.cells):
        s.back[i] = (c.cell_mass * s.back[i] + carry * before) / (c.cell_mass + carry)
        before = s.back[i]


@kernel()
def pumps_available(c: WaterConstants, s: WaterState, p: Parameters) -> float:
    """Part of the design flow that the pumps that could run would give."""
    able = 0.0
    for i in range(len(s.pump_speed)):
        ok = p.pump[i, PUMP_POWERED] > 0.5 and p.pump[i, PUMP_TRIPPED] < 0.5
        if ok and p.pump[i, PUMP_SIGNAL_LOST] < 0.5:
            able += p.pump[i, PUMP_SPEED]
    part = min(able / c.duty_pumps, 1.0)
    return part * (1.0 - p.plant[0, AIR_LOCK]) * p.plant[0, HEADER]


@kernel()
def write_water(c: WaterConstants, s: WaterState, p: Parameters, out: F64) -> None:
    """One row of signals: `PUMP_SIGNALS` of each pump, then `LOOP_SIGNALS`."""
    width = len(PUMP_SIGNALS)
    count = len(s.pump_speed)
    for i in range(count):
        o = i * width
        out[o] = s.pump_running[i]
        out[o + 1] = 1.0 if s.pump_command[i] > 0.5 and p.pump[i, PUMP_COMMAND] > 0.5 else 0.0
        out[o + 2] = 100.0 * s.pump_speed[i]
        out[o + 3] = s.pump_power[i]
        out[o + 4] = 1.0 if p.pump[i, PUMP_TRIPPED] > 0.5 else 0.0
    o = count * width
    out[o] = s.supply[0]
    out[o + 1] = s.back[c.cells - 1]
    out[o + 2] = s.flow[0] / KW_PER_LS
    out[o + 3] = 1000.0 * s.pressure[0]
    out[o + 4] = 1000.0 * c.pressure_setpoint


@kernel()
def pump_heat(s: WaterState) -> float:
    """Heat that the pumps leave in the water, kW."""
    return np.sum(s.pump_power)
