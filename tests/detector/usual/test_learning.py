"""A fault is not learned as normal while it lasts, and every verdict says which part spoke."""

from __future__ import annotations

import numpy as np
import pytest

from detector.engine import Engine
from tests.detector.feeding import Heard, Row, make_engine, push, second_of

SUPPLY = "hall-1/crah-01/supply_air_temperature"
FAULT_AT = 3600.0
SECONDS = 7200


def hall(fault: bool) -> list[Row]:
    """Two units whose supply air follows their water; from `FAULT_AT` on the coil of one gives too little."""
    rng = np.random.default_rng(0)
    rows: list[Row] = []
    for second in range(0, SECONDS, 10):
        water = 10.0 + 1.5 * np.sin(second / 300.0) + rng.normal(0.0, 0.02)
        for n in (1, 2):
            broken = fault and n == 1 and second >= FAULT_AT
            supply = 14.0 + 0.6 * (water - 10.0) + rng.normal(0.0, 0.03) + (4.5 if broken else 0.0)
            unit = f"hall-1/crah-{n:02d}"
            rows += [
                (f"{unit}/supply_air_temperature", second + 0.1, supply),
                (f"{unit}/return_air_temperature", second + 0.1, 28.0 + rng.normal(0.0, 0.05)),
                (f"{unit}/entering_water_temperature", second + 0.1, water),
                (f"{unit}/fan_speed", second + 0.1, 70.0 + rng.normal(0.0, 0.3)),
            ]
        # Half of the air that the racks draw comes from the unit that is broken.
        warmer = 2.2 * (1.0 - np.exp(-(second - FAULT_AT) / 60.0)) if fault and second >= FAULT_AT else 0.0
        for n in (1, 2, 3):
            rack = f"hall-1/rack-{n:02d}"
            rows.append(
                (f"{rack}/inlet_air_temperature", second + 0.5, 22.0 + warmer + rng.normal(0.0, 0.05))
            )
            rows.append((f"{rack}/power", second + 0.5, 5.0 + rng.normal(0.0, 0.02)))
    return rows


@pytest.fixture(scope="module")
def broken() -> tuple[Engine, Heard]:
    engine = make_engine()
    return engine, push(engine, hall(fault=True))


def column(engine: Engine, heard: Heard, what: str, since: float) -> list[float]:
    slot = engine.slot(SUPPLY)
    return [
        float(getattr(t.scores, what)[t.scores.point == slot][0])
        for t in heard.ticks
        if slot in t.scores.point and second_of(t.end) > since
    ]


def test_what_the_unit_should_give_stays_what_it_was(broken: tuple[Engine, Heard]) -> None:
    engine, heard = broken
    expected = column(engine, heard, "expected", SECONDS - 600.0)
    assert max(expected) < 15.5


def test_an_hour_into_the_fault_it_scores_as_high_as_at_first(broken: tuple[Engine, Heard]) -> None:
    engine, heard = broken
    assert min(column(engine, heard, "score", FAULT_AT + 60.0)) > 0.9


def test_it_is_one_incident_of_the_unit_that_lasts(broken: tuple[Engine, Heard]) -> None:
    _, heard = broken
    faults = {(i.fault, i.root) for i in heard.of_category("cooling")}
    assert faults == {("unit_failed", "hall-1/crah-01")}
    assert "resolved" not in {i.state for i in heard.incidents}
    # Its supply air leaves what it usually is, and the hall warms; no learned model has a part in that.
    assert {i.spoke for i in heard.of("unit_failed")} == {("statistics", "physics")}


def test_without_the_fault_there_is_no_incident() -> None:
    assert not push(make_engine(), hall(fault=False)).incidents


def test_verdicts_say_which_part_spoke(broken: tuple[Engine, Heard]) -> None:
    _, heard = broken
    assert heard.ticks[0].spoke == ("limits", "physics")
    assert heard.ticks[-1].spoke == ("limits", "physics", "statistics", "river")
    order = [len(t.spoke) for t in heard.ticks]
    assert order == sorted(order)


def test_who_only_has_limits_hears_no_other_part() -> None:
    hot = [("hall-1/rack-01/inlet_air_temperature", 0.5, 45.0)]
    heard = push(make_engine(), [*hot, ("hall-1/rack-01/inlet_air_temperature", 30.0, 45.0)])
    assert heard.ticks[0].spoke == ("limits",)


def test_the_balance_gives_its_reason_until_it_is_calibrated(broken: tuple[Engine, Heard]) -> None:
    _, heard = broken
    first, later = heard.ticks[0].halls[0], heard.ticks[200].halls[0]
    assert first.balance is None and "calibrating" in first.balance_reason
    assert later.balance is not None and later.balance_reason == ""
    assert first.redundancy is None
