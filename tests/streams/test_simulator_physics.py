"""The simulated hall behaves as halls do: energy, times to shut down, controls."""

from __future__ import annotations

import numpy as np
import pytest

from streams.simulator.simulation import simulate
from streams.simulator.units import coil_effectiveness, valve_opening
from tests.streams.simulated import ROOM, room, run, scenario

ALL_COOLING = [
    {"kind": kind, "at_h": 0.25} for kind in ("chiller_power_lost", "pump_power_lost", "unit_power_lost")
]


def first_rack_down(*faults: dict, hours: float = 1.0) -> float:
    """Seconds from the fault to the first rack that shuts down."""
    state = run(room(*faults, hours=hours)).state
    return float(np.nanmin(state.air.drop_time)) - 900.0


def test_a_full_small_room_without_cooling_shuts_down_within_a_few_minutes() -> None:
    # Opengate measured 3 min 9 s with 5 kW a cabinet.
    assert 150 < first_rack_down(*ALL_COOLING) < 300


def test_half_the_load_lasts_longer() -> None:
    state = run(room(*ALL_COOLING, utilisation=0.5)).state
    assert float(np.nanmin(state.air.drop_time)) - 900.0 > 1.5 * first_rack_down(*ALL_COOLING)


def test_losing_the_chillers_while_the_pumps_run_is_slower() -> None:
    everything = first_rack_down(*ALL_COOLING)
    pumps = first_rack_down({"kind": "pump_trip", "at_h": 0.25})
    chillers = first_rack_down({"kind": "chiller_trip", "at_h": 0.25}, hours=2.0)
    assert everything < pumps < chillers
    assert chillers > 3 * everything


def test_heat_given_off_is_heat_carried_away_at_rest() -> None:
    simulation = simulate(scenario(hours=4, layout=ROOM | {"outdoor_swing": 0.0, "unmetered": 0.05}), 1)
    given, coils, evaporators, rejected, condensers = [], [], [], [], []
    for start, _ in simulation.blocks():
        s, c = simulation.state, simulation.constants
        if start < 2.5 * 3600:
            continue
        into_walls = c.air.row_surface @ (s.air.cold + s.air.hot - 2 * s.air.mass[c.air.row_hall])
        given.append(s.air.rack_power.sum() + c.air.row_unmetered.sum() + s.unit.power.sum() - into_walls)
        coils.append(s.unit.heat.sum())
        evaporators.append(s.chiller.heat.sum() - s.water.pump_power.sum())
        condensers.append((s.chiller.running * (s.chiller.heat + s.chiller.power)).sum())
        rejected.append(s.chiller.rejected[0])
    assert np.mean(coils) == pytest.approx(np.mean(given), rel=0.01)
    assert np.mean(evaporators) == pytest.approx(np.mean(coils), rel=0.01)
    assert np.mean(rejected) == pytest.approx(np.mean(condensers), rel=0.02)


def test_supply_air_and_water_hold_their_set_points() -> None:
    simulation = run(room(utilisation=0.7))
    s, site = simulation.state, simulation.layout
    assert s.unit.supply == pytest.approx(np.full(len(site.units), site.supply_setpoint), abs=0.4)
    assert s.chiller.chilled[0] == pytest.approx(site.water_setpoint, abs=0.6)


def test_the_loss_of_one_unit_is_carried_by_the_others() -> None:
    simulation = run(room({"kind": "fan_failure", "pick": 1, "at_h": 0.25}, utilisation=0.8))
    s = simulation.state
    failed = int(np.argmin(s.unit.fan))
    others = np.delete(s.unit.fan, failed)
    assert s.unit.fan[failed] < 0.01
    assert others.min() > 0.55
    assert s.air.inlet_top.max() < 27.0


def test_more_units_lost_than_there_are_spare_is_not_carried() -> None:
    simulation = run(room({"kind": "fan_failure", "pick": 3, "at_h": 0.25}, utilisation=1.0, spare_units=1))
    assert simulation.state.air.inlet_top.max() > 27.0
    assert simulation.state.margin_gone[0] == pytest.approx(900.0, abs=60.0)


def test_units_locked_out_by_hot_return_air_take_the_rest_with_them() -> None:
    faults = [
        {"kind": "lockout", "value": 35.0, "at_h": 0.0},
        {"kind": "unit_trip", "pick": 2, "at_h": 0.25},
    ]
    simulation = run(room(*faults, utilisation=1.0, spare_units=1))
    assert simulation.state.unit.locked.sum() >= 2
    assert np.isfinite(simulation.state.air.drop_time).any()


