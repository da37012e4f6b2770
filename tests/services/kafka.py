"""A real Kafka broker for tests and benchmarks: one KRaft node out of Maven's jars, on Java 17.

with running_kafka() as broker:
    KafkaProducer(bootstrap_servers=broker.bootstrap)
"""

from __future__ import annotations

import base64
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from tests.services import (
    REPOSITORY,
    ServiceMissing,
    cache_folder,
    end,
    file_lock,
    free_ports,
    skip_or_fail,
    wait_until_ready,
)

VERSION = "4.1.0"
_POM = REPOSITORY / "tests" / "services" / "kafka-pom.xml"
_CLUSTER = base64.urlsafe_b64encode(b"coolwatch tests.").decode().rstrip("=")
# A broker for a few topics: quick to start, small, and frugal with the cores it shares with the tests.
_JVM = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")


@dataclass(frozen=True)
class Broker:
    """A running broker; ``logs`` is the folder with its segment files."""

    bootstrap: str
    logs: Path
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def topic(self, partitions: int = 1, **settings: str) -> str:
        """Make a topic of a name not used before."""
        name = f"t{next(self._numbers)}-{uuid.uuid4().hex[:8]}"
        with KafkaAdminClient(bootstrap_servers=self.bootstrap) as admin:
            admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
        return name

    def segment(self, topic: str, partition: int = 0) -> Path:
        """The partition's first segment file, as the broker itself writes and reads it."""
        return self.logs / f"{topic}-{partition}" / f"{0:020d}.log"


@contextmanager
def running_kafka(folder: Path | None = None) -> Iterator[Broker]:
    """Start a broker on free ports in a folder of its own, and end it.

    Raises:
        ServiceMissing: Java or Maven is not here, or the jars cannot be fetched.
    """
    libraries = _libraries()
    own = Path(tempfile.mkdtemp(prefix="coolwatch-kafka-", dir=folder))
    try:
        client, controller = free_ports(2)
        settings = _write_settings(own, client, controller)
        log = own / "broker.log"
        with log.open("wb") as out:
            subprocess.run(
                [
                    *_java(libraries, "kafka.tools.StorageTool", "format"),
                    *("--config", str(settings), "--cluster-id", _CLUSTER),
                ],
                check=True,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            process = subprocess.Popen(
                _java(libraries, "kafka.Kafka", str(settings)),
                cwd=own,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_ready(process, lambda: _accepts(client), log)
            yield Broker(f"127.0.0.1:{client}", own / "data", process)
        finally:
            end(process)
    finally:
        shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for all tests of a worker; each test takes a topic of its own."""
    try:
        with running_kafka(tmp_path_factory.mktemp("kafka")) as broker:
            yield broker
    except ServiceMissing as missing:
        skip_or_fail(missing)


def _libraries() -> Path:
    """The folder of the jars, fetched once however many workers ask at the same time."""
    if shutil.which("java") is None:
        raise ServiceMissing("Kafka needs Java 17: no `java` on PATH")
    libraries = cache_folder() / "kafka" / VERSION
    with file_lock(cache_folder() / "kafka.lock"):
        if libraries.is_dir():
            return libraries
        maven = shutil.which("mvn")
        if maven is None:
            raise ServiceMissing("Kafka's jars come by Maven: no `mvn` on PATH")
        fresh = libraries.with_name(f"{VERSION}.part")
        shutil.rmtree(fresh, ignore_errors=True)
        fetched = subprocess.run(
            [
                maven,
                "-B",
                "-q",
                "-f",
                str(_POM),
                "dependency:copy-dependencies",
                f"-DoutputDirectory={fresh}",
            ],
            capture_output=True,
            text=True,
        )
        if fetched.returncode:
            raise ServiceMissing(f"Maven could not fetch Kafka's jars: {fetched.stdout[-2000:]}")
        fresh.rename(libraries)
    return libraries


def _java(libraries: Path, main: str, *arguments: str) -> list[str]:
    return ["java", *_JVM, "-cp", f"{libraries}{os.sep}*", main, *arguments]


def _write_settings(folder: Path, client: int, controller: int) -> Path:
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{client}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(folder / "data"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        "log.retention.ms": "-1",  # recorded logs are years old: the broker would delete them under a test
    }
    path = folder / "server.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    return path


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
