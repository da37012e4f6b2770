"""Which fault explains a pattern and which equipment is its root, on a plant fed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.detector.feeding import Row, make_engine, push, second_of
from tests.detector.hand_fed import (
    FAULT_AT,
    PERIOD_S,
    SITE,
    Change,
    Values,
    all_power_lost,
    healthy,
    stop,
    switched,
    switched_by,
    told,
    versions,
    without_commands,
)

AIR = ("supply", "return")


def valves_shut(values: Values, _: float) -> None:
    values["plant-a/loop/chilled_water_flow"] = 1.5
    values["plant-a/loop/chilled_water_differential_pressure"] = 130_000.0


def air_in_the_loop(values: Values, since: float) -> None:
    part = max(1.0 - since / 400.0, 0.1)
    switched(values, "pump", "pump_speed", 100.0)
    values["plant-a/loop/chilled_water_flow"] = 20.0 * part
    values["plant-a/loop/chilled_water_differential_pressure"] = 100_000.0 * part**2


def pumps_trip(values: Values, since: float) -> None:
    stop(values, "plant-a/pump", alarm=True)
    values["plant-a/loop/chilled_water_flow"] = 0.0
    if since > 15.0:
        stop(values, "plant-a/chiller")


def controller_fails(values: Values, _: float) -> None:
    for n in (2, 3, 4):
        stop(values, f"crah-{n:02d}")
        switched(values, f"crah-{n:02d}", "on_off_command", 0.0)
    switched(values, "crah-01", "fan_speed", 100.0)


def valve_sticks(values: Values, since: float) -> None:
    values["hall-1/crah-02/valve_position"] = 8.0
    values["hall-1/crah-02/valve_command"] = min(50.0 + since / 2.0, 100.0)
    values["hall-1/crah-02/supply_air_temperature"] += min(since / 20.0, 6.0)


def fan_stops(values: Values, _: float) -> None:
    values["hall-1/crah-03/fan_speed"] = 0.0


def towers_stop(values: Values, since: float) -> None:
    stop(values, "plant-a/tower")
    values["plant-a/condenser-loop/condenser_water_supply_temperature"] += min(since / 20.0, 12.0)


def day_beyond_design(values: Values, since: float) -> None:
    values["plant-a/weather/outdoor_air_temperature"] += min(since / 40.0, 22.0)
    switched(values, "plant-a/tower", "fan_speed", 100.0)
    values["plant-a/condenser-loop/condenser_water_supply_temperature"] += min(since / 60.0, 9.0)
    values["plant-a/loop/chilled_water_supply_temperature"] += max(0.0, since - 300.0) / 100.0


def unit_stops_untold(values: Values, since: float) -> None:
    """Nobody hears what units are told; one stops, and the hall feels it."""
    for n in (1, 2, 3, 4):
        del values[f"hall-1/crah-{n:02d}/on_off_command"], values[f"hall-1/crah-{n:02d}/fan_speed_command"]
    if since > 120.0:
        stop(values, "crah-02")
        for name in values:
            if "inlet_air" in name:
                values[name] += min((since - 120.0) / 20.0, 2.5)


def door_is_open(values: Values, since: float) -> None:
    """Far warmer air than any door in passing lets in, and every unit goes on as before."""
    for name in values:
        if "inlet" in name:
            values[name] += 9.0 * (1.0 - math.exp(-since / 240.0))


def belt_breaks(values: Values, _: float) -> None:
    """No air passes the coil any more: its valve shuts, the others' open a little."""
    switched_by(values, "crah-", "valve_position", 4.0)
    switched_by(values, "crah-", "valve_command", 4.0)
    switched(values, "crah-02", "valve_position", 4.0)
    switched(values, "crah-02", "valve_command", 4.0)


def chiller_trips(values: Values, _: float) -> None:
    stop(values, "plant-a/chiller-1", alarm=True)


