"""What a unit can carry: what is declared, and what was seen when it had no more to give."""

from __future__ import annotations

import pytest

from streams.messages import TickVerdict
from tests.detector.feeding import make_engine, push
from tests.detector.hand_fed import SITE, Values, fed, healthy

pytestmark = pytest.mark.numbers

LASTS_S = 1500.0
WATER_KW = 4.18 * 0.3 * 7.0
"""Of each unit: 0.3 l/s that warm by 7 K."""


def last_tick(declared: float | None = None, full: bool = True) -> TickVerdict:
    """Four units with metered water, all at their fullest and 1 K short, or at half; 30 kW of racks."""
    capacities = "" if declared is None else f"capacity_kw = {declared}\n"
    units = "".join(
        f'[[equipment]]\nid = "hall-1/crah-{n:02d}"\ntype = "CRAH"\n{capacities}' for n in (1, 2, 3, 4)
    )
    rows = fed(lambda second: metered(healthy(), full), LASTS_S, 10.0)
    return push(make_engine(SITE + units, zone="plant-a"), rows).ticks[-1]


def metered(values: Values, full: bool) -> Values:
    for n in (1, 2, 3, 4):
        unit = f"hall-1/crah-{n:02d}"
        values |= {f"{unit}/chilled_water_flow": 0.3}
        values |= {f"{unit}/entering_water_temperature": 11.0, f"{unit}/leaving_water_temperature": 18.0}
        values[f"{unit}/supply_air_temperature_setpoint"] = 19.0 if full else 20.0
        if full:
            values |= {f"{unit}/valve_position": 100.0, f"{unit}/valve_command": 100.0}
            values |= {f"{unit}/fan_speed": 100.0, f"{unit}/fan_speed_command": 100.0}
    return values


@pytest.mark.parametrize(
    ("declared", "full", "spare"),
    [
        (None, False, None),
        (None, True, 0),
        (11.0, False, 1),
        (11.0, True, 0),
        (5.0, False, 0),
    ],
    ids=[
        "unknown is not short",
        "seen at its fullest",
        "as declared",
        "less than declared at its fullest",
        "less than the load",
    ],
)
def test_units_to_spare(declared: float | None, full: bool, spare: int | None) -> None:
    (hall,) = last_tick(declared, full).halls
    assert hall.redundancy == spare
