"""One file of the spool: records one after the other, each with its checksum.

    record = length u4 | rows u4 | crc32c u4 of (length, rows, payload) | payload

All little-endian. A record that was being written when the machine stopped is
recognised by its checksum; what follows it in that file is not to be read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import crc32c

_HEADER = struct.Struct("<III")
_SIZES = struct.Struct("<II")
HEADER_BYTES = _HEADER.size


class Entry(NamedTuple):
    """A record in a segment: its payload, how many rows that is, and where the next record starts."""

    payload: bytes
    rows: int
    end: int


@dataclass(slots=True)
class Segment:
    """A segment as the spool keeps account of it: what is still to be read from ``position`` on."""

    number: int
    path: Path
    size: int
    """Bytes of whole records."""
    position: int = 0
    rows: int = 0
    """Rows from ``position`` on."""

    @property
    def empty(self) -> bool:
        """Whether all of it was read."""
        return self.position >= self.size


def pack(payload: bytes, rows: int) -> bytes:
    """A record's bytes."""
    sizes = _SIZES.pack(len(payload), rows)
    checksum = crc32c.crc32c(payload, crc32c.crc32c(sizes))
    return b"".join((sizes, checksum.to_bytes(4, "little"), payload))


def read_entries(path: Path, position: int) -> Iterator[Entry]:
    """The whole records from ``position`` on, up to the first that is torn or damaged."""
    with path.open("rb") as file:
        file.seek(position)
        left = path.stat().st_size - position
        while left >= HEADER_BYTES:
            length, rows, checksum = _HEADER.unpack(file.read(HEADER_BYTES))
            left -= HEADER_BYTES + length
            if left < 0:
                return
            payload = file.read(length)
            if crc32c.crc32c(payload, crc32c.crc32c(_SIZES.pack(length, rows))) != checksum:
                return
            yield Entry(payload, rows, file.tell())


def segment_as_told(path: Path, number: int, position: int) -> Segment:
    """The segment as its file tells: whole records, and the rows from ``position`` on.

    A position that is not the start of a record (its file was damaged since)
    counts as the beginning: rows are then written twice, which changes nothing.
    """
    ends, rows = [0], [0]
    for entry in read_entries(path, 0):
        ends.append(entry.end)
        rows.append(rows[-1] + entry.rows)
    at = ends.index(position) if position in ends else 0
    return Segment(number, path, ends[-1], ends[at], rows[-1] - rows[at])


def sync_folder(folder: Path) -> None:
    """Make names that were added to or removed from a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
