"""A limit is told with the reading that proves it, however long a tick is."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from config.kinds import load_kinds
from config.site import Site
from detector.engine import Engine
from streams.messages import Incident
from tests.detector.feeding import Row, make_engine, push
from tests.detector.test_limits import SITE

pytestmark = pytest.mark.numbers

TICKS = pytest.mark.parametrize("tick", ["1s", "10s", "60s", "10m"])
RACKS = 10
PERIOD_S = 5.0
QUIET_S = 1800.0
"""Long enough for ticks of ten seconds to know what is usual."""
Course = Callable[[float], float]


def name(rack: int) -> str:
    return f"hall-1/rack-{rack:02d}/inlet_air_temperature"


def ramp(k_per_s: float, top: float) -> Course:
    return lambda second: min(22.0 + k_per_s * second, top)


def step(to: float, lasts_s: float = 1e9) -> Course:
    return lambda second: to if second < lasts_s else 22.0


def rows_of(hot: set[int], course: Course, first: float, last: float) -> list[Row]:
    """Readings of a hall every five seconds, in which some racks take a course once it is no longer quiet."""
    rows: list[Row] = []
    for n in range(int(first / PERIOD_S), int(last / PERIOD_S)):
        for rack in range(RACKS):
            second = PERIOD_S * n + 0.5 + 0.45 * rack
            since = second - QUIET_S
            rows.append((name(rack), second, course(since) if since >= 0.0 and rack in hot else 22.0))
    return rows


@cache
def quiet(tick: str) -> bytes:
    engine = make_engine(SITE, tick=tick)
    assert not push(engine, rows_of(set(), step(22.0), 0.0, QUIET_S)).incidents
    return engine.snapshot()


def told(hot: set[int], course: Course, tick: str, lasts_s: float) -> list[tuple[Row, list[Incident]]]:
    """Each reading of a hall since some of its racks take a course, and what was told with it."""
    fresh = make_engine(SITE, tick=tick)
    engine, _ = Engine.restore(quiet(tick), Site.loads(SITE), load_kinds(), fresh.settings)
    rows = rows_of(hot, course, QUIET_S, QUIET_S + lasts_s)
    return [(row, push(engine, [row]).incidents) for row in rows]


def first_with(severity: str, heard: list[tuple[Row, list[Incident]]]) -> tuple[int, Incident]:
    return next((n, i) for n, (_, told) in enumerate(heard) for i in told if i.severity == severity)


def second_beyond(limit: float, heard: list[tuple[Row, list[Incident]]], of_one: bool = False) -> int:
    """Which reading is the second that is beyond a limit, of any points or of one and the same."""
    seen: list[str] = []
    for n, ((point, _, value), _) in enumerate(heard):
        if value > limit:
            if (point in seen) if of_one else seen:
                return n
            seen.append(point)
    raise AssertionError("never beyond")


@TICKS
@pytest.mark.parametrize("hot", [{4}, {4, 5}, {1, 8}, set(range(RACKS))])
def test_a_limit_reached_as_air_warms_is_told_with_the_second_reading_beyond_it(
    tick: str, hot: set[int]
) -> None:
    heard = told(hot, ramp(0.2, 43.0), tick, 130.0)
    at, incident = first_with("emergency", heard)
    assert at <= second_beyond(40.0, heard)
    assert incident.category == "cooling" or len(hot) == 1


@pytest.mark.parametrize("tick", ["1s", "10s", "60s"])
def test_a_hall_that_jumps_as_no_air_does_pages_within_a_minute_as_its_source(tick: str) -> None:
    heard = told(set(range(RACKS)), step(43.0), tick, 90.0)
    at, incident = next((n, i) for n, (_, told) in enumerate(heard) for i in told if i.severity != "warning")
    assert heard[at][0][1] - QUIET_S <= 66.0
    assert (incident.fault, incident.category) == ("source_failed", "telemetry") or tick == "60s"
    assert "cooling" not in {i.category for _, told in heard for i in told} or tick == "60s"


@TICKS
def test_two_racks_that_reach_a_limit_slowly_page_as_cooling_and_never_as_sensors(tick: str) -> None:
    for hot in ({4, 5}, {1, 8}):
        heard = told(hot, ramp(0.04, 36.0), tick, 270.0)
        at, _ = first_with("critical", heard)
        assert at <= second_beyond(32.0, heard)
        every = [i for _, told in heard for i in told]
        assert not [i for i in every if i.fault == "limit_unconfirmed"]


@TICKS
def test_what_jumped_alone_is_the_sensors_and_pages_after_a_minute(tick: str) -> None:
    heard = told({4}, step(43.0), tick, 90.0)
    assert {i.category for _, told in heard for i in told} == {"sensor"}
    at, incident = first_with("emergency", heard)
    row = heard[at][0]
    assert (row[0], incident.fault) == (name(4), "limit_unconfirmed")
    beyond = [row[1] for row, _ in heard if row[2] > 40.0]
    assert 60.0 <= row[1] - beyond[0] <= 65.0


@TICKS
def test_what_jumped_alone_and_is_back_within_the_minute_wakes_nobody(tick: str) -> None:
    heard = told({4}, step(43.0, lasts_s=50.0), tick, 90.0)
    assert not [i for _, told in heard for i in told if i.severity != "warning"]


@TICKS
def test_two_that_jump_for_one_reading_only_prove_nothing(tick: str) -> None:
    heard = told({4, 5}, step(43.0, lasts_s=5.0), tick, 60.0)
    assert not [i for _, told in heard for i in told if i.category == "cooling"]


@pytest.mark.parametrize("tick", ["60s", "10m"])
def test_a_warning_is_told_before_a_long_tick_ends(tick: str) -> None:
    heard = told(set(range(RACKS)), ramp(0.02, 28.0), tick, 300.0)
    told_at = min(row[1] for row, told in heard if any(i.category == "cooling" for i in told))
    assert told_at - heard[second_beyond(27.0, heard)][0][1] <= 10.0


def test_a_sensor_whose_clock_stands_nearly_still_pages_by_arrival() -> None:
    engine = make_engine(SITE)
    rows = [(name(rack), float(second), 22.0) for second in range(0, 300, 5) for rack in range(4)]
    push(engine, rows)
    stuck = []
    for second in range(300, 375, 5):
        stuck += [(name(rack), float(second), 22.0) for rack in range(3)]
        stuck.append((name(3), 295.0 + (second - 295.0) / 100.0, 43.0))
    assert [i.fault for i in push(engine, stuck).incidents if i.severity == "emergency"] == [
        "limit_unconfirmed"
    ]
