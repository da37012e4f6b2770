"""A daemon whose disks are full to the last byte: it judges on, says everything, and mends by itself."""

from __future__ import annotations

import errno
import json
import time
from pathlib import Path

import pytest

from streams.sources.connection import Connection
from streams.sources.producer import Publisher
from streams.store.store import Store
from tests.detector.service.daemons import RunningDaemon
from tests.services import ServiceMissing, skip_or_fail
from tests.services.kafka import Broker
from tests.services.small_disk import small_disk

pytestmark = pytest.mark.kafka

NOBODY = "http://127.0.0.1:9"
POINTS = [f"hall-1/rack-{n:02d}/inlet_air_temperature" for n in range(1, 13)]


@pytest.mark.slow
def test_full_disks_of_spool_and_snapshots_are_told_until_there_is_room(
    tmp_path: Path, kafka: Broker
) -> None:
    try:
        with (
            small_disk(tmp_path / "spool", "2m") as spool,
            small_disk(tmp_path / "snapshots", "8m") as snapshots,
        ):
            judge_on_full_disks(tmp_path, kafka, spool, snapshots)
    except ServiceMissing as missing:
        skip_or_fail(missing)


def judge_on_full_disks(folder: Path, kafka: Broker, spool: Path, snapshots: Path) -> None:
    topic = kafka.topic()
    site = folder / "site.toml"
    site.write_text("")
    daemon = RunningDaemon(folder, kafka, topic, site, None, topic, influx_url=NOBODY)
    store = Store(f"sqlite:///{folder / 'coolwatch.db'}")
    began = time.time() - 700
    try:
        publish(kafka, topic, began, 0, 300)
        daemon.start()
        daemon.wait_until_caught_up()
        daemon.wait_for("a checkpoint", lambda: bool(daemon.snapshots()))
        fillers = [fill(spool), fill(snapshots)]
        publish(kafka, topic, began, 300, 600, warms_by=0.09)
        daemon.wait_for("the page", lambda: "cooling" in open_incidents(store).values())
        daemon.wait_for("the incidents", lambda: {"disk_full", "disk_short"} <= set(open_incidents(store)))
        daemon.wait_for("/health that says so", lambda: said(daemon) == {"disk_error", "disk_short"})
        for filler in fillers:
            filler.unlink()
        daemon.wait_for("/health that is well", lambda: said(daemon) == set())
        daemon.wait_for("the end", lambda: not {"disk_full", "disk_short"} & set(open_incidents(store)))
        before = daemon.snapshots()
        publish(kafka, topic, began, 600, 620)
        daemon.wait_for("another checkpoint", lambda: daemon.snapshots()[-1:] > before[-1:])
        assert daemon.stop() == 0
    finally:
        daemon.kill()
        store.close()


def publish(kafka: Broker, topic: str, began: float, first: int, end: int, warms_by: float = 0.0) -> None:
    publisher = Publisher(Connection(kafka.bootstrap))
    for second in range(first, end, 5):
        stamp = round((began + second) * 1000)
        value = 22.0 + warms_by * (second - first) + second % 7 / 10
        readings = [{"point": point, "time": stamp, "value": value} for point in POINTS]
        publisher.send(topic, b"hall-1", json.dumps(readings).encode())
    publisher.close()


def fill(folder: Path) -> Path:
    """Take the last byte, as another program may."""
    path = folder / "filler"
    with path.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return path


def open_incidents(store: Store) -> dict[str, str]:
    """Category by fault."""
    return {incident.fault: incident.category for incident in store.open_incidents()}


def said(daemon: RunningDaemon) -> set[str] | None:
    """What /health has to say of disks; None while it does not answer."""
    health = daemon.health()
    return {key for key in ("disk_error", "disk_short") if health[key]} if health else None
