"""A rack's sensor against what is near it."""

from __future__ import annotations

import numpy as np

from tests.detector.feeding import bits, make_engine, push, second_of
from tests.detector.hand_fed import FAULT_AT, SITE, Values, healthy, one_sensor_off, told


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


def test_it_pages_with_its_second_reading_where_the_others_are_read_as_often() -> None:
    def strays(values: Values, since: float) -> None:
        """Beyond 32 C for the first time after 35 s."""
        values["hall-1/rack-04/inlet_air_temperature/top"] += min(since, 60.0) / 3.0

    first = min(i.warned or 0 for i in told(strays, lasts_s=120.0) if i.fault == "limit_unconfirmed")
    assert 0.0 < second_of(first) - (FAULT_AT + 40.0) < 1.0


def test_a_rack_that_is_hot_at_two_places_is_beyond_its_limit() -> None:
    def blocked(values: Values, since: float) -> None:
        for place in ("top", "bottom"):
            values[f"hall-1/rack-04/inlet_air_temperature/{place}"] += min(since, 60.0) / 4.0

    assert ("limit", "hall-1/rack-04") in [(i.fault, i.root) for i in told(blocked, lasts_s=300.0)]


def test_others_that_are_a_little_off_are_no_witnesses() -> None:
    def several(values: Values, since: float) -> None:
        values["hall-1/rack-04/inlet_air_temperature/top"] += min(since, 60.0) / 15.0
        for n in (1, 2, 3):
            values[f"hall-1/rack-{n:02d}/inlet_air_temperature/top"] += min(since, 60.0) / 40.0

    assert {i.category for i in told(several, lasts_s=900.0)} <= {"sensor"}


def test_a_sensor_that_drifted_beyond_every_limit_and_is_back_pages_no_limit() -> None:
    def drifts(values: Values, since: float) -> None:
        if since < 3000.0:
            values["hall-1/rack-04/inlet_air_temperature/top"] += since / 100.0

    assert not [i for i in told(drifts, lasts_s=3600.0) if i.category == "cooling"]


def test_an_exhaust_that_follows_its_own_servers_is_no_witness() -> None:
    def busier(values: Values, since: float) -> None:
        one_sensor_off(values, since)
        if since > 600.0:
            values["hall-1/rack-04/outlet_air_temperature"] += 2.5

    def with_exhaust() -> Values:
        return healthy() | {f"hall-1/rack-{n:02d}/outlet_air_temperature": 33.0 for n in range(1, 7)}

    warned = told(busier, lasts_s=1500.0, well=with_exhaust)
    assert warned and all(i.category == "sensor" for i in warned)


def test_racks_side_by_side_that_creep_together_are_a_spot_and_no_wrong_sensors() -> None:
    def at(second: float) -> Values:
        values = healthy()
        for n in range(1, 21):
            for place in ("top", "bottom"):
                values.pop(f"hall-1/rack-{n:02d}/inlet_air_temperature/{place}", None)
            values[f"hall-1/rack-{n}/inlet_air_temperature"] = 22.0 + 0.05 * (n % 3)
        for n in (9, 10, 11):
            values[f"hall-1/rack-{n}/inlet_air_temperature"] += max(second - 3600.0, 0.0) / 3600.0
        return values

    rows = [
        (name, second + 0.1, value)
        for second in np.arange(0.0, 8 * 3600.0, 30.0)
        for name, value in at(second).items()
    ]
    heard = push(make_engine(SITE, zone="plant-a"), rows)
    assert heard.of_category("cooling")
    assert not heard.of("sensor_doubtful")


def test_whom_nobody_has_heard_yet_stands_between_no_racks() -> None:
    def inlet(rack: str, second: float) -> tuple[str, float, float]:
        warm = rack in ("9", "11", "12") and second > 3600.0
        return f"hall-1/rack-{rack}/inlet_air_temperature", second, 22.0 + 2.5 * warm

    racks = [*map(str, range(1, 10)), *map(str, range(11, 31)), "1²"]
    rows = [inlet(rack, second) for second in np.arange(0.0, 5400.0, 30.0) for rack in racks]
    rows.append(inlet("10", 5400.0))
    whole, cut = push(make_engine(), rows), push(make_engine(), rows, range(500, len(rows), 500))
    assert bits(whole) == bits(cut)


def test_two_sensors_far_beyond_a_physical_limit_are_no_witnesses_where_their_own_racks_say_otherwise() -> (
    None
):
    def two_stray(values: Values, since: float) -> None:
        for rack in (2, 3):
            values[f"hall-1/rack-{rack:02d}/inlet_air_temperature/top"] += min(since, 60.0) / 3.0

    incidents = told(two_stray, lasts_s=300.0)
    assert incidents and {i.category for i in incidents} == {"sensor"}
