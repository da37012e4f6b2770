"""Packed bytes as a stream: all that can be unpacked comes out before it says where it breaks off.

Python's own readers of gzip and zip files lose what they have unpacked of a
piece when they come upon its damage; of a log that was cut short that can be
the half.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

PACKED = 1 << 14
"""Packed bytes that are taken at once."""
GZIP = b"\x1f\x8b"
"""How a gzip, and each of several in one file, begins (RFC 1952)."""
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_LOCAL = struct.Struct("<4s22xHH")
"""Of a file within a zip file: signature, lengths of name and extra field (PKWARE APPNOTE, 4.3.7)."""


class BrokenOff(Exception):
    """Packed bytes are cut short or damaged; what came before them has been read."""


class Stream(Protocol):
    """Bytes that are read from their start to their end."""

    def read(self, size: int, /) -> bytes:
        """So many, or fewer; none at the end."""
        ...


class Inflated:
    """What a gzip, or several one after the other, unpacks to; or a bare deflate stream."""

    def __init__(self, packed: Stream, window: int = _GZIP_WINDOW) -> None:
        """``window`` as zlib's ``wbits``."""
        self._packed = packed
        self._window = window
        self._inflate = zlib.decompressobj(window)
        self._rest = b""
        self._out = b""
        self._broken = ""
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """So many bytes at most; none at the end. Raises BrokenOff, once, when all has been read."""
        while not self._out and not self._ended:
            self._out = self._unpacked(size)
        part, self._out = self._out[:size], self._out[size:]
        if not part and self._broken:
            broken, self._broken = self._broken, ""
            raise BrokenOff(broken)
        return part

    def _unpacked(self, size: int) -> bytes:
        packed = self._rest or self._packed.read(PACKED)
        self._rest = b""
        if self._inflate.eof:
            return self._next_member(packed)
        if not packed:
            rest = self._inflate.flush()
            self._end("" if self._inflate.eof else "it is cut short")
            return rest
        before = self._inflate.copy()
        try:
            unpacked = self._inflate.decompress(packed, size)
        except zlib.error as error:
            self._end(f"it is damaged ({error})")
            return b"".join(_up_to_the_damage(before, packed))
        self._rest = self._inflate.unconsumed_tail or self._inflate.unused_data
        return unpacked

    def _next_member(self, packed: bytes) -> bytes:
        """Behind the end of one gzip: another one, padding, or what does not belong there."""
        if self._window != _GZIP_WINDOW or not packed:
            self._end("")
            return b""
        packed = packed.lstrip(b"\0")
        if len(packed) == 1:
            packed += self._packed.read(PACKED)
        if packed.startswith(GZIP):
            self._inflate = zlib.decompressobj(self._window)
            self._rest = packed
        elif packed:
            self._end("what follows its end is no gzip")
        return b""

    def _end(self, broken: str) -> None:
        self._ended, self._broken = True, broken


def _up_to_the_damage(inflate: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    try:
        for at in range(len(packed)):
            yield inflate.decompress(packed[at : at + 1])
    except zlib.error:
        return


class Checked:
    """A stream that is held against its checksum at its end."""

    def __init__(self, stream: Stream, crc: int) -> None:
        self._stream = stream
        self._wanted = crc
        self._crc = 0

    def read(self, size: int, /) -> bytes:
        """So many bytes at most; none at the end. Raises BrokenOff where they are not what was packed."""
        block = self._stream.read(size)
        self._crc = zlib.crc32(block, self._crc)
        if not block and size and self._crc != self._wanted:
            self._wanted = self._crc  # it is said once
            raise BrokenOff("its checksum is wrong: some of it is not what was packed")
        return block


class Span:
    """A part of a file."""

    def __init__(self, file: Stream, size: int) -> None:
        """From where the file stands."""
        self._file = file
        self._left = size

    def read(self, size: int, /) -> bytes:
        """So many bytes at most; none at the end."""
        block = self._file.read(min(size, self._left))
        self._left -= len(block)
        return block

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return self._left


@contextmanager
def member_streams(path: Path, member: zipfile.ZipInfo) -> Iterator[tuple[Span | None, Stream]]:
    """(the packed bytes of a file within a zip file, what they unpack to); the first None for rare methods.

    Raises OSError, BadZipFile, RuntimeError where it is encrypted, NotImplementedError for a method that is
    not known.
    """
    if member.flag_bits & 1:
        raise RuntimeError("it is encrypted")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            yield None, cast(Stream, stream)
        return
    with path.open("rb") as file:
        file.seek(member.header_offset)
        local = file.read(_LOCAL.size)
        if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile("its head within the zip file is damaged")
        _, name, extra = _LOCAL.unpack(local)
        file.seek(member.header_offset + _LOCAL.size + name + extra)
        packed = Span(cast(Stream, file), member.compress_size)
        deflated = member.compress_type == zipfile.ZIP_DEFLATED
        yield packed, Checked(Inflated(packed, -zlib.MAX_WBITS) if deflated else packed, member.CRC)
