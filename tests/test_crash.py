"""kill -9 under load, again and again: what comes out is what an uninterrupted run gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.setup.keyed import Keyer
from streams.messages import Incident
from streams.sources.connection import Connection
from streams.sources.logs import LogSource
from streams.sources.producer import Publisher
from streams.store.store import Store
from tests.detector.service.daemons import RunningDaemon
from tests.detector.service.halls import write_log
from tests.detector.service.rows import rows_of_database, rows_of_file
from tests.services.influxdb import InfluxDB
from tests.services.kafka import Broker
from tests.test_end_to_end import coolwatch

pytestmark = [pytest.mark.kafka, pytest.mark.influxdb, pytest.mark.slow]

KILLS = 2


class Feed:
    """A log that is published bit by bit, so that a daemon is always in the middle of it."""

    def __init__(self, log: Path, site: Path, broker: Broker, topic: str) -> None:
        settings = Settings.load(None)
        keyer = Keyer(Site.load(site), load_kinds(), settings)
        self._messages = [
            keyed
            for records in LogSource([log], settings.log, settings.messages).records()
            for keyed in keyer.keyed(records)
        ]
        self._publisher = Publisher(Connection(broker.bootstrap))
        self._topic = topic
        self._sent = 0

    def publish_up_to(self, share: float) -> None:
        until = round(share * len(self._messages))
        for keyed in self._messages[self._sent : until]:
            self._publisher.send(self._topic, keyed.key, keyed.value)
        self._publisher.flush()
        self._sent = until

    def close(self) -> None:
        self._publisher.close()


def stored(folder: Path) -> list[Incident]:
    store = Store(f"sqlite:///{folder / 'coolwatch.db'}")
    try:
        return [each for each in store.incidents() if each.category != "operations"]
    finally:
        store.close()


def test_killed_again_and_again_it_comes_to_the_same(
    tmp_path: Path, kafka: Broker, influxdb: InfluxDB
) -> None:
    log = write_log(tmp_path, minutes=60, racks=6)
    site = tmp_path / "site.toml"
    topic = kafka.topic(partitions=3)
    feed = Feed(log, site, kafka, topic)
    killed = RunningDaemon(tmp_path / "killed", kafka, topic, site, influxdb, f"{topic}-killed")
    whole = RunningDaemon(tmp_path / "whole", kafka, topic, site, influxdb, f"{topic}-whole")
    try:
        feed.publish_up_to(0.1)
        for kill in range(1, KILLS + 1):
            before = killed.snapshots()
            killed.start()
            feed.publish_up_to(0.1 + 0.2 * kill)
            killed.wait_for("a new snapshot", lambda before=before: killed.snapshots() != before)
            feed.publish_up_to(0.2 + 0.2 * kill)  # judged, if at all, after that snapshot
            killed.kill()
        feed.publish_up_to(1.0)
        for daemon in (killed, whole):
            daemon.start()
            daemon.wait_until_caught_up()
            assert daemon.stop() == 0
    finally:
        feed.close()
        killed.kill()
        whole.kill()

    expected = rows_of_database(influxdb, f"{topic}-whole")
    assert expected
    assert rows_of_database(influxdb, f"{topic}-killed") == expected
    assert stored(tmp_path / "killed") == stored(tmp_path / "whole")
    assert stored(tmp_path / "whole")


def test_partitions_move_between_instances_and_nothing_is_lost(
    tmp_path: Path, kafka: Broker, influxdb: InfluxDB
) -> None:
    log = write_log(tmp_path, minutes=40)
    site = tmp_path / "site.toml"
    coolwatch("replay", log, "--site", site, "--report", "report", cwd=tmp_path)
    topic = kafka.topic(partitions=3)
    feed = Feed(log, site, kafka, topic)
    first, second = (
        RunningDaemon(tmp_path / name, kafka, topic, site, influxdb, topic, snapshots=tmp_path / "snapshots")
        for name in ("first", "second")
    )
    try:
        feed.publish_up_to(0.3)
        first.start()
        first.wait_until_caught_up()
        second.start()
        second.wait_for("a share of the partitions", lambda: second.health().get("partitions", 0) != 0)
        feed.publish_up_to(0.7)
        first.wait_until_caught_up()
        assert first.stop() == 0
        second.wait_for("all partitions", lambda: second.health().get("partitions") == 3)
        feed.publish_up_to(1.0)
        second.wait_until_caught_up()
        assert second.stop() == 0
    finally:
        feed.close()
        first.kill()
        second.kill()
    assert rows_of_database(influxdb, topic) == rows_of_file(tmp_path / "report" / "scores.lp")
