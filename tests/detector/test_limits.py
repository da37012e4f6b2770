"""Physical limits: what proves one, what does not, and that they always page."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.engine import Engine
from tests.detector.feeding import Heard, Row, changed, make_engine, push, quiet_hall, second_of

pytestmark = pytest.mark.numbers

INLET = "hall-1/rack-01/inlet_air_temperature"
BESIDE = "hall-1/rack-02/inlet_air_temperature"
SITE = """
[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
warning = 27.0
critical = 32.0
shutdown = 40.0
"""


def inlet(values: list[float], point: str = INLET, first: float = 0.0, period: float = 10.0) -> list[Row]:
    return [(point, first + period * n, value) for n, value in enumerate(values)]


def levels(heard: Heard) -> list[str]:
    return [i.severity for i in heard.of("limit")]


def judged(*courses: list[Row]) -> Heard:
    rows = sorted((row for course in courses for row in course), key=lambda r: r[1])
    return push(make_engine(SITE), rows)


def test_two_readings_in_a_row_page_at_the_second() -> None:
    engine = make_engine(SITE)
    assert not push(engine, inlet([22.0, 24.0, 33.0])).incidents
    heard = push(engine, inlet([33.5], first=30.0))
    assert levels(heard) == ["critical"]
    assert second_of(heard.incidents[0].warned or 0) == 30.0


def test_a_lone_spike_pages_nobody() -> None:
    heard = judged(inlet([22.0] * 6 + [35.0] + [22.0] * 20))
    assert not heard.of("limit") and not heard.of("limit_unconfirmed")


def test_two_neighbours_prove_it_with_one_reading_each() -> None:
    engine = make_engine(SITE)
    assert not push(engine, inlet([22.0, 33.0])).incidents
    assert not push(engine, inlet([22.0], BESIDE, first=8.0)).incidents
    assert levels(push(engine, inlet([33.0], BESIDE, first=18.0))) == ["critical"]


def test_a_neighbour_that_was_hot_long_ago_proves_nothing() -> None:
    engine = make_engine(SITE)
    push(engine, inlet([22.0, 33.0], BESIDE))
    heard = push(engine, inlet([22.0] * 30 + [33.0, 22.0], first=20.0))
    assert not heard.of("limit")


def test_a_rack_of_another_hall_is_no_neighbour() -> None:
    site = SITE + '[[zone]]\nname = "plant-a"\nhalls = ["hall-1", "hall-2"]\n'
    rows = [*inlet([22.0, 33.0]), *inlet([22.0, 33.0], "hall-2/rack-01/inlet_air_temperature", first=0.5)]
    assert not push(make_engine(site, zone="plant-a"), sorted(rows, key=lambda r: r[1])).incidents


def test_a_jump_that_physics_does_not_make_is_no_limit_but_pages_unconfirmed_if_it_stays() -> None:
    course = [22.0] * 12 + [35.0] * 20
    heard = judged(inlet(course, period=5.0))
    assert not heard.of("limit")
    (page,) = {i.id: i for i in heard.of("limit_unconfirmed")}.values()
    assert (page.category, page.severity, page.root) == ("sensor", "critical", INLET)
    assert second_of(page.warned or 0) >= 60.0 + 60.0


def test_a_jump_that_does_not_stay_pages_nobody() -> None:
    heard = judged(inlet([22.0] * 12 + [35.0] * 10 + [22.0] * 20, period=5.0))
    assert not heard.of("limit_unconfirmed")


def test_a_jump_pages_unconfirmed_by_its_own_clock_even_if_that_is_ahead() -> None:
    hot = inlet([22.0] * 12 + [35.0] * 40, first=3600.0, period=5.0)
    rest = [(f"hall-1/rack-{n:02d}/power", 5.0 * s, 5.0) for s in range(52) for n in range(3, 7)]
    rows = sorted([*hot, *rest], key=lambda r: r[1] - 3600.0 if r[0] == INLET else r[1])
    assert push(make_engine(SITE), rows).of("limit_unconfirmed")


def test_a_value_outside_all_sense_is_the_sensors_fault_until_it_stays() -> None:
    heard = judged(inlet([22.0] * 6 + [150.0] * 5))
    assert not heard.of("limit") and not heard.of("limit_unconfirmed")
    assert {i.category for i in heard.incidents} <= {"sensor"}
    assert judged(inlet([22.0] * 6 + [150.0] * 12)).of("limit_unconfirmed")


def test_a_low_limit_is_a_limit() -> None:
    site = '[[limit]]\nmatch = "**/inlet_air_temperature"\nlow_critical = 15.0\n'
    heard = push(make_engine(site), inlet([20.0, 18.0, 14.0, 13.0]))
    assert levels(heard) == ["critical"]
    assert "below" in heard.incidents[0].evidence[0]


def test_each_higher_level_is_told_and_none_is_taken_back() -> None:
    heard = judged(inlet([24.0, 28.0, 28.0, 33.0, 33.0, 41.0, 41.0, 33.0, 28.0, 28.0]))
    assert levels(heard) == ["warning", "critical", "emergency"]
    assert len({i.id for i in heard.incidents}) == 1


@settings(max_examples=30)
@given(st.lists(st.floats(26.55, 27.0), max_size=30))
def test_a_value_within_the_deadband_does_not_let_the_limit_go(wobble: list[float]) -> None:
    engine = make_engine(SITE)
    push(engine, inlet([26.0, 27.5, 27.5]))
    push(engine, inlet(wobble, first=30.0))
    assert engine.points.arrival.level[engine.slot(INLET)] == 1


def test_two_readings_back_let_the_limit_go_and_it_resolves_after_a_while() -> None:
    heard = judged(inlet([26.0, 28.0, 28.0] + [24.0] * 60))
    assert [i.state for i in heard.of("limit")] == ["firing", "resolved"]


def test_a_late_reading_is_held_against_the_limits() -> None:
    engine = make_engine(SITE)
    push(engine, [("hall-1/rack-09/power", float(s), 5.0) for s in range(0, 500, 5)])
    heard = push(engine, inlet([28.0, 28.0], first=20.0))
    assert not heard.counts.scored
    assert levels(heard) == ["warning"]


@pytest.mark.parametrize(("value", "always"), [(28.0, False), (33.0, True), (41.0, True)])
def test_critical_and_shutdown_always_page(value: float, always: bool) -> None:
    engine = make_engine(SITE)
    push(engine, inlet([25.0, value, value]))
    assert [c.always_pages for c in engine.incidents.open] == [always]


def test_maintenance_holds_no_limit_back() -> None:
    site = SITE + (
        '[[maintenance]]\nmatch = "hall-1/rack-01"\n'
        "start = 2023-01-01T00:00:00Z\nend = 2024-01-01T00:00:00Z\n"
    )
    assert levels(push(make_engine(site), inlet([25.0, 33.0, 33.0]))) == ["critical"]


def test_a_limit_pages_before_anything_is_learned() -> None:
    assert levels(push(make_engine(SITE), inlet([33.0, 33.0]))) == ["critical"]


def test_a_limit_is_let_go_when_its_point_has_been_silent_for_hours() -> None:
    rest = [(f"hall-1/rack-{n:02d}/power", 60.0 * s, 5.0) for s in range(8 * 60) for n in range(3, 7)]
    heard = judged(inlet([25.0, 28.0, 28.0]), rest)
    assert [i.state for i in heard.of("limit")] == ["firing", "resolved"]
    assert second_of(heard.of("limit")[-1].updated) > 6 * 3600


def test_without_a_site_rack_inlets_have_the_figures_of_ashrae() -> None:
    rows = changed(quiet_hall(120), INLET, 60.0, 28.0)
    heard = push(make_engine(), rows)
    assert [i.severity for i in heard.of("limit")][:1] == ["warning"]
    assert not push(make_engine(), quiet_hall(120)).incidents


def test_one_sensor_that_is_warm_among_cold_ones_is_doubted_from_the_start() -> None:
    heard = push(make_engine(), changed(quiet_hall(1800), INLET, 0.0, 28.0))
    assert not heard.of("limit")
    assert {i.category for i in heard.incidents} == {"sensor"}


def test_open_incidents_are_those_that_fire() -> None:
    engine: Engine = make_engine(SITE)
    push(engine, inlet([25.0, 33.0, 33.0]))
    assert [(i.fault, i.root) for i in engine.open_incidents()] == [("limit", "hall-1/rack-01")]


@pytest.mark.parametrize(("value", "severity"), [(28.0, "warning"), (33.0, "critical")])
def test_a_limit_of_a_point_that_is_newer_than_any_tick_pages(value: float, severity: str) -> None:
    rows = [
        (f"hall-1/rack-{n:03d}/inlet_air_temperature", 1.0 + second, value)
        for second in (0, 1)
        for n in range(100)
    ]
    heard = push(make_engine(SITE), rows)
    assert severity in {i.severity for i in heard.of("limit")}


def test_what_is_only_near_a_limit_is_never_said_to_be_above_it() -> None:
    assert not judged(inlet([26.0, 27.1, 26.6, 27.1, 26.8] * 5)).of("limit")


def test_what_is_held_by_the_deadband_is_said_to_be_held() -> None:
    heard = judged(inlet([26.0, 27.2, 27.2] + [26.7] * 12 + [24.0] * 60))
    assert "27.2 degC, above its warning limit of 27.0" in heard.of("limit")[0].summary
    assert "26.7 degC, still within 0.83 of its warning limit of 27.0" in heard.of("limit")[-1].summary
