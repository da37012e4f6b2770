"""The warmest of the day ahead, by yesterday's course."""

from __future__ import annotations

import math

import pytest

from detector.seen.weather import HOUR, HOURS, Weather


def after(*hourly: float) -> Weather:
    weather = Weather()
    for hour, outdoor in enumerate(hourly):
        weather.watch(outdoor, (hour + 1) * HOUR)
    return weather


def test_before_anything_is_measured_it_is_not_known() -> None:
    assert math.isnan(after().warmest_ahead())
    assert math.isnan(after(math.nan).warmest_ahead())


def test_within_the_first_day_it_is_the_warmest_so_far() -> None:
    assert after(20.0, 31.0, 25.0).warmest_ahead() == 31.0


def test_a_day_that_begins_warmer_will_be_warmer() -> None:
    day = [20.0 + 8.0 * math.sin(2.0 * math.pi * hour / 24.0) for hour in range(24)]
    assert after(*day, 23.0).warmest_ahead() == pytest.approx(31.0)
    assert after(*day, 20.0).warmest_ahead() == pytest.approx(28.0)
    # A cooler one need not stay so.
    assert after(*day, 15.0).warmest_ahead() == pytest.approx(23.0)


def test_it_keeps_no_more_than_a_day() -> None:
    assert len(after(*range(100)).hours) == HOURS
