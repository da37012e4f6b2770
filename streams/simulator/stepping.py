"""One second after another: faults into parameters, then air, units, water and chillers, then signals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kernels.jit import kernel
from streams.simulator.air import AirConstants, AirState, step_racks, step_rooms, write_air
from streams.simulator.chillers import (
    ChillerConstants,
    ChillerState,
    chiller_reserve,
    sequence,
    step_chillers,
    step_towers,
    write_chillers,
)
from streams.simulator.parameters import F64, Effects, Parameters
from streams.simulator.units import (
    UnitConstants,
    UnitState,
    row_supply,
    step_coils,
    step_fans,
    step_valves,
    write_units,
)
from streams.simulator.water import (
    OUTDOOR_SHIFT,
    WET_BULB_SHIFT,
    WaterConstants,
    WaterState,
    pump_heat,
    pumps_available,
    step_flows,
    step_pipes,
    step_pumps,
    write_water,
)

STEP = 1.0
"""Seconds of one step."""
MARGIN_AFTER = 60.0
"""Seconds for which the reserve must be short before the margin counts as gone."""


class Constants(NamedTuple):
    """The plant and its halls, as built."""

    air: AirConstants
    unit: UnitConstants
    water: WaterConstants
    chiller: ChillerConstants
    spare_chillers: int


class State(NamedTuple):
    """The plant and its halls, as they are now."""

    air: AirState
    unit: UnitState
    water: WaterState
    chiller: ChillerState
    plenum: F64
    """Supply air of each row, degC."""
    row_flow: F64
    short_for: F64
    """f8[halls + 1]: seconds without a spare unit in each hall, and without a spare chiller."""
    margin_gone: F64
    """f8[1]: when the redundancy was first gone, s; NaN while it is there."""


class Drivers(NamedTuple):
    """What the world does in a block, at its start (row 0) and end (row 1); straight lines between."""

    load: F64
    """f8[2, racks], kW."""
    outdoor: F64
    wet_bulb: F64


@kernel()
def apply_effects(effects: Effects, healthy: F64, flat: F64, time: float) -> None:
    """Parameters at ``time``: healthy, then each effect in turn."""
    for e in range(len(effects.cell)):
        flat[effects.cell[e]] = healthy[effects.cell[e]]
    for e in range(len(effects.cell)):
        since = time - effects.start[e]
        if since >= 0.0 and time < effects.end[e]:
            i = effects.cell[e]
            part = 1.0 if effects.ramp[e] <= 0.0 else min(since / effects.ramp[e], 1.0)
            flat[i] += part * (effects.value[e] - flat[i])


@kernel()
def watch_margin(c: Constants, s: State, p: Parameters, time: float) -> None:
    """Note when the load could first no longer be carried with the largest unit, or a spare chiller, lost."""
    halls = len(c.air.hall_mass)
    load = np.zeros(halls)
    able = np.zeros(halls)
    largest = np.zeros(halls)
    for row in range(len(c.air.row_hall)):
        load[c.air.row_hall[row]] += s.air.row_power[row] + c.air.row_unmetered[row]
    for u in range(len(c.unit.hall)):
        hall = c.unit.hall[u]
        load[hall] += s.unit.power[u]
        able[hall] += s.unit.available[u]
        largest[hall] = max(largest[hall], s.unit.available[u])
    for i in range(halls + 1):
        if i < halls:
            short = able[i] - largest[i] < load[i]
        else:
            short = chiller_reserve(c.chiller, s.chiller, p, c.spare_chillers) < np.sum(load)
        s.short_for[i] = s.short_for[i] + STEP if short else 0.0
        if s.short_for[i] >= MARGIN_AFTER and np.isnan(s.margin_gone[0]):
            s.margin_gone[0] = time - MARGIN_AFTER + STEP


@kernel()
def advance(
    c: Constants,
    s: State,
    p: Parameters,
    flat: F64,
    healthy: F64,
    effects: Effects,
    drivers: Drivers,
    start: float,
    signals: F64,
) -> None:
    """Step through a block, one row of ``signals`` (f8[seconds, signals]) a second.

    ``start``: seconds since the beginning of the simulation, below zero
    while it settles; ``p`` are the tables on ``flat``.
    """
    steps = len(signals)
    load = np.empty(drivers.load.shape[1])
    air_end = 4 * len(c.air.rack_row) + len(c.air.row_hall)
    unit_end = air_end + 15 * len(c.unit.hall)
    water_end = unit_end + 5 * len(s.water.pump_speed) + 5
    for i in range(steps):
        time = start + i * STEP
        part = i / steps
        for r in range(len(load)):
            load[r] = drivers.load[0, r] + part * (drivers.load[1, r] - drivers.load[0, r])
        apply_effects(effects, healthy, flat, time)
        outdoor = drivers.outdoor[0] + part * (drivers.outdoor[1] - drivers.outdoor[0])
        outdoor += p.plant[0, OUTDOOR_SHIFT]
        wet_bulb = drivers.wet_bulb[0] + part * (drivers.wet_bulb[1] - drivers.wet_bulb[0])
        wet_bulb = min(wet_bulb + p.plant[0, WET_BULB_SHIFT], outdoor)

        step_racks(c.air, s.air, p, load, time, STEP)
        step_fans(c.unit, s.unit, c.air, s.air, p, STEP)
        # Before zero the step number must not be negative: whole hours of settling are added.
        step_valves(c.unit, s.unit, p, int(time) + 360_000, STEP)
        step_pumps(c.water, s.water, p, STEP)
        step_flows(c.water, s.water, c.unit, s.unit, p)
        at_coils = s.water.supply[c.water.cells - 1]
        step_coils(c.unit, s.unit, p, at_coils, pumps_available(c.water, s.water, p), STEP)
        row_supply(c.unit, s.unit, s.plenum, s.row_flow)
        step_rooms(c.air, s.air, p, s.row_flow, s.plenum, outdoor, STEP)
        sequence(c.chiller, s.chiller, p, STEP)
        back = s.water.back[c.water.cells - 1]
        step_chillers(c.chiller, s.chiller, p, s.water.flow[0], back, pump_heat(s.water), STEP)
        step_pipes(c.water, s.water, s.unit, s.chiller.chilled[0], STEP)
        step_towers(c.chiller, s.chiller, p, wet_bulb, STEP)
        watch_margin(c, s, p, time)

        row = signals[i]
        write_air(s.air, row[:air_end])
        write_units(c.unit, s.unit, p, row[air_end:unit_end])
        write_water(c.water, s.water, p, row[unit_end:water_end])
        write_chillers(c.chiller, s.chiller, p, outdoor, wet_bulb, row[water_end:])
