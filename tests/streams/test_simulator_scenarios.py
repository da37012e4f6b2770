"""The scenarios that are shipped, and how a scenario file is read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from config.errors import ConfigError
from config.scenario import load_scenario, scenario_names
from streams.simulator.faults import PHYSICAL, SENSOR
from streams.simulator.parameters import COLUMNS
from streams.simulator.simulation import simulate
from streams.simulator.truth import service_drop
from tests.streams.simulated import run, scenario


@pytest.mark.parametrize("name", scenario_names())
def test_a_shipped_scenario_builds_with_any_seed(name: str) -> None:
    plan = load_scenario(name)
    assert plan.name == name and plan.source and plan.title
    for seed in range(5):
        simulation = simulate(plan, seed)
        assert len(set(simulation.ids)) == len(simulation.ids)


@pytest.mark.numbers
@pytest.mark.parametrize("seed", range(10))
def test_guangzhou_drops_its_first_service_5_to_20_minutes_after_onset(seed: int) -> None:
    simulation = simulate(load_scenario("guangzhou-2023"), seed)
    for start, _ in simulation.blocks():
        if start == 6 * 3600.0:
            air = simulation.state.air
            assert air.inlet_bottom.min() >= 22.0 and air.inlet_top.max() <= 24.0
    truth = simulation.truth
    assert truth.onset is not None and truth.first_drop is not None
    window = datetime.fromisoformat(truth.first_drop) - datetime.fromisoformat(truth.onset)
    assert 5 * 60 <= window.total_seconds() <= 20 * 60
    assert truth.fault == "cooling_loss" and truth.root == "plant-a"
    plant = [p for p, i in zip(simulation.points.period, simulation.ids, strict=True) if "chiller" in i]
    assert max(plant) <= 10.0


@pytest.mark.numbers
@pytest.mark.parametrize("seed", range(3))
def test_a_fan_failure_is_contained(seed: int) -> None:
    simulation = run(simulate(load_scenario("crah-fan-failure"), seed))
    truth = simulation.truth
    assert truth.first_drop is None and not truth.racks
    assert truth.root is not None and "/crah-" in truth.root
    assert simulation.state.air.inlet_top.max() < 27.0


@pytest.mark.parametrize("name", ["steady", "load-step"])
def test_nothing_is_wrong_on_a_day_without_fault(name: str) -> None:
    simulation = simulate(load_scenario(name), 1)
    hottest, loads = 0.0, []
    for _, signals in simulation.blocks():
        hottest = max(hottest, float(simulation.state.air.inlet_top.max()))
        loads.append(signals[0, 3 : 4 * len(simulation.layout.racks) : 4].sum())
    truth = simulation.truth
    assert hottest < 25.5
    assert truth.onset is truth.fault is truth.root is truth.first_drop is truth.margin_gone is None
    assert (max(loads) / min(loads) > 1.4) == (name == "load-step")


def test_every_kind_of_happening_names_parameters_that_exist() -> None:
    assert not set(PHYSICAL) & set(SENSOR)
    for table, _, changes in PHYSICAL.values():
        assert all(column in COLUMNS[table] for column, _ in changes)


def test_picks_marked_together_befall_the_same_equipment() -> None:
    faults = [
        {"kind": kind, "pick": 1, "together": True, "at_h": 0.01}
        for kind in ("fan_to_maximum", "coil_fouling")
    ]
    events = run(simulate(scenario(*faults, hours=0.05), 3)).truth.events
    assert len({event.equipment for event in events}) == 1 and len(events) == 2


def test_a_happening_can_repeat_and_end() -> None:
    fault = {"kind": "door_open", "at_h": 0.1, "lasts_s": 60, "count": 3, "every_h": 0.2}
    events = run(simulate(scenario(fault, hours=0.6), 0)).truth.events
    starts = [datetime.fromisoformat(event.start) for event in events]
    assert np.diff(starts).astype("m8[s]").astype(int).tolist() == [720, 720]
    assert all(event.end is not None for event in events)


def test_a_service_drops_when_too_few_of_its_racks_are_up() -> None:
    drops = np.array([np.nan, 50.0, 20.0, 90.0])
    assert service_drop(drops, (0, 1, 2, 3), needs=4) == 20.0
    assert service_drop(drops, (0, 1, 2, 3), needs=2) == 90.0
    assert service_drop(drops, (0, 1), needs=1) == np.inf


def test_mistakes_name_file_key_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such scenario") as error:
        load_scenario("atlantis")
    assert "guangzhou-2023" in error.value.remedy
    with pytest.raises(ConfigError, match="no such file"):
        load_scenario(tmp_path / "none.toml")
    path = tmp_path / "own.toml"
    good = 'title = "t"\nkind = "sudden"\nsource = "s"\nhours = 1\nstart = 2024-01-01T00:00:00Z\n'
    path.write_text(good + "[layout]\nrows = [5, 2]\n")
    with pytest.raises(ConfigError, match=r"own\.toml: layout"):
        load_scenario(path)
    path.write_text(good + "[layout]\nrowz = 3\n")
    with pytest.raises(ConfigError, match="rowz"):
        load_scenario(path)
    path.write_text("title = ")
    with pytest.raises(ConfigError, match="not TOML"):
        load_scenario(path)
    path.write_text(good)
    assert load_scenario(path).name == "own"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kind": "gremlins"}, "no such kind"),
        ({"kind": "pump_trip", "target": "hall-9/*"}, "no equipment of a pump_trip"),
    ],
)
def test_a_fault_that_fits_nothing_is_a_mistake(fault: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        simulate(scenario(fault), 0)
