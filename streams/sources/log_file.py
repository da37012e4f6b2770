"""One recorded log on disk, plain, gzipped or within a zip file, read in blocks of whole lines."""

from __future__ import annotations

import codecs
import os
import stat
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from config.errors import ConfigError
from streams.errors import RejectReason
from streams.messages import Reject
from streams.sources.inflated import GZIP, BrokenOff, Inflated, Span, Stream, member_streams
from streams.sources.log_encoding import LONGEST_MARK, encoding_of, marked
from streams.sources.log_kind import HEAD, Kind, kind_of
from streams.sources.log_titles import undated

BLOCK = 1 << 20
PIECE = 1 << 16
LONGEST_LINE = 16 << 20
"""A line longer than this is cut into several."""
PAYLOAD_LENGTH = 4096
SOON_UNPACKED = 16 << 20
"""Packed bytes that are unpacked for a look at the end."""
MOST_UNPACKED = 1 << 30
"""Bytes of a file within a zip file that is unpacked onto the disk, where it must be."""
_DAMAGE = (BrokenOff, EOFError, OSError, zlib.error, zipfile.BadZipFile)


class LogFile:
    """A log; ``read`` of its ``size`` bytes on disk have been read. Raises ConfigError if it cannot be."""

    def __init__(self, path: Path, member: zipfile.ZipInfo | None = None, shown: Path | None = None) -> None:
        """``member`` is a file within the zip file ``path``, ``shown`` what that is called."""
        self._on_disk = path
        self._member = member
        self.path = (shown or path) / member.filename if member else path
        """Where it is, as it is told to people."""
        self.title = undated(self.stem)
        """What its name says of its points; the logs beside it may show that it is less."""
        self.read = 0
        self.broken = ""
        """Where and how it broke off, as far as it has been read; empty where it did not."""
        self.has_long_line = False
        """Whether a line was met that had to be cut."""
        self._apart: Path | None = None
        try:
            _refuse_pipes(path)
            self.size = member.compress_size if member else path.stat().st_size
            with self._raw() as (_, raw):
                self._gzipped = raw.read(len(GZIP)) == GZIP
        except (*_DAMAGE, RuntimeError, NotImplementedError) as error:
            problem = f"cannot be read: {getattr(error, 'strerror', None) or error}"
            raise ConfigError(str(self.path), "", problem, "give the path of a recorded log") from None

    @contextmanager
    def _raw(self) -> Iterator[tuple[Span | BinaryIO | None, Stream]]:
        """(the bytes as they are stored, the same less what a zip file does to them)."""
        if self._member is None:
            with self._on_disk.open("rb") as raw:
                yield raw, cast(Stream, raw)
        else:
            with member_streams(self._on_disk, self._member) as both:
                yield both

    def on_disk(self) -> Path:
        """The whole of it, for readers that go to and fro. Raises ConfigError where it is too large."""
        if self._member is None:
            return self._on_disk
        if self._apart is None:
            if self._member.file_size > MOST_UNPACKED:
                raise self._too_large()
            handle, name = tempfile.mkstemp(prefix="coolwatch-", suffix=self.path.suffix)
            self._apart = Path(name)
            weakref.finalize(self, self._apart.unlink, missing_ok=True)
            with self._raw() as (_, raw), os.fdopen(handle, "wb") as file:
                size = 0
                while block := raw.read(PIECE):
                    size += len(block)
                    if size > MOST_UNPACKED:
                        raise self._too_large()
                    file.write(block)
        return self._apart

    def _too_large(self) -> ConfigError:
        return ConfigError(str(self.path), "", "too large to be read within a zip file", "unpack it first")

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

    @property
    def suffix(self) -> str:
        """The ending of its name, without ``.gz``."""
        path = self.path.with_suffix("") if self.path.suffix.lower() == ".gz" else self.path
        return path.suffix.lower()

    @cached_property
    def kind(self) -> Kind:
        """How it is read. Raises ConfigError for what is no log."""
        return kind_of(self.head(HEAD), self.suffix, str(self.path))

    def head(self, size: int) -> bytes:
        """So many bytes from the start, unpacked, fewer where there are no more or it breaks off."""
        pieces: list[bytes] = []
        try:
            with self._raw() as (_, raw):
                stream = self._opened(raw)
                while size > 0 and (piece := stream.read(size)):
                    pieces.append(piece)
                    size -= len(piece)
        except _DAMAGE:
            pass
        return b"".join(pieces)

    def tail(self, size: int) -> bytes:
        """So many bytes from the end, unpacked; none where all would have to be unpacked and it is large."""
        if self._member is None and not self._gzipped:
            with self._on_disk.open("rb") as file:
                file.seek(max(self.size - size, 0))
                return file.read()
        rest = b""
        if self.size <= SOON_UNPACKED:
            try:
                with self._raw() as (_, raw):
                    stream = self._opened(raw)
                    while block := stream.read(BLOCK):
                        rest = (rest + block)[-size:]
            except _DAMAGE:
                return rest
        return rest

    def _opened(self, raw: Stream) -> Stream:
        return Inflated(raw) if self._gzipped else raw

    def blocks(self, damaged: list[Reject], encoding: str = "utf-8") -> Iterator[bytes]:
        """The text as UTF-8 in blocks that end with a line's end, but for the last.

        A byte order mark wins over ``encoding``; none is in the blocks. A file
        that breaks off inside (a gzip cut short or damaged) ends with the last
        whole line before that, and says so in ``damaged`` and `broken`.
        """
        rest: list[bytes] = []
        waiting = 0
        for block in self.pieces(damaged, encoding):
            cut = block.rfind(b"\n") + 1
            if cut == 0 and waiting < LONGEST_LINE:
                rest.append(block)
                waiting += len(block)
                continue
            self.has_long_line |= cut == 0
            yield b"".join([*rest, block[: cut or None]])
            rest = [block[cut:]] if cut else []
            waiting = len(block) - cut if cut else 0
        if waiting and not self.broken:
            yield b"".join(rest)
        self.read = self.size

    def pieces(self, damaged: list[Reject], encoding: str = "utf-8") -> Iterator[bytes]:
        """The text as UTF-8 in pieces of any size, without a byte order mark; damage as in `blocks`."""
        decoder = None
        start = True
        for block in self._stored(damaged):
            mark = 0
            if start:
                by_mark, mark = marked(block[:LONGEST_MARK])
                written = by_mark or encoding_of(block, encoding)
                decoder = None if written == "utf-8" else codecs.getincrementaldecoder(written)("replace")
                start = False
            text = block[mark:] if decoder is None else decoder.decode(block[mark:]).encode()
            if text:
                yield text

    def _stored(self, damaged: list[Reject]) -> Iterator[bytes]:
        """The bytes, unpacked, in blocks; the last is less than a full one."""
        self.broken = ""
        pieces: list[bytes] = []
        size = 0
        try:
            with self._raw() as (packed, raw):
                stream = self._opened(raw)
                while piece := stream.read(PIECE):
                    pieces.append(piece)
                    size += len(piece)
                    if size >= BLOCK:
                        self.read = self._read_of(packed)
                        yield b"".join(pieces)
                        pieces, size = [], 0
        except _DAMAGE as error:
            self.broken = str(error)
            damaged.append(self.reject(0, RejectReason.CORRUPT_BATCH, f"the log breaks off: {error}"))
        self.read = self.size
        if pieces:
            yield b"".join(pieces)

    def _read_of(self, packed: Span | BinaryIO | None) -> int:
        if packed is None:
            return 0
        return self.size - packed.left if isinstance(packed, Span) else min(packed.tell(), self.size)

    def reject(self, line: int, reason: RejectReason, detail: str, payload: bytes = b"") -> Reject:
        """A reject of the line of this number."""
        return Reject(self.name, 0, line, reason, detail, payload[:PAYLOAD_LENGTH])


def _refuse_pipes(path: Path) -> None:
    """Raise ConfigError for what is no regular file: a pipe nobody writes to would be waited for for ever."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        what = "a pipe" if stat.S_ISFIFO(mode) else "a folder" if stat.S_ISDIR(mode) else "a device or socket"
        remedy = f"write what comes out of it to a file first, as in: cat {path} > log.jsonl"
        raise ConfigError(str(path), "", f"is {what}, not a file", remedy)
