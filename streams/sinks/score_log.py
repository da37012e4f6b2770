"""Scores to a local file of line protocol, for use without a database.

The file is rotated by size: ``scores.lp`` is the newest, then ``scores.lp.1``
and so on. It can be written to an InfluxDB later as it is.
"""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import structlog

from streams.sinks.sink import SinkCounts, row_count

log = structlog.get_logger()


class ScoreLog:
    """A `ScoreSink` on a file; the caller's thread writes, since a local file does not keep it waiting."""

    def __init__(self, path: Path, max_bytes: int = 64 << 20, keep: int = 4) -> None:
        """``max_bytes`` of one file; ``keep`` older ones besides. Raises OSError if it cannot be opened."""
        self.path = path
        self.max_bytes = max_bytes
        self.keep = keep
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO | None = path.open("ab")
        self._sequence = 0
        self._counts = SinkCounts()

    def submit(self, payload: bytes) -> int:
        """Append whole lines; what the disk does not take is counted as lost. Returns their number."""
        self._sequence += 1
        rows = row_count(payload)
        self._counts.submitted += rows
        try:
            self._append(payload)
        except OSError as error:
            if not self._counts.away:
                log.error("score log: not writable, scores are lost", path=str(self.path), error=str(error))
            self._counts.lost += rows
            self._counts.away = True
            self._counts.last_error = str(error)
        else:
            self._counts.written += rows
            self._counts.away = False
        return self._sequence

    def acknowledged(self) -> int:
        """All that was submitted: nothing waits."""
        return self._sequence

    def flush(self, deadline_s: float) -> bool:
        """Always true: nothing waits."""
        return True

    def counts(self) -> SinkCounts:
        """A copy of the books."""
        return dataclasses.replace(self._counts)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):  # what it held back was counted when it was submitted
                self._file.close()

    def _append(self, payload: bytes) -> None:
        if self._file is None:
            self._file = self.path.open("ab")
        if self._file.tell() and self._file.tell() + len(payload) > self.max_bytes:
            self._file.close()
            self._file = None  # should rotation fail, the next call opens what is there
            self._rotate()
            self._file = self.path.open("wb")
        self._file.write(payload)
        self._file.flush()

    def _rotate(self) -> None:
        for age in range(self.keep, 0, -1):
            older = self._aged(age - 1)
            if older.exists():
                older.replace(self._aged(age))

    def _aged(self, age: int) -> Path:
        return self.path if age == 0 else self.path.with_name(f"{self.path.name}.{age}")
