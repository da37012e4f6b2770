"""What looks like a fault of the cooling and is none, on a plant fed by hand."""

from __future__ import annotations

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
    one_sensor_off,
    stop,
    switched,
    switched_by,
    told,
    without_commands,
)


def transfer(values: Values, since: float) -> None:
    """All stops for twelve seconds; the chillers need four minutes to be back."""
    if since < 12.0:
        all_power_lost(values, since)
    elif since < 240.0:
        stop(values, "plant-a/chiller")
        values["plant-a/loop/chilled_water_supply_temperature"] += min(since / 40.0, 5.0)


def towers_rest(values: Values, _: float) -> None:
    """On a cold night the towers' fans stop, and the condenser water stays as it is."""
    stop(values, "plant-a/tower")


def spare_starts(values: Values, since: float) -> None:
    """A chiller is told to run and needs three minutes; another is told to rest then."""
    if since >= 180.0:
        stop(values, "plant-a/chiller-1")
        switched(values, "plant-a/chiller-1", "on_off_command", 0.0)


def unit_rests(values: Values, since: float) -> None:
    stop(values, "crah-01")
    switched(values, "crah-01", "on_off_command", 0.0)


def return_sensor_off(values: Values, since: float) -> None:
    values["hall-1/crah-02/return_air_temperature"] -= 6.0


def one_pump_rests(values: Values, _: float) -> None:
    stop(values, "pump-2")
    switched(values, "pump-2", "on_off_command", 0.0)
    values["plant-a/loop/chilled_water_flow"] = 13.0
    values["plant-a/loop/chilled_water_differential_pressure"] = 50_000.0


def speed_goes_mute(values: Values, since: float) -> None:
    """The pumps slow down for a smaller load, and nobody hears how far."""
    for n in (1, 2):
        del values[f"plant-a/pump-{n}/pump_speed"]
    if since > 180.0:
        values["plant-a/loop/chilled_water_flow"] = 14.0
        values["plant-a/loop/chilled_water_differential_pressure"] = 50_000.0


def free_cooling(values: Values, since: float) -> None:
    """The chillers rest while it is cold outdoors; nobody hears what they were told."""
    values["plant-a/weather/outdoor_air_temperature"] = 2.0
    for n in (1, 2):
        del values[f"plant-a/chiller-{n}/on_off_command"]
    if since > 180.0:
        stop(values, "plant-a/chiller")


def setpoint_goes_mute(values: Values, since: float) -> None:
    """Told for twenty minutes, and then no more."""
    if since < 1200.0:
        for n in (1, 2, 3, 4):
            values[f"hall-1/crah-{n:02d}/supply_air_temperature_setpoint"] = 19.5


def doors_open(values: Values, since: float) -> None:
    for name in values:
        if "inlet_air" in name:
            values[name] += min(since / 60.0, 2.0)


def load_falls_away(values: Values, since: float) -> None:
    """Servers are moved elsewhere; compressors rest, and the air comes up to what it is to be."""
    if 300.0 <= since < 1200.0:
        switched(values, "rack", "/power", 0.5)
        for n in (1, 2, 3, 4):
            values[f"hall-1/crah-{n:02d}/supply_air_temperature"] += min((since - 300.0) / 30.0, 6.0) * (
                n < 3
            )
        for name in values:
            if "inlet" in name:
                values[name] += min((since - 300.0) / 100.0, 2.0)


def with_setpoints() -> Values:
    points = {f"hall-1/crah-{n:02d}/supply_air_temperature_setpoint": 20.0 for n in (1, 2, 3, 4)}
    return healthy() | points


def setpoints_are_raised(values: Values, since: float) -> None:
    """By two kelvin: until the air has come up to that the units have little to do."""
    late = min(since / 300.0, 1.0)
    for n in (1, 2, 3, 4):
        unit = f"hall-1/crah-{n:02d}"
        values[f"{unit}/supply_air_temperature_setpoint"] = 22.0
        values[f"{unit}/supply_air_temperature"] += 2.0 * late
        values[f"{unit}/return_air_temperature"] += 2.0 * late - 4.0 * (late < 1.0)
    for name in values:
        if "inlet" in name:
            values[name] += 2.0 * late


def one_meter_goes_silent(values: Values, since: float) -> None:
    """Of the chillers' own flow meters one is not heard for a while."""
    del values["plant-a/loop/chilled_water_flow"]
    for n in (1, 2):
        values[f"plant-a/chiller-{n}/chilled_water_flow"] = 10.0
    if 600.0 < since < 1200.0:
        del values["plant-a/chiller-1/chilled_water_flow"]


