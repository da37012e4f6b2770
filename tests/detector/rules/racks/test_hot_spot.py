"""A rack that breathes its own exhaust is told by what its model expects, and by nothing else."""

from __future__ import annotations

import numpy as np

from detector.engine import Engine
from tests.detector.feeding import Heard, Row, make_engine, push, second_of
from tests.detector.hand_fed import SITE, healthy

RACK = "hall-1/rack-03"
FAULT_AT = 5400.0


def comes_round(by: float) -> list[Row]:
    """Supply air that wanders, and from `FAULT_AT` on one rack that is warmer than that explains, K."""
    rng = np.random.default_rng(3)
    rows: list[Row] = []
    for second in np.arange(0.0, 7200.0, 10.0):
        values = healthy()
        wander = 0.4 * np.sin(second / 500.0)
        for name in values:
            if name.endswith("supply_air_temperature") or "/inlet_air_temperature/" in name:
                values[name] += wander + rng.normal(0.0, 0.03)
            if second >= FAULT_AT and name.startswith(f"{RACK}/") and "air_temperature" in name:
                values[name] += by
        rows += [(name, second + 0.1, value) for name, value in values.items()]
    return rows


def heard_of(by: float) -> tuple[Engine, Heard]:
    engine = make_engine(SITE, zone="plant-a")
    return engine, push(engine, comes_round(by))


def test_a_rack_warmer_than_its_model_expects_is_a_hot_spot_and_river_says_so() -> None:
    _, heard = heard_of(4.5)
    (first, *_) = heard.of("hot_spot")
    assert (first.fault, first.root, first.hall) == ("hot_spot", RACK, "hall-1")
    assert first.spoke == ("river",)
    assert 0.0 < second_of(first.warned or 0) - FAULT_AT < 600.0
    assert "above what supply air and load explain" in first.evidence[0]
    assert {i.root for i in heard.of_category("cooling")} == {RACK}


def test_what_the_model_has_room_for_is_none() -> None:
    assert not heard_of(1.5)[1].of("hot_spot")
