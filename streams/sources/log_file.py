"""One recorded log on disk, plain or gzipped, read in blocks of whole lines."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from config.errors import ConfigError
from streams.errors import RejectReason
from streams.messages import Reject
from streams.sources.log_encoding import LONGEST_MARK, encoding_of, marked
from streams.sources.log_titles import undated

BLOCK = 1 << 20
PIECE = 1 << 16
"""Read at once."""
BREAKS_OFF = (EOFError, OSError, zlib.error, zipfile.BadZipFile)
"""What reading raises where a file is cut short or damaged."""
LONGEST_LINE = 16 << 20
"""A line longer than this is cut into several."""
PAYLOAD_LENGTH = 4096
SOON_UNPACKED = 16 << 20
"""Packed bytes that are unpacked for a look at the end."""
MOST_IN_MEMORY = 1 << 30
"""Bytes of a file within a zip file that are held at once, where they must be."""


class LogFile:
    """A log; ``read`` of its ``size`` bytes on disk have been read. Raises ConfigError if it cannot be."""

    def __init__(self, path: Path, member: str = "") -> None:
        """``member`` names a file within the zip file ``path``."""
        self._on_disk = path
        self._member = member
        self.path = path / member if member else path
        """Where it is, as it is told to people."""
        self.title = undated(self.stem)
        """What its name says of its points; the logs beside it may show that it is less."""
        self.read = 0
        self._broken = False
        try:
            self.size = path.stat().st_size
            if member:
                with zipfile.ZipFile(path) as archive:
                    self.size = archive.getinfo(member).compress_size
            with self._raw():
                pass
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
            raise ConfigError(str(self.path), "", problem, "give the path of a recorded log") from None

    @contextmanager
    def _raw(self) -> Iterator[BinaryIO]:
        """The bytes as they are stored."""
        if not self._member:
            with self._on_disk.open("rb") as raw:
                yield raw
            return
        with zipfile.ZipFile(self._on_disk) as archive, archive.open(self._member) as raw:
            yield cast(BinaryIO, raw)

    def seekable(self) -> Path | io.BytesIO:
        """The whole of it, for readers that go to and fro. Raises ConfigError where it is too large."""
        if not self._member:
            return self._on_disk
        with self._raw() as raw:
            content = raw.read(MOST_IN_MEMORY + 1)
        if len(content) > MOST_IN_MEMORY:
            raise ConfigError(str(self.path), "", "too large to be read within a zip file", "unpack it first")
        return io.BytesIO(content)

    @property
    def name(self) -> str:
        """The file's name, which stands for a topic."""
        return self.path.name

    @property
    def stem(self) -> str:
        """The file's name without its endings."""
        name = self.path.with_suffix("").name if self.path.suffix.lower() == ".gz" else self.path.name
        return Path(name).stem

    @property
    def folder(self) -> str:
        """The name, less dates, of the folder or zip file in which it lies."""
        name = self.path.absolute().parent.name
        return undated(name[:-4] if self._member and name.lower().endswith(".zip") else name)

    def suffix(self) -> str:
        """The ending that tells the kind of log, without ``.gz``."""
        path = self.path.with_suffix("") if self.path.suffix.lower() == ".gz" else self.path
        return path.suffix.lower()

    def head(self, size: int) -> bytes:
        """So many bytes from the start, unpacked, fewer where there are no more or it breaks off."""
        found = b""
        with suppress(*BREAKS_OFF), self._raw() as raw:
            for piece in _pieces(self._opened(raw)):
                found += piece
                if len(found) >= size:
                    break
        return found[:size]

    def tail(self, size: int) -> bytes:
        """So many bytes from the end, unpacked; none where all would have to be unpacked and it is large."""
        if self._on_disk.suffix.lower() not in (".gz", ".zip"):
            with self._raw() as raw:
                raw.seek(max(self.size - size, 0))
                return raw.read()
        rest = b""
        if self.size <= SOON_UNPACKED:
            with suppress(*BREAKS_OFF), self._raw() as raw:
                for piece in _pieces(self._opened(raw)):
                    rest = (rest + piece)[-size:]
        return rest

    def _opened(self, raw: BinaryIO) -> BinaryIO:
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if self.path.suffix.lower() == ".gz" else raw

    def blocks(self, damaged: list[Reject], encoding: str = "utf-8") -> Iterator[bytes]:
        """The text as UTF-8 in blocks that end with a line's end, but for the last.

        A byte order mark wins over ``encoding``; none is in the blocks. A file
        that breaks off inside (a gzip cut short or damaged) ends with the last
        whole line before that, and says so in ``damaged``.
        """
        rest: list[bytes] = []
        waiting = 0
        for block in self._utf8(damaged, encoding):
            cut = block.rfind(b"\n") + 1
            if cut == 0 and waiting < LONGEST_LINE:
                rest.append(block)
                waiting += len(block)
                continue
            yield b"".join([*rest, block[: cut or None]])
            rest = [block[cut:]] if cut else []
            waiting = len(block) - cut if cut else 0
        if waiting and not self._broken:
            yield b"".join(rest)
        self.read = self.size

    def _utf8(self, damaged: list[Reject], encoding: str) -> Iterator[bytes]:
        """Pieces of the text as UTF-8, without a byte order mark."""
        self._broken = False
        with self._raw() as raw:
            pieces = _pieces(self._opened(raw))
            decoder = None
            start = True
            while block := self._block(pieces, damaged):
                self.read = min(raw.tell(), self.size)
                if start:
                    by_mark, mark = marked(block[:LONGEST_MARK])
                    written = by_mark or encoding_of(block, encoding)
                    decoder = None if written == "utf-8" else codecs.getincrementaldecoder(written)("replace")
                    block = block[mark:]
                    start = False
                text = block if decoder is None else decoder.decode(block).encode()
                if text:
                    yield text

    def _block(self, pieces: Iterator[bytes], damaged: list[Reject]) -> bytes:
        """The next block; less than a full one where the file ends or breaks off."""
        block: list[bytes] = []
        size = 0
        try:
            while not self._broken and size < BLOCK and (piece := next(pieces, b"")):
                block.append(piece)
                size += len(piece)
        except BREAKS_OFF as error:
            self._broken = True
            damaged.append(self.reject(0, RejectReason.CORRUPT_BATCH, f"the log breaks off: {error}"))
        return b"".join(block)

    def reject(self, line: int, reason: RejectReason, detail: str, payload: bytes = b"") -> Reject:
        """A reject of the line of this number."""
        return Reject(self.name, 0, line, reason, detail, payload[:PAYLOAD_LENGTH])


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """What a stream holds, to the last byte before it breaks off, which raises one of `BREAKS_OFF`."""
    # A read of so many bytes would lose those that came before the break.
    read1 = cast(io.BufferedIOBase, stream).read1
    while piece := read1(min(BLOCK, PIECE)):
        yield piece
