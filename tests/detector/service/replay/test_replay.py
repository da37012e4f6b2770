"""Replay: what it prints, that its books add up, where rejects go, and its report."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from typer.testing import CliRunner

from detector import engine
from detector.service.cli import app
from tests.detector.service.halls import write_log

KEYS = (
    "not_understood", "failures", "rules_off", "records", "readings", "scored", "late", "duplicate",
    "rejected", "ignored", "absent", "set_aside", "incidents",
)  # fmt: skip
INCIDENT_KEYS = (
    "id",
    "zone",
    "category",
    "fault",
    "root",
    "severity",
    "started",
    "warned",
    "resolved",
    "warned_severity",
    "warned_summary",
    "updated",
    "time_to_limit",
    "services",
    "evidence",
    "summary",
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log(tmp_path_factory.mktemp("log"), minutes=30)


def replay(log: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["replay", str(log), "--site", str(log.parent / "site.toml"), *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_json_is_one_object_of_the_promised_keys(log: Path, tmp_path: Path) -> None:
    told = json.loads(replay(log, "--json", "--dead-letters", str(tmp_path / "rejected.jsonl")))
    assert tuple(told) == KEYS
    assert told["incidents"]
    for incident in told["incidents"]:
        assert tuple(incident) == INCIDENT_KEYS
        assert incident["started"].endswith("Z")
        assert incident["started"] <= incident["warned"]
    assert any(incident["root"].startswith("hall-2/rack-02") for incident in told["incidents"])


def test_rules_that_are_switched_off_are_said_first(log: Path, tmp_path: Path) -> None:
    settings = tmp_path / "coolwatch.toml"
    settings.write_text('[rules]\noff = ["hunting", "door_open"]\n')
    arguments = ["-c", str(settings), "--dead-letters", str(tmp_path / "rejected.jsonl")]
    report = tmp_path / "report"
    assert replay(log, *arguments, "--report", str(report)).startswith("Switched off: hunting, door_open.\n")
    assert "Switched off: hunting, door_open." in (report / "report.html").read_text()
    assert json.loads(replay(log, *arguments, "--json"))["rules_off"] == ["hunting", "door_open"]


def broken(*_: object) -> NoReturn:
    raise ArithmeticError("broken on purpose")


def test_a_replay_that_could_not_judge_says_so_and_is_not_right(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "judge", broken)
    arguments = ["replay", str(log), "--site", str(log.parent / "site.toml")]
    done = CliRunner().invoke(app, [*arguments, "--dead-letters", str(tmp_path / "rejected.jsonl")])
    assert done.exit_code == 1
    assert "broken on purpose" in done.stdout
    assert "No incident." not in done.stdout


def test_the_books_add_up_and_every_reject_has_a_letter(log: Path, tmp_path: Path) -> None:
    letters = tmp_path / "rejected.jsonl"
    told = json.loads(replay(log, "--json", "--dead-letters", str(letters)))
    lines = [json.loads(line) for line in letters.read_text().splitlines()]
    assert len(lines) == told["rejected"] > 0
    assert {line["reason"] for line in lines} >= {"broken_json", "unknown_unit", "not_text"}
    assert all(line["topic"] == log.name and line["offset"] > 0 for line in lines)
    others = sum(told[key] for key in ("scored", "late", "duplicate", "rejected", "ignored", "set_aside"))
    waiting = told["readings"] - others
    assert 0 < waiting <= 3 * 56  # the ticks that the log did not close, of 56 points
    assert told["records"] == told["readings"]  # one message a record


def test_the_same_log_gives_the_same_to_the_letter(log: Path, tmp_path: Path) -> None:
    letters = ("--dead-letters", str(tmp_path / "rejected.jsonl"))
    assert replay(log, "--json", *letters) == replay(log, "--json", *letters)


def test_the_report_stands_alone(log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    output = replay(log, "--report", str(folder))
    assert sorted(path.name for path in folder.iterdir()) == [
        "incidents.json",
        "rejected.jsonl",
        "report.html",
        "scores.lp",
    ]
    page = (folder / "report.html").read_text()
    assert "http" not in page  # nothing is loaded from elsewhere
    incidents = json.loads((folder / "incidents.json").read_text())
    assert all(incident["fault"].replace("_", " ") in page for incident in incidents)
    assert "report.html" in output
    assert (folder / "scores.lp").read_bytes().count(b"cooling_score") > 1000


def test_a_site_that_is_wrong_ends_with_exit_code_2(log: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[[hall]]\nnam = "x"\n')
    command = [sys.executable, "-m", "detector.service.cli", "replay", str(log), "--site", str(site)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert str(site) in done.stderr
    assert "name" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_there_stays_where_nothing_was_rejected(tmp_path: Path) -> None:
    mine, log = tmp_path / "mine.txt", tmp_path / "log.jsonl"
    mine.write_text("mine")
    sound = '{"point":"hall-1/rack-01/power","time":1700000000000,"value":1}\n'
    log.write_text(sound)
    for each in (log, tmp_path / "nofile.csv"):
        CliRunner().invoke(app, ["replay", str(each), "--dead-letters", str(mine)])
        assert mine.read_text() == "mine"
    log.write_text(sound + "{\n")
    CliRunner().invoke(app, ["replay", str(log), "--dead-letters", str(mine)])
    assert "broken_json" in mine.read_text()
    assert not list(tmp_path.glob("*.part"))


def loud(log: Path, *arguments: str) -> str:
    """What a replay prints that did not understand its log, which it must say by its exit code too."""
    letters = ["--dead-letters", str(log.parent / "rejected.jsonl")]
    done = CliRunner().invoke(app, ["replay", str(log), *letters, *arguments])
    assert done.exit_code == 1, done.output
    return done.stdout


def lines_of(source: int, minutes: int = 40) -> list[str]:
    """A cooling unit that is read once a minute."""
    return [
        json.dumps(
            {"point": f"hall-1/crac-01/{measure}", "time": 1_750_000_000_000 + m * 60_000, "value": value}
        )
        for m in range(minutes)
        for measure, value in (("supply_air_temperature", 18 + source), ("fan_speed", 70 - 30 * source))
    ]


def test_a_log_that_could_not_be_read_begins_with_that_and_is_not_right(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines_of(0) + ['{"sensorId": "a", "ts": 1}'] * 5))
    told = loud(log)
    assert told.startswith("5 of 85 records of log.jsonl could not be read.")
    assert "No incident.\n" not in told
    assert json.loads(loud(log, "--json"))["not_understood"][0].startswith("5 of 85")
    loud(log, "--report", str(tmp_path / "report"))
    assert "5 of 85 records" in (tmp_path / "report" / "report.html").read_text()


@pytest.mark.parametrize("lag", [0, 1, 2, 5])
def test_two_machines_under_one_id_that_share_their_stamps_or_of_which_one_lags_are_asked_for(
    lag: int, tmp_path: Path
) -> None:
    """One sends what it read ``lag`` minutes ago."""
    log = tmp_path / "log.jsonl"
    one, other = lines_of(0, 60), lines_of(1, 60)
    near = [line.replace("crac-01", "crac-02") for line in one]
    lines = []
    for row in range(0, len(one), 2):
        lines += one[row : row + 2] + near[row : row + 2] + other[max(0, row - 2 * lag) : row - 2 * lag + 2]
    log.write_text("\n".join(lines))
    asked = loud(log).split("Two sources under one id")[1].splitlines()[0]
    assert "hall-1/crac-01/fan_speed" in asked
    assert "crac-02" not in asked


def test_a_log_of_which_nothing_was_judged_is_not_right(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines_of(0)[:2]))
    assert loud(log).startswith("Nothing was judged")
