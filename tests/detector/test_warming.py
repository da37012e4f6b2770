"""The common temperature of a hall, where few of its racks have a sensor."""

from __future__ import annotations

import math

import numpy as np

from detector.warming import HallWarming, Warming
from streams.messages import SECOND

RACKS = tuple(range(30))
MEASURED = 6


def watched(speaking: list[int]) -> Warming:
    """A calm hour in which the first `MEASURED` racks speak, then a tick of which only some do."""
    warming = HallWarming()
    inlet = np.full(len(RACKS), np.nan)
    inlet[:MEASURED] = 22.0
    for tick in range(1, 361):
        now = warming.judge(inlet, RACKS, tick * 10 * SECOND)
        warming.learn(inlet, RACKS, now, tick * 10 * SECOND, healthy=True)
    inlet[:] = np.nan
    inlet[speaking] = 24.0
    return warming.judge(inlet, RACKS, 3610 * SECOND)


def test_racks_that_never_had_a_sensor_are_not_waited_for() -> None:
    assert abs(watched([0, 1, 2, 3, 4, 5]).level - 2.0) < 0.01


def test_a_hall_most_of_whose_sensors_are_gone_says_nothing() -> None:
    assert math.isnan(watched([0]).level)


def test_a_slow_rise_that_lasts_is_not_learned_as_unrest() -> None:
    warming = HallWarming()
    for tick in range(1, 481):
        inlet = np.full(len(RACKS), 22.0 + max(tick - 360, 0) / 15.0)
        now = warming.judge(inlet, RACKS, tick * 10 * SECOND)
        warming.learn(inlet, RACKS, now, tick * 10 * SECOND, healthy=True)
    assert now.rise > 4.0
    assert now.rise > 20.0 * now.rise_unrest and now.slope > 2.0 * now.slope_unrest


def test_a_hall_that_swings_is_known_to() -> None:
    warming = HallWarming()
    for tick in range(1, 1441):
        inlet = np.full(len(RACKS), 22.0 + 1.5 * np.sin(2.0 * np.pi * tick / 90.0))
        now = warming.judge(inlet, RACKS, tick * 10 * SECOND)
        warming.learn(inlet, RACKS, now, tick * 10 * SECOND, healthy=True)
    assert now.rise_unrest > 0.8
