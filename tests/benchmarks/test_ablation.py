"""Which parts the ablation takes away, and what is left of an incident without them."""

from __future__ import annotations

import pytest

from benchmarks import ablation
from benchmarks.detection_tables import ablation_rows
from benchmarks.recorded import record
from config.scenario import load_scenario
from detector.incidents.speaker import Speaker


def test_each_part_that_rules_speak_for_can_be_taken_away() -> None:
    off = {name.removesuffix(" off").lower() for name in ablation.VARIANTS if name.endswith(" off")}
    assert off == {str(part) for part in Speaker} - {"limits"}
    assert {load_scenario(name).kind for name in ("lockout-cascade", "hot-spot", "filter-clog")} == set(
        ablation.SEEDS
    )


def test_without_river_nobody_tells_of_a_hot_spot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ablation, "record", lambda name, seed: record(name, seed, hours=2.2))
    kept = {name: ablation.VARIANTS[name] for name in ("whole", "River off")}
    monkeypatch.setattr(ablation, "VARIANTS", kept)
    figures = ablation.run(("hot-spot", 100, False))
    assert figures["kind"] == "contained"
    assert figures["whole"]["fault_right"] and figures["whole"]["root_right"]
    assert figures["whole"]["false_incidents"] == 0
    assert figures["River off"]["found_after_s"] is None


def test_what_was_found_of_each_kind_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(name: str, kind: str, after: float | None) -> dict[str, object]:
        each = {
            "name": name,
            "kind": kind,
            "found_after_s": after,
            "lead_fraction": None,
            "false_incidents": 0,
            "root_right": True,
            "fault_right": True,
        }
        return dict.fromkeys(ablation.VARIANTS, each)

    runs = [run("hot-spot", "contained", 60.0), run("filter-clog", "slow", None)]
    monkeypatch.setattr(ablation, "play_all", lambda *_: runs)
    figures = ablation.measure(["hot-spot", "filter-clog"], [100], jobs=1)
    row = next(row for row in ablation_rows(figures) if row[0] == "River off")
    assert row[4:6] == ("1 of 1", "0 of 1")
