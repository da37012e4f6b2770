"""A dead letter in a line of JSON, as files and the spool hold it, and as a Kafka record.

``{topic, partition, offset, reason, detail, payload}``; a payload that is no
UTF-8 stands as ``payload_base64``. Records that are judged again after a crash
give the same letters again, under the same key.
"""

from __future__ import annotations

import base64
import hashlib

import msgspec

from config.secrets import redacted
from streams.messages import Reject

PAYLOAD_BYTES = 4096
"""Bytes kept of a payload."""
DETAIL_BYTES = 1000
"""Bytes kept of what was said, in a record's header."""


class _Line(msgspec.Struct, omit_defaults=True):
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    payload: str | None = None
    payload_base64: str | None = None


def encode_letter(reject: Reject) -> bytes:
    """The letter's line, with its end; the payload is cut to `PAYLOAD_BYTES`."""
    payload = reject.payload[:PAYLOAD_BYTES]
    detail = redacted(reject.detail).encode(errors="replace").decode()
    line = _Line(reject.topic, reject.partition, reject.offset, str(reject.reason), detail)
    try:
        line.payload = payload.decode()
    except UnicodeDecodeError:
        line.payload_base64 = base64.b64encode(payload).decode()
    return msgspec.json.encode(line) + b"\n"


def decode_letter(line: bytes) -> Reject:
    """The letter of a line. Raises msgspec.MsgspecError, ValueError."""
    read = msgspec.json.decode(line, type=_Line)
    payload = base64.b64decode(read.payload_base64 or "") if read.payload is None else read.payload.encode()
    return Reject(read.topic, read.partition, read.offset, read.reason, read.detail, payload)


def key(reject: Reject) -> bytes:
    """The same for the same letter: where it stood, and a digest of the rest.

    An offset of -1 (a reading that waited for its tick) leaves the digest to
    tell letters apart; point and time stand in its payload.
    """
    rest = "\0".join((str(reject.reason), reject.detail)).encode(errors="replace")
    digest = hashlib.blake2b(rest + b"\0" + reject.payload[:PAYLOAD_BYTES], digest_size=8).hexdigest()
    return f"{reject.topic}/{reject.partition}/{reject.offset}/{digest}".encode()


def headers(reject: Reject) -> list[tuple[str, bytes]]:
    """Where a rejected record stood and why, as Kafka headers."""
    fields = {
        "topic": reject.topic,
        "partition": str(reject.partition),
        "offset": str(reject.offset),
        "reason": str(reject.reason),
        "detail": reject.detail[:DETAIL_BYTES],
    }
    return [(name, value.encode(errors="replace")) for name, value in fields.items()]
