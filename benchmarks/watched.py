"""The daemon as the benchmarks watch it: from outside, by its log, its process and its database."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.telemetry import HALLS, SITE
from config.settings import EngineSettings
from streams.messages import SECOND
from tests.detector.service.daemons import RunningDaemon
from tests.services import REPOSITORY
from tests.services.influxdb import InfluxDB, running_influxdb
from tests.services.kafka import Broker, running_kafka

LOOK_EVERY_S = 0.05
PATIENCE_S = 300.0
CHECKPOINT_EVERY = "30s"
TICK_S = EngineSettings().tick / SECOND
LATENESS_S = EngineSettings().lateness / SECOND


def warm_up() -> None:
    """Every kernel into the cache on disk, as an installation does it."""
    command = [sys.executable, "-m", "detector.service.cli", "warmup"]
    subprocess.run(command, cwd=REPOSITORY, check=True, stdout=sys.stderr)


@dataclass(frozen=True)
class Services:
    """A broker with one topic, a database, and the daemon between them (not started yet)."""

    broker: Broker
    topic: str
    database: InfluxDB
    daemon: RunningDaemon


@contextmanager
def services() -> Iterator[Services]:
    """Real services in a folder of their own; all of it is gone afterwards."""
    with TemporaryDirectory(prefix="coolwatch-benchmark-") as name, running_kafka() as broker:
        folder = Path(name)
        (folder / "site.toml").write_text(SITE)
        with running_influxdb() as database:
            topic = broker.topic()
            daemon = RunningDaemon(
                folder / "daemon",
                broker,
                topic,
                folder / "site.toml",
                database,
                database.bucket,
                CHECKPOINT_EVERY,
            )
            try:
                yield Services(broker, topic, database, daemon)
            finally:
                daemon.kill()


def wait_for(what: str, daemon: RunningDaemon, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    assert daemon.process is not None
    while not reached():
        if daemon.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"never came to {what}: {daemon.health()}\n{daemon.log()[-3000:]}")
        time.sleep(LOOK_EVERY_S)


def wait_until_judged(s: Services, until_s: float) -> None:
    """Until the database has the last tick that what was read before ``until_s`` has closed."""
    last = (until_s - 1 - LATENESS_S) // TICK_S * TICK_S
    wait_for(f"the tick that ends at {last}", s.daemon, lambda: newest_tick(s.database) >= last)


def events(daemon: RunningDaemon, event: str) -> list[dict[str, str]]:
    """The lines of the daemon's log that tell of ``event``, oldest first."""
    lines = (line for line in daemon.log().splitlines() if line.startswith("{"))
    return [said for said in map(json.loads, lines) if said["event"] == event]


def logged_at(said: dict[str, str]) -> float:
    """When a line was logged, s since the epoch."""
    return datetime.fromisoformat(said["timestamp"]).timestamp()


def page_delay(proof: tuple[str, str, float], told: list[dict[str, str]]) -> float:
    """Seconds from a reading (see `Feed.live`) to its page in what was ``told``; NaN where there is none."""
    hall, severity, stamp = proof
    for said in told:
        if said["severity"] == severity and f"{hall}/" in said["summary"]:
            return logged_at(said) - stamp
    return math.nan


def cpu_seconds(daemon: RunningDaemon) -> float:
    """User and system time of the process so far, all its threads."""
    assert daemon.process is not None
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_rss_mb(daemon: RunningDaemon) -> float:
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status").read_text()
    return float(status.split("VmHWM:")[1].split()[0]) / 1024


def newest_tick(database: InfluxDB) -> float:
    """End of the newest tick that can be read from the database, s since the epoch; 0 where there is none."""
    flux = (
        f'from(bucket: "{database.bucket}") |> range(start: -12h) |> filter(fn: (r) => '
        f'r._measurement == "cooling_hall" and r.hall == "{HALLS[-1]}" and r._field == "heat_load") |> last()'
    )
    found = database.query(flux)
    return found[0]["_time"].timestamp() if found else 0.0  # type: ignore[attr-defined]