def test_a_spare_chiller_takes_over_and_the_racks_feel_nothing() -> None:
    simulation = run(room({"kind": "chiller_trip", "pick": 1, "target": "*/chiller-1", "at_h": 0.25}))
    s = simulation.state
    assert s.chiller.running[0] == 0 and s.chiller.running[-1] == 1
    assert s.air.inlet_top.max() < 27.0


def test_a_blocked_spare_does_not() -> None:
    faults = [
        {"kind": "chiller_start_blocked", "target": "*/chiller-*", "at_h": 0.1},
        {"kind": "chiller_trip", "target": "*/chiller-1", "at_h": 0.25},
    ]
    simulation = run(room(*faults, chillers=1))
    assert simulation.state.chiller.running.sum() == 0


def test_a_standby_pump_takes_over() -> None:
    simulation = run(room({"kind": "pump_trip", "target": "*/pump-1", "at_h": 0.25}))
    s = simulation.state
    assert s.water.pump_running[0] == 0 and s.water.pump_running[-1] == 1
    assert s.water.pressure[0] == pytest.approx(100.0, abs=5.0)


def test_rotation_starts_the_next_one_before_it_stops_the_last() -> None:
    faults = [
        {"kind": "chiller_rotation", "target": "*/chiller-1", "at_h": 0.25},
        {"kind": "pump_rotation", "target": "*/pump-1", "at_h": 0.3},
    ]
    simulation = room(*faults)
    fewest = 99.0
    for _ in simulation.blocks():
        fewest = min(
            fewest, simulation.state.chiller.running.sum() + simulation.state.water.pump_running.sum()
        )
    s, site = simulation.state, simulation.layout
    assert s.chiller.running[0] == s.water.pump_running[0] == 0
    assert s.chiller.running[-1] == s.water.pump_running[-1] == 1
    assert fewest == site.duty_chillers + site.duty_pumps
    assert s.air.inlet_top.max() < 25.0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "air_lock", "value": 0.95},
        {"kind": "valves_closed", "value": 0.02},
        {"kind": "pump_no_signal"},
    ],
)
def test_water_that_does_not_flow_does_not_cool(fault: dict) -> None:
    simulation = run(room(fault | {"at_h": 0.25}))
    assert np.isfinite(simulation.state.air.drop_time).any()


def test_fouled_towers_in_a_heat_wave_trip_the_chillers() -> None:
    faults = [
        {"kind": "tower_fouling", "value": 0.35, "at_h": 0.1},
        {"kind": "heat_wave", "value": 18.0, "at_h": 0.1, "ramp_s": 1800},
        {"kind": "humid_air", "value": 12.0, "at_h": 0.1, "ramp_s": 1800},
    ]
    simulation = run(room(*faults, hours=3.0, outdoor=24.0))
    assert simulation.state.chiller.locked.sum() >= 1


def test_a_clogged_filter_costs_air_and_shows_in_its_pressure() -> None:
    simulation = room({"kind": "filter_clog", "value": 6.0, "target": "*/crah-01", "at_h": 0.25})
    run(simulation)
    s, c = simulation.state, simulation.constants
    per_speed = s.unit.air / (s.unit.fan * c.unit.air_flow)
    assert per_speed[0] < 0.7 * per_speed[1]


def test_a_fouled_coil_needs_its_valve_further_open() -> None:
    simulation = run(room({"kind": "coil_fouling", "value": 0.6, "target": "*/crah-01", "at_h": 0.25}))
    valve = simulation.state.unit.valve
    assert valve[0] > valve[1:].max() + 0.05


def test_power_back_starts_pumps_units_and_chillers_again() -> None:
    faults = [fault | {"lasts_s": 60} for fault in ALL_COOLING]
    simulation = run(room(*faults, hours=2.0, utilisation=0.5))
    s = simulation.state
    assert s.chiller.running.sum() >= 1 and s.unit.running.all()
    assert s.air.cold.max() < 25.0


@pytest.mark.parametrize("air", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("water", [0.0, 0.5, 1.0, 2.0])
def test_effectiveness_lies_between_none_and_all(air: float, water: float) -> None:
    effect = coil_effectiveness(2.0, air, water, 2.0, 2.0)
    assert 0.0 <= effect < 1.0
    assert (effect == 0.0) == (min(air, water) == 0.0)


def test_effectiveness_of_equal_flows_is_the_known_limit() -> None:
    assert coil_effectiveness(2.0, 2.0, 2.0, 2.0, 2.0) == pytest.approx(0.5)


def test_a_valve_shuts_tight_and_opens_fully() -> None:
    assert valve_opening(0.0) == 0.0
    assert valve_opening(1.0) == pytest.approx(1.0)
