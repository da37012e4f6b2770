"""Whatever fails in the service itself is named and counted, and judging and paging go on."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crc32c
import msgspec
import numpy as np
import pytest

from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector import state
from detector.incidents.faults import FAULTS
from detector.rules import RULES, Rule
from detector.service.daemon import daemon as daemon_module
from detector.service.daemon.conditions import conditions
from detector.service.daemon.daemon import Daemon
from detector.service.daemon.facts import Facts
from detector.service.daemon.operations import Operations
from detector.service.daemon.partition import load_partition
from detector.service.daemon.snapshots import SnapshotName, Snapshots, seal_file, unseal_file
from detector.service.daemon.upkeep import Upkeep
from detector.service.engines import pipeline
from detector.service.engines.pipeline import Pipeline
from detector.tick import Tick
from detector.trouble import RuleTrouble, Trouble
from streams.formats import decoder as decoder_of_records
from streams.formats import rows
from streams.formats.decoder import Decoder
from streams.messages import Failure
from tests.detector.service.daemon.test_daemon import KEY, World, log_of, turn_until
from tests.detector.service.fakes import message, records_of

KINDS = load_kinds()
SETTINGS = Settings.load(None)


def break_judging_of(monkeypatch: pytest.MonkeyPatch, hall: str, fails: Callable[[int], bool]) -> None:
    """A part of judging that raises in the zone of one hall, at the ticks whose ends ``fails``."""
    whole = state.figures_of

    def figures(tick: Any) -> Any:
        if hall in tick.topology.halls and fails(tick.end):
            raise LookupError(f"nothing is known of {hall}")
        return whole(tick)

    monkeypatch.setattr(state, "figures_of", figures)


def two_zones(minutes: int, hot_from: int) -> list[bytes]:
    """As `log_of`, with a second hall that does the same."""
    lines = []
    for line in log_of(minutes, hot_from):
        lines += [line, line.replace(b"hall-1", b"hall-2")]
    return lines


def ran(folder: Path, log: list[bytes]) -> tuple[World, Daemon]:
    world = World(folder, {KEY: log})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, len(log))
    return world, daemon


def rows_of(world: World, hall: str) -> set[bytes]:
    return {row for row in world.sink.rows() if hall.encode() in row}


def test_judging_that_always_raises_in_one_zone_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = two_zones(20, hot_from=10)
    whole, _ = ran(tmp_path / "whole", log)
    break_judging_of(monkeypatch, "hall-2", lambda end: True)
    world, daemon = ran(tmp_path / "broken", log)
    assert rows_of(world, "hall-1") == rows_of(whole, "hall-1") != set()
    assert [i for i in world.store.taken if i.zone == "hall-1"] == [
        i for i in whole.store.taken if i.zone == "hall-1"
    ]
    assert [i.severity for i in world.store.taken if i.zone == "hall-2"] == ["critical"]
    assert daemon.held[KEY].engines.counts().balanced()
    upkeep = Upkeep(Operations(), None, lambda ok: None)
    upkeep(daemon)
    (incident,) = [i for i in upkeep.operations.open_incidents if i.fault == "limits_only"]
    assert incident.zone == incident.root == "hall-2"
    assert "LookupError" in incident.summary and "detector/state.py:observe:" in incident.summary


def test_a_rule_that_raises_is_named_in_an_incident_and_costs_only_its_own_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = log_of(20, hot_from=10)
    whole, _ = ran(tmp_path / "whole", log)

    def hot_spot(tick: Tick) -> tuple[()]:
        raise LookupError(f"nothing is known of {tick.topology.zone}")

    rules = tuple(Rule(hot_spot, rule.faults) if rule.name == "hot_spot" else rule for rule in RULES)
    monkeypatch.setattr(pipeline, "without", lambda off: rules)
    world, daemon = ran(tmp_path / "broken", log)
    assert rows_of(world, "hall-1") == rows_of(whole, "hall-1") != set()
    assert world.store.taken == whole.store.taken != []
    upkeep = Upkeep(Operations(), None, lambda ok: None)
    upkeep(daemon)
    (incident,) = [i for i in upkeep.operations.open_incidents if i.category == "operations"]
    assert (incident.fault, incident.zone, incident.root) == ("rule_failed", "hall-1", "hall-1 hot_spot")
    assert "The rule hot_spot failed" in incident.summary and "LookupError" in incident.summary


@pytest.mark.parametrize("every", [1, 3])
def test_daemon_and_replay_set_the_same_ticks_aside_wherever_snapshots_were_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    break_judging_of(monkeypatch, "hall-2", lambda end: end // 10_000_000_000 % every == 0)
    log = two_zones(12, hot_from=6)
    whole = Pipeline(Site.empty(), KINDS, SETTINGS)
    expected = whole.push(records_of(log)).verdicts
    world = World(tmp_path, {KEY: log})
    for stop_at in (190, 380, len(log)):
        daemon, source = world.daemon()
        source.assign(KEY)
        daemon.turn()
        turn_until(daemon, source, stop_at)
        daemon.drain()
        if stop_at == len(log):
            assert daemon.held[KEY].engines.counts() == whole.counts()
    assert list(map(repr, world.store.taken)) != []
    assert sorted(map(repr, world.store.taken)) == sorted(repr(i) for v in expected for i in v.incidents)


def test_an_error_in_any_part_of_the_loop_is_named_and_the_loop_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon_module, "BACK_OFF_S", 0.001)
    monkeypatch.setattr(daemon_module, "UPKEEP_EVERY_S", 0.0)
    log = log_of(20, hot_from=10)
    whole, _ = ran(tmp_path / "whole", log)
    world = World(tmp_path / "broken", {KEY: log})
    daemon, source = world.daemon()
    source.assign(KEY)
    beats: list[bool] = []

    def heartbeat(ok: bool) -> None:
        beats.append(ok)
        raise AttributeError("no heart")

    upkeep = Upkeep(Operations(), None, heartbeat)
    daemon._upkeep = upkeep
    monkeypatch.setattr(world.notifier, "tick", lambda: 1 / 0)
    monkeypatch.setattr(upkeep, "_show", lambda *_: {}["nothing"])
    stop = threading.Event()
    polls = 0
    poll = source.poll

    def unsteady(timeout_s: float) -> Any:
        nonlocal polls
        polls += 1
        runs = poll(timeout_s)
        if polls == 20:
            raise BufferError("fetched, and dropped on the way")
        if source.positions()[KEY] >= len(log) and not runs:
            stop.set()
        return runs

    monkeypatch.setattr(source, "poll", unsteady)
    daemon.run(stop)
    assert world.sink.rows() >= whole.sink.rows()
    counted = daemon.guard.counts()
    assert set(counted) >= {"heartbeat", "notifications", "metrics", "the loop"}
    named = {i.root for i in upkeep.operations.open_incidents if i.fault == "part_failing"}
    assert named == set(counted)
    assert beats


def test_a_sink_that_raises_what_nobody_foresaw_does_not_keep_people_from_being_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, {KEY: log_of(20, hot_from=10)})

    def broken(payload: bytes) -> int:
        raise UnicodeError("no row")

    monkeypatch.setattr(world.sink, "submit", broken)
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, len(world.logs[KEY]))
    daemon.turn()
    assert [i.severity for i in world.notifier.told] == ["critical"]
    assert daemon.guard.counts()["scores"] > 0


def test_a_record_that_makes_the_decoder_fail_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [message("hall-1/rack-01/power", float(n), 5.0) for n in range(200)]
    values[77] = message("hall-1/rack-01/power", 77.0, 66.6)
    whole = decoder_of_records.check_readings

    def check(directory: Any, routes: Any, time: Any, value: Any) -> Any:
        if (value == 66.6).any():
            raise np.exceptions.AxisError("an axis that is not there")
        return whole(directory, routes, time, value)

    monkeypatch.setattr(decoder_of_records, "check_readings", check)
    engines = Pipeline(Site.empty(), KINDS, SETTINGS)
    judged = engines.push(records_of(values, first_offset=1000))
    (reject,) = judged.rejects
    assert (reject.reason, reject.offset, reject.payload) == ("unforeseen", 1077, values[77])
    assert "AxisError" in reject.detail and "streams/formats/decoder.py:_decode:" in reject.detail
    counts = engines.counts()
    assert counts.balanced()
    assert (counts.decoded, counts.rejected_records, counts.readings) == (199, 1, 199)


def test_a_row_of_a_table_that_makes_the_decoder_fail_is_refused_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = rows.check_readings

    def check(directory: Any, routes: Any, time: Any, value: Any) -> Any:
        if (value == 66.6).any():
            raise BufferError
        return whole(directory, routes, time, value)

    monkeypatch.setattr(rows, "check_readings", check)
    value = np.arange(10.0)
    value[[3, 4]] = 66.6, np.nan
    time = np.full(10, 1_700_000_000_000_000_000) + np.arange(10)
    decoder = Decoder(Site.empty(), KINDS, SETTINGS.messages)
    ids = ["hall-1/rack-01/power"]
    table = rows.Rows(ids, np.zeros(10, np.int32), time, value, text={4: "broken"})
    decoded = decoder.decode_table(table)
    assert [(reject.reason, reject.offset, reject.payload) for reject in decoded.rejects] == [
        ("unforeseen", 3, b"66.6"),
        ("wrong_type", 4, b"broken"),
    ]
    assert decoded.readings.value.tolist() == [0, 1, 2, 5, 6, 7, 8, 9]
    assert decoded.record.tolist() == [0, 1, 2, 5, 6, 7, 8, 9]


def test_readings_that_cannot_be_given_to_their_zones_are_in_the_books_and_the_next_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, {KEY: log_of(10, hot_from=100)})
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    turn_until(daemon, source, 100)
    zones = daemon.held[KEY].engines.zones
    with monkeypatch.context() as patch:
        patch.setattr(zones, "judge", lambda *_: [][0])
        daemon.turn()
    assert daemon.guard.counts() == {"giving readings to their zones": 1}
    turn_until(daemon, source, 200)
    counts = daemon.held[KEY].engines.counts()
    assert counts.balanced()
    assert (counts.readings, counts.set_aside) == (200, 10)


# ---- what stands where a snapshot should


def saved_at(folder: Path, *offsets: int) -> Snapshots:
    """Sound snapshots of a partition at these offsets."""
    snapshots = Snapshots(str(folder))
    engines = Pipeline(Site.empty(), KINDS, SETTINGS)
    log = log_of(10, hot_from=5)
    engines.push(records_of(log))
    for offset in offsets:
        partition = load_partition(snapshots, *KEY, Site.empty(), KINDS, SETTINGS)
        partition.engines, partition.next_offset = engines, offset
        snapshots.write(*KEY, SnapshotName(offset, 1), partition.body())
    return snapshots


def path_of(folder: Path, offset: int) -> Path:
    return folder / KEY[0] / str(KEY[1]) / str(SnapshotName(offset, 1))


def with_counter(path: Path) -> None:
    body = msgspec.msgpack.decode(unseal_file(path.read_bytes()))
    body["engines"]["counts"]["unheard_of"] = 1
    path.write_bytes(seal_file(msgspec.msgpack.encode(body)))


def as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("gone"))


def as_another_thing(path: Path) -> None:
    path.write_bytes(seal_file(msgspec.msgpack.encode({"topic": 3})))


def as_no_frame(path: Path) -> None:
    packed = b"not what zstandard packs"
    head = struct.pack(">IQ", crc32c.crc32c(packed), len(packed))
    path.write_bytes(b"coolwatch snapshot 1\n" + head + packed)


@pytest.mark.parametrize(
    "damage", [with_counter, as_folder, as_link_to_nothing, as_another_thing, as_no_frame]
)
def test_whatever_stands_in_place_of_a_snapshot_the_one_before_is_taken_and_it_is_told(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    snapshots = saved_at(tmp_path, 100, 200)
    damage(path_of(tmp_path, 200))
    partition = load_partition(snapshots, *KEY, Site.empty(), KINDS, SETTINGS)
    assert (partition.next_offset, partition.generation) == (100, 2)
    assert str(SnapshotName(200, 1)) in partition.damage
    assert partition.engines.zones.open_incidents()
    snapshots.write(*KEY, SnapshotName(300, 2), partition.body())  # and those to come can be written


def test_with_no_snapshot_that_can_be_used_the_group_says_where_to_go_on(tmp_path: Path) -> None:
    snapshots = saved_at(tmp_path, 100)
    as_folder(path_of(tmp_path, 100))
    world = World(tmp_path, {KEY: log_of(20, hot_from=100)})
    world.snapshots = snapshots
    daemon, source = world.daemon()
    source.assign(KEY)
    daemon.turn()
    assert daemon.held[KEY].damage
    turn_until(daemon, source, 200)
    daemon.checkpoints.begin(daemon.held.values())
    assert daemon.checkpoints.advance()
    assert not daemon.held[KEY].damage


def test_a_place_that_cannot_be_looked_into_is_no_reason_not_to_judge(tmp_path: Path) -> None:
    (tmp_path / KEY[0]).write_text("a file where a folder should be")
    partition = load_partition(Snapshots(str(tmp_path)), *KEY, Site.empty(), KINDS, SETTINGS)
    assert partition.next_offset is None


def test_fewer_points_allowed_than_were_saved_lose_nothing_of_those(tmp_path: Path) -> None:
    snapshots = saved_at(tmp_path, 100)
    few = SETTINGS.model_copy(update={"engine": SETTINGS.engine.model_copy(update={"max_points": 1})})
    partition = load_partition(snapshots, *KEY, Site.empty(), KINDS, few)
    assert partition.next_offset == 100 and not partition.damage
    assert partition.engines.zones.open_incidents()


def test_a_state_that_cannot_be_put_into_bytes_keeps_no_other_from_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ("telemetry", 1)
    world = World(tmp_path, {KEY: log_of(10, hot_from=100), other: log_of(10, hot_from=100)})
    daemon, source = world.daemon()
    source.assign(KEY, other)
    daemon.turn()
    turn_until(daemon, source, 100)

    def broken() -> Any:
        raise RecursionError

    monkeypatch.setattr(daemon.held[KEY].engines, "save", broken)
    daemon.checkpoints.begin(daemon.held.values())
    daemon.checkpoints.advance()
    assert not world.snapshots.names(*KEY)
    assert world.snapshots.names(*other)
    assert daemon.checkpoints.failing_since is not None


def test_what_was_contained_is_of_a_known_fault() -> None:
    failure = Failure("KeyError: 'x'", "detector/state.py:observe:1")
    resting = Trouble(failed=3, ticks=3, last=30, failure=failure, since=30, until=300)
    facts = Facts(
        troubles={
            "hall-1": (resting, 40),
            "hall-2": (Trouble(ticks=1, last=30, failure=failure), 40),
            "hall-3": (Trouble(ticks=1, last=30, failure=failure), 10**15),
            "hall-4": (Trouble(), 40),
            "hall-5": (Trouble(rules={"leak": RuleTrouble(failure, 10, 30, 3)}), 40),
            "hall-6": (Trouble(rules={"leak": RuleTrouble(failure, 10, 30, 3)}), 10**15),
        },
        failing={"heartbeat": f"{failure} (3 times)"},
        snapshots_damaged={"telemetry-0": "cut off"},
    )
    found = {(c.fault, c.root): c for c in conditions(facts)}
    assert set(found) == {
        ("limits_only", "hall-1"),
        ("ticks_set_aside", "hall-2"),
        ("rule_failed", "hall-5 leak"),
        ("part_failing", "heartbeat"),
        ("snapshot_damaged", "telemetry-0"),
    }
    assert all(FAULTS[c.fault].category == c.category for c in found.values())
    assert str(failure) in found["limits_only", "hall-1"].summary
    told = found["rule_failed", "hall-5 leak"]
    assert told.zone == "hall-5" and "The rule leak failed" in told.summary and str(failure) in told.summary
