"""Racks, rows and rooms: the air side.

Each row has a cold-aisle and a hot-aisle air node; each hall has one node for
what is heavy (floor, walls, cabinets); each rack has its servers' metal. Air
flows are capacity rates in kW/K. Nodes are stepped semi-implicitly (the
node's own temperature taken at the end of the step), which is stable for any
step and exact at rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.jit import kernel
from streams.simulator.parameters import COLUMNS, F64, Parameters, columns

I64 = NDArray[np.int64]

HALL_LOAD, HALL_UNMETERED, HALL_DOOR = columns("hall")
RACK_LOAD, RACK_RECIRCULATION = columns("rack")
assert len(COLUMNS["hall"]) == 3 and len(COLUMNS["rack"]) == 2

RACK_SIGNALS = ("inlet_top", "inlet_bottom", "outlet", "power")
ROW_SIGNALS = ("power",)
DROP_AFTER = 30.0
"""Seconds beyond its limit after which a rack shuts down."""
STANDBY = 0.04
"""What a rack that has shut down still draws, as a part of its load."""
SERVER_FAN_FROM = 26.0
"""Inlet at which servers begin to speed up their fans, degC (ASHRAE TC 9.9 gives 25 to 27)."""


class AirConstants(NamedTuple):
    """The racks and their air, as built; arrays by rack unless said."""

    rack_row: I64
    rack_hall: I64
    rack_flow: F64
    """Air through the rack at nominal power, kW/K."""
    rack_nominal: F64
    server_mass: F64
    """kJ/K"""
    server_ua: F64
    """Between the servers' metal and their air, kW/K."""
    rack_top: F64
    """Part of hot-aisle air in what the top of the rack breathes."""
    rack_bottom: F64
    rack_shutdown: F64
    row_hall: I64
    row_cold_mass: F64
    row_hot_mass: F64
    row_surface: F64
    """Between each aisle's air and the room's mass, kW/K."""
    row_leak: F64
    """Air that leaks round the racks both ways, as a part of the racks' flow."""
    row_mixing: F64
    """Between the hot aisle of this row and of the next one in the hall, kW/K."""
    row_unmetered: F64
    """Lights, losses, people: heat that no meter sees, kW."""
    hall_mass: F64
    hall_envelope: F64


class AirState(NamedTuple):
    """The racks and their air, as they are now: kW, degC, by rack."""

    rack_power: F64
    rack_flow: F64
    server: F64
    inlet_top: F64
    inlet_bottom: F64
    outlet: F64
    over: F64
    """Seconds beyond the limit."""
    drop_time: F64
    """NaN while the rack is up."""
    row_demand: F64
    """Cold air that the row's racks draw, kW/K."""
    row_power: F64
    cold: F64
    hot: F64
    mass: F64


@kernel()
def step_racks(c: AirConstants, s: AirState, p: Parameters, load: F64, time: float, dt: float) -> None:
    """Power, inlet, servers' metal and outlet of every rack; shuts down those that are too hot.

    ``load``: f8[racks], kW asked of each rack before faults.
    """
    s.row_demand[:] = 0.0
    s.row_power[:] = 0.0
    for r in range(len(c.rack_row)):
        row = c.rack_row[r]
        up = np.isnan(s.drop_time[r])
        extra = p.rack[r, RACK_RECIRCULATION]
        top = min(c.rack_top[r] + extra, 0.95)
        bottom = min(c.rack_bottom[r] + 0.3 * extra, 0.95)
        s.inlet_top[r] = s.cold[row] + top * (s.hot[row] - s.cold[row])
        s.inlet_bottom[r] = s.cold[row] + bottom * (s.hot[row] - s.cold[row])
        inlet = 0.5 * (s.inlet_top[r] + s.inlet_bottom[r])
        if s.inlet_top[r] > c.rack_shutdown[r]:
            s.over[r] += dt
            if up and s.over[r] >= DROP_AFTER:
                s.drop_time[r] = time
                up = False
        else:
            s.over[r] = 0.0
        asked = load[r] * p.rack[r, RACK_LOAD] * p.hall[c.rack_hall[r], HALL_LOAD]
        if not up:
            asked *= STANDBY
        s.rack_power[r] += (asked - s.rack_power[r]) * min(dt / 4.0, 1.0)
        # Servers move less air when idle, and more when they breathe warm air.
        boost = 1.0 + min(max(inlet - SERVER_FAN_FROM, 0.0) * 0.03, 0.4)
        part = 0.35 + 0.65 * s.rack_power[r] / c.rack_nominal[r]
        flow = c.rack_flow[r] * max(part, 0.2) * boost
        s.rack_flow[r] += (flow - s.rack_flow[r]) * min(dt / 10.0, 1.0)
        ua = c.server_ua[r]
        mass = c.server_mass[r]
        s.server[r] = (mass * s.server[r] + dt * (s.rack_power[r] + ua * inlet)) / (mass + dt * ua)
        s.outlet[r] = inlet + ua * (s.server[r] - inlet) / s.rack_flow[r]
        s.row_demand[row] += s.rack_flow[r] * (1.0 - 0.5 * (top + bottom))
        s.row_power[row] += s.rack_power[r]


