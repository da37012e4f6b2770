"""Records that are framed, packed, or of a format that is no text."""

from __future__ import annotations

import gzip
import json
import struct
import zlib

import pytest

from config.kinds import load_kinds
from config.sections.messages import MessagesSettings
from config.site import Site
from streams.formats.body import LONGEST
from streams.formats.decoder import Decoder
from streams.messages import Reject
from tests.streams.messages import records_of

MESSAGE = json.dumps({"point": "hall-2/crah-01/fan_speed", "time": 1_700_000_000_000, "value": 5}).encode()
LINE = b"crah,hall=hall-2,equipment=crah-01 fan_speed=5 1700000000000000000"
FRAME = b"\0" + struct.pack(">I", 17)
AVRO = b"\x1chall-2/crah-01" + struct.pack("<d", 18.4) + b"\x80\xe2\xd3"
PROTOBUF = b"\x0a\x05crah1\x11" + struct.pack("<d", 18.4)
SPARKPLUG = (
    b"\x08\x80\xd0\x95\xff\xbc\x31"  # timestamp
    b"\x12\x12\x0a\x0bSupply Temp\x65\x00\x00\x8c\x41"  # a metric: name, float
    b"\x18\x05"  # seq
)


def decoded(value: bytes, format: str = "auto") -> tuple[list[float], list[Reject]]:
    found = Decoder(Site.empty(), load_kinds(), MessagesSettings(format=format)).decode(records_of([value]))
    assert found.counts.balanced()
    return found.readings.value.tolist(), found.rejects


@pytest.mark.parametrize(
    "value",
    [
        FRAME + MESSAGE,
        FRAME + b" [" + MESSAGE + b"]",
        b"\0" + struct.pack(">Q", 3) + MESSAGE,
        b"\1" + bytes(16) + MESSAGE,
        b"\3\0" + bytes(16) + MESSAGE,
        b"\xef\xbb\xbf" + MESSAGE,
        gzip.compress(MESSAGE, mtime=0),
        zlib.compress(MESSAGE),
        FRAME + gzip.compress(MESSAGE, mtime=0),
        gzip.compress(FRAME + MESSAGE, mtime=0),
        gzip.compress(LINE, mtime=0),
        b"\xef\xbb\xbf" + LINE,
    ],
)
def test_frames_are_taken_off_and_packed_records_unpacked(value: bytes) -> None:
    assert decoded(value) == ([5.0], [])


@pytest.mark.parametrize("format", ["json", "auto"])
def test_frames_are_taken_off_whatever_the_format(format: str) -> None:
    assert decoded(FRAME + MESSAGE, format) == ([5.0], [])


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (FRAME + AVRO, "Avro behind Confluent framing (schema id 17)"),
        (FRAME + b"\0" + PROTOBUF, "Protobuf behind Confluent framing (schema id 17)"),
        (FRAME + b"\x04\x02\x04" + PROTOBUF, "Protobuf behind Confluent framing (schema id 17)"),
        (b"Obj\x01\x04\x14avro.codec\x08null\x00", "an Avro container file"),
        (b"\xc3\x01" + bytes(8) + AVRO, "Avro with a single-object header"),
        (SPARKPLUG, "Sparkplug B in Protobuf"),
        (b"\x28\xb5\x2f\xfd\x20\x05", "zstd"),
        (b"\x04\x22\x4d\x18\x60", "lz4"),
        (b"\x82SNAPPY\x00\x00", "snappy"),
        (b"\x92\x81\xa1a\x01\xc3", "MessagePack"),
        (b"PK\x03\x04\x14\x00", "a ZIP file"),
        (b"  <?xml version='1.0'?><a/>", "XML"),
        (b"<!DOCTYPE html>\n<html></html>", "HTML"),
    ],
)
def test_other_formats_are_named_with_what_to_do(value: bytes, named: str) -> None:
    values, (reject,) = decoded(value)
    assert values == []
    assert reject.reason == "unknown_format"
    assert named in reject.detail
    assert ";" in reject.detail
    assert len(reject.detail) <= 200


def test_what_unpacks_without_end_is_refused() -> None:
    values, (reject,) = decoded(gzip.compress(bytes(LONGEST + 1)))
    assert (values, reject.reason) == ([], "too_large")
