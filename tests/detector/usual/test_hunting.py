"""Loops that hunt are told from lively ones, from steps, and from sensors that jump."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from streams.messages import Incident
from tests.detector.feeding import make_engine, push
from tests.detector.hand_fed import SITE, Values, fed, fired, healthy

pytestmark = pytest.mark.numbers

LEAD_IN_S = 2.5 * 3600.0
HUNTS_S = 1800.0
PERIOD_S = 20.0
VALVE = ("valve_position", "valve_command")
Course = Callable[[Values, float], None]
"""Laid over the values of all points; seconds from the start."""


def told(course: Course) -> list[Incident]:
    def at(second: float) -> Values:
        values = healthy()
        course(values, second)
        return values

    return fired(push(make_engine(SITE, zone="plant-a"), fed(at, LEAD_IN_S + HUNTS_S, PERIOD_S)).incidents)


def swings(by: float, period_s: float, since: float, what: tuple[str, ...] = VALVE) -> Course:
    def course(values: Values, second: float) -> None:
        if second >= since:
            for name in what:
                values[f"hall-1/crah-02/{name}"] += by * np.sin(2.0 * np.pi * second / period_s)

    return course


def test_a_valve_that_begins_to_swing_is_told_with_its_period() -> None:
    (incident,) = told(swings(25.0, 240.0, LEAD_IN_S))
    assert (incident.fault, incident.root) == ("hunting", "hall-1/crah-02")
    assert "every 2" in incident.summary and "swings between" in incident.summary


@pytest.mark.parametrize(
    "course",
    [
        swings(25.0, 240.0, 0.0),
        swings(5.0, 240.0, LEAD_IN_S),
        swings(25.0, 3600.0, LEAD_IN_S),
        swings(25.0, 240.0, LEAD_IN_S, VALVE[1:]),
    ],
    ids=["it always did", "a little", "once an hour", "one signal alone"],
)
def test_what_is_no_hunting(course: Course) -> None:
    assert "hunting" not in [i.fault for i in told(course)]
