"""Trouble that costs nothing for a day is how the hall runs now; trouble that does is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from detector.engine import Engine
from streams.messages import Incident
from tests.detector.feeding import make_engine, push
from tests.detector.hand_fed import FAULT_AT, SITE, Values, fed, fired, healthy, stop

HOUR = 3600.0
PERIOD_S = 60.0


def warmer(values: Values, by: float) -> None:
    for name in values:
        if ("air_temperature" in name and "outdoor" not in name) or "chilled_water_supply" in name:
            values[name] += by


def after(hours: float, change: Callable[[Values, float], None]) -> tuple[list[Incident], Engine]:
    """What was told by so long after a change, and the engine that told it."""

    def at(second: float) -> Values:
        values = healthy()
        if second >= FAULT_AT:
            change(values, second - FAULT_AT)
        return values

    engine = make_engine(SITE, zone="plant-a")
    heard = push(engine, fed(at, FAULT_AT + hours * HOUR, PERIOD_S))
    return fired(heard.incidents), engine


def still_open(engine: Engine) -> list[str]:
    return [i.root for i in engine.open_incidents() if i.category == "cooling"]


def usual_water(engine: Engine) -> float:
    return engine.state.plant.usual_water


def new_set_point(values: Values, since: float) -> None:
    """Nobody tells of it."""
    warmer(values, 2.8 * min(since / 600.0, 1.0))


def test_a_new_set_point_that_nobody_tells_of_is_usual_after_a_day() -> None:
    told, engine = after(23.0, new_set_point)
    assert [i.root for i in told] == still_open(engine) == ["plant-a"]
    assert usual_water(engine) < 12.0
    told, engine = after(25.0, new_set_point)
    assert len(told) == 1 and not still_open(engine)
    assert usual_water(engine) == pytest.approx(13.8, abs=0.1)


def warms_on(values: Values, since: float) -> None:
    warmer(values, 2.8 * min(since / 600.0, 1.0) + 0.08 * since / HOUR)


def loses_a_chiller(values: Values, since: float) -> None:
    new_set_point(values, since)
    stop(values, "chiller-1")


def beyond_a_limit(values: Values, since: float) -> None:
    new_set_point(values, since)
    for place in ("top", "bottom"):
        values[f"hall-1/rack-03/inlet_air_temperature/{place}"] += 4.0


def a_valve_sticks(values: Values, since: float) -> None:
    new_set_point(values, since)
    values["hall-1/crah-02/valve_position"] = 10.0


def the_set_point_is_told(values: Values, since: float) -> None:
    new_set_point(values, since)
    values["plant-a/loop/chilled_water_supply_temperature_setpoint"] = 11.0


def racks_fall_silent(values: Values, since: float) -> None:
    new_set_point(values, since)
    for name in [name for name in values if "inlet" in name]:
        del values[name]


@pytest.mark.parametrize(
    "change",
    [warms_on, loses_a_chiller, beyond_a_limit, a_valve_sticks, the_set_point_is_told, racks_fall_silent],
)
def test_what_costs_margin_or_capacity_is_not_learned(change: Callable[[Values, float], None]) -> None:
    _, engine = after(25.0, change)
    assert usual_water(engine) < 12.0