@pytest.mark.parametrize(
    "change",
    [
        transfer,
        towers_rest,
        spare_starts,
        unit_rests,
        one_sensor_off,
        return_sensor_off,
        one_pump_rests,
        speed_goes_mute,
        free_cooling,
        setpoint_goes_mute,
        doors_open,
        load_falls_away,
        one_meter_goes_silent,
    ],
)
def test_what_is_no_fault_of_the_cooling_is_none(change: Change) -> None:
    assert not [i for i in told(change, lasts_s=1800.0) if i.category == "cooling"]


def test_a_set_point_that_is_raised_is_no_loss_of_cooling() -> None:
    assert not told(setpoints_are_raised, lasts_s=1800.0, well=with_setpoints)


def test_meters_that_show_nothing_from_the_first_are_no_loss_of_water() -> None:
    dead = ("chilled_water_flow", "chilled_water_differential_pressure")
    rows = [(n, 5.0 * s, 0.0 if n.endswith(dead) else v) for s in range(60) for n, v in healthy().items()]
    heard = push(make_engine(SITE, zone="plant-a"), rows)
    assert len(heard.ticks) >= 28 and not heard.of_category("cooling")


def test_a_plant_that_starts_is_no_measure_of_its_flow() -> None:
    rows = []
    for second in np.arange(0.0, 600.0, PERIOD_S):
        values = healthy()
        values["plant-a/loop/chilled_water_flow"] = 6.0 + 54.0 * np.exp(-second / 60.0)
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    assert not push(make_engine(SITE, zone="plant-a"), rows).of_category("cooling")


def test_compressors_that_cycle_all_day_are_no_units_lost() -> None:
    rows: list[Row] = []
    for second in np.arange(0.0, 4 * 3600.0, 10.0):
        values = {name: value for name, value in healthy().items() if name.startswith("hall-1")}
        for n in (1, 2, 3, 4):
            rests = (second + 225.0 * n) % 900.0 < 350.0
            values[f"hall-1/crah-{n:02d}/on_off_status"] = float(not rests)
            values[f"hall-1/crah-{n:02d}/supply_air_temperature"] += 6.0 * rests
            for what in ("valve_position", "valve_command", "fault_status"):
                del values[f"hall-1/crah-{n:02d}/{what}"]
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    assert not push(make_engine(SITE, zone="hall-1"), rows).of_category("cooling")


def test_generator_tests_one_after_another_are_no_machines_that_cycle() -> None:
    def tested(values: Values, since: float) -> None:
        transfer(values, since % 1500.0)

    assert not [i for i in told(tested, lasts_s=6000.0) if i.category == "cooling"]


@pytest.mark.parametrize("come_back", [4, 1])
def test_a_hall_of_little_air_in_which_units_restart_one_after_another_is_lost_only_if_they_do_not(
    come_back: int,
) -> None:
    """Twelve seconds without power, then a unit every ten; the air rises by 5 K a minute meanwhile."""
    last = 12.0 + 10.0 * come_back

    def tested(values: Values, since: float) -> None:
        for n in (1, 2, 3, 4):
            if since < 12.0 or n > come_back or since < 12.0 + 10.0 * n:
                stop(values, f"crah-{n:02d}")
        lost = 4 - come_back
        rise = min(since, last) / 12.0 + (
            max(since - last, 0.0) / 30.0 if lost else -max(since - last, 0.0) / 40.0
        )
        switched_by(values, "rack", "/top", max(rise, 0.0))
        switched_by(values, "rack", "/bottom", max(rise, 0.0))

    incidents = [i for i in told(tested, lasts_s=600.0, well=without_commands) if i.category == "cooling"]
    if come_back == 4:
        assert not incidents
    else:
        assert second_of(incidents[0].warned or 0) <= FAULT_AT + 120.0


@pytest.mark.parametrize("dead", [-1.0, 0.0])
def test_a_water_sensor_that_was_dead_from_the_first_says_nothing_of_what_is_usual(dead: float) -> None:
    rows = []
    for second in np.arange(0.0, 2400.0, PERIOD_S):
        values = healthy()
        values["plant-a/loop/chilled_water_supply_temperature"] = dead
        values["plant-a/chiller-1/leaving_chilled_water_temperature"] = 11.0
        if second > 1200.0:
            del values["plant-a/loop/chilled_water_supply_temperature"]
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    assert not push(make_engine(SITE, zone="plant-a"), rows).of_category("cooling")


