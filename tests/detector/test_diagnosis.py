"""Which fault explains a pattern and which equipment is its root, on a plant fed by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from streams.messages import Incident
from tests.detector.feeding import Row, make_engine, push, second_of

SITE = """
[[zone]]
name = "plant-a"
halls = ["hall-1"]
[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
warning = 27.0
critical = 32.0
shutdown = 40.0
"""
FAULT_AT = 1800.0
PERIOD_S = 5
Values = dict[str, float]
Change = Callable[[Values, float], None]
"""What is wrong, laid over the values of all points; seconds since the fault began."""


def healthy() -> Values:
    values: Values = {"plant-a/loop/chilled_water_flow": 20.0}
    values["plant-a/loop/chilled_water_differential_pressure"] = 100_000.0
    values["plant-a/loop/chilled_water_supply_temperature"] = 11.0
    for n in (1, 2):
        for machine in (f"plant-a/chiller-{n}", f"plant-a/pump-{n}"):
            values |= {f"{machine}/on_off_status": 1.0, f"{machine}/on_off_command": 1.0}
            values[f"{machine}/fault_status"] = 0.0
        values[f"plant-a/pump-{n}/pump_speed"] = 80.0
        values |= {f"plant-a/tower-{n}/on_off_status": 1.0, f"plant-a/tower-{n}/fan_speed": 60.0}
    values["plant-a/condenser-loop/condenser_water_supply_temperature"] = 25.0
    values["plant-a/weather/outdoor_air_temperature"] = 18.0
    for n in (1, 2, 3, 4):
        unit = f"hall-1/crah-{n:02d}"
        values |= {f"{unit}/on_off_status": 1.0, f"{unit}/on_off_command": 1.0, f"{unit}/fault_status": 0.0}
        values |= {f"{unit}/supply_air_temperature": 20.0, f"{unit}/return_air_temperature": 31.0}
        values |= {f"{unit}/fan_speed": 70.0, f"{unit}/fan_speed_command": 70.0}
        values |= {f"{unit}/valve_position": 50.0, f"{unit}/valve_command": 50.0}
    for n in range(1, 7):
        rack = f"hall-1/rack-{n:02d}"
        values |= {f"{rack}/inlet_air_temperature/top": 22.0, f"{rack}/inlet_air_temperature/bottom": 21.5}
        values[f"{rack}/power"] = 5.0
    return values


def told(change: Change, lasts_s: float = 600.0, metered: bool = True, site: str = SITE) -> list[Incident]:
    """Incidents as they first fired, of a plant that half an hour later has the change laid over it."""
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for second in np.arange(0.0, FAULT_AT + lasts_s, PERIOD_S):
        values = {n: v for n, v in healthy().items() if metered or not n.endswith("/power")}
        for name in values:
            if "temperature" in name:
                values[name] += rng.normal(0.0, 0.03)
        if second >= FAULT_AT:
            change(values, second - FAULT_AT)
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    engine = make_engine(site, zone="plant-a")
    first: dict[str, Incident] = {}
    for incident in push(engine, rows).incidents:
        if incident.warned is not None:
            first.setdefault(incident.id, incident)
    assert all(second_of(i.warned or 0) >= FAULT_AT for i in first.values())
    return list(first.values())


def switched(values: Values, machines: str, what: str, value: float) -> None:
    for name in values:
        if machines in name and name.endswith(what):
            values[name] = value


def stop(values: Values, machines: str, alarm: bool = False) -> None:
    switched(values, machines, "on_off_status", 0.0)
    switched(values, machines, "pump_speed", 0.0)
    switched(values, machines, "fan_speed", 0.0)
    switched(values, machines, "fault_status", float(alarm))


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


def all_power_lost(values: Values, _: float) -> None:
    stop(values, "")
    values["plant-a/loop/chilled_water_flow"] = 0.0


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
        (day_beyond_design, "heat_wave", "plant-a", 900.0),
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


def test_one_cause_is_one_incident() -> None:
    for change in (pumps_trip, all_power_lost, valves_shut):
        assert len(told(change)) == 1


def transfer(values: Values, since: float) -> None:
    """All stands for twelve seconds; the chillers need four minutes to be back."""
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


def one_sensor_off(values: Values, since: float) -> None:
    values["hall-1/rack-04/inlet_air_temperature/top"] += 6.5


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


def test_units_that_are_told_to_stop_with_no_heat_to_carry_are_not_missed() -> None:
    assert not told(controller_fails, lasts_s=900.0, metered=False)


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
    ],
)
def test_what_is_no_fault_of_the_cooling_is_none(change: Change) -> None:
    assert not [i for i in told(change, lasts_s=1800.0) if i.category == "cooling"]


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


def test_states_that_are_sent_when_they_change_are_believed_between() -> None:
    rows: list[Row] = []
    sent: dict[str, tuple[float, float]] = {}
    for second in np.arange(0.0, 2 * FAULT_AT + 120.0, PERIOD_S):
        values = healthy()
        if second >= 2 * FAULT_AT:
            stop(values, "plant-a/chiller")
        for name, value in values.items():
            if name.endswith(("status", "command")):
                at, before = sent.get(name, (-900.0, np.nan))
                if value == before and second - at < 900.0:
                    continue
                sent[name] = second, value
            rows.append((name, second + 0.1, value))
    incident = push(make_engine(SITE, zone="plant-a"), rows).of("chillers_lost")[0]
    assert second_of(incident.warned or 0) - 2 * FAULT_AT <= 40.0


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


def test_towers_that_have_stood_for_long_are_told_when_their_water_warms() -> None:
    def slowly(values: Values, since: float) -> None:
        stop(values, "plant-a/tower")
        values["plant-a/condenser-loop/condenser_water_supply_temperature"] += max(since - 1200.0, 0.0) / 60.0

    assert [(i.fault, i.root) for i in told(slowly, lasts_s=1800.0)] == [("towers_lost", "plant-a")]


def test_sensors_that_creep_to_the_warning_limit_are_no_fault_of_the_cooling() -> None:
    def creeping(values: Values, since: float) -> None:
        for n in (2, 5):
            for place in ("top", "bottom"):
                values.pop(f"hall-1/rack-{n:02d}/inlet_air_temperature/{place}")
            values[f"hall-1/rack-{n:02d}/inlet_air_temperature"] = 22.0 + since / 3600.0

    rows = []
    for second in np.arange(0.0, 8 * 3600.0, 30.0):
        values = healthy()
        creeping(values, max(second - 3600.0, 0.0))
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    heard = push(make_engine(SITE, zone="plant-a"), rows)
    assert not heard.of_category("cooling")
    assert {i.root for i in heard.of("sensor_doubtful")} == {
        f"hall-1/rack-{n:02d}/inlet_air_temperature" for n in (2, 5)
    }


def test_a_sensor_that_nothing_bears_out_is_told_as_such() -> None:
    assert [(i.fault, i.root) for i in told(one_sensor_off, lasts_s=900.0)] == [
        ("sensor_doubtful", "hall-1/rack-04/inlet_air_temperature/top")
    ]


def test_a_sensor_far_beyond_a_physical_limit_pages_as_a_sensor_when_nothing_near_it_is_warmer() -> None:
    def strays(values: Values, since: float) -> None:
        """Up to 42 C within a minute, and between whiles back for one reading."""
        back = since > 60.0 and since % 60.0 == 55.0
        values["hall-1/rack-04/inlet_air_temperature/top"] += 0.0 if back else min(since, 60.0) / 3.0

    incidents = told(strays, lasts_s=300.0)
    assert not [i for i in incidents if i.category == "cooling"]
    assert {"critical", "emergency"} & {i.severity for i in incidents if i.fault == "limit_unconfirmed"}


def test_a_rack_that_is_hot_at_two_places_is_beyond_its_limit() -> None:
    def blocked(values: Values, since: float) -> None:
        for place in ("top", "bottom"):
            values[f"hall-1/rack-04/inlet_air_temperature/{place}"] += min(since, 60.0) / 4.0

    assert ("limit", "hall-1/rack-04") in [(i.fault, i.root) for i in told(blocked, lasts_s=300.0)]


def test_water_that_follows_a_wrong_set_point_is_warm_all_the_same() -> None:
    def mistaken(values: Values, since: float) -> None:
        warm = min(since / 60.0, 9.0)
        values["plant-a/loop/chilled_water_supply_temperature_setpoint"] = 20.0
        values["plant-a/loop/chilled_water_supply_temperature"] += warm
        switched_by(values, "crah", "supply_air_temperature", warm / 2.0)

    assert [(i.fault, i.root) for i in told(mistaken, lasts_s=700.0)] == [("water_warm", "plant-a")]


def switched_by(values: Values, machines: str, what: str, by: float) -> None:
    for name in values:
        if machines in name and name.endswith(what):
            values[name] += by


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
