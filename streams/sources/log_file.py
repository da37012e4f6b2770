"""One recorded log on disk, plain or gzipped, read in blocks of whole lines."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from config.errors import ConfigError
from streams.errors import RejectReason
from streams.messages import Reject

BLOCK = 1 << 20
PIECE = 1 << 16
"""Read at once, so that little is lost where a gzip breaks off."""
LONGEST_LINE = 16 << 20
"""A line longer than this is cut into several."""
PAYLOAD_LENGTH = 4096


class LogFile:
    """A log; ``read`` of its ``size`` bytes on disk have been read. Raises ConfigError if it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.read = 0
        self._broken = False
        try:
            self.size = path.stat().st_size
            with path.open("rb"):
                pass
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
            raise ConfigError(str(path), "", problem, "give the path of a recorded log") from None

    @property
    def name(self) -> str:
        """The file's name, which stands for a topic."""
        return self.path.name

    def suffix(self) -> str:
        """The ending that tells the kind of log, without ``.gz``."""
        path = self.path.with_suffix("") if self.path.suffix == ".gz" else self.path
        return path.suffix.lower()

    def blocks(self, damaged: list[Reject]) -> Iterator[bytes]:
        """The text in blocks that end with a line's end, but for the last.

        A file that breaks off inside (a gzip cut short or damaged) ends there,
        and says so in ``damaged``.
        """
        rest: list[bytes] = []
        waiting = 0
        with self.path.open("rb") as raw:
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if self.path.suffix == ".gz" else raw
            while block := self._block(stream, damaged):
                self.read = raw.tell()
                cut = block.rfind(b"\n") + 1
                if cut == 0 and waiting < LONGEST_LINE:
                    rest.append(block)
                    waiting += len(block)
                    continue
                yield b"".join([*rest, block[: cut or None]])
                rest = [block[cut:]] if cut else []
                waiting = len(block) - cut if cut else 0
        if waiting:
            yield b"".join(rest)
        self.read = self.size

    def _block(self, stream: BinaryIO, damaged: list[Reject]) -> bytes:
        """The next block; less than a full one where the file ends or breaks off."""
        pieces: list[bytes] = []
        size = 0
        try:
            while not self._broken and size < BLOCK and (piece := stream.read(min(BLOCK, PIECE))):
                pieces.append(piece)
                size += len(piece)
        except (EOFError, OSError, zlib.error) as error:
            self._broken = True
            damaged.append(self.reject(0, RejectReason.CORRUPT_BATCH, f"the log breaks off: {error}"))
        return b"".join(pieces)

    def reject(self, line: int, reason: RejectReason, detail: str, payload: bytes = b"") -> Reject:
        """A reject of the line of this number."""
        return Reject(self.name, 0, line, reason, detail, payload[:PAYLOAD_LENGTH])
