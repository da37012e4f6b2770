"""Dead letters in a file of JSON lines."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import structlog

from streams.messages import Reject
from streams.sinks.letter import encode_letter
from streams.sinks.sink import SinkCounts

log = structlog.get_logger()


class LetterFile:
    """Appends a line a letter (see `streams.sinks.letter`); made with the first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.unwritten = 0
        """Letters that the disk did not take."""
        self.last_error = ""
        self._file: BinaryIO | None = None

    def put(self, reject: Reject) -> None:
        """Append it as a line of JSON; what the disk does not take is counted."""
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("ab")
            self._file.write(encode_letter(reject))
            self._file.flush()
        except OSError as error:
            if not self.unwritten:
                log.error("dead letters: the file cannot be written", path=str(self.path), error=str(error))
            self.unwritten += 1
            self.last_error = error.strerror or str(error)

    def mark(self) -> int:
        """Always 0: what is put is written at once."""
        return 0

    def acknowledged(self, mark: int) -> bool:
        """Always: nothing waits."""
        return True

    def counts(self) -> SinkCounts:
        """The books, in letters."""
        return SinkCounts(lost=self.unwritten)

    def close(self) -> None:
        """Close the file; the next letter opens it again."""
        if self._file is not None:
            with suppress(OSError):  # what it held back was counted when it was put
                self._file.close()
            self._file = None
