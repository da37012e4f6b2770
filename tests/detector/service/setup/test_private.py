"""What coolwatch keeps is for its owner alone, and nothing of a killed process stays behind."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

from config.settings import InfluxSettings, Settings, StateSettings, StoreSettings
from detector.service.daemon.snapshots import SnapshotName, Snapshots
from detector.service.setup.private import keep_private
from streams.sinks.spool import Spool
from streams.store.store import Store

OPEN_TO_ALL = """
import os, sys
os.umask(0)
sys.path.insert(0, {repository!r})
from tests.detector.service.setup.test_private import keep
keep(private={private})
"""


def settings_here() -> Settings:
    return Settings(
        influxdb=InfluxSettings(spool="spool"),
        state=StateSettings(snapshots="snapshots"),
        store=StoreSettings(url="sqlite:///coolwatch.db"),
    )


def keep(private: bool) -> None:
    """Write of everything that is kept something, in the working directory."""
    if private:
        keep_private(settings_here())
    spool = Spool(Path("spool"), 1 << 20)
    spool.append(b"m v=1\n", 1)
    spool.close()
    letters = Spool(Path("spool/letters"), 1 << 20)
    letters.append(b"{}\n", 1)
    letters.close()
    Snapshots("snapshots").write("telemetry", 0, SnapshotName(5, 1), b"state")
    store = Store("sqlite:///coolwatch.db")
    store.open_incidents()
    store.close()


def in_child(folder: Path, private: bool) -> set[str]:
    """Modes of all that a process leaves that was started with an umask of 0."""
    script = OPEN_TO_ALL.format(repository=str(Path(__file__).parents[4]), private=private)
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True)
    return {f"{path.stat().st_mode & 0o777:o}" for path in folder.rglob("*")}


def test_files_are_the_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    assert in_child(tmp_path, private=True) == {"600", "700"}


def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path) -> None:
    assert in_child(tmp_path, private=False) & {"666", "777"}
    assert in_child(tmp_path, private=True) <= {"600", "700"}


def test_drafts_of_killed_processes_are_cleared_and_those_of_others_stay(tmp_path: Path) -> None:
    folder = tmp_path / "telemetry" / "0"
    folder.mkdir(parents=True)
    name = SnapshotName(5, 1)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here = platform.node()
    left = [f".{name}.{here}.{ended.pid}", f".{name}.{here}.{os.getpid()}", f".{name}.{ended.pid}"]
    stays = [f".{name}.elsewhere.{ended.pid}", f".{name}.{here}.{os.getppid()}", str(name)]
    for each in (*left, *stays):
        (folder / each).write_bytes(b"x")
    Snapshots(str(tmp_path)).clear_leftovers()
    assert {path.name for path in folder.iterdir()} == set(stays)
