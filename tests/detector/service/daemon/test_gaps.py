"""What the source passes over is in the books, in /metrics and in an incident, letters or not."""

from __future__ import annotations

from pathlib import Path

import msgspec

from detector.service.daemon.conditions import conditions
from detector.service.daemon.facts import Facts
from detector.service.daemon.gaps import TOLD_S, Gaps
from detector.service.daemon.metrics import Status, StatusServer
from detector.service.daemon.partition import SavedPartition
from detector.service.daemon.snapshots import SnapshotName
from streams.errors import RejectReason
from streams.sources.source import Gap
from tests.detector.service.daemon.test_daemon import KEY, World, log_of, turn_until

GAP = Gap(*KEY, 3, 20, RejectReason.CORRUPT_BATCH, "batch at offset 3: its checksum does not fit")


def begun(world: World, topic_id: str = ""):
    daemon, source = world.daemon()
    source.topic_ids[KEY[0]] = topic_id
    source.assign(KEY)
    daemon.turn()
    return daemon, source


def saved(world: World) -> SavedPartition:
    body = world.snapshots.read(*KEY, world.snapshots.names(*KEY)[0])
    assert isinstance(body, bytes)
    return msgspec.msgpack.decode(body, type=SavedPartition)


def test_gaps_are_in_the_books_without_dead_letters_and_after_a_restart(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(2, hot_from=100)})
    daemon, source = begun(world)
    source.gaps = [GAP, GAP._replace(offset=20, next_offset=21, goes_on=True)]
    daemon.turn()
    source.gaps = []
    assert daemon.outputs.dead_letters is None
    assert daemon.held[KEY].engines.counts().missed == 18
    assert daemon.held[KEY].engines.counts().balanced()
    assert daemon.gaps.by_reason == {"corrupt_batch": 1}
    daemon.drain()
    again, _ = begun(world)
    assert again.held[KEY].engines.counts().missed == 18


def test_metrics_show_gaps() -> None:
    server = StatusServer("127.0.0.1:0")
    try:
        status = Status(gaps={"too_large": 2})
        status.counts.missed = 7
        server.status = status
        shown = server.metrics().decode()
    finally:
        server.close()
    assert 'coolwatch_gaps_total{reason="too_large"} 2.0' in shown
    assert 'coolwatch_records_total{outcome="missed"} 7.0' in shown


def test_gaps_are_an_incident_for_a_while() -> None:
    gaps = Gaps()
    gaps.note(GAP, now=100.0)
    (told,) = conditions(Facts(missed=gaps.recent(101.0)))
    assert (told.fault, told.root) == ("records_missed", "telemetry corrupt_batch")
    assert "17 records of topic telemetry" in told.summary
    assert "offsets 3 to 19" in told.summary
    assert not list(conditions(Facts(missed=gaps.recent(100.0 + TOLD_S))))


def test_a_missing_topic_is_an_incident() -> None:
    (told,) = conditions(Facts(missing_topics={"telemetry"}))
    assert (told.fault, told.root) == ("topic_missing", "telemetry")


def test_a_topic_made_anew_is_read_from_its_beginning_however_long_it_is(tmp_path: Path) -> None:
    """The engine's knowledge stays, and the snapshots of the old topic go with the next one."""
    log = log_of(20, hot_from=100)
    world = World(tmp_path, {KEY: log})
    daemon, source = begun(world, "first")
    turn_until(daemon, source, 200)
    daemon.drain()
    assert saved(world).topic_id == "first"
    daemon, source = begun(world, "second")
    turn_until(daemon, source, 100)
    assert source.positions()[KEY] < 200
    counts = daemon.held[KEY].engines.counts()
    assert counts.records == 200 + source.positions()[KEY]
    assert daemon.gaps.by_reason == {"made_anew": 1}
    daemon.checkpoints.begin(daemon.held.values())
    assert daemon.checkpoints.advance()
    assert world.snapshots.names(*KEY) == [SnapshotName(source.positions()[KEY], 2)]
    assert saved(world).topic_id == "second"


def test_a_topic_made_anew_under_a_running_daemon_is_read_from_its_beginning(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(20, hot_from=100)})
    daemon, source = begun(world, "first")
    turn_until(daemon, source, 200)
    source.topic_ids[KEY[0]] = ""  # deleted
    daemon.turn()
    assert daemon.gaps.by_reason == {}
    source.topic_ids[KEY[0]] = "second"
    daemon.turn()
    assert daemon.held[KEY].next_offset == 0
    assert daemon.gaps.by_reason == {"made_anew": 1}
    turn_until(daemon, source, 300)
    assert daemon.gaps.by_reason == {"made_anew": 1}


def test_a_snapshot_without_an_id_is_taken_and_the_id_filled_in(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(20, hot_from=100)})
    daemon, source = begun(world)
    turn_until(daemon, source, 200)
    daemon.drain()
    assert saved(world).topic_id == ""
    again, source = begun(world, "first")
    assert source.positions()[KEY] >= 200
    turn_until(again, source, 300)
    again.drain()
    assert saved(world).topic_id == "first"
    assert again.gaps.by_reason == {}
