"""The snapshot store: newest first, whole or not at all, damage seen."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.service.daemon.snapshots import DamagedSnapshot, SnapshotName, Snapshots, seal_file, unseal_file


def test_newest_is_highest_offset_then_generation(tmp_path: Path) -> None:
    store = Snapshots(str(tmp_path), kept=10)
    for offset, generation in ((9, 1), (10, 1), (10, 3), (10, 2), (2, 7)):
        store.write("telemetry", 0, SnapshotName(offset, generation), b"%d-%d" % (offset, generation))
    assert [(n.offset, n.generation) for n in store.names("telemetry", 0)] == [
        (10, 3), (10, 2), (10, 1), (9, 1), (2, 7),
    ]  # fmt: skip
    assert store.read("telemetry", 0, SnapshotName(10, 3)) == b"10-3"


def test_keeps_the_last_few_and_nothing_else_in_the_folder(tmp_path: Path) -> None:
    store = Snapshots(tmp_path.as_uri(), kept=2)
    for offset in range(5):
        store.write("telemetry", 3, SnapshotName(offset, 1), b"x")
    files = sorted(path.name for path in (tmp_path / "telemetry" / "3").iterdir())
    assert files == [str(SnapshotName(3, 1)), str(SnapshotName(4, 1))]


def test_a_damaged_file_is_told_and_the_one_before_stands(tmp_path: Path) -> None:
    store = Snapshots(str(tmp_path))
    store.write("t", 0, SnapshotName(1, 1), b"old")
    store.write("t", 0, SnapshotName(2, 1), b"new")
    file = tmp_path / "t" / "0" / str(SnapshotName(2, 1))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(DamagedSnapshot):
        store.read("t", 0, SnapshotName(2, 1))
    assert store.read("t", 0, SnapshotName(1, 1)) == b"old"


def test_partitions_and_topics_do_not_mix(tmp_path: Path) -> None:
    store = Snapshots(str(tmp_path))
    store.write("t", 1, SnapshotName(5, 1), b"x")
    assert store.names("t", 0) == []
    assert store.names("t", 11) == []
    assert store.names("other", 1) == []


def test_other_places_than_the_disk_work() -> None:
    store = Snapshots(f"memory://{uuid.uuid4()}")
    store.write("t", 0, SnapshotName(7, 1), b"body")
    assert store.read("t", 0, SnapshotName(7, 1)) == b"body"
    store.write("t", 0, SnapshotName(3, 2), b"of a log that was made anew", alone=True)
    assert store.names("t", 0) == [SnapshotName(3, 2)]


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 10_000), st.integers(0, 7))
def test_no_flipped_bit_is_believed(body: bytes, position: int, bit: int) -> None:
    data = seal_file(body)
    assert unseal_file(data) == body
    damaged = bytearray(data)
    damaged[position % len(data)] ^= 1 << bit
    with pytest.raises(DamagedSnapshot):
        unseal_file(bytes(damaged))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=100), st.integers(0, 10_000))
def test_no_cut_file_is_believed(body: bytes, length: int) -> None:
    data = seal_file(body)
    with pytest.raises(DamagedSnapshot):
        unseal_file(data[: length % len(data)])
