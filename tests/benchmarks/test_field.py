"""The benchmark of telemetry as sites have it: what it takes for right, and for wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.field import arguments_of, outcome_of, wrong_in
from benchmarks.field_cases import CASES
from benchmarks.field_runs import Run, Told

HOUR = "2025-06-15T15:{}:00Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cooling unit that jumps in its fan speed, a minute a line, and a line that cannot be read."""
    made = tmp_path_factory.mktemp("case")
    lines = []
    for minute in range(30):
        reading = {
            "point": "hall-1/rack-01/inlet_air_temperature",
            "time": 1_750_000_000_000 + minute * 60_000,
        }
        lines.append(json.dumps({**reading, "value": 21.0 if minute < 20 else 45.0}))
    (made / "log.jsonl").write_text("\n".join([*lines, '{"sensorId": 1}']))
    return made


def test_a_run_is_held_against_exit_code_words_files_and_incidents(folder: Path, tmp_path: Path) -> None:
    replay = "replay {case}/log.jsonl --json"
    outcome = outcome_of(Run(replay), folder, tmp_path)

    def wrong(run: Run) -> list[str]:
        return list(wrong_in(run, outcome, tmp_path))

    told = Told("cooling|sensor", "rack-01", HOUR.format(30), HOUR.format(20))
    assert wrong(Run(replay, 1, says=("sensorId",), told=(told,), unread=1, read=30)) == []
    early = Told("cooling|sensor", "rack-01", HOUR.format(10))
    for run in (
        Run(replay),
        Run(replay, 1, says=("furlong",)),
        Run(replay, 1, told=(early,)),
        Run(replay, 1, never=""),
        Run(replay, 1, at_most=0),
        Run(replay, 1, unread=0),
        Run(replay, 1, rejected_only="point"),
        Run(replay, 1, written=(("site.toml", "id"),)),
    ):
        assert wrong(run), run
    assert wrong(Run(replay, loud="could not be read")) == []


def test_a_star_stands_for_each_file_with_its_option(folder: Path, tmp_path: Path) -> None:
    (folder / "other.jsonl").write_text("")
    words = arguments_of(Run("init --from {case}/*.jsonl --out {out}"), folder, tmp_path)
    logs = [str(folder / name) for name in ("log.jsonl", "other.jsonl")]
    assert words == ["init", "--from", logs[0], "--from", logs[1], "--out", str(tmp_path)]


def test_no_case_stands_twice() -> None:
    folders = [case.folder for case in CASES]
    assert len(set(folders)) == len(folders) == 18
