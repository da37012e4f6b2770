"""A topic on a real broker that the daemon does not understand: one incident, until it reads again."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaProducer

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.incidents.faults import State
from detector.service.daemon import understanding
from detector.service.daemon.daemon import Daemon
from detector.service.daemon.operations import Operations
from detector.service.daemon.outputs import Outputs
from detector.service.daemon.snapshots import Snapshots
from detector.service.daemon.upkeep import Upkeep
from streams.messages import Incident
from streams.sources.connection import Connection
from streams.sources.kafka import KafkaSource
from streams.store.store import Store
from streams.store.writer import StoreWriter
from tests.services.kafka import Broker

PATIENCE_S = 120.0
MANY = understanding.RECORDS_AT_LEAST + 50
UNREADABLE = [b'{"sensorId": 1, "ts": 2}'] * MANY


def readable(first_second: int) -> list[bytes]:
    point = "hall-1/rack-01/inlet_air_temperature"
    times = range(1_750_000_000 + first_second, 1_750_000_000 + first_second + MANY)
    return [json.dumps({"point": point, "time": at * 1000, "value": 21.0}).encode() for at in times]


class Watched:
    """A daemon on a topic, its loop turned by the test, and the incidents in its store."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.topic = broker.topic()
        self.producer = KafkaProducer(bootstrap_servers=broker.bootstrap)
        self.store = Store(f"sqlite:///{folder / 'coolwatch.db'}")
        self.writer = StoreWriter(self.store)
        self.upkeep = Upkeep(Operations(), None, lambda well: None)
        self.sent = 0
        self.daemon = Daemon(
            KafkaSource(Connection(broker.bootstrap), [self.topic], None, "earliest"),
            Outputs(None, self.writer),
            Snapshots(str(folder / "snapshots")),
            Site.empty(),
            load_kinds(),
            Settings.load(None),
            upkeep=lambda daemon: None,
        )

    def close(self) -> None:
        self.daemon.drain()
        self.writer.close()
        self.store.close()
        self.producer.close()

    def fed(self, records: list[bytes]) -> list[Incident]:
        """What the store holds of what is not understood, once the records were read and looked after."""
        for record in records:
            self.producer.send(self.topic, record)
        self.producer.flush()
        self.sent += len(records)
        deadline = time.monotonic() + PATIENCE_S
        while sum(self.daemon.source.positions().values()) < self.sent:
            assert time.monotonic() < deadline
            self.daemon.turn()
        self.upkeep(self.daemon)
        assert self.writer.wait_until_acknowledged(self.writer.mark(), PATIENCE_S)
        return [each for each in self.store.incidents() if each.fault == "not_understood"]


@pytest.mark.kafka
def test_it_is_told_once_and_over_when_the_topic_is_read_again(
    kafka: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(understanding, "WINDOW_S", 0.0)  # each look is a window of its own
    monkeypatch.setattr(understanding, "HOLD_S", 0.0)
    with closing(Watched(kafka, tmp_path)) as watched:
        assert watched.fed(readable(0)) == []
        (told,) = watched.fed(UNREADABLE)
        assert (told.category, told.severity, told.state) == ("operations", "critical", State.FIRING)
        assert f"of topic {watched.topic} could not be read" in told.summary
        (still,) = watched.fed(UNREADABLE)
        assert (still.id, still.state) == (told.id, State.FIRING)
        (over,) = watched.fed(readable(MANY))
        assert (over.id, over.state) == (told.id, State.RESOLVED)
        assert watched.fed(readable(2 * MANY)) == [over]
