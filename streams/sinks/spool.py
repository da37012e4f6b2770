"""The disk spool: scores or letters that wait for the other side, oldest first.

A folder of numbered segments. What `append` has returned from is on the disk
and survives a crash; a record torn by a crash is found by its checksum, cut
off and counted. The spool is bounded by bytes: when full it drops its oldest
whole segment and counts the rows. It leaves some of the disk free, since
snapshots and the store may stand there too; reading and removing what was read
needs no room at all. `read` and `advance` take records in the
order in which they came; after a crash between the two some are read again,
which is harmless, since a row's key is (point, tick).

Used by one thread; its counters may be read by any.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from streams.sinks.segment import Segment, pack, read_entries, segment_as_told, sync_folder

log = structlog.get_logger()

MIB = 1 << 20
KEPT_FREE = 64 * MIB
KEPT_FREE_SHARE = 0.05
"""What is left free of a disk: the smaller of `KEPT_FREE` and this share of it."""
_SUFFIX = ".spool"
_DRAFT = "position.new"
_PROBE_BYTES = 64 << 10


def kept_free(total: int) -> float:
    """Bytes of a disk of ``total`` that no spool takes."""
    return min(KEPT_FREE, total * KEPT_FREE_SHARE)


class SpoolInUse(Exception):
    """Another process holds this spool's folder."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of the oldest records joined, to be handed to `Spool.advance` once they are written."""

    payload: bytes
    rows: int
    segment: int
    end: int


