"""Halls that are read every few minutes: what a reading says holds until the next."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from config.kinds import load_kinds
from config.settings import EngineSettings
from config.site import Site
from detector.engine import Engine
from streams.messages import Incident
from tests.detector.feeding import Row, bits, make_engine, push, readings_of, second_of
from tests.detector.hand_fed import fired

Values = dict[str, float]
POLLS = 16
UNITS = tuple(f"hall-1/crac-{n:02d}" for n in range(1, 5))
SITE = """
[[limit]]
match = "*/rack-*/inlet_air_temperature/**"
warning = 27.0
critical = 32.0
"""


def well(metered: bool = True) -> Values:
    values: Values = {}
    for unit in UNITS:
        values |= {f"{unit}/run_status": 1.0, f"{unit}/supply_air_temperature": 18.0}
        values |= {f"{unit}/return_air_temperature": 29.0}
        if metered:
            values |= {f"{unit}/fan_speed": 70.0, f"{unit}/power": 4.2}
    for n in range(1, 7):
        values |= {f"hall-1/rack-{n:02d}/inlet_air_temperature": 21.0, f"hall-1/rack-{n:02d}/power": 6.0}
    return values


def stopped(values: Values, units: tuple[str, ...] = UNITS) -> None:
    for unit in units:
        values |= {name: 0.0 for name in values if name.startswith(unit) and "temperature" not in name}


def polled(
    change: Callable[[Values, int], None], poll_s: int, polls: int = POLLS + 4, metered: bool = True
) -> list[Row]:
    """Readings of a hall, all at one stamp; ``change`` is told how many polls it is since the fault began."""
    rng = np.random.default_rng(1)
    rows: list[Row] = []
    for poll in range(polls):
        values = well(metered)
        if poll >= POLLS:
            change(values, poll - POLLS)
        for name in values:
            if "temperature" in name or "rack" in name:
                values[name] += rng.normal(0.0, 0.05)
        rows += [(name, float(poll * poll_s), value) for name, value in values.items()]
    return rows


def first_told(rows: list[Row], poll_s: int) -> list[tuple[int, str, str]]:
    """Of each incident the poll, counted from the fault, with which it was warned of, its fault and root."""
    return [
        (round(second_of(i.warned or 0) / poll_s) - POLLS, i.fault, i.root)
        for i in fired(push(make_engine(SITE), rows).incidents)
    ]


def loss(values: Values, since: int) -> None:
    stopped(values)
    for name in values:
        if "air_temperature" in name:
            values[name] += 0.8 * (since + 1)


@pytest.mark.parametrize("poll_s", [300, 600, 900, 1800])
def test_units_that_show_by_two_sorts_of_evidence_that_they_stopped_are_told_with_that_poll(
    poll_s: int,
) -> None:
    assert first_told(polled(loss, poll_s), poll_s)[0] == (0, "units_lost", "hall-1")


@pytest.mark.parametrize("poll_s", [300, 900, 1800])
def test_units_of_which_a_status_alone_tells_are_told_with_the_second_poll(poll_s: int) -> None:
    def stop(values: Values, since: int) -> None:
        stopped(values)

    assert first_told(polled(stop, poll_s, metered=False), poll_s) == [(1, "units_lost", "hall-1")]


@pytest.mark.parametrize("poll_s", [1, 10, 60])
def test_what_is_read_often_waits_for_power_that_comes_back(poll_s: int) -> None:
    before = 1800 // poll_s

    def blink(second: float) -> Values:
        values = well()
        if 0 <= second - before * poll_s < max(10, poll_s):
            stopped(values)
        return values

    rows = [
        (name, float(s), value)
        for s in range(0, (before + 30) * poll_s, poll_s)
        for name, value in blink(s).items()
    ]
    assert not push(make_engine(SITE), rows).incidents


@pytest.mark.parametrize("poll_s", [300, 900])
def test_one_unit_that_stopped_against_its_command_is_told_with_the_second_poll(poll_s: int) -> None:
    def stop(values: Values, since: int) -> None:
        stopped(values, UNITS[:1])

    rows = [
        row
        for name, second, value in polled(stop, poll_s)
        for row in [(name, second, value)]
        + ([(name.replace("run_status", "run_command"), second, 1.0)] if "run_status" in name else [])
    ]
    assert first_told(rows, poll_s) == [(1, "unit_failed", UNITS[0])]


@pytest.mark.parametrize("poll_s", [300, 900, 1800])
def test_a_well_hall_tells_nothing(poll_s: int) -> None:
    assert not first_told(polled(lambda values, since: None, poll_s, polls=120), poll_s)


def test_a_status_that_is_polled_seldom_is_not_counted_anew_with_the_ticks_of_quicker_points() -> None:
    """Power that was away for a moment just when the units were asked is no loss of theirs."""

    def blink(values: Values, since: int) -> None:
        if since == 0:
            stopped(values)

    rows = [r for r in polled(blink, 900, metered=False) if "crac" in r[0]]
    racks = [
        (f"hall-1/rack-{n:02d}/inlet_air_temperature", second + 0.5, 21.0 + 0.1 * (second // 10 % 3))
        for second in np.arange(0.0, (POLLS + 4) * 900.0, 10.0).tolist()
        for n in range(1, 5)
    ]
    heard = push(make_engine(SITE), sorted(rows + racks, key=lambda r: r[1]))
    assert not heard.of_category("cooling")


def test_a_restart_between_two_polls_changes_nothing() -> None:
    rows = polled(loss, 900)
    whole = push(make_engine(SITE), rows)
    engine, told = make_engine(SITE), list[Incident]()
    first = np.array([r[1] for r in rows]).searchsorted(np.arange(0, (POLLS + 4) * 900, 900)).tolist()
    for start, end in zip(first, [*first[1:], len(rows)], strict=True):
        told += engine.push(readings_of(engine, rows[start:end])).incidents
        engine, _ = Engine.restore(engine.snapshot(), Site.loads(SITE), load_kinds(), EngineSettings())
    assert bits(told) == bits(whole.incidents)


@pytest.mark.parametrize("poll_s", [300, 1800, 3600])
def test_polls_that_come_a_little_early_or_late_are_no_steps_of_clocks(poll_s: int) -> None:
    early_or_late = np.random.default_rng(5).uniform(-poll_s / 40, poll_s / 40, POLLS + 4)
    rows = [
        (name, second + float(early_or_late[round(second / poll_s)]), value)
        for name, second, value in polled(loss, poll_s)
    ]
    incidents = push(make_engine(SITE), rows).incidents
    assert {i.fault for i in incidents} == {"units_lost"}
    # With the very poll, though it came before its time.
    assert abs(second_of(incidents[0].warned or 0) - POLLS * poll_s) <= poll_s / 40