@pytest.mark.parametrize(
    ("change", "fault", "root", "within_s"),
    [
        (valves_shut, "valves_closed", "plant-a", 45.0),
        (air_in_the_loop, "air_lock", "plant-a", 180.0),
        (pumps_trip, "pumps_lost", "plant-a", 45.0),
        (all_power_lost, "cooling_loss", "plant-a", 50.0),
        (controller_fails, "control_failed", "hall-1", 50.0),
        (valve_sticks, "valve_stuck", "hall-1/crah-02", 240.0),
        (fan_stops, "fan_failed", "hall-1/crah-03", 90.0),
        (towers_stop, "towers_lost", "plant-a", 150.0),
        (unit_stops_untold, "unit_failed", "hall-1/crah-02", 180.0),
        (day_beyond_design, "heat_wave", "plant-a", 900.0),
        (door_is_open, "door_open", "hall-1", 400.0),
        (belt_breaks, "fan_failed", "hall-1/crah-02", 400.0),
        (chiller_trips, "chiller_tripped", "plant-a/chiller-1", 90.0),
    ],
)
def test_the_first_answer_names_fault_and_root(
    change: Change, fault: str, root: str, within_s: float
) -> None:
    first = told(change, lasts_s=max(within_s, 600.0))[0]
    assert (first.fault, first.root) == (fault, root)
    assert second_of(first.warned or 0) - FAULT_AT <= within_s
    assert first.evidence and first.summary


def test_the_last_unit_to_spare_is_a_warning_of_its_own() -> None:
    capacities = "".join(
        f'[[equipment]]\nid = "hall-1/crah-{n:02d}"\ntype = "CRAH"\ncapacity_kw = 11\n' for n in (1, 2, 3, 4)
    )

    def one_trips(values: Values, _: float) -> None:
        stop(values, "crah-01", alarm=True)

    # Thirty kW: three units of eleven carry them, two do not.
    warned = told(one_trips, site=SITE + capacities)
    assert [(i.fault, i.root) for i in warned] == [
        ("unit_failed", "hall-1/crah-01"),
        ("redundancy_lost", "hall-1"),
    ]
    assert [i.fault for i in told(one_trips)] == ["unit_failed"], "unknown capacity is never short"


def three_chillers() -> Values:
    """As healthy, with a third chiller, on a day of 37 C."""
    values = healthy()
    values |= {n.replace("chiller-1", "chiller-3"): v for n, v in values.items() if "chiller-1" in n}
    values["plant-a/weather/outdoor_air_temperature"] = 37.0
    return values


@pytest.mark.parametrize(("capacity_kw", "short"), [(40.0, False), (30.3, True), (29.0, True)])
def test_chillers_are_to_spare_for_the_weather_that_is_expected(capacity_kw: float, short: bool) -> None:
    capacities = "".join(
        f'[[equipment]]\nid = "plant-a/chiller-{n}"\ntype = "Chiller"\ncapacity_kw = {capacity_kw}\n'
        for n in (1, 2, 3)
    )

    def one_trips(values: Values, _: float) -> None:
        stop(values, "chiller-1", alarm=True)

    # Thirty kW: two chillers run on, and 2 % less of each is left at 37 C.
    warned = told(one_trips, site=SITE + capacities, well=three_chillers)
    lost = [("redundancy_lost", "plant-a")] if short else []
    assert [(i.fault, i.root) for i in warned] == [("chiller_tripped", "plant-a/chiller-1"), *lost]
    if capacity_kw > 30.0 and short:
        assert "37 C" in warned[1].summary


def test_chillers_whose_own_flow_stops_are_lost_and_not_the_flow() -> None:
    def metered_at_chillers() -> Values:
        values = {n: v for n, v in healthy().items() if "loop/chilled_water_flow" not in n}
        return values | {f"plant-a/chiller-{n}/chilled_water_flow": 10.0 for n in (1, 2)}

    def trip(values: Values, since: float) -> None:
        stop(values, "plant-a/chiller")
        if since > 120.0:
            switched(values, "plant-a/chiller", "chilled_water_flow", 0.0)

    faults = {i.fault for i in versions(trip, lasts_s=900.0, well=metered_at_chillers)}
    assert faults == {"chillers_lost"}


def test_pumps_that_nobody_sees_are_missed_by_their_flow_and_pressure() -> None:
    def unseen() -> Values:
        return {n: v for n, v in healthy().items() if "/pump-" not in n or "fault" in n}

    def stopped(values: Values, _: float) -> None:
        values["plant-a/loop/chilled_water_flow"] = 0.0
        values["plant-a/loop/chilled_water_differential_pressure"] = 0.0

    (incident,) = told(stopped, well=unseen)
    assert (incident.fault, incident.root) == ("pumps_lost", "plant-a")


