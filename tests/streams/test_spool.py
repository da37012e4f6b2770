"""The spool: what it has taken is on the disk, in order, bounded, whatever the crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.sinks.segment import HEADER_BYTES
from streams.sinks.spool import Spool, SpoolInUse


def drain(spool: Spool, max_bytes: int = 1) -> list[bytes]:
    """Everything in the spool, as it comes."""
    taken = []
    while (batch := spool.read(max_bytes)) is not None:
        taken.append(batch.payload)
        spool.advance(batch)
    return taken


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


def test_first_in_first_out_and_survives_a_restart(tmp_path):
    payloads = [b"row %d\n" % i for i in range(10)]
    spool = Spool(tmp_path, max_bytes=10_000)
    for payload in payloads:
        spool.append(payload, 1)
    assert spool.waiting_rows == 10
    spool.close()
    again = Spool(tmp_path, max_bytes=10_000)
    assert again.waiting_rows == 10
    assert drain(again) == payloads
    assert again.empty
    assert again.size == 0
    assert segments(tmp_path) == []
    again.close()


def test_small_records_are_joined_up_to_the_size_asked_for(tmp_path):
    spool = Spool(tmp_path, max_bytes=100_000)
    for i in range(10):
        spool.append(b"%04d\n" % i, 1)
    batch = spool.read(max_bytes=20)
    assert batch.payload == b"0000\n0001\n0002\n0003\n"
    assert batch.rows == 4
    assert spool.read(max_bytes=20) == batch  # nothing moves before `advance`
    spool.advance(batch)
    assert spool.waiting_rows == 6
    spool.close()


def test_a_restart_goes_on_behind_what_was_advanced(tmp_path):
    spool = Spool(tmp_path, max_bytes=100_000)
    for i in range(5):
        spool.append(b"%d\n" % i, 1)
    spool.advance(spool.read(1))
    spool.advance(spool.read(1))
    spool.close()
    again = Spool(tmp_path, max_bytes=100_000)
    assert again.waiting_rows == 3
    again.append(b"5\n", 1)
    assert drain(again) == [b"2\n", b"3\n", b"4\n", b"5\n"]
    again.close()


def test_an_old_position_is_never_applied_to_a_new_segment(tmp_path):
    spool = Spool(tmp_path, max_bytes=100_000)
    for i in range(3):
        spool.append(b"%d\n" % i, 1)
    spool.advance(spool.read(1))
    drain(spool)
    spool.close()
    again = Spool(tmp_path, max_bytes=100_000)
    for i in range(3, 6):
        again.append(b"%d\n" % i, 1)
    again.close()
    third = Spool(tmp_path, max_bytes=100_000)
    assert drain(third) == [b"3\n", b"4\n", b"5\n"]
    third.close()


def test_full_drops_whole_oldest_segments_and_counts_their_rows(tmp_path):
    spool = Spool(tmp_path, max_bytes=8 * 1024, segment_bytes=1024)
    for i in range(100):
        spool.append(b"%0200d\n" % i, 2)
        assert spool.size <= 8 * 1024
    kept = drain(spool)
    assert kept == [b"%0200d\n" % i for i in range(100 - len(kept), 100)]
    assert spool.dropped_rows == 2 * (100 - len(kept))
    assert spool.dropped_rows > 0
    spool.close()


def test_a_payload_larger_than_the_spool_is_counted_as_dropped(tmp_path):
    spool = Spool(tmp_path, max_bytes=1000)
    spool.append(b"x" * 2000, 7)
    assert spool.empty
    assert spool.dropped_rows == 7
    spool.close()


def test_dropping_while_a_batch_is_under_way(tmp_path):
    spool = Spool(tmp_path, max_bytes=2000, segment_bytes=250)
    for i in range(6):
        spool.append(b"%0200d\n" % i, 1)
    batch = spool.read(1)
    for i in range(6, 12):
        spool.append(b"%0200d\n" % i, 1)
    waiting = spool.waiting_rows
    spool.advance(batch)  # its segment is gone: nothing else may be taken for it
    assert spool.waiting_rows == waiting
    spool.close()


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(1, 400), flip=st.booleans())
def test_a_torn_tail_is_dropped_and_counted_and_the_rest_is_whole(tmp_path_factory, cut, flip):
    folder = tmp_path_factory.mktemp("spool")
    payloads = [b"%0100d\n" % i for i in range(4)]
    spool = Spool(folder, max_bytes=100_000)
    for payload in payloads:
        spool.append(payload, 1)
    spool.close()
    (path,) = segments(folder)
    data = bytearray(path.read_bytes())
    if flip:
        data[-cut] ^= 0x40
    else:
        del data[-cut:]
    path.write_bytes(data)
    whole = (len(data) - (cut if flip else 0)) // (HEADER_BYTES + 101)
    again = Spool(folder, max_bytes=100_000)
    assert again.damaged_bytes == len(data) - whole * (HEADER_BYTES + 101)
    again.append(b"after\n", 1)
    assert drain(again) == [*payloads[:whole], b"after\n"]
    again.close()


def test_a_segment_damaged_while_in_use_is_counted_and_passed(tmp_path):
    spool = Spool(tmp_path, max_bytes=80_000, segment_bytes=150)
    for i in range(6):
        spool.append(b"%0100d\n" % i, 1)  # two records a segment
    path = segments(tmp_path)[1]
    data = bytearray(path.read_bytes())
    data[HEADER_BYTES + 50] ^= 1
    path.write_bytes(data)
    assert [int(payload) for payload in drain(spool)] == [0, 1, 4, 5]
    assert spool.dropped_rows == 2
    assert spool.damaged_bytes == len(data)
    spool.close()


def test_a_disk_that_refuses_leaves_the_spool_whole(tmp_path, monkeypatch):
    spool = Spool(tmp_path, max_bytes=100_000)
    spool.append(b"before\n", 1)

    def no_space(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("streams.sinks.spool.os.fsync", no_space)
        with pytest.raises(OSError, match="No space"):
            spool.append(b"refused\n", 1)
    assert spool.waiting_rows == 1
    spool.append(b"after\n", 1)
    assert drain(spool) == [b"before\n", b"after\n"]
    spool.close()


CRASHING = """
import sys
from pathlib import Path
from streams.sinks.spool import Spool

