"""From a drawn site to the constants and first state of the physics. Typical values: docs/simulator.md."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from streams.simulator.air import AirConstants, AirState
from streams.simulator.chillers import ChillerConstants, ChillerState
from streams.simulator.layout import F64, I64, Layout
from streams.simulator.stepping import Constants, State
from streams.simulator.units import DEAD_STEPS, UnitConstants, UnitState
from streams.simulator.water import KW_PER_LS, WaterConstants, WaterState

AIR_KJ_PER_M3K = 1.206
"""Density times specific heat of air at 20 degC and sea level."""
SURFACE_KW_PER_M2K = 0.0065
COIL_RISE = 12.0
"""Air side of a unit at its rating, K."""
WATER_RISE = 6.0
PIPE_CELLS = 4
HEADER_KPA = 100.0
PIPE_KPA = 60.0
PUMP_KPA = 40.0


def build_constants(site: Layout, rng: Generator) -> Constants:
    """All constants of the physics, with the spread between equipment of one make drawn from ``rng``."""
    return Constants(
        air=_air(site, rng),
        unit=_units(site, rng),
        water=_water(site),
        chiller=_chillers(site),
        spare_chillers=site.spare_chillers,
    )


def _air(site: Layout, rng: Generator) -> AirConstants:
    racks, rows = len(site.racks), len(site.rows)
    per_row = _total(site.rack_row, np.ones(racks), rows)
    volume = per_row * site.air_m3_per_rack * AIR_KJ_PER_M3K
    row_kw = _total(site.rack_row, site.rack_nominal, rows)
    floor = per_row * site.surface_m2_per_rack
    hall_floor = _total(site.row_hall, floor, site.halls)
    top = rng.uniform(0.03, 0.10, racks)
    return AirConstants(
        rack_row=site.rack_row.astype(np.int64),
        rack_hall=site.rack_hall.astype(np.int64),
        rack_flow=site.rack_nominal / rng.uniform(10.5, 13.5, racks),
        rack_nominal=site.rack_nominal,
        server_mass=site.rack_nominal * site.server_kj_per_k_kw,
        server_ua=site.rack_nominal / rng.uniform(16.0, 24.0, racks),
        rack_top=top,
        rack_bottom=top * rng.uniform(0.2, 0.6, racks),
        rack_shutdown=np.full(racks, site.shutdown),
        row_hall=site.row_hall.astype(np.int64),
        row_cold_mass=0.4 * volume,
        row_hot_mass=0.6 * volume,
        row_surface=0.5 * floor * SURFACE_KW_PER_M2K,
        row_leak=rng.uniform(0.03, 0.07, rows),
        row_mixing=0.25 * row_kw / 12.0,
        row_unmetered=site.unmetered * row_kw,
        hall_mass=hall_floor * 60.0,
        hall_envelope=hall_floor * 0.0003,
    )


def _total(index: I64, value: F64, groups: int) -> F64:
    """Sum of ``value`` over each group that ``index`` names."""
    return np.bincount(index, value, groups).astype(np.float64)


def _units(site: Layout, rng: Generator) -> UnitConstants:
    count = len(site.units)
    air = site.unit_kw / COIL_RISE
    water = site.unit_kw / WATER_RISE
    reference = site.supply_setpoint + COIL_RISE
    effect = COIL_RISE / (reference - site.water_setpoint)
    ratio = WATER_RISE / COIL_RISE
    ntu = np.log((1.0 - effect * ratio) / (1.0 - effect)) / (1.0 - ratio)
    return UnitConstants(
        hall=site.unit_hall.astype(np.int64),
        weight=_weights(site),
        air_flow=air,
        water_flow=water,
        ua=ntu * air * rng.uniform(1.02, 1.10, count),
        fan_kw=0.05 * site.unit_kw * rng.uniform(0.9, 1.1, count),
        setpoint=np.full(count, site.supply_setpoint),
        dead_steps=rng.integers(6, 18, count).astype(np.int64),
        gain=rng.uniform(0.025, 0.04, count),
        reset=rng.uniform(45.0, 70.0, count),
        coil_lag=rng.uniform(18.0, 30.0, count),
        stroke=rng.uniform(60.0, 110.0, count),
        reference_return=np.full(count, reference),
    )


def _weights(site: Layout) -> F64:
    """Units stand along the hall's side; each feeds the near rows more through the common floor void."""
    weight = np.zeros((len(site.units), len(site.rows)))
    for hall in range(site.halls):
        units = np.flatnonzero(site.unit_hall == hall)
        rows = np.flatnonzero(site.row_hall == hall)
        unit_at = (np.arange(len(units)) + 0.5) / len(units)
        row_at = (np.arange(len(rows)) + 0.5) / len(rows)
        near = 0.6 + np.exp(-(((unit_at[:, None] - row_at[None, :]) / 0.3) ** 2))
        demand = _total(site.rack_row, site.rack_nominal, len(site.rows))[rows]
        for _ in range(50):  # tiles are set so that every row gets its share
            near *= demand / near.sum(axis=0)
            near /= near.sum(axis=1, keepdims=True)
        weight[np.ix_(units, rows)] = near
    return weight


