"""The loop's rules, on a source and outputs that the test holds: checkpoints, handover, the live edge."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog import DropEvent
from structlog.testing import capture_logs

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.daemon import daemon as module
from detector.service.daemon.conditions import SILENT_AFTER_S
from detector.service.daemon.contained import part_conditions
from detector.service.daemon.daemon import Daemon
from detector.service.daemon.metrics import StatusServer
from detector.service.daemon.operations import Operations
from detector.service.daemon.outputs import Outputs
from detector.service.daemon.snapshots import Snapshots
from detector.service.daemon.upkeep import Upkeep
from detector.service.people.repeated import Repeated
from tests.detector.service.fakes import FakeNotifier, FakeSink, FakeSource, FakeStore, message

HOT = "hall-1/rack-01/inlet_air_temperature"
KEY = ("telemetry", 0)


def log_of(minutes: int, hot_from: int, hot_until: int = 10**9) -> list[bytes]:
    """Four racks' inlets every ten seconds; the first is hot between two minutes."""
    lines = []
    for step in range(minutes * 6):
        hot = hot_from * 6 <= step < hot_until * 6
        lines.append(message(HOT, step * 10, 36.0 + step % 3 / 10 if hot else 22.0 + step % 3 / 10))
        lines += [
            message(f"hall-1/rack-{rack:02d}/inlet_air_temperature", step * 10 + rack, 22.0)
            for rack in (2, 3, 4)
        ]
    return lines


class World:
    """What stays when a daemon goes: the logs, the snapshots, and what was written."""

    def __init__(self, folder: Path, logs: dict[tuple[str, int], list[bytes]]) -> None:
        self.logs = logs
        self.snapshots = Snapshots(str(folder))
        self.sink = FakeSink()
        self.store = FakeStore()
        self.notifier = FakeNotifier()

    def daemon(self) -> tuple[Daemon, FakeSource]:
        source = FakeSource(self.logs)
        outputs = Outputs(self.sink, self.store, self.notifier)  # type: ignore[arg-type]
        settings = Settings.load(None)
        daemon = Daemon(
            source, outputs, self.snapshots, Site.empty(), load_kinds(), settings, upkeep=lambda daemon: None
        )
        return daemon, source


def turn_until(daemon: Daemon, source: FakeSource, offset: int, key: tuple[str, int] = KEY) -> None:
    while source.positions()[key] < offset:
        daemon.turn()


def whole_run(tmp_path: Path, log: list[bytes]) -> World:
    world = World(tmp_path / "whole", {KEY: log})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, len(log))
    daemon.drain()
    return world


