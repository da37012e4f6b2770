"""Snapshots of older versions: offsets, levels, open incidents and what waits survive; the rest is named."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from config.kinds import load_kinds
from config.settings import EngineSettings, Settings
from config.site import Site
from detector import snapshot
from detector.engine import Engine
from detector.service.daemon.partition import Partition, SavedPartition, load_partition
from detector.service.daemon.snapshots import SnapshotName, Snapshots, unseal_file
from detector.snapshot import SnapshotError
from detector.snapshot_versions import OLDEST, STEPS
from detector.usual.models.expectation import Expectation
from tests.detector.feeding import START, quiet_hall
from tests.detector.service.fakes import message, records_of

GOLDEN = Path(__file__).resolve().parents[3] / "data" / "snapshots"
KEY = ("telemetry", 0)
NAME = SnapshotName(5804, 3)
OLDER = tuple(range(OLDEST, snapshot.VERSION))
HOT = ("hall-1/rack-01/inlet_air_temperature", "hall-1/rack-02/inlet_air_temperature")


def golden(version: int) -> Path:
    return GOLDEN / f"version-{version}"


def loaded(folder: Path) -> Partition:
    return load_partition(Snapshots(str(folder)), *KEY, Site.empty(), load_kinds(), Settings.load(None))


def zone_bytes(version: int) -> bytes:
    path = golden(version) / KEY[0] / str(KEY[1]) / str(NAME)
    saved = msgspec.msgpack.decode(unseal_file(path.read_bytes()), type=SavedPartition)
    return saved.engines.zones["hall-1"]


def test_every_version_that_is_read_has_its_step_and_its_golden_snapshot() -> None:
    assert set(STEPS) == set(OLDER)
    assert {path.name for path in GOLDEN.iterdir()} == {f"version-{version}" for version in OLDER}


@pytest.mark.parametrize("version", OLDER)
def test_an_older_version_goes_on_where_it_was(version: int, tmp_path: Path) -> None:
    shutil.copytree(golden(version), tmp_path / "snapshots")
    partition = loaded(tmp_path / "snapshots")
    engine = partition.engines.zones.engines["hall-1"]
    assert (partition.next_offset, partition.generation, partition.damage) == (NAME.offset, 4, "")
    assert not engine.dropped
    (incident,) = engine.open_incidents()
    assert (incident.id, incident.severity) == ("fe54ae53ee1b233e", "emergency")
    points = engine.engine.points
    assert [points.arrival.level[points.find(id)] for id in HOT] == [2, 2]
    counts = partition.engines.counts()
    assert counts.balanced()
    assert (counts.records, counts.scored, counts.waiting) == (4804, 4768, 26)
    assert {len(bank.models) for bank in engine.engine.state.banks().values()} == {2, 3}

    rows = [row for row in quiet_hall(2040, racks=3, units=2) if row[1] >= 1500]
    shift = START // 1_000_000 - 1_700_000_000_000
    values = [message(point, second + shift / 1000, value) for point, second, value in rows]
    judged = partition.engines.push(records_of(values, first_offset=NAME.offset))
    told = [i for verdict in judged.verdicts for i in verdict.incidents if i.id == incident.id]
    assert told[-1].state == "resolved"
    counts = partition.engines.counts()
    assert counts.balanced() and counts.late == counts.set_aside == 0


@pytest.mark.parametrize("version", OLDER)
def test_what_is_saved_next_is_of_the_newest_version_and_the_same(version: int, tmp_path: Path) -> None:
    first, _ = Engine.restore(zone_bytes(version), Site.empty(), load_kinds(), EngineSettings())
    again, dropped = Engine.restore(first.snapshot(), Site.empty(), load_kinds(), EngineSettings())
    assert not dropped
    assert again.snapshot() == first.snapshot()


def changed(version: int, monkeypatch: pytest.MonkeyPatch, change: Any, to: int | None = None) -> bytes:
    """The golden zone with something in it changed, sealed as of its own version or another."""
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "converted", lambda state, *_: state)
        state = snapshot.decode(zone_bytes(version))
        change(state)
        patch.setattr(snapshot, "VERSION", version if to is None else to)
        return snapshot.encode(state)


def drop_parts(state: dict[str, Any], equipment: str = "equipment") -> None:
    state["judge"][equipment]["usual_power"] = np.zeros((3, 3))
    state["judge"]["halls"]["hall-1"]["warming"] = None


def test_a_part_of_an_older_version_that_cannot_be_read_is_named_and_lost_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = changed(OLDER[-1], monkeypatch, partial(drop_parts, equipment="memory"))
    engine, dropped = Engine.restore(data, Site.empty(), load_kinds(), EngineSettings())
    assert dropped == ["equipment: to be learned again", "halls: to be learned again"]
    assert [i.id for i in engine.open_incidents()] == ["fe54ae53ee1b233e"]
    assert engine.counts.waiting == 26


def test_the_same_in_the_newest_version_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = Engine.restore(zone_bytes(OLDER[-1]), Site.empty(), load_kinds(), EngineSettings())
    state = snapshot.decode(whole.snapshot())
    drop_parts(state)
    with pytest.raises(SnapshotError):
        Engine.restore(snapshot.encode(state), Site.empty(), load_kinds(), EngineSettings())


def swap_two_places(state: dict[str, Any]) -> None:
    order = state["judge"]["scores"]["robust"]["order"]
    order[0, :2] = order[0, 1::-1]


def name_no_place(state: dict[str, Any]) -> None:
    state["judge"]["scores"]["robust"]["order"][0, 0] = 255


@pytest.mark.parametrize("harm", [swap_two_places, name_no_place])
def test_an_order_that_is_none_is_damage(harm: Any) -> None:
    whole, _ = Engine.restore(zone_bytes(OLDER[-1]), Site.empty(), load_kinds(), EngineSettings())
    state = snapshot.decode(whole.snapshot())
    assert np.ptp(state["judge"]["scores"]["robust"]["ring"][0]) > 0
    harm(state)
    with pytest.raises((SnapshotError, ValueError)):
        Engine.restore(snapshot.encode(state), Site.empty(), load_kinds(), EngineSettings())


@pytest.mark.parametrize("version", [OLDEST - 1, snapshot.VERSION + 1])
def test_other_versions_are_refused_by_name(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = changed(OLDER[-1], monkeypatch, lambda _: None, to=version)
    with pytest.raises(SnapshotError, match=f"version {version}, this coolwatch reads {OLDEST} to"):
        snapshot.decode(data)


def as_another_river(state: dict[str, Any]) -> None:
    """Models made of other parts, or with something else in them."""
    models = state["judge"]["models"]
    for model in models["supply"]["models"].values():
        model["model"]["_something_else"] = model["model"].pop("_ss_arr")
    for model in models["inlet"]["models"].values():
        model["model"]["_idx"] = {"load": "first"}
    for model in models["return"]["models"].values():
        model["scaler"] = 3.0


def test_models_of_another_river_are_named_and_learned_again_and_nothing_else_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = changed(OLDER[-1], monkeypatch, as_another_river)
    engine, dropped = Engine.restore(data, Site.empty(), load_kinds(), EngineSettings())
    assert sorted(dropped) == sorted(
        f"{bank} model of hall-1/{id}: to be learned again"
        for bank, ids in {
            "supply": ("crah-01", "crah-02"),
            "return": ("crah-01", "crah-02"),
            "inlet": ("rack-01", "rack-02", "rack-03"),
        }.items()
        for id in ids
    )
    assert [i.id for i in engine.open_incidents()] == ["fe54ae53ee1b233e"]
    engine.snapshot()


def test_weights_are_what_the_model_says_of_each_driver_alone() -> None:
    rng = np.random.default_rng(0)
    model = Expectation()
    for _ in range(200):
        x = {"fan": float(rng.normal(70.0, 5.0)), "load": float(rng.normal(50.0, 10.0))}
        model.learn(x, 20.0 + 0.1 * x["fan"] - 0.05 * x["load"])
    weights, bias = model.weights()
    x = {"fan": 72.0, "load": 45.0}
    said = bias + sum(weight * (x[name] - centre) for name, (weight, centre) in weights.items())
    assert said == pytest.approx(model.expect(x), abs=1e-9)
