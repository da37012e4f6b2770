"""Two machines under one id are told, and a machine that switches by itself is none."""

from __future__ import annotations

import numpy as np
import pytest

from config.kinds import Role
from streams.messages import Incident
from tests.detector.feeding import Row, make_engine, push, second_of
from tests.detector.hand_fed import fired

ID = "hall-1/crac-01"
MACHINES = (ID, "hall-1/crac-02")
Levels = dict[str, float]
RUNS: Levels = {"supply_air_temperature": 18.0, "fan_speed": 73.0, "run_status": 1.0, "valve_position": 47.0}
STANDS: Levels = {"supply_air_temperature": 24.0, "fan_speed": 0.0, "run_status": 0.0, "valve_position": 47.5}


def polled(
    levels: Levels, every: float, phase: float, lasts: float, seed: int, jitter: float = 0.0
) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for second in np.arange(phase, lasts, every):
        at = second + rng.uniform(-jitter, jitter)
        for measure, level in levels.items():
            noise = 0.0 if measure == "run_status" or not level else rng.normal(0.0, 0.05)
            rows.append((f"{ID}/{measure}", max(0.0, at), level + noise))
    return rows


def beside(lasts: float) -> list[Row]:
    """Another machine of the hall, which is as it should be."""
    return [(i.replace("crac-01", "crac-02"), t, v) for i, t, v in polled(RUNS, 30, 0.5, lasts, 9)]


def told(rows: list[Row], lasts: float) -> list[Incident]:
    verdict = push(make_engine(), sorted([*rows, *beside(lasts)], key=lambda row: row[1]))
    return [i for i in fired(verdict.incidents) if i.fault == "two_sources"]


@pytest.mark.parametrize(
    ("one", "other", "phase"),
    [(60, 60, 3), (60, 60, 20), (60, 60, 30), (60, 45, 7), (30, 60, 11), (10, 60, 4), (20, 60, 5)],
)
def test_two_machines_of_any_pace_and_phase_are_told(one: float, other: float, phase: float) -> None:
    lasts = 5400.0
    rows = polled(RUNS, one, 1.0, lasts, 1) + polled(STANDS, other, 1.0 + phase, lasts, 2)
    (incident,) = told(rows, lasts)
    assert (incident.category, incident.root) == ("telemetry", ID)
    assert "has two sources" in incident.summary + "".join(incident.evidence)
    assert second_of(incident.warned or 0) <= 4200


def test_two_machines_that_share_some_of_their_measures_are_told() -> None:
    lasts = 3600.0
    less = {name: STANDS[name] for name in ("supply_air_temperature", "fan_speed")}
    rows = polled(RUNS, 60, 1.0, lasts, 1) + polled(less, 60, 18.0, lasts, 2)
    assert [i.root for i in told(rows, lasts)] == [ID]


def test_it_is_over_when_one_of_them_is_silent() -> None:
    rows = polled(RUNS, 60, 1.0, 7200, 1) + polled(STANDS, 60, 18.0, 3600, 2)
    verdict = push(make_engine(), sorted([*rows, *beside(7200)], key=lambda row: row[1]))
    last = [i for i in verdict.incidents if i.fault == "two_sources"][-1]
    assert last.resolved is not None
    assert second_of(last.resolved) < 7200


def test_nothing_of_it_is_believed_as_long_as_that_is_so() -> None:
    rows = polled(RUNS, 60, 1.0, 3600, 1) + polled(STANDS, 60, 18.0, 1500, 2)
    rows = sorted([*rows, *beside(3600)], key=lambda row: row[1])
    engine = make_engine()

    def shown(until: float, since: float = 0.0) -> list[bool]:
        push(engine, [row for row in rows if since <= row[1] < until])
        column = engine.state.values.column(Role.SUPPLY_AIR)
        return [bool(np.isfinite(column[engine.points.equipment_ids.index(id)])) for id in MACHINES]

    assert shown(600) == [True, True]
    assert shown(1500, 600) == [False, True]
    assert shown(3600, 1500) == [True, True]


def test_a_limit_that_both_of_them_pass_is_told() -> None:
    site = '[[limit]]\nmatch = "*/*/supply_air_temperature"\nwarning = 27.0\ncritical = 32.0\n'
    engine = make_engine(site)
    rows = polled(RUNS, 60, 1.0, 3600, 1) + polled(STANDS, 60, 18.0, 3600, 2)
    heard = push(engine, sorted([*rows, *beside(3600)], key=lambda row: row[1]))
    assert [i.fault for i in fired(heard.incidents)] == ["two_sources"]
    later = polled(RUNS, 60, 1.0, 300, 3) + polled(STANDS, 60, 18.0, 300, 4)
    hot = [(id, t + 3600.0, v + 16.0 if "supply" in id else v) for id, t, v in later]
    heard = push(engine, sorted(hot, key=lambda row: row[1]))
    assert "limit" in {i.fault for i in fired(heard.incidents)}


@pytest.mark.parametrize("run", [1, 2, 3, 7])
@pytest.mark.parametrize("every", [10, 60])
def test_a_machine_that_switches_to_and_fro_is_one(run: int, every: int) -> None:
    """On and off for so many polls each, a little out of step with them."""
    rng = np.random.default_rng(run)
    rows: list[Row] = []
    for n, second in enumerate(np.arange(1.0, 9000.0, every)):
        levels = RUNS if int(n / (run + 0.13)) % 2 else STANDS
        rows += [(f"{ID}/{m}", second, v + (rng.normal(0, 0.05) if v > 1 else 0)) for m, v in levels.items()]
    assert told(rows, 9000.0) == []


def test_two_like_machines_and_jitter_are_not_told_as_more_than_they_show() -> None:
    lasts = 3600.0
    assert told(polled(RUNS, 60, 1.0, lasts, 1) + polled(RUNS, 60, 20.0, lasts, 2), lasts) == []
    assert told(polled(RUNS, 60, 10.0, lasts, 1, jitter=8.0), lasts) == []


def test_coarse_sensors_that_flicker_between_two_steps_are_one_machine() -> None:
    """Whole tenths of a degree, which go on to others at times."""
    rng = np.random.default_rng(4)
    coarse = {"supply_air_temperature": 18.0, "return_air_temperature": 30.0, "fan_speed": 73.0}
    rows: list[Row] = []
    for n, second in enumerate(np.arange(1.0, 5400.0, 10.0).tolist()):
        step = 2 if n % 100 == 10 else n % 2
        at = second + rng.uniform(-3.0, 3.0) if n else second
        rows += [(f"{ID}/{measure}", at, round(level + 0.1 * step, 1)) for measure, level in coarse.items()]
    assert told(rows, 5400.0) == []
