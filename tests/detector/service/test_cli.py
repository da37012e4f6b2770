"""The command line itself: quick where it must be, helpful where it may be."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector.service.cli import app

COMMANDS = (
    "run",
    "replay",
    "publish",
    "rekey",
    "refill",
    "simulate",
    "demo",
    "drill",
    "init",
    "check",
    "warmup",
)
HEAVY = ("numba", "numpy", "river", "polars", "kafka", "pydantic", "sqlalchemy", "apprise", "influxdb_client")


def test_version_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "sys.argv = ['coolwatch', '--version']\n"
        "from detector.service.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    told, heavy = done.stdout.splitlines()
    assert told == f"coolwatch {version('coolwatch')}"
    assert heavy == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    assert f"coolwatch {command}" in " ".join(done.output.split())


def test_without_a_command_the_commands_are_shown() -> None:
    done = CliRunner().invoke(app, [])
    assert all(command in done.output for command in COMMANDS)
    assert "..." not in done.output.replace("[ARGS]...", ""), done.output


@pytest.mark.parametrize(
    "arguments",
    [["replay"], ["replay", "no-such.jsonl"], ["simulate", "no-such", "--out", "x"], ["nonsense"]],
)
def test_a_wrong_command_ends_with_2_and_no_traceback(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "detector.service.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["simulate", "steady", "--out", "made", "--hours", "0"],
        ["simulate", "steady", "--out", "made", "--hours", "-1"],
        ["simulate", "steady", "--out", "made", "--hours", "nan"],
        ["simulate", "steady", "--out", "made", "--seed", "-1"],
        ["demo", "--out", "made", "--hours", "-0.5"],
        ["demo", "--out", "made", "--hours", "inf"],
        ["demo", "--out", "made", "--speed", "0"],
    ],
)
def test_a_length_seed_or_speed_that_cannot_be_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert arguments[-2] in done.output
    assert not (tmp_path / "made").exists()


def test_a_file_in_the_place_of_a_folder_is_said_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    command = [sys.executable, "-m", "detector.service.cli", "simulate", "steady", "--out", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"coolwatch: {file}: File exists"]
    assert file.read_text() == "mine"