def _water(site: Layout) -> WaterConstants:
    most = float(np.sum(site.unit_kw)) / WATER_RISE
    return WaterConstants(
        cells=PIPE_CELLS,
        cell_mass=site.loop_litres * KW_PER_LS / (2 * PIPE_CELLS),
        duty_pumps=site.duty_pumps,
        shutoff=(HEADER_KPA + PIPE_KPA + PUMP_KPA) / 0.85,
        pipe=PIPE_KPA / most**2,
        pump_curve=PUMP_KPA * (site.duty_pumps / most) ** 2,
        pressure_setpoint=HEADER_KPA,
        bypass=0.08 * most / np.sqrt(HEADER_KPA),
        pump_kw=0.02 * site.chiller_kw,
    )


def _chillers(site: Layout) -> ChillerConstants:
    count = len(site.chillers)
    capacity = np.full(count, site.chiller_kw)
    rejected = 1.25 * site.chiller_kw
    design = rejected * site.duty_chillers
    return ChillerConstants(
        duty=site.duty_chillers,
        capacity=capacity,
        design_flow=0.55 * capacity / WATER_RISE,
        setpoint=np.full(count, site.water_setpoint),
        start=np.full(count, site.chiller_start),
        condenser_ua=np.full(count, rejected / 4.0),
        condenser_flow=np.full(count, rejected / 5.0),
        condenser_mass=design * 40.0,
        tower_ua=np.full(site.towers, design / 8.5 / site.towers),
        tower_fan_kw=np.full(site.towers, 0.015 * design / site.towers),
        condenser_setpoint=24.0,
    )


def first_state(site: Layout, c: Constants, load: F64, wet_bulb: float) -> State:
    """A state near enough to balance that an hour of settling brings it there."""
    racks, rows, units = len(site.racks), len(site.rows), len(site.units)
    cold, hot = site.supply_setpoint + 1.0, site.supply_setpoint + 11.0
    pumps, chillers = len(site.pumps), len(site.chillers)

    def full(n: int, value: float) -> F64:
        return np.full(n, value, np.float64)

    air = AirState(
        rack_power=load.copy(), rack_flow=0.8 * c.air.rack_flow, server=cold + load / c.air.server_ua,
        inlet_top=full(racks, cold), inlet_bottom=full(racks, cold), outlet=full(racks, hot),
        over=full(racks, 0.0), drop_time=full(racks, np.nan), row_demand=full(rows, 1.0),
        row_power=full(rows, 0.0), cold=full(rows, cold), hot=full(rows, hot),
        mass=full(site.halls, 0.5 * (cold + hot)),
    )  # fmt: skip
    unit = UnitState(
        fan=full(units, 0.7), valve=full(units, 0.5), valve_command=full(units, 0.5),
        integral=full(units, 0.5), ring=np.full((units, DEAD_STEPS), 0.5),
        supply=full(units, site.supply_setpoint), returned=full(units, hot),
        entering=full(units, site.water_setpoint), leaving=full(units, site.water_setpoint + WATER_RISE),
        air=0.7 * c.unit.air_flow, water=0.5 * c.unit.water_flow, heat=0.5 * site.unit_kw,
        power=0.3 * c.unit.fan_kw, running=full(units, 1.0), hot_for=full(units, 0.0),
        locked=full(units, 0.0), hall_fan=full(site.halls, 0.7), available=site.unit_kw.copy(),
    )  # fmt: skip
    water = WaterState(
        supply=full(PIPE_CELLS, site.water_setpoint), back=full(PIPE_CELLS, site.water_setpoint + WATER_RISE),
        pump_speed=full(pumps, 0.8), pump_command=(np.arange(pumps) < site.duty_pumps).astype(np.float64),
        pump_running=full(pumps, 1.0), pump_power=full(pumps, 0.0), failed_for=full(pumps, 0.0),
        control=full(1, 0.7), flow=np.array([np.sum(c.unit.water_flow) / 2]), pressure=full(1, HEADER_KPA),
        mixed=full(1, site.water_setpoint + WATER_RISE),
    )  # fmt: skip
    warm = site.water_setpoint + WATER_RISE
    chiller = ChillerState(
        command=(np.arange(chillers) < site.duty_chillers).astype(np.float64), able_for=full(chillers, 1e6),
        running=full(chillers, 1.0), heat=full(chillers, 0.5 * site.chiller_kw),
        target=full(chillers, 0.5 * site.chiller_kw), power=full(chillers, 0.3),
        leaving=full(chillers, site.water_setpoint), entering=full(chillers, warm),
        pressure_for=full(chillers, 0.0), locked=full(chillers, 0.0), warm_for=full(1, 0.0),
        missing_for=full(1, 0.0), chilled=full(1, site.water_setpoint), condenser=full(2, wet_bulb + 5.0),
        tower_fan=full(site.towers, 0.5), rejected=full(1, 0.0),
    )  # fmt: skip
    return State(
        air=air, unit=unit, water=water, chiller=chiller, plenum=full(rows, site.supply_setpoint),
        row_flow=full(rows, 1.0), short_for=full(site.halls + 1, 0.0), margin_gone=full(1, np.nan),
    )  # fmt: skip


def settled(c: Constants, s: State) -> None:
    """After settling: duty and spare as designed, no clock running, no rack down, nothing locked."""
    s.air.drop_time[:] = np.nan
    s.air.over[:] = 0.0
    s.margin_gone[:] = np.nan
    s.short_for[:] = 0.0
    s.chiller.warm_for[:] = 0.0
    s.chiller.missing_for[:] = 0.0
