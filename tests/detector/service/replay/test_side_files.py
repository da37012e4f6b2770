"""What a replay writes beside what it prints: whole or not at all, and never in the place of a device."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from detector.seen.unit_changes import by_law

READING = {"point": "hall-1/crah-1/supply_air_temperature", "time": 1_750_000_000_000, "value": 18.0}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    lines = [json.dumps(READING | {"time": READING["time"] + 10_000 * n}) for n in range(60)]
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join([*lines, "no message", ""]))
    return path


def replayed(log: Path, *arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "detector.service.cli", "replay", str(log), *arguments]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=log.parent, timeout=120, check=False
    )


def test_dead_letters_on_a_full_device_are_said_in_a_line_and_the_result_is_printed(log: Path) -> None:
    done = replayed(log, "--json", "--dead-letters", "/dev/full")
    assert json.loads(done.stdout)["scored"] > 0
    assert done.returncode == 1
    assert "/dev/full could not be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)  # noqa: PTH116


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(log: Path) -> None:
    link = log.with_name("letters.jsonl")
    link.symlink_to("kept.jsonl")
    replayed(log, "--dead-letters", str(link))
    assert link.is_symlink() and "no message" in log.with_name("kept.jsonl").read_text()


def test_a_folder_for_dead_letters_is_refused_before_anything_is_read(log: Path) -> None:
    done = replayed(log, "--dead-letters", str(log.parent))
    assert done.returncode == 2 and "is a folder" in done.stderr and not done.stdout


def test_a_report_that_cannot_be_written_keeps_nothing_from_being_printed(log: Path) -> None:
    report = log.with_name("report")
    (report / "report.html").mkdir(parents=True)
    done = replayed(log, "--report", str(report))
    assert "records = " in done.stdout and done.returncode == 1
    assert "is a folder" in done.stderr and "Traceback" not in done.stderr
    assert not (report / "incidents.json").exists()


def test_a_full_standard_output_is_said_in_a_line(log: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = replayed(log, stdout=full)
    finally:
        os.close(full)
    assert done.returncode == 1
    assert "cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr and "ignored" not in done.stderr.splitlines()[-1]


def test_a_value_beyond_all_sense_warns_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(by_law(0, np.array([1.7e308]))).all()
