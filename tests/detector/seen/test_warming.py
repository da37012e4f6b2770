"""The common temperature of a hall, where few of its racks have a sensor."""

from __future__ import annotations

import math

import numpy as np
import pytest

from detector.seen.warming import HallWarming, Warming
from streams.messages import F64, SECOND

RACKS = tuple(range(30))
MEASURED = 6


def judged(warming: HallWarming, inlet: F64, second: int) -> Warming:
    """Racks that are read as the tick ends."""
    end = second * SECOND
    return warming.judge(inlet, np.full(len(inlet), end), RACKS, end)


def watched(speaking: list[int]) -> Warming:
    """A calm hour in which the first `MEASURED` racks speak, then a tick of which only some do."""
    warming = HallWarming()
    inlet = np.full(len(RACKS), np.nan)
    inlet[:MEASURED] = 22.0
    for tick in range(1, 361):
        now = judged(warming, inlet, tick * 10)
        warming.learn(inlet, RACKS, now, tick * 10 * SECOND, healthy=True)
    inlet[:] = np.nan
    inlet[speaking] = 24.0
    return judged(warming, inlet, 3610)


def test_racks_that_never_had_a_sensor_are_not_waited_for() -> None:
    assert abs(watched([0, 1, 2, 3, 4, 5]).level - 2.0) < 0.01


def test_a_hall_most_of_whose_sensors_are_gone_says_nothing() -> None:
    assert math.isnan(watched([0]).level)


def test_a_slow_rise_that_lasts_is_not_learned_as_unrest() -> None:
    warming = HallWarming()
    for tick in range(1, 481):
        inlet = np.full(len(RACKS), 22.0 + max(tick - 360, 0) / 15.0)
        now = judged(warming, inlet, tick * 10)
        warming.learn(inlet, RACKS, now, tick * 10 * SECOND, healthy=True)
    assert now.rise > 4.0
    assert now.rise > 20.0 * now.rise_unrest and now.slope > 2.0 * now.slope_unrest


def test_a_hall_that_swings_is_known_to() -> None:
    warming = HallWarming()
    for tick in range(1, 1441):
        inlet = np.full(len(RACKS), 22.0 + 1.5 * np.sin(2.0 * np.pi * tick / 90.0))
        now = judged(warming, inlet, tick * 10)
        warming.learn(inlet, RACKS, now, tick * 10 * SECOND, healthy=True)
    assert now.rise_unrest > 0.8


def test_a_hall_is_as_steep_between_the_readings_of_its_racks_as_from_one_to_the_next() -> None:
    warming, slopes = HallWarming(), []
    for tick in range(1, 361):
        read = tick // 12 * 120
        inlet = np.full(len(RACKS), 22.0 + read / 100.0)
        end = tick * 10 * SECOND
        slopes.append(warming.judge(inlet, np.full(len(RACKS), read * SECOND), RACKS, end).slope)
    assert np.allclose(slopes[24:], 0.01)


def test_a_hall_that_moved_and_then_was_silent_is_steep_no_more() -> None:
    warming = HallWarming()
    for tick in range(1, 61):
        judged(warming, np.full(len(RACKS), 22.0 + tick / 10.0), tick * 10)
    inlet, read_at = np.full(len(RACKS), 28.0), np.full(len(RACKS), 600 * SECOND)
    slopes = [warming.judge(inlet, read_at, RACKS, (600 + 10 * n) * SECOND).slope for n in range(1, 32)]
    assert slopes[0] == pytest.approx(0.01)
    assert abs(slopes[8]) < 0.001 and math.isnan(slopes[-1])
