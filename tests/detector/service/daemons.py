"""A real ``coolwatch run`` for tests: its settings, its process, what it says of itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.services import free_ports
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker

PATIENCE_S = 120.0


class RunningDaemon:
    """Started in a folder of its own; started again there, it goes on where it was."""

    def __init__(
        self,
        folder: Path,
        broker: Broker,
        topic: str,
        site: Path,
        database: InfluxDB | None,
        bucket: str,
        checkpoint_every: str = "1s",
        influx_url: str = "",
        snapshots: Path | None = None,
        dead_letters: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (self.port,) = free_ports(1)
        self.folder = folder
        self._snapshots = snapshots or folder / "snapshots"
        url = influx_url or (database.url if database else "")
        (folder / "coolwatch.toml").write_text(
            f"""
site = "{site}"
[kafka]
bootstrap = "{broker.bootstrap}"
topics = ["{topic}"]
group = "{bucket}"
start = "earliest"
dead_letters = "{dead_letters}"
[influxdb]
url = "{url}"
org = "{database.org if database else ""}"
bucket = "{bucket}"
spool = "{folder / "spool"}"
[store]
url = "sqlite:///{folder / "coolwatch.db"}"
[state]
snapshots = "{self._snapshots}"
checkpoint_every = "{checkpoint_every}"
[web]
listen = "127.0.0.1:{self.port}"
"""
        )
        self.environment = os.environ | {
            "COOLWATCH_INFLUXDB__TOKEN": database.token if database else "",
            "PYTHONPATH": str(Path(__file__).resolve().parents[3]),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.program: tuple[str, ...] = ("detector.service.cli",)
        """The module that is run, and what comes before the command."""

    def start(self) -> None:
        with (self.folder / "daemon.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command("run"), cwd=self.folder, env=self.environment, stdout=log, stderr=log
            )

    def coolwatch(self, *arguments: str) -> None:
        """Another command with the daemon's settings."""
        subprocess.run(self._command(*arguments), cwd=self.folder, env=self.environment, check=True)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", *self.program, *arguments, "--config", "coolwatch.toml"]

    def health(self) -> dict[str, object]:
        """What /health says; empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return dict(json.load(answer))
        except (urllib.error.URLError, OSError):
            return {}

    def wait_for(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        assert self.process is not None
        while not reached():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"never came to {what}: {self.health()}\n{self.log()[-3000:]}")
            time.sleep(0.05)

    def wait_until_caught_up(self) -> None:
        """Until nothing is left of what was on the topic when this was called."""
        began = time.monotonic()
        self.wait_for("the live edge", lambda: self._caught_up(time.monotonic() - began))

    def _caught_up(self, waited_s: float) -> bool:
        health = self.health()
        if not health.get("partitions") or health["at_live_edge"] is not True or health["lag"] != 0:
            return False
        age = health["loop_age_s"]  # what was looked at before the call says nothing of now
        return isinstance(age, float) and age < waited_s - 0.5

    def snapshots(self) -> list[Path]:
        return sorted(self._snapshots.rglob("*.snapshot"))

    def stop(self) -> int:
        """SIGTERM, as a service manager would; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log(self) -> str:
        path = self.folder / "daemon.log"
        return path.read_text(errors="replace") if path.exists() else ""