@kernel()
def step_rooms(
    c: AirConstants, s: AirState, p: Parameters, supply_flow: F64, supply: F64, outdoor: float, dt: float
) -> None:
    """Aisles and heavy mass. ``supply_flow`` (kW/K) and ``supply`` (degC): f8[rows], from the units.

    What the units do not bring to the cold aisle, the racks draw back from
    the hot aisle; what they bring too much passes over to it.
    """
    rows = len(c.row_hall)
    warm_flow = np.zeros(rows)
    warm_heat = np.zeros(rows)
    for r in range(len(c.rack_row)):
        warm_flow[c.rack_row[r]] += s.rack_flow[r]
        warm_heat[c.rack_row[r]] += s.rack_flow[r] * s.outlet[r]
    gain = np.zeros(len(c.hall_mass))
    hot_before = s.hot.copy()
    for row in range(rows):
        hall = c.row_hall[row]
        demand = s.row_demand[row]
        flow = supply_flow[row]
        leak = c.row_leak[row] * demand
        back = leak + max(demand - flow, 0.0)
        over = leak + max(flow - demand, 0.0)
        surface = c.row_surface[row]
        mass = s.mass[hall]
        door = p.hall[hall, HALL_DOOR]
        cold, hot = s.cold[row], s.hot[row]
        into = flow * supply[row] + back * hot + surface * mass
        total = flow + back + surface
        s.cold[row] = (c.row_cold_mass[row] * cold + dt * into) / (c.row_cold_mass[row] + dt * total)
        into = warm_heat[row] + over * s.cold[row] + surface * mass + door * outdoor
        into += c.row_unmetered[row] * p.hall[hall, HALL_UNMETERED]
        total = warm_flow[row] + over + surface + door
        for other in (row - 1, row + 1):
            if 0 <= other < rows and c.row_hall[other] == hall:
                mixing = c.row_mixing[min(row, other)]
                into += mixing * hot_before[other]
                total += mixing
        s.hot[row] = (c.row_hot_mass[row] * hot + dt * into) / (c.row_hot_mass[row] + dt * total)
        gain[hall] += surface * (s.cold[row] + s.hot[row] - 2.0 * mass)
    for hall in range(len(gain)):
        gain[hall] += c.hall_envelope[hall] * (outdoor - s.mass[hall])
        s.mass[hall] += dt * gain[hall] / c.hall_mass[hall]


@kernel()
def write_air(s: AirState, out: F64) -> None:
    """One row of signals: `RACK_SIGNALS` of each rack, then `ROW_SIGNALS` of each row."""
    racks = len(s.inlet_top)
    for r in range(racks):
        out[4 * r] = s.inlet_top[r]
        out[4 * r + 1] = s.inlet_bottom[r]
        out[4 * r + 2] = s.outlet[r]
        out[4 * r + 3] = s.rack_power[r]
    for row in range(len(s.row_power)):
        out[4 * racks + row] = s.row_power[row]