def test_chillers_that_come_back_one_after_another_leave_none_to_spare_for_a_moment_only() -> None:
    capacities = "".join(
        f'[[equipment]]\nid = "plant-a/chiller-{n}"\ntype = "Chiller"\ncapacity_kw = 31\n' for n in (1, 2)
    )

    def transfer(values: Values, since: float) -> None:
        # By then it is known which machines rest all the time.
        after = since - 3000.0
        if 0.0 <= after < 12.0:
            all_power_lost(values, since)
        for n, back in ((1, 120.0), (2, 300.0)):
            if 0.0 <= after < back:
                stop(values, f"chiller-{n}")

    assert not told(transfer, lasts_s=4200.0, site=SITE + capacities)


def test_set_points_that_were_silent_for_a_while_have_not_been_raised() -> None:
    names = [f"hall-1/crah-{n:02d}/{air}_air_temperature_setpoint" for n in range(1, 5) for air in AIR]

    def with_setpoints() -> Values:
        return healthy() | {name: 20.0 if "supply" in name else 31.0 for name in names}

    def warms(values: Values, since: float) -> None:
        for name in values:
            if since > 300.0 and "air_temperature" in name and "outdoor" not in name and name not in names:
                values[name] += (since - 300.0) / 60.0
        for name in names:
            if since < 300.0 and "return" in name:
                del values[name]

    first = next(i for i in told(warms, well=with_setpoints) if i.category == "cooling")
    assert first.fault == "cooling_loss" and second_of(first.warned or 0) - FAULT_AT <= 460.0


def test_one_cause_is_one_incident() -> None:
    for change in (pumps_trip, all_power_lost, valves_shut):
        assert len(told(change)) == 1


def test_a_coarser_word_does_not_replace_a_finer_one() -> None:
    def only_pump_stops(values: Values, since: float) -> None:
        stop(values, "plant-a/pump-1")
        values["plant-a/loop/chilled_water_flow"] = 0.0
        for name in values:
            if "air_temperature" in name and "outdoor" not in name:
                values[name] += min(since / 40.0, 12.0)
        if since > 10.0:
            stop(values, "plant-a/chiller")

    def one_pump() -> Values:
        return {n: v for n, v in healthy().items() if "pump-2" not in n and "pump-1/on_off_com" not in n}

    ends: dict[str, str] = {}
    for incident in versions(only_pump_stops, lasts_s=1500.0, well=one_pump):
        ends[incident.id] = incident.fault
    assert list(ends.values()) == ["pumps_lost"]


def test_what_reports_a_fault_of_its_own_is_told_before_the_rest_has_stopped() -> None:
    def sag(values: Values, since: float) -> None:
        stop(values, "plant-a/chiller", alarm=True)
        if since > 8.0:
            stop(values, "plant-a/pump")
            values["plant-a/loop/chilled_water_flow"] = 0.0

    (incident,) = told(sag)
    assert incident.fault in ("chillers_lost", "cooling_loss") and incident.root == "plant-a"
    assert second_of(incident.warned or 0) - FAULT_AT <= 25.0


def test_chillers_that_stop_for_want_of_units_are_not_the_cause() -> None:
    def all_told_off(values: Values, since: float) -> None:
        for n in (1, 2, 3, 4):
            stop(values, f"crah-{n:02d}")
            switched(values, f"crah-{n:02d}", "on_off_command", 0.0)
        if since > 60.0:
            stop(values, "plant-a/chiller")
            for n in (1, 2):
                del values[f"plant-a/chiller-{n}/on_off_command"]

    assert [(i.fault, i.root) for i in told(all_told_off, lasts_s=200.0)] == [("control_failed", "hall-1")]


def test_towers_that_stopped_long_ago_are_told_when_their_water_warms() -> None:
    def slowly(values: Values, since: float) -> None:
        stop(values, "plant-a/tower")
        values["plant-a/condenser-loop/condenser_water_supply_temperature"] += max(since - 1200.0, 0.0) / 60.0

    assert [(i.fault, i.root) for i in told(slowly, lasts_s=1800.0)] == [("towers_lost", "plant-a")]


