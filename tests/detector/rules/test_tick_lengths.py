"""Rules confirm in seconds: a fault is told as soon by ticks of any length, and by two of them at least."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest

from detector.rules.cooling_units.actuators import T as ACTUATORS
from detector.rules.cooling_units.stopped import T as STOPPED
from detector.rules.plant.water import T as WATER
from detector.rules.sensors.sensor_faults import T as SENSORS
from streams.messages import SECOND
from tests.detector.feeding import Row, changed, make_engine, push, second_of
from tests.detector.hand_fed import SITE, Change, Values, fed, fired, healthy, stop

pytestmark = pytest.mark.numbers

FAULT_AT = 1780.0
"""When a tick begins, of any length."""
FREEZES = "hall-1/crah-01/return_air_temperature"
# Readings are five seconds apart, and a tick of ten is done before the next one of a second.
APART_S = 15.0


def as_it_was(values: Values, since: float) -> None:
    """What is wrong is not in the values themselves."""


def unit_trips(values: Values, since: float) -> None:
    stop(values, "crah-02", alarm=True)


def valve_sticks(values: Values, since: float) -> None:
    values["hall-1/crah-03/valve_command"] = 95.0


def water_warms(values: Values, since: float) -> None:
    for name in values:
        if name.endswith("chilled_water_supply_temperature") or ("crah" in name and "supply_air" in name):
            values[name] += min(since / 10.0, 6.0)


def sensor_breaks(values: Values, since: float) -> None:
    values["hall-1/crah-01/return_air_temperature"] = 150.0


@dataclass(frozen=True)
class Case:
    """A fault, how it is told, and for how long it must be seen."""

    change: Change
    fault: str
    confirm_s: int
    lasts_s: float
    freezes: bool = False


CASES = {
    "a unit that trips": Case(unit_trips, "unit_failed", STOPPED.confirm_stopped_s, 160.0),
    "a valve that sticks": Case(valve_sticks, "valve_stuck", ACTUATORS.confirm_stuck_valve_s, 280.0),
    "water that warms": Case(water_warms, "water_warm", WATER.confirm_hot_s, 220.0),
    "a sensor that breaks": Case(sensor_breaks, "sensor_implausible", SENSORS.confirm_implausible_s, 160.0),
    "a sensor that freezes": Case(as_it_was, "sensor_stuck", SENSORS.confirm_stuck_s, 1440.0, freezes=True),
}
every_case = pytest.mark.parametrize("name", CASES)


@cache
def rows_of(case: Case) -> list[Row]:
    def at(second: float) -> Values:
        values = healthy()
        if second >= FAULT_AT:
            case.change(values, second - FAULT_AT)
        return values

    rows = fed(at, FAULT_AT + case.lasts_s)
    return changed(rows, FREEZES, FAULT_AT, 31.0) if case.freezes else rows


@cache
def told(name: str, tick_s: int) -> tuple[float, float]:
    """Ends of the first tick that showed a fault and of the one that it was told at, s since it began."""
    case = CASES[name]
    engine = make_engine(SITE, zone="plant-a", tick=tick_s * SECOND)
    first = fired(push(engine, rows_of(case)).incidents)
    (incident,) = (i for i in first if i.fault == case.fault)
    return second_of(incident.started) - FAULT_AT, second_of(incident.updated) - FAULT_AT


@every_case
def test_at_a_tick_of_a_second_it_is_told_as_soon_as_at_one_of_ten(name: str) -> None:
    assert abs(told(name, 1)[1] - told(name, 10)[1]) <= APART_S


@every_case
@pytest.mark.parametrize("tick_s", [1, 10, 60])
def test_it_is_never_told_before_it_was_seen_for_long_enough(name: str, tick_s: int) -> None:
    began, at = told(name, tick_s)
    assert at - began >= max(CASES[name].confirm_s, 2 * tick_s) - tick_s


@every_case
def test_at_a_tick_of_a_minute_it_is_told_by_two_or_as_many_as_it_takes(name: str) -> None:
    began, at = told(name, 60)
    assert at - began == max(60, -(-CASES[name].confirm_s // 60) * 60 - 60)
