"""A sensor that is read less often than others is held at fault by its own readings."""

from __future__ import annotations

import pytest

from tests.detector.feeding import Row, make_engine, push, quiet_hall, second_of

SLOW = "hall-1/rack-07/inlet_air_temperature"
FAULT_AT = 1200.0


def hall_with(every: int, wrong: int) -> list[Row]:
    """A hall that is read every 5 s, and one sensor seldom, which then reads nonsense so many times."""
    rows = quiet_hall(2400)
    for n, second in enumerate(range(0, 2400, every)):
        since = n - FAULT_AT // every
        rows.append((SLOW, second + 0.3, 900.0 if 0 <= since < wrong else 22.0 + 0.1 * (n % 3)))
    return sorted(rows, key=lambda r: r[1])


@pytest.mark.parametrize("every", [15, 60, 120, 300])
def test_a_sensor_that_is_read_seldom_is_told_with_its_second_wrong_reading(every: int) -> None:
    faults = push(make_engine(), hall_with(every, wrong=20)).of("sensor_implausible")
    assert {i.root for i in faults} == {SLOW}
    after = second_of(faults[0].warned or 0) - FAULT_AT
    assert every <= after <= every + 60


@pytest.mark.parametrize("every", [15, 60, 300])
def test_one_wrong_reading_is_none_however_long_it_stands(every: int) -> None:
    assert not push(make_engine(), hall_with(every, wrong=1)).incidents
