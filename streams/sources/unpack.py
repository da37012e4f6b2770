"""Unpack what Kafka compresses, up to a bound: a few KiB can claim, and hold, any amount of zeros."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import lz4.frame
import snappy
import zstandard
from kafka.record.default_records import DefaultRecordBatch

MAX_UNPACKED = 16 << 20
"""Bytes of one batch; sixteen times the largest that a broker takes by default (``message.max.bytes``)."""

_MAX_WINDOW = 32 << 20  # what a zstd frame may ask the decompressor to keep in memory
_GZIP = 16 + zlib.MAX_WBITS  # header and trailer of gzip, and nothing else
_XERIAL = b"\x82SNAPPY\x00"  # the framing of the Java library, in 16 bytes with two version numbers
_XERIAL_HEAD = 16


class TooLarge(ValueError):
    """More than the bound."""


def unpack(codec: int, data: memoryview, limit: int = MAX_UNPACKED) -> bytes:
    """The bytes that ``data`` was compressed from; ``codec`` is a number of Kafka's record format.

    Never holds more than ``limit`` bytes and the output's last piece.

    Raises:
        TooLarge: They would be more than ``limit``.
        Exception: Whatever the decompressor raises on bytes that it does not take.
    """
    unpacked = _UNPACK[codec](data, limit)
    if len(unpacked) > limit:
        raise TooLarge(f"it unpacks to more than {limit} bytes")
    return unpacked


def _gzip(data: memoryview, limit: int) -> bytes:
    """All members of the stream, one after the other."""
    out = b""
    rest: bytes | memoryview = data
    while len(rest) and len(out) <= limit:
        member = zlib.decompressobj(_GZIP)
        out += member.decompress(rest, limit + 1 - len(out))
        if not member.eof and len(out) <= limit:
            raise ValueError("the gzip stream is cut off")
        rest = member.unused_data
    return out


def _snappy(data: memoryview, limit: int) -> bytes:
    if data[: len(_XERIAL)] != _XERIAL:
        return _snappy_block(data, limit)
    blocks = []
    size, at = 0, _XERIAL_HEAD
    while at < len(data) and size <= limit:
        (length,) = struct.unpack_from(">i", data, at)
        if not 0 <= length <= len(data) - at - 4:
            raise ValueError("a snappy block reaches beyond the end")
        blocks.append(_snappy_block(data[at + 4 : at + 4 + length], limit - size))
        size += len(blocks[-1])
        at += 4 + length
    return b"".join(blocks)


def _snappy_block(data: memoryview, limit: int) -> bytes:
    """A block says at its head how long it will be, in a varint of seven bits a byte."""
    claimed = 0
    for i, byte in enumerate(data[:5]):
        claimed |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            break
    if claimed > limit:
        raise TooLarge(f"it unpacks to more than {limit} bytes")
    return bytes(snappy.uncompress(bytes(data)))


def _lz4(data: memoryview, limit: int) -> bytes:
    frame = lz4.frame.LZ4FrameDecompressor()
    out: bytes = frame.decompress(data, max_length=limit + 1)
    if not frame.eof and len(out) <= limit:
        raise ValueError("the lz4 frame is cut off")
    return out


def _zstd(data: memoryview, limit: int) -> bytes:
    frames = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    with frames.stream_reader(data, read_across_frames=True) as reader:
        return reader.read(limit + 1)


_UNPACK: dict[int, Callable[[memoryview, int], bytes]] = {
    DefaultRecordBatch.CODEC_GZIP: _gzip,
    DefaultRecordBatch.CODEC_SNAPPY: _snappy,
    DefaultRecordBatch.CODEC_LZ4: _lz4,
    DefaultRecordBatch.CODEC_ZSTD: _zstd,
}