def test_water_that_follows_a_wrong_set_point_is_warm_all_the_same() -> None:
    def mistaken(values: Values, since: float) -> None:
        warm = min(since / 60.0, 9.0)
        values["plant-a/loop/chilled_water_supply_temperature_setpoint"] = 20.0
        values["plant-a/loop/chilled_water_supply_temperature"] += warm
        switched_by(values, "crah", "supply_air_temperature", warm / 2.0)

    assert [(i.fault, i.root) for i in told(mistaken, lasts_s=700.0)] == [("water_warm", "plant-a")]


@pytest.mark.parametrize("stop_too", [True, False])
def test_a_load_that_has_grown_explains_no_rise_that_begins_when_units_stop(stop_too: bool) -> None:
    def batch_jobs(values: Values, since: float) -> None:
        switched(values, "rack", "/power", 12.0)
        if since < 500.0:
            return
        if stop_too:
            for n in (3, 4):
                stop(values, f"crah-{n:02d}")
        switched_by(values, "rack", "/top", min((since - 500.0) / 60.0, 2.5))
        switched_by(values, "rack", "/bottom", min((since - 500.0) / 60.0, 2.5))

    incidents = told(batch_jobs, lasts_s=720.0, well=without_commands)
    assert [i.fault for i in incidents] == ["cooling_loss"] * stop_too


def test_racks_that_are_always_warm_hide_no_loss_of_cooling() -> None:
    rng = np.random.default_rng(1)
    rows: list[Row] = []
    for second in np.arange(0.0, FAULT_AT + 300.0, PERIOD_S):
        lost = max(second - FAULT_AT, 0.0)
        for n in range(1, 7):
            inlet = (27.6 if n < 3 else 24.0) + rng.normal(0.0, 0.03) + lost / 40.0
            rows.append((f"hall-1/rack-{n:02d}/inlet_air_temperature", second + 0.1, inlet))
    heard = push(make_engine(SITE, zone="hall-1"), rows)
    assert any(second_of(i.started) < FAULT_AT for i in heard.of("limit"))
    lost_at = min(second_of(i.warned or 0) for i in heard.of("cooling_loss"))
    assert FAULT_AT < lost_at <= FAULT_AT + 150.0


def test_water_that_warms_in_an_hour_and_stays_so_is_not_learned_on_the_way() -> None:
    def warms(values: Values, since: float) -> None:
        values["plant-a/loop/chilled_water_supply_temperature"] += 2.8 * min(since / 3600.0, 1.0)

    (incident,) = told(warms, lasts_s=4800.0)
    assert (incident.fault, incident.root) == ("water_warm", "plant-a")


def test_a_units_set_point_of_its_own_loop_is_not_the_plants() -> None:
    def with_loops() -> Values:
        values = healthy() | {"plant-a/loop/chilled_water_supply_temperature_setpoint": 11.0}
        return values | {
            f"hall-1/crah-{n:02d}/chilled_water_supply_temperature_setpoint": 18.0 for n in (1, 2)
        }

    def warms(values: Values, since: float) -> None:
        values["plant-a/loop/chilled_water_supply_temperature"] += min(since / 60.0, 5.0)

    (incident,) = told(warms, well=with_loops, lasts_s=900.0)
    assert (incident.fault, incident.root) == ("water_warm", "plant-a")


def test_controls_that_shut_all_valves_with_the_load_on_are_told_while_the_air_is_cool() -> None:
    def shut(values: Values, since: float) -> None:
        valves_shut(values, since)
        switched(values, "crah", "valve_command", 0.0)
        switched(values, "crah", "valve_position", 0.0)
        switched_by(values, "crah", "supply_air_temperature", min(since / 30.0, 10.0))

    first = told(shut)[0]
    assert first.category == "cooling" and second_of(first.warned or 0) - FAULT_AT <= 90.0


def test_units_that_are_told_to_stop_with_no_heat_to_carry_are_not_missed() -> None:
    assert not told(controller_fails, lasts_s=900.0, metered=False)