class Spool:
    """Payloads on disk in the order in which they came, within a bound: the oldest go first."""

    def __init__(self, folder: Path, max_bytes: int, segment_bytes: int = 16 * MIB) -> None:
        """Open or make the spool in ``folder``. Raises SpoolInUse, OSError.

        A segment is closed beyond ``segment_bytes``, or beyond an eighth of
        ``max_bytes`` where that is less, so that a full spool loses little at a time.
        """
        self.folder = folder
        self.max_bytes = max_bytes
        """May be set at any time, by any thread; holds from the next `append` on."""
        self.segment_bytes = max(1, min(segment_bytes, max_bytes // 8))
        self.dropped_rows = 0
        """Rows let go because the spool was full."""
        self.damaged_bytes = 0
        """Bytes that could not be read back: a torn tail, or a disk that forgets."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(folder)
        self._file: BinaryIO | None = None
        self._segments: list[Segment] = []
        self._next_number = 1
        self._open()

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._segments

    @property
    def waiting_rows(self) -> int:
        """Rows that wait."""
        return sum(segment.rows for segment in list(self._segments))

    @property
    def size(self) -> int:
        """Bytes that it takes on the disk."""
        return sum(segment.size for segment in list(self._segments))

    def append(self, payload: bytes, rows: int) -> None:
        """Put a payload on the disk; it is safe when this returns.

        Raises OSError where the disk does not take it; the spool then holds nothing of it.
        """
        record = pack(payload, rows)
        most = self.max_bytes
        fits = len(record) <= most
        while self._segments and self.size + (len(record) if fits else 0) > most:
            self._drop_oldest()
        if not fits:
            self.dropped_rows += rows
            return
        self._see_room(len(record))
        file, segment = self._writable()
        try:
            file.write(record)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            self._close_file()
            with suppress(OSError):
                os.truncate(segment.path, segment.size)
            raise
        segment.size += len(record)
        segment.rows += rows
        if segment.size >= self.segment_bytes:
            self._close_file()

    def probe(self) -> None:
        """See whether the disk would take a record. Raises OSError."""
        self._see_room(_PROBE_BYTES)
        draft = self.folder / _DRAFT
        try:
            with draft.open("wb") as file:
                file.write(bytes(_PROBE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        finally:
            draft.unlink(missing_ok=True)

    def read(self, max_bytes: int) -> Batch | None:
        """The oldest records, joined up to ``max_bytes`` (at least one); None when there is nothing.

        Raises OSError where the disk cannot be read at the moment.
        """
        while self._segments:
            segment = self._segments[0]
            payloads: list[bytes] = []
            size, rows, end = 0, 0, segment.position
            with suppress(FileNotFoundError):  # somebody has tidied up
                for entry in read_entries(segment.path, segment.position):
                    if (payloads and size + len(entry.payload) > max_bytes) or entry.end > segment.size:
                        break
                    payloads.append(entry.payload)
                    size += len(entry.payload)
                    rows += entry.rows
                    end = entry.end
            if payloads:
                return Batch(b"".join(payloads), rows, segment.number, end)
            self._give_up(segment)
        return None

    def advance(self, batch: Batch) -> bool:
        """The batch is written: go on behind it, and remove a segment that is done.

        False where it was dropped meanwhile, and counted as that.
        """
        if self.empty or self._segments[0].number != batch.segment:
            return False
        segment = self._segments[0]
        segment.position = batch.end
        segment.rows -= batch.rows
        if segment.empty:
            self._remove(segment)
        else:
            self._remember(segment)
        return True

    def close(self) -> None:
        """Close the files, and let others open the folder."""
        self._close_file()
        self._lock.close()

    def _open(self) -> None:
        number, position = self._remembered()
        self._next_number = number + 1  # a number is never used again while a position speaks of it
        (self.folder / _DRAFT).unlink(missing_ok=True)
        for path in sorted(self.folder.glob(f"{'[0-9]' * 12}{_SUFFIX}")):
            segment = segment_as_told(path, int(path.stem), position if int(path.stem) == number else 0)
            self._next_number = max(self._next_number, segment.number + 1)
            torn = path.stat().st_size - segment.size
            if torn:
                self.damaged_bytes += torn
                log.warning("spool: a torn or damaged record is left out", file=path.name, bytes=torn)
                os.truncate(path, segment.size)
            if segment.empty:
                path.unlink()
            else:
                self._segments.append(segment)

    def _see_room(self, size: int) -> None:
        disk = shutil.disk_usage(self.folder)
        stays = kept_free(disk.total)
        if disk.free - size < stays:
            said = f"{disk.free / MIB:.1f} MiB are free, and {stays / MIB:.1f} stay free"
            raise OSError(errno.ENOSPC, said, str(self.folder))

    def _writable(self) -> tuple[BinaryIO, Segment]:
        """The newest segment, open to be written to: a new one after a start or a full one."""
        if self._file is None:
            path = self.folder / f"{self._next_number:012d}{_SUFFIX}"
            self._file = path.open("wb")
            self._segments.append(Segment(self._next_number, path, 0))
            self._next_number += 1
            sync_folder(self.folder)
        return self._file, self._segments[-1]

    def _close_file(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _drop_oldest(self) -> None:
        segment = self._segments[0]
        self.dropped_rows += segment.rows
        log.error("spool: full, the oldest rows are dropped", rows=segment.rows, file=segment.path.name)
        self._remove(segment)

    def _give_up(self, segment: Segment) -> None:
        """Nothing more can be read from a segment that should hold more."""
        if not segment.empty:
            self.damaged_bytes += segment.size - segment.position
            self.dropped_rows += segment.rows
            log.error("spool: a segment cannot be read", rows=segment.rows, file=segment.path.name)
        self._remove(segment)

    def _remove(self, segment: Segment) -> None:
        if segment is self._segments[-1]:
            self._close_file()
        self._segments.remove(segment)
        with suppress(OSError):  # a file that stays behind is read again after a restart
            segment.path.unlink()

    def _remember(self, segment: Segment) -> None:
        """Write down how far the oldest segment is read. Not synced: an old mark only repeats rows."""
        draft = self.folder / _DRAFT
        with suppress(OSError):
            draft.write_text(f"{segment.number} {segment.position}\n")
            draft.replace(self.folder / "position")

    def _remembered(self) -> tuple[int, int]:
        try:
            number, position = (self.folder / "position").read_text().split()
            return int(number), int(position)
        except (OSError, ValueError):
            return 0, 0


def _lock(folder: Path) -> BinaryIO:
    file = (folder / "lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise SpoolInUse(f"{folder} is the spool of another running coolwatch; give each its own") from None
    return file
