"""A daemon whose dead letters cannot be delivered: it goes on, stops in seconds, and loses none of them."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest

from detector.service.setup.topic_records import newest_records
from streams.sources.connection import Connection
from streams.sources.producer import Publisher
from tests.detector.service.daemons import RunningDaemon
from tests.services.kafka import Broker

pytestmark = pytest.mark.kafka

LETTERS = 200
STOP_S = 20.0
"""A stop takes about three seconds; the state before took 51 s."""


def test_letters_without_a_topic_survive_a_stop_and_are_delivered(tmp_path: Path, kafka: Broker) -> None:
    topic = kafka.topic()
    publisher = Publisher(Connection(kafka.bootstrap))
    for i in range(LETTERS):
        publisher.send(topic, None, b"rubbish %d" % i)
    publisher.close()
    site = tmp_path / "site.toml"
    site.write_text("")
    # Kafka knows no such name, so nobody can make it.
    daemon = RunningDaemon(tmp_path, kafka, topic, site, None, topic, dead_letters="not/a/name")
    rejected = f"rejected-{uuid.uuid4().hex[:8]}"
    try:
        daemon.start()
        daemon.wait_until_caught_up()
        daemon.wait_for("a checkpoint that the letters do not hold up", lambda: bool(daemon.snapshots()))
        assert waiting(tmp_path), "they wait on the disk"
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < STOP_S
        daemon.environment["COOLWATCH_KAFKA__DEAD_LETTERS"] = rejected
        daemon.start()
        daemon.wait_until_caught_up()
        daemon.wait_for(
            "the topic", lambda: (tmp_path / "spool" / "letters").exists() and not waiting(tmp_path)
        )
        assert daemon.stop() == 0
    finally:
        daemon.kill()
    delivered = [
        records.value(i)
        for records in newest_records(Connection(kafka.bootstrap), [rejected])
        for i in range(len(records))
    ]
    assert sorted(delivered) == sorted(b"rubbish %d" % i for i in range(LETTERS))


def waiting(folder: Path) -> list[Path]:
    """Segments of letters that wait on the disk."""
    return list((folder / "spool" / "letters").glob("*.spool"))
