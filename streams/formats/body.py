"""What the bytes of a record are, where they are no plain text: framed, packed, or of another format.

Frames of schema registries are taken off and gzip and zlib are unpacked, within
`LONGEST`. What cannot be read is named, with what can be done about it.
Sources: Confluent Schema Registry "Wire format"; AWS Glue Schema Registry
serializer's header; Apache Avro 1.11 "Object Container Files" and "Single-object
encoding"; Protocol Buffers "Encoding"; Eclipse Sparkplug 3.0 "Payloads".
"""

from __future__ import annotations

import zlib

from streams.errors import RejectError, RejectReason
from streams.formats.json import BYTE_ORDER_MARK

LONGEST = 1 << 20
"""Bytes, unpacked."""
GZIP, ZLIB = b"\x1f\x8b", (b"x\x01", b"x\x9c", b"x\xda")
CONVERT = "set value.converter to org.apache.kafka.connect.json.JsonConverter, or send JSON"
COMPRESS = "let Kafka compress (compression.type), not the payload"
SPARKPLUG = "have the bridge write Sparkplug's JSON form, or read it with Telegraf and send JSON"
NAMED = (
    (b"Obj\x01", "an Avro container file", CONVERT),
    (b"\xc3\x01", "Avro with a single-object header", CONVERT),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", COMPRESS),
    (b"\x04\x22\x4d\x18", "packed with lz4", COMPRESS),
    (b"\xff\x06\x00\x00sNaPpY", "packed with snappy", COMPRESS),
    (b"\x82SNAPPY\x00", "packed with snappy", COMPRESS),
    (b"PAR1", "a Parquet file", "name it .parquet"),
    (b"PK\x03\x04", "a ZIP file, or a workbook", "unpack it, or save the workbook as CSV"),
    (b"<", "XML or HTML", "send JSON"),
)
"""How it begins, what it is, and what to do."""
FRAMES = {b"\0": (5, 9), b"\1": (17,), b"\3": (18,)}
"""Lengths of frames by their first byte: Confluent's with an id of 4 bytes (Apicurio: 8) or of 16, Glue's."""
MOST_INDEXES = 8
LARGEST_ID = 1 << 24
"""Ids are counted up from 1: what would be a larger one is no frame."""


def plain_body(value: bytes) -> bytes:
    """The text that a record holds, out of its frame and unpacked.

    What is text or unknown is given back as it is. Raises RejectError.
    """
    text = _unframed(value.removeprefix(BYTE_ORDER_MARK))
    if text.startswith(GZIP) or text.startswith(ZLIB):
        text = _unframed(_unpacked(text))
    for head, what, remedy in NAMED:
        if text.lstrip().startswith(head) and not _is_line(text):
            raise _unknown(what, remedy)
    if b"\x80" <= text[:1] < b"\xc0":  # no text begins so
        raise _unknown("MessagePack, it seems" if text[:1] < b"\xa0" else "CBOR, it seems", "send JSON")
    if text[:1] == b"\x08" and b"\x12" in text[:12] and _is_protobuf(text):
        raise _unknown("Sparkplug B in Protobuf, it seems", SPARKPLUG)
    return text


def _is_line(text: bytes) -> bool:
    """Whether what begins with ``<`` may be line protocol all the same."""
    return text[:1] == b"<" and b">" not in text


def _unframed(value: bytes) -> bytes:
    """What stands behind the frame of a schema registry. Raises RejectError."""
    for head in FRAMES.get(value[:1], ()):
        if value[head:].lstrip()[:1] in (b"{", b"[") or value.startswith(GZIP, head):
            return value[head:]
    if value[:1] == b"\0" and len(value) > 5:
        schema = int.from_bytes(value[1:5])
        body = value[5:]
        if _is_protobuf(_behind_indexes(body)):
            raise _unknown(f"Protobuf behind Confluent framing (schema id {schema})", CONVERT)
        if schema < LARGEST_ID:
            raise _unknown(f"Avro behind Confluent framing (schema id {schema})", CONVERT)
    return value


def _unpacked(value: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        text = unpacker.decompress(value, LONGEST)
    except zlib.error:
        return value
    if unpacker.unconsumed_tail:
        raise RejectError(RejectReason.TOO_LARGE, f"unpacks to more than {LONGEST} bytes")
    return text


def _behind_indexes(body: bytes) -> bytes:
    """What stands behind the numbers that say which message of its schema it is; mostly one zero."""
    many, at = _varint(body, 0)
    for _ in range(min(many // 2, MOST_INDEXES)):
        _, at = _varint(body, at) if at >= 0 else (0, -1)
    return body[at:] if at >= 0 else b""


def _is_protobuf(body: bytes) -> bool:
    """Whether the bytes are fields of Protobuf from end to end, as far as the first thousand of them go."""
    at, fields = 0, 0
    while at < len(body) and fields < 1000:
        tag, at = _varint(body, at)
        kind = tag & 7
        if at < 0 or tag >> 3 == 0:
            return False
        if kind == 0:
            _, at = _varint(body, at)
        elif kind == 2:
            length, at = _varint(body, at)
            at = at + length if at >= 0 else at
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            return False
        if at < 0 or at > len(body):
            return False
        fields += 1
    return fields > 0


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """(number, where it ends), -1 where it does not."""
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(body):
            return 0, -1
        byte = body[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
    return 0, -1


def _unknown(what: str, remedy: str) -> RejectError:
    return RejectError(RejectReason.UNKNOWN_FORMAT, f"{what}: coolwatch reads JSON and line protocol", remedy)
