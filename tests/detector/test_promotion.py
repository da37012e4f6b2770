"""Trouble that costs nothing for a day is how the hall runs now; trouble that does is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streams.messages import Incident
from tests.detector.feeding import make_engine, push
from tests.detector.hand_fed import FAULT_AT, SITE, Values, fed, fired, healthy, stop

HOUR = 3600.0
PERIOD_S = 60.0


def warmer(values: Values, by: float) -> None:
    for name in values:
        if ("air_temperature" in name and "outdoor" not in name) or "chilled_water_supply" in name:
            values[name] += by


def open_after(
    hours: float, change: Callable[[Values, float], None]
) -> tuple[list[Incident], list[Incident]]:
    """What was told, and what is still open so long after a change."""

    def at(second: float) -> Values:
        values = healthy()
        if second >= FAULT_AT:
            change(values, second - FAULT_AT)
        return values

    engine = make_engine(SITE, zone="plant-a")
    heard = push(engine, fed(at, FAULT_AT + hours * HOUR, PERIOD_S))
    return fired(heard.incidents), [i for i in engine.open_incidents() if i.category == "cooling"]


def new_set_point(values: Values, since: float) -> None:
    """Nobody tells of it."""
    warmer(values, 2.8 * min(since / 600.0, 1.0))


def test_a_new_set_point_that_nobody_tells_of_is_usual_after_a_day() -> None:
    told, still = open_after(23.0, new_set_point)
    assert [i.root for i in told] == [i.root for i in still] == ["plant-a"]
    again, still = open_after(25.0, new_set_point)
    assert len(again) == 1 and not still


def warms_on(values: Values, since: float) -> None:
    warmer(values, 2.8 * min(since / 600.0, 1.0) + 0.08 * since / HOUR)


def loses_chillers(values: Values, since: float) -> None:
    new_set_point(values, since)
    stop(values, "chiller-1")


def beyond_a_limit(values: Values, since: float) -> None:
    new_set_point(values, since)
    for place in ("top", "bottom"):
        values[f"hall-1/rack-03/inlet_air_temperature/{place}"] += 4.0


@pytest.mark.parametrize("change", [warms_on, loses_chillers, beyond_a_limit])
def test_what_costs_margin_or_capacity_stays_trouble(change: Callable[[Values, float], None]) -> None:
    _, still = open_after(25.0, change)
    assert "plant-a" in {i.root for i in still} | {i.hall for i in still}