def test_a_crash_anywhere_comes_to_the_same_rows_and_incidents(tmp_path: Path) -> None:
    log = log_of(20, hot_from=10)
    whole = whole_run(tmp_path, log)
    for crash_at in (0, 130, 260, 410):
        world = World(tmp_path / f"crash-{crash_at}", {KEY: log})
        first, source = world.daemon()
        source.assign(KEY)
        first.turn()
        turn_until(first, source, crash_at // 2)
        first.checkpoints.begin(first.held.values())
        first.checkpoints.advance()
        turn_until(first, source, crash_at)  # and then it is gone, without a word
        second, source = world.daemon()
        source.assign(KEY)
        second.turn()
        turn_until(second, source, len(log))
        assert world.sink.rows() == whole.sink.rows()
        assert set(map(repr, world.store.taken)) == set(map(repr, whole.store.taken))
    assert whole.store.taken


def test_a_drained_daemon_goes_on_where_it_was(tmp_path: Path) -> None:
    log = log_of(20, hot_from=10)
    whole = whole_run(tmp_path, log)
    world = World(tmp_path / "drained", {KEY: log})
    first, source = world.daemon()
    source.assign(KEY)
    first.turn()
    turn_until(first, source, 200)
    stopped_at = source.positions()[KEY]
    first.drain()
    assert source.closed
    assert source.committed == {KEY: stopped_at}
    second, source = world.daemon()
    source.assign(KEY)
    second.turn()
    assert source.positions()[KEY] >= stopped_at
    turn_until(second, source, len(log))
    assert sorted(b"".join(world.sink.payloads).splitlines()) == sorted(
        b"".join(whole.sink.payloads).splitlines()
    )  # not a row twice


def test_no_last_bytes_lie_a_backlog_back(tmp_path: Path) -> None:
    """A step that fails is judged again from them, while limits wait for it."""
    world = World(tmp_path, {KEY: log_of(10, hot_from=100)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, len(world.logs[KEY]))
    while not daemon.at_live_edge:
        daemon.turn()
    daemon.turn()
    assert [name.offset for name in world.snapshots.names(*KEY)] == [len(world.logs[KEY])]
    assert [engine.rows for engine in daemon.held[KEY].engines.zones.engines.values()] == [0]


def test_nothing_is_committed_before_the_effects_are_safe(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(10, hot_from=100)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, 200)
    world.sink.stuck = True
    world.sink.submit(b"x 1 1\n")
    daemon.outputs.write_row(b"y 1 1\n")
    daemon.checkpoints.begin(daemon.held.values())
    assert not daemon.checkpoints.advance()
    assert source.committed == {}
    assert world.snapshots.names(*KEY) == []
    world.sink.stuck = False
    assert daemon.checkpoints.advance()
    assert source.committed == {KEY: source.positions()[KEY]}
    assert [name.offset for name in world.snapshots.names(*KEY)] == [source.positions()[KEY]]


def test_a_checkpoint_that_cannot_be_written_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, {KEY: log_of(5, hot_from=100)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, 50)

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(world.snapshots, "write", full)
    daemon.checkpoints.begin(daemon.held.values())
    assert not daemon.checkpoints.advance()
    assert source.committed == {}
    assert daemon.checkpoints.failing_since is not None


def test_a_place_of_snapshots_that_cannot_be_reached_is_told_from_the_start_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "snapshots").write_text("a file")
    world = World(tmp_path / "snapshots", {KEY: log_of(5, hot_from=100)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    (condition,) = part_conditions({}, {"telemetry-0": daemon.held[KEY].damage})
    assert "cannot be read" in condition.summary
    held_back, lines = Repeated(), []
    with capture_logs() as logged:
        for offset in (50, 60, 70):
            turn_until(daemon, source, offset)
            daemon.checkpoints.begin(daemon.held.values())
            assert not daemon.checkpoints.advance()
    for line in logged:
        if line["event"].startswith("checkpoint"):
            with suppress(DropEvent):
                lines.append(held_back(None, "", line))
    assert len(lines) == 1
    assert daemon.held[KEY].damage, "until a snapshot is written"


def test_a_revoked_partition_is_saved_and_its_next_owner_goes_on(tmp_path: Path) -> None:
    log = log_of(20, hot_from=10)
    whole = whole_run(tmp_path, log)
    world = World(tmp_path / "moved", {KEY: log})
    first, source = world.daemon()
    source.assign(KEY)
    first.turn()
    turn_until(first, source, 150)
    left_at = source.positions()[KEY]
    source.revoke(KEY)
    first.turn()
    assert first.held == {}
    assert [name.offset for name in world.snapshots.names(*KEY)] == [left_at]
    second, source = world.daemon()
    source.assign(KEY)
    second.turn()
    turn_until(second, source, len(log))
    assert world.sink.rows() == whole.sink.rows()


def test_an_incident_that_ended_before_the_live_edge_is_stored_and_not_told(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(40, hot_from=10, hot_until=15)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, len(world.logs[KEY]))
    daemon.turn()
    assert daemon.at_live_edge
    assert any(each.state == "resolved" for each in world.store.taken)
    assert [each for each in world.notifier.told if each.state == "firing"] == []


def test_an_incident_still_open_at_the_live_edge_is_told_once(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(20, hot_from=10)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, len(world.logs[KEY]))
    daemon.turn()
    assert [each.id for each in world.notifier.told] == [each.id for each in world.notifier.told[:1]]
    assert world.notifier.told


def test_after_the_live_edge_people_are_told_at_once(tmp_path: Path) -> None:
    log = log_of(20, hot_from=15)
    world = World(tmp_path, {KEY: log[:200]})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, 200)
    daemon.turn()
    assert daemon.at_live_edge
    assert world.notifier.told == []
    world.logs[KEY] += log[200:]
    turn_until(daemon, source, len(log))
    assert [each.state for each in world.notifier.told[:1]] == ["firing"]


def test_a_topic_made_anew_is_read_from_its_start(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(20, hot_from=100)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, 400)
    daemon.drain()
    world.logs[KEY] = log_of(5, hot_from=100)
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    source.seek(KEY, 0)  # as the real source does where an offset lies beyond the log
    turn_until(daemon, source, 100)
    daemon.drain()
    assert [name.offset for name in world.snapshots.names(*KEY)] == [100]


def test_while_kafka_is_away_the_service_looks_after_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACK_OFF_S", 0.001)
    monkeypatch.setattr(module, "UPKEEP_EVERY_S", 0.0)
    world = World(tmp_path, {KEY: []})
    daemon, source = world.daemon()
    source.away = True
    looks = 0

    class Stop:
        def is_set(self) -> bool:
            return looks >= 3

        def wait(self, seconds: float) -> bool:
            return self.is_set()

    def look(_: Daemon) -> None:
        nonlocal looks
        looks += 1

    daemon._upkeep = look
    daemon.run(Stop())  # type: ignore[arg-type]
    assert looks == 3
    assert source.closed


def test_health_names_a_silent_zone_and_the_heart_beats_on(tmp_path: Path) -> None:
    """A restart, which is what a bad /health brings about, would mend nothing."""
    log = log_of(1, hot_from=100)
    daemon, source = World(tmp_path, {KEY: log}).daemon()
    daemon.outputs.notifier = None
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, len(log))
    server = StatusServer("127.0.0.1:0")
    beats: list[bool] = []
    # The stamps are years old, which is a stopped clock; here is asked about silence alone.
    upkeep = Upkeep(Operations(), server, beats.append, clock=lambda: 1_700_000_060_000_000_000)
    try:
        upkeep(daemon)
        upkeep(daemon)
        assert server.status.health()["silent"] == []
        daemon.held[KEY].heard["hall-1"] -= SILENT_AFTER_S
        upkeep(daemon)
        upkeep(daemon)
        health = server.status.health()
    finally:
        server.close()
    assert (health["silent"], health["status"], health["lag"]) == (["hall-1"], "ok", 0)
    assert beats[-1]


def test_a_snapshot_survives_its_own_encoding(tmp_path: Path) -> None:
    world = World(tmp_path, {KEY: log_of(10, hot_from=5)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, 200)
    body = daemon.held[KEY].body()
    again, source = world.daemon()
    daemon.drain()
    source.assign(KEY)
    again.turn()
    first = msgspec.msgpack.decode(body)
    assert first["next_offset"] == 200
    assert again.held[KEY].generation == first["generation"] + 1
