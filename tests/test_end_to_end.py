"""A log published to a real broker, judged by the daemon, read back out of a real InfluxDB by Flux."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from streams.store.store import Store
from tests.detector.service.daemons import RunningDaemon
from tests.detector.service.halls import write_log
from tests.detector.service.rows import MEASUREMENTS, rows_of_database, rows_of_file
from tests.services import free_ports
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker

pytestmark = [pytest.mark.kafka, pytest.mark.influxdb, pytest.mark.slow]


def coolwatch(*arguments: str | Path, cwd: Path) -> str:
    """Run the command line; its standard output."""
    command = [sys.executable, "-m", "detector.service.cli", *map(str, arguments)]
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_daemon_writes_what_a_replay_says(tmp_path: Path, kafka: Broker, influxdb: InfluxDB) -> None:
    log = write_log(tmp_path, minutes=40)
    site = tmp_path / "site.toml"
    replayed = json.loads(
        coolwatch("replay", log, "--site", site, "--json", "--report", "report", cwd=tmp_path)
    )
    topic = kafka.topic(partitions=3)
    coolwatch("publish", log, "--site", site, "-b", kafka.bootstrap, "-t", topic, cwd=tmp_path)

    daemon = RunningDaemon(tmp_path / "daemon", kafka, topic, site, influxdb, bucket=topic)
    daemon.start()
    try:
        daemon.wait_until_caught_up()
        assert daemon.stop() == 0
    finally:
        daemon.kill()

    expected = rows_of_file(tmp_path / "report" / "scores.lp")
    assert {key[0] for key in expected} == set(MEASUREMENTS)
    found = rows_of_database(influxdb, topic)
    assert found.keys() == expected.keys()
    assert found == expected
    store = Store(f"sqlite:///{tmp_path / 'daemon' / 'coolwatch.db'}")
    try:
        assert {each.id for each in store.incidents()} == {each["id"] for each in replayed["incidents"]}
        assert replayed["incidents"]
    finally:
        store.close()


def test_with_influxdb_away_it_judges_and_pages_and_the_scores_follow(
    tmp_path: Path, kafka: Broker, influxdb: InfluxDB
) -> None:
    log = write_log(tmp_path, minutes=20)
    site = tmp_path / "site.toml"
    coolwatch("replay", log, "--site", site, "--report", "report", cwd=tmp_path)
    topic = kafka.topic(partitions=3)
    coolwatch("publish", log, "--site", site, "-b", kafka.bootstrap, "-t", topic, cwd=tmp_path)
    folder = tmp_path / "daemon"
    (nobody,) = free_ports(1)

    away = RunningDaemon(folder, kafka, topic, site, influxdb, topic, influx_url=f"http://127.0.0.1:{nobody}")
    away.start()
    try:
        away.wait_until_caught_up()
        away.wait_for("a page", lambda: '"reason": "fired"' in away.log())
        away.wait_for("the spool", lambda: away.health().get("spool_bytes", 0) != 0)
        away.wait_for("a checkpoint all the same", lambda: len(away.snapshots()) > 1)
        assert away.stop() == 0
    finally:
        away.kill()

    back = RunningDaemon(folder, kafka, topic, site, influxdb, topic)
    back.start()
    try:
        back.wait_until_caught_up()
        back.wait_for("an empty spool", lambda: back.health().get("spool_bytes", 1) == 0)
        assert back.stop() == 0
    finally:
        back.kill()
    assert rows_of_database(influxdb, topic) == rows_of_file(tmp_path / "report" / "scores.lp")


def test_refill_writes_the_rows_of_its_span_as_they_were(
    tmp_path: Path, kafka: Broker, influxdb: InfluxDB
) -> None:
    log = write_log(tmp_path, minutes=20)
    site = tmp_path / "site.toml"
    coolwatch("replay", log, "--site", site, "--report", "report", cwd=tmp_path)
    topic = kafka.topic(partitions=3)
    coolwatch("publish", log, "--site", site, "-b", kafka.bootstrap, "-t", topic, cwd=tmp_path)
    daemon = RunningDaemon(tmp_path / "daemon", kafka, topic, site, influxdb, topic)
    since, until = "2023-11-14T22:20:00Z", "2023-11-14T22:25:00Z"
    daemon.coolwatch("refill", "--from", since, "--to", until)
    whole = rows_of_file(tmp_path / "report" / "scores.lp")
    first, last = (round(datetime.fromisoformat(time).timestamp() * 1e6) for time in (since, until))
    span = {key: value for key, value in whole.items() if first <= int(key[-2]) <= last}
    assert span
    assert {key: value for key, value in whole.items() if key in span} == rows_of_database(influxdb, topic)
