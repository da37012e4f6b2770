"""Every command of the README runs as it stands there, in its order, against real services.

What is changed: addresses and the token (the tests' services have their own),
the length of the simulated log and of the drill, and `make test` is only asked what it would do.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from tests.documents import DOCS, README, REPOSITORY, blocks
from tests.services import free_ports
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker

PATIENCE_S = 300.0
"""For each block, and for what is written behind it: a busy machine may take many times its usual seconds."""
SHORTER = {
    "simulate guangzhou-2023": "simulate guangzhou-2023 --hours 0.5",
    "coolwatch drill": "coolwatch drill --no-pairs --minutes 10",
}
T = TypeVar("T")
TOPICS = ("telegraf", "bms")
"""What is there before; the README has the others made."""
MESSAGES = {
    "telegraf": b'{"name":"crah","tags":{"hall":"hall-1","equipment":"crah-90"},'
    b'"fields":{"supply_air_temperature":18.4},"timestamp":1680001200}',
    "bms": b'{"point":"hall-2/crah-91/supply_air_temperature","time":1680001200000,"value":18.4}',
}


class Reader:
    """Someone who types what the README says, in one folder."""

    def __init__(self, folder: Path, broker: Broker, database: InfluxDB) -> None:
        (port,) = free_ports(1)
        self.folder = folder
        self.web = f"127.0.0.1:{port}"
        self.addresses = {
            "localhost:9092": broker.bootstrap,
            "http://localhost:8086": database.url,
            "127.0.0.1:8080": self.web,
            "my-token": database.token,
        }
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COOLWATCH_INFLUXDB__URL": database.url,
            "COOLWATCH_INFLUXDB__TOKEN": database.token,
            "COOLWATCH_WEB__LISTEN": self.web,
            "DEMO": f"--hours 0.2 --out {folder / 'demo-out'}",
            # The environment that runs this test is installed; make need not look.
            "MAKEFLAGS": "--old-file=.venv/.installed --old-file=.venv/.installed-dev",
        }
        self.daemon: subprocess.Popen[bytes] | None = None

    def types(self, block: str) -> str:
        """Run a block; what it printed. A daemon is left running once it has caught up."""
        for here, there in (SHORTER | self.addresses).items():
            block = block.replace(here, there)
        if block.startswith("coolwatch run"):
            return self._start(block)
        makes = block.startswith("make")
        environment = dict(self.environment)
        if block.startswith("make test"):
            environment["MAKEFLAGS"] += " --dry-run"
        if "/api/v2/query" in block:
            # The daemon writes behind its verdicts: having caught up, it may still have rows to write.
            return eventually(lambda: self._run(block, environment), lambda said: "heat_load" in said)
        return self._run(block, environment, REPOSITORY if makes else None)

    def _run(self, block: str, environment: dict[str, str], folder: Path | None = None) -> str:
        done = subprocess.run(
            ["sh", "-eu", "-c", block],
            cwd=folder or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def _start(self, block: str) -> str:
        with (self.folder / "daemon.log").open("wb") as log:
            self.daemon = subprocess.Popen(
                ["sh", "-eu", "-c", f"exec {block}"],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._caught_up():
            log_text = (self.folder / "daemon.log").read_text(errors="replace")
            assert self.daemon.poll() is None and time.monotonic() < deadline, log_text[-3000:]
            time.sleep(0.1)
        return ""

    def _caught_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.web}/health", timeout=5) as answer:
                health = json.load(answer)
        except (urllib.error.URLError, OSError):
            return False
        live = bool(health["partitions"]) and health["at_live_edge"] and health["lag"] == 0
        return live and health["status"] == "ok"

    def stop(self) -> int:
        assert self.daemon is not None
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(PATIENCE_S)


def eventually(ask: Callable[[], T], enough: Callable[[T], object]) -> T:
    """The first answer that is enough, or the last one before patience ends."""
    deadline = time.monotonic() + PATIENCE_S
    while not enough(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


@pytest.fixture
def reader(kafka: Broker, influxdb: InfluxDB, tmp_path: Path) -> Iterator[Reader]:
    with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
        admin.create_topics([NewTopic(name, 2, 1) for name in TOPICS])
    with KafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for topic, message in MESSAGES.items():
            producer.send(topic, message, key=uuid.uuid4().bytes)
    reader = Reader(tmp_path, kafka, influxdb)
    try:
        yield reader
    finally:
        if reader.daemon is not None and reader.daemon.poll() is None:
            reader.daemon.kill()
            reader.daemon.wait()
        with KafkaAdminClient(bootstrap_servers=kafka.bootstrap) as admin:
            there = {each["name"] for each in admin.describe_topics()}
            admin.delete_topics(sorted(there & {*TOPICS, "telemetry", "telemetry.rejected"}))


@pytest.mark.kafka
@pytest.mark.influxdb
@pytest.mark.slow
def test_every_command_runs_and_every_query_answers(reader: Reader, influxdb: InfluxDB) -> None:
    said = "".join(reader.types(block) for block in blocks(README, "sh"))
    for words in (
        "Nothing was wrong, and nobody was warned.",  # make demo, on quiet hours
        "pytest -n",  # make test
        "2 messages written to telemetry",  # rekey
        "written: coolwatch.toml",  # init
        "bucket cooling takes writes",  # check
        '"status": "ok"',  # /health
        "coolwatch_readings_total",  # /metrics
        "heat_load",  # the Flux query
        "report: june/report.html",  # replay
        "single losses: redundancy holds",  # drill
        "+ 2 ignored",  # replay of the CSV log: its label is not read
    ):
        assert words in said, said
    assert json.loads((reader.folder / "june" / "incidents.json").read_text()) == []

    for name in ("cooling_score", "cooling_forecast", "cooling_hall", "cooling_daemon"):
        query = f'|> filter(fn: (r) => r._measurement == "{name}") |> first()'
        query = f'from(bucket: "cooling") |> range(start: -2h) {query}'
        assert eventually(partial(influxdb.query, query), bool), name
    for query in blocks(DOCS / "scores.md", "flux"):
        found = influxdb.query(
            "option v = {timeRangeStart: -2h, timeRangeStop: 10m, windowPeriod: 1m}\n" + query
        )
        assert found or "cooling_incident" in query or "cooling_service" in query, query
    assert reader.stop() == 0


def test_everything_that_looks_like_a_command_is_one_that_is_run() -> None:
    run = "\n".join(blocks(README, "sh"))
    text = re.sub(r"^```.*?^```$", "", README.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`(?:coolwatch|make) ([a-z]+)", text))
    assert named
    assert named - set(re.findall(r"(?:coolwatch|make) ([a-z]+)", run)) <= {"warmup"}
