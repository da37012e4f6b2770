"""How sources are made to fail, what a run is scored by, and one run in short."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from benchmarks import source_failures
from benchmarks.failing_source import KINDS, failed
from benchmarks.source_failures import before_the_loss, late, of_the_loss, summary
from streams.messages import SECOND, Incident
from streams.simulator.sampling import Telemetry
from tests.services import REPOSITORY

IDS = (
    "hall-1/crah-01/supply_air_temperature",
    "hall-1/crah-01/fan_speed",
    "hall-1/rack-01/inlet_air_temperature",
)
LOSS = 1_000 * SECOND
TELEMETRY = Telemetry(
    IDS,
    np.tile(np.arange(3, dtype=np.int32), 3),
    np.arange(9, dtype=np.int64) * SECOND,
    np.array([20.0, 60.0, 22.0, 20.5, 61.0, 22.5, 21.0, 62.0, 23.0]),
    np.arange(9, dtype=np.int64) * SECOND,
)
LOST = Incident(
    id="1",
    zone="plant-a",
    hall="",
    category="cooling",
    fault="cooling_loss",
    root="plant-a",
    first_root="plant-a",
    severity="warning",
    state="firing",
    started=LOSS + 10 * SECOND,
    updated=LOSS + 20 * SECOND,
    warned=LOSS + 20 * SECOND,
    evidence=(),
    summary="All cooling is lost",
    spoke=("physics",),
)
SILENT = msgspec.structs.replace(
    LOST, id="2", category="telemetry", fault="silent", root="hall-1", updated=100 * SECOND, summary="crah-*"
)


@pytest.mark.parametrize(
    ("kind", "supply", "fan"),
    [
        ("zeros", 0.0, 0.0),
        ("65535", 65535.0, 65535.0),
        ("-127", -127.0, 61.0),
        ("degF", 68.9, 61.0),
        ("tenths", 205.0, 61.0),
        ("frozen", 20.0, 60.0),
    ],
)
def test_a_source_fails_for_a_time_and_the_others_go_on(kind: str, supply: float, fan: float) -> None:
    told = failed(TELEMETRY, kind, "units", 3 * SECOND, 6 * SECOND)
    assert told.value[3:5].tolist() == [supply, fan]
    kept = np.ones(9, np.bool_)
    kept[3:5] = False
    assert told.value[kept].tolist() == TELEMETRY.value[kept].tolist()
    assert told.time.tolist() == TELEMETRY.time.tolist()


def test_a_source_falls_silent_says_that_it_has_no_number_or_stops_its_clock() -> None:
    silent = failed(TELEMETRY, "silent", "units", 3 * SECOND, 6 * SECOND)
    assert (silent.arrival // SECOND).tolist() == [0, 1, 2, 5, 6, 7, 8]
    stopped = failed(TELEMETRY, "clock", "units", 3 * SECOND, 8 * SECOND)
    assert (stopped.time // SECOND).tolist() == [0, 1, 2, 3, 3, 5, 3, 3, 8]
    assert stopped.value.tolist() == TELEMETRY.value.tolist()
    assert np.isnan(failed(TELEMETRY, "nan", "units", 3 * SECOND, 6 * SECOND).value[3:5]).all()


def test_a_cooling_incident_before_the_loss_is_false_and_others_are_of_the_failure() -> None:
    false = msgspec.structs.replace(LOST, id="3", updated=100 * SECOND, warned=100 * SECOND)
    run = before_the_loss([SILENT, false, LOST], LOSS, "crah")
    assert (run["false"], run["said"], run["named"], run["open"]) == (1, 1, 1, 2)
    ended = msgspec.structs.replace(SILENT, resolved=200 * SECOND, updated=200 * SECOND)
    assert before_the_loss([SILENT, ended, LOST], LOSS, "plant-a")["named"] == 0
    assert before_the_loss([SILENT, ended, LOST], LOSS, "crah")["open"] == 0


def test_a_loss_is_told_by_what_is_new_or_grows() -> None:
    before = msgspec.structs.replace(LOST, updated=100 * SECOND)
    critical = msgspec.structs.replace(LOST, severity="critical", updated=LOSS + 50 * SECOND)
    assert of_the_loss([SILENT, LOST, critical], LOSS)["told_s"] == 20.0
    assert of_the_loss([SILENT, LOST, critical], LOSS)["critical_s"] == 50.0
    assert of_the_loss([before, LOST, critical], LOSS)["told_s"] == 50.0
    assert of_the_loss([before, LOST], LOSS)["told_s"] is None


def test_a_loss_is_late_after_a_minute_more_than_without_the_failure() -> None:
    usual = {"told_s": 20.0, "critical_s": 30.0}
    assert not late({"told_s": 80.0, "critical_s": 90.0}, usual)
    assert late({"told_s": 81.0, "critical_s": 90.0}, usual)
    assert late({"told_s": 20.0, "critical_s": None}, usual)


def test_runs_go_on_from_those_that_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A false incident or an untold loss ends with exit code 1; nothing is played here."""
    kept = tmp_path / "runs"
    well = {
        "seed": 1,
        "minutes": 10,
        "during": False,
        "kind": "none",
        "place": "",
        "poll_s": 60,
        "false": 0,
        "false_what": [],
    }
    well |= {"told_s": 20.0, "critical_s": 30.0, "said": 0, "named": 0, "open": 0}
    command = ["source_failures", "--kind", "85", "--place", "racks", "--poll", "60", "--resume", str(kept)]

    def ended(failure: dict[str, Any]) -> int | str | None:
        lines = [well, well | {"kind": "85", "place": "racks", "said": 1, "named": 1} | failure]
        kept.write_text("".join(json.dumps(each) + "\n" for each in lines))
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as end:
            patch.setattr(sys, "argv", command)
            source_failures.main()
        return end.value.code

    assert ended({}) == 0
    assert "85 racks 60 s: false 0; said 1, 1 by its source, 0 open at the loss; loss told +20 s" in (
        capsys.readouterr().out
    )
    assert ended({"false": 1, "false_what": ["critical fire"]}) == 1
    assert ended({"told_s": None}) == 1
    assert "loss told never" in capsys.readouterr().out


def test_the_summary_counts_what_was_said_well() -> None:
    none = {"kind": "none", "false": 0, "told_s": 20.0, "late": False, "said": 0, "named": 0}
    failing = none | {"kind": "zeros", "said": 1, "named": 1}
    found = summary([none, failing, failing | {"said": 2}, failing | {"said": 0, "late": True}])
    assert (found["runs"], found["one_incident_that_names_its_source"]) == (3, 1)
    assert (found["nothing_said"], found["late"]) == (1, 1)


def test_all_kinds_leave_a_calm_hour_alone_that_they_do_not_concern() -> None:
    for kind in KINDS:
        told = failed(TELEMETRY, kind, "plant", 0, 9 * SECOND)
        assert told.value.tolist() == TELEMETRY.value.tolist(), kind


def test_a_plant_that_reads_zero_wakes_nobody_for_cooling_and_the_loss_is_told() -> None:
    """The command, as a person gives it."""
    command = [sys.executable, "-m", "benchmarks.source_failures", "--json"]
    done = subprocess.run(
        [*command, "--kind", "zeros", "--place", "plant", "--poll", "60"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    found = json.loads(done.stdout)
    assert (found["runs"], found["false"], found["untold"]) == (1, 0, 0)
    assert found["one_incident_that_names_its_source"] == 1