spool = Spool(Path(sys.argv[1]), max_bytes=1 << 20, segment_bytes=4096)
row = 0
while True:
    spool.append(b"%0200d\\n" % row, 1)
    print(row, flush=True)
    row += 1
"""


def test_what_append_returned_from_survives_kill_9(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", CRASHING, str(tmp_path)], stdout=subprocess.PIPE)
    told = [int(process.stdout.readline()) for _ in range(200)][-1]
    process.kill()
    told = max([told, *map(int, process.stdout.read().splitlines(keepends=False)[:-1])])
    process.stdout.close()
    process.wait()
    spool = Spool(tmp_path, max_bytes=1 << 20)
    rows = [int(payload) for payload in drain(spool)]
    spool.close()
    assert rows == list(range(len(rows)))
    assert len(rows) > told


def test_one_folder_one_owner(tmp_path):
    spool = Spool(tmp_path, max_bytes=1000)
    with pytest.raises(SpoolInUse, match="each its own"):
        Spool(tmp_path, max_bytes=1000)
    spool.close()
    Spool(tmp_path, max_bytes=1000).close()


def test_a_worthless_position_file_only_repeats_rows(tmp_path):
    spool = Spool(tmp_path, max_bytes=100_000)
    for i in range(3):
        spool.append(b"%d\n" % i, 1)
    spool.advance(spool.read(1))
    spool.close()
    (tmp_path / "position").write_bytes(b"")
    again = Spool(tmp_path, max_bytes=100_000)
    assert drain(again) == [b"0\n", b"1\n", b"2\n"]
    again.close()
