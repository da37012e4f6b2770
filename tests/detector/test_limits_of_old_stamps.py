"""Readings whose stamps are older than their point's last, or far ahead: they raise, and let nothing go."""

from __future__ import annotations

from itertools import pairwise

import pytest

from detector.engine import Engine
from tests.detector.feeding import Heard, Row, bits, make_engine, push, quiet_hall, without
from tests.detector.test_limits import INLET, SITE, inlet, levels

pytestmark = pytest.mark.numbers


def others(seconds: int) -> list[Row]:
    return without(quiet_hall(seconds), "hall-1/rack-01")


def quiet() -> Engine:
    """An engine that has seen ten quiet minutes of the inlet and of others."""
    engine = make_engine(SITE)
    push(engine, sorted([*others(600), *inlet([22.0] * 60)], key=lambda row: row[1]))
    return engine


def back_by(seconds: float, rows: list[Row]) -> list[Row]:
    return [(point, second - seconds, value) for point, second, value in rows]


def test_two_that_ascend_raise_a_level_and_the_page_says_how_old_they_are() -> None:
    engine = quiet()
    assert not push(engine, inlet([43.0], first=600.0 - 1200.0)).of("limit")
    heard = push(engine, inlet([43.0], first=610.0 - 1200.0))
    assert levels(heard) == ["emergency"]
    assert (
        "43.0 degC, above its shutdown limit of 40.0 (stamped 19 min 46 s ago)" in heard.incidents[0].summary
    )


def test_one_alone_or_two_that_descend_raise_nothing() -> None:
    engine = quiet()
    assert not push(engine, inlet([43.0], first=100.5)).incidents
    assert not push(engine, [(INLET, second, 43.0) for second in (90.5, 80.5, 70.5, 60.5)]).incidents


def test_two_points_of_a_hall_bear_each_other_out_whatever_their_clocks_say() -> None:
    engine = quiet()
    assert not push(engine, inlet([33.0], first=600.0 - 7200.0)).incidents
    heard = push(engine, inlet([33.0], "hall-1/rack-02/inlet_air_temperature", first=606.0))
    assert levels(heard) == ["critical"]


def test_none_lets_a_level_go() -> None:
    engine = quiet()
    push(engine, inlet([41.0, 41.0, 41.0], first=600.0))
    push(engine, inlet([22.0, 22.0, 22.0], first=100.5))  # too few for a step of its clock
    assert engine.points.arrival.level[engine.slot(INLET)] == 3
    assert [i.severity for i in engine.open_incidents() if i.fault == "limit"] == ["emergency"]
    push(engine, inlet([22.0, 22.0], first=640.0))
    assert engine.points.arrival.level[engine.slot(INLET)] == 0


def test_what_was_beyond_and_comes_a_second_time_is_known() -> None:
    engine = make_engine(SITE)
    course = inlet([22.0] * 20 + [28.0] * 10 + [22.0] * 90)
    racks = [(f"hall-1/rack-{n:02d}/inlet_air_temperature", s, x) for n in (5, 6) for _, s, x in course]
    heard = push(engine, sorted([*others(1200), *course, *racks], key=lambda row: row[1]))
    assert heard.of("limit")[-1].state == "resolved"
    assert not push(engine, course).of("limit")


def test_a_jump_among_them_proves_nothing() -> None:
    engine = quiet()
    rows = [(INLET, 100.5, 33.0), (INLET, 101.5, 60.0), (INLET, 102.5, 34.0), (INLET, 103.5, 70.0)]
    assert not push(engine, rows).of("limit")


@pytest.mark.parametrize("seconds", [-7200.0, -1200.0, 1200.0, 10 * 365 * 86400.0])
def test_a_step_of_all_clocks_silences_no_limit(seconds: float) -> None:
    engine = quiet()
    rows = [
        (f"hall-1/rack-{n:02d}/inlet_air_temperature", s + 0.1 * n, 22.0)
        for s in (600, 605)
        for n in range(1, 5)
    ]
    hot = [(point, second + 10.0, 43.0) for point, second, _ in rows]
    push(engine, back_by(-seconds, rows))
    heard = push(engine, back_by(-seconds, hot))
    assert levels(heard)[:1] == ["emergency"]


def test_how_they_come_in_batches_and_where_a_snapshot_is_taken_changes_nothing() -> None:
    rows = [
        *others(300),
        *inlet([22.0], first=299.0),
        *back_by(200.0, inlet([22.0, 33.0, 33.4, 41.0, 41.2], first=300.0)),
    ]
    rows += [*inlet([22.0, 22.0], first=310.0), *back_by(100.0, inlet([28.0, 28.1, 22.0], first=300.0))]
    whole = push(make_engine(SITE), rows)
    assert levels(whole)
    assert bits(push(make_engine(SITE), rows, range(1, len(rows)))) == bits(whole)
    engine, heard = make_engine(SITE), Heard()
    for first, last in pairwise([0, *range(len(rows) - 12, len(rows) + 1)]):
        part = push(engine, rows[first:last])
        heard.incidents += part.incidents
        engine, _ = Engine.restore(
            engine.snapshot(), engine.points._site, engine.points._kinds, engine.settings
        )
    assert bits(heard.incidents) == bits(whole.incidents)


def stamped(second: float, values: list[float], point: str = INLET) -> list[Row]:
    return [(point, second, value) for value in values]


def test_two_values_of_one_stamp_raise_a_level_as_the_clock_of_their_source_stands() -> None:
    engine = quiet()
    assert not push(engine, stamped(590.0, [42.9])).of("limit")
    assert levels(push(engine, stamped(590.0, [43.4]))) == ["emergency"]


def test_a_level_rises_further_while_the_clock_stands() -> None:
    engine = quiet()
    push(engine, inlet([33.0, 33.5], first=600.0))
    assert engine.points.arrival.level[engine.slot(INLET)] == 2
    assert levels(push(engine, stamped(610.0, [41.0, 41.5]))) == ["emergency"]


def test_one_reading_that_comes_again_raises_nothing() -> None:
    engine = quiet()
    assert not push(engine, stamped(590.0, [43.0, 43.0, 43.0, 43.0])).of("limit")
    assert engine.points.arrival.level[engine.slot(INLET)] == 0


def test_racks_whose_clocks_stand_bear_each_other_out() -> None:
    engine = quiet()
    rows = [row for n in (1, 2) for row in stamped(590.0, [43.0], f"hall-1/rack-0{n}/inlet_air_temperature")]
    assert "emergency" in levels(push(engine, rows))


def test_a_clock_that_stands_lets_no_level_go() -> None:
    engine = quiet()
    push(engine, inlet([41.0, 41.0, 41.0], first=600.0))
    push(engine, stamped(620.0, [22.0, 22.1, 22.2]))
    assert engine.points.arrival.level[engine.slot(INLET)] == 3
