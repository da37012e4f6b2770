"""A real disk that is full: nothing waits for ever, everything is said, and it drains by itself."""

from __future__ import annotations

import errno

import pytest

from streams.sinks.spool import Spool
from streams.sinks.spooled import SpooledSink
from tests.services import ServiceMissing, skip_or_fail
from tests.services.small_disk import small_disk
from tests.streams.test_influxdb_sink import FakeDatabase, balanced, wait_for


@pytest.fixture
def disk(tmp_path):
    try:
        with small_disk(tmp_path / "disk") as folder:
            yield folder
    except ServiceMissing as missing:
        skip_or_fail(missing)


def fill(folder):
    """Take the last byte, as another program may."""
    path = folder / "filler"
    with path.open("ab", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    return path


def lines(first, count):
    return b"".join(b"m v=%d\n" % i for i in range(first, first + count))


def test_a_full_disk_drains_once_the_database_is_back(disk):
    database = FakeDatabase()
    database.away = True
    sink = SpooledSink(database, Spool(disk / "spool", 64 << 20), first_pause_s=0.01, longest_pause_s=0.1)
    sink.submit(lines(0, 20_000))
    assert sink.flush(30), "there is room yet"
    fill(disk)
    sink.submit(lines(20_000, 20_000))
    wait_for(lambda: sink.counts().disk_error)
    assert not sink.flush(0.2)
    assert sink.counts().waiting == 40_000
    database.away = False
    wait_for(lambda: sink.counts().waiting == 0)
    assert b"".join(database.payloads) == lines(0, 40_000)
    assert sink.acknowledged() == 2
    assert sink.counts().lost == 0
    assert balanced(sink.counts())
    sink.close()


def test_a_disk_with_room_again_is_found_so_without_a_row_to_put_there(disk):
    database = FakeDatabase()
    sink = SpooledSink(database, Spool(disk / "spool", 64 << 20), first_pause_s=0.01, longest_pause_s=0.1)
    filler = fill(disk)
    database.away = True
    sink.submit(lines(0, 10))
    wait_for(lambda: sink.counts().disk_error)
    database.away = False
    wait_for(lambda: sink.counts().written == 10)
    filler.unlink()
    wait_for(lambda: not sink.counts().disk_error)
    sink.close()


def test_the_spool_leaves_room_for_snapshots_and_store(disk):
    spool = Spool(disk / "spool", 64 << 20)
    with pytest.raises(OSError, match="stay free") as full:
        while True:
            spool.append(lines(0, 1000), 1000)
    assert full.value.errno == errno.ENOSPC
    (disk / "snapshot").write_bytes(bytes(32 << 10))
    spool.close()