def test_a_chiller_at_rest_that_alone_is_heard_says_nothing_of_the_water_that_is_sent() -> None:
    def gap(values: Values, since: float) -> None:
        for name in list(values):
            heard = "chiller-2" in name or "rack" in name or name.endswith("outdoor_air_temperature")
            if 120.0 < since < 420.0 and not heard:
                del values[name]

    rows = []
    for second in np.arange(0.0, 2400.0, PERIOD_S):
        values = healthy()
        values["plant-a/chiller-1/leaving_chilled_water_temperature"] = 11.0
        values["plant-a/chiller-2/leaving_chilled_water_temperature"] = 22.0
        stop(values, "chiller-2")
        switched(values, "chiller-2", "on_off_command", 0.0)
        gap(values, second - 1200.0)
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    assert not push(make_engine(SITE, zone="plant-a"), rows).of_category("cooling")


def test_a_chiller_that_fell_silent_while_it_ran_may_run_on() -> None:
    def rotated(values: Values, since: float) -> None:
        for name in list(values):
            if "chiller-1" in name or name.endswith("chiller-2/on_off_command"):
                del values[name]
        if since > 120.0:
            stop(values, "chiller-2")

    assert not [i for i in told(rotated, lasts_s=1500.0) if i.category == "cooling"]


def test_chillers_that_are_known_to_rest_while_the_water_stays_cold_are_missed_when_it_warms() -> None:
    def rests(values: Values, since: float) -> None:
        for n in (1, 2):
            del values[f"plant-a/chiller-{n}/on_off_command"]
        if 600.0 < since < 1800.0 or since > 3600.0:
            stop(values, "plant-a/chiller")
        if since > 5000.0:
            values["plant-a/loop/chilled_water_supply_temperature"] += min((since - 5000.0) / 60.0, 8.0)

    first, again = (i for i in told(rests, lasts_s=6000.0) if i.category == "cooling")
    # Of the first rest nobody can know what it is.
    assert first.fault == "chillers_lost" and second_of(first.warned or 0) - FAULT_AT < 700.0
    assert second_of(again.warned or 0) - FAULT_AT > 5000.0


def test_a_sensor_that_was_dead_for_hours_and_is_back_makes_no_hot_spot() -> None:
    name = "hall-1/rack-03/inlet_air_temperature/"
    rows = []
    for second in np.arange(0.0, 4 * 3600.0, 10.0):
        values = healthy()
        if second < 3 * 3600.0:
            values[f"{name}top"] = values[f"{name}bottom"] = 0.0
        values["hall-1/crah-01/supply_air_temperature"] += 0.5 * np.sin(second / 900.0)
        rows += [(n, second + 0.1, value) for n, value in values.items()]
    assert not push(make_engine(SITE, zone="plant-a"), rows).of("hot_spot")


def test_air_that_warms_a_little_after_a_unit_was_told_to_rest_is_no_fault() -> None:
    def rests(values: Values, since: float) -> None:
        unit_rests(values, since)
        for name in values:
            if "inlet" in name:
                values[name] += min(max(since - 60.0, 0.0) / 60.0, 1.5)

    assert not told(rests, lasts_s=900.0)


def test_water_that_is_first_heard_of_late_is_not_warm() -> None:
    water = "plant-a/loop/chilled_water_supply_temperature"

    def unheard() -> Values:
        return {name: value for name, value in healthy().items() if name != water}

    def heard(values: Values, since: float) -> None:
        if since > 1200.0:
            values[water] = 11.0

    assert not told(heard, lasts_s=1800.0, well=unheard)


def test_air_that_warms_for_a_moment_as_one_unit_relieves_another_is_no_loss() -> None:
    def three_run() -> Values:
        values = {n: v for n, v in without_commands().items() if "supply_air" not in n}
        stop(values, "crah-04")
        return values

    def relieved(values: Values, since: float) -> None:
        stop(values, "crah-02")
        if since > 30.0:
            switched(values, "crah-04", "on_off_status", 1.0)
            switched(values, "crah-04", "fan_speed", 70.0)
        for name in values:
            if "inlet" in name:
                values[name] += 1.6 * np.interp(since, [0.0, 60.0, 120.0, 300.0], [0.0, 1.0, 1.0, 0.0])

    assert not told(relieved, well=three_run)


def test_water_that_no_longer_flows_as_all_valves_are_told_to_shut_is_no_shut_header() -> None:
    def told_to_shut(values: Values, since: float) -> None:
        switched(values, "crah", "valve_command", 0.0)
        switched(values, "crah", "valve_position", max(50.0 - since, 0.0))
        values["plant-a/loop/chilled_water_flow"] = max(20.0 - since / 2.0, 1.0)
        values["plant-a/loop/chilled_water_differential_pressure"] = 130_000.0

    assert not told(told_to_shut, lasts_s=300.0)
