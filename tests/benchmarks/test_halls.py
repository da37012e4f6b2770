"""Runs of the second generator: how two states are told apart, and what a state came to."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from benchmarks import halls
from benchmarks.halls import HERE, changes, command_of, figures_of
from tests.services import REPOSITORY

QUIET: dict[str, Any] = {"name": "plain", "seed": 0, "kind": "nuisance", "false": 0, "false_what": []}
QUIET |= {"hours": 12.0, "incidents_after": 0}
LOST = QUIET | {"name": "pump_trip", "kind": "sudden", "found": True, "lead": 0.8, "delay_s": 40.0}


@pytest.mark.parametrize(
    ("now", "before", "words", "worse"),
    [
        (QUIET, QUIET, [], False),
        (QUIET | {"false": 1, "false_what": ["fire"]}, QUIET, ["0 false before, 1 here: fire"], True),
        (QUIET, QUIET | {"false": 1, "false_what": ["fire"]}, ["1 false before, 0 here: none"], False),
        (LOST | {"found": False, "lead": 0.0}, LOST, ["missed here only", "lead 0.80 before, 0.00"], True),
        (LOST | {"lead": 0.75, "delay_s": 90.0}, LOST, ["lead 0.80 before, 0.75 here"], False),
        (LOST | {"delay_s": 50.0}, LOST, ["told after 40 s before, 50 s here"], False),
        (QUIET | {"error": "no"}, QUIET, ["failed here"], True),
    ],
)
def test_what_is_told_otherwise_is_said_and_what_is_worse_known(
    now: dict[str, Any], before: dict[str, Any], words: list[str], worse: bool
) -> None:
    said, bad = changes(now, before)
    assert bad is worse
    assert len(said) == len(words)
    assert all(word in each for word, each in zip(words, said, strict=True)), said


def test_the_figures_of_a_state() -> None:
    missed = LOST | {"found": False, "lead": 0.0, "false": 1}
    figures = figures_of([QUIET, LOST, missed, {"name": "plain", "kind": "nuisance", "error": "no"}])
    assert figures == {
        "runs": 4,
        "failed": 1,
        "median_lead": 0.4,
        "faults": 2,
        "missed": 1,
        "false": 1,
        "hall_days": 1.5,
        "false_a_hall_day": 0.667,
    }


def test_the_command_of_a_tree_runs_its_code(tmp_path: Path) -> None:
    done = subprocess.run([command_of(REPOSITORY, tmp_path), "--version"], cwd="/", capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"coolwatch")


def test_runs_that_are_kept_are_taken_and_one_more_false_incident_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is played here."""
    for state, row in ((HERE, QUIET | {"false": 1, "false_what": ["fire"]}), ("HEAD", QUIET)):
        (tmp_path / state).mkdir()
        (tmp_path / state / "plain-0.json").write_text(json.dumps({"rows": [row]}))
    (tmp_path / "shared" / "halls").mkdir(parents=True)
    (tmp_path / "shared" / "halls" / "judge.py").touch()
    monkeypatch.setattr(halls, "SHARED", tmp_path / "shared")
    monkeypatch.setattr(halls, "checked_out", lambda ref: nullcontext(tmp_path))
    monkeypatch.setattr(halls, "scenarios", lambda: {"plain": "nuisance", "pump_trip": "sudden"})
    command = ["halls", "--seeds", "0", "--keep", str(tmp_path), "--against", "HEAD"]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit, match="1"):
        halls.main()
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "plain 0: 0 false before, 1 here: fire"
    assert said[1].startswith("here: ") and said[2].startswith("HEAD: ")
    monkeypatch.setattr(sys, "argv", command[:-2])
    with pytest.raises(SystemExit, match="0"):
        halls.main()
