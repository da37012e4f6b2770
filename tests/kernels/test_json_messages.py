"""The compiled parser of canonical messages."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.json_messages import parse_messages
from tests.kernels.naive_json import Reading, naive_parse_messages
from tests.streams.messages import messages, nearly_messages

PLAIN = b'{"point":"h/r/t","time":1700000000000,"value":1.5}'


def parse(records: list[bytes]) -> list[list[Reading] | None]:
    """The kernel's readings of each record, None where it left it."""
    length = np.array([len(record) for record in records], np.int64)
    buffer = np.array(bytearray(b"".join(records)), np.uint8)
    columns, taken, *hard = parse_messages(buffer, np.cumsum(length) - length, length)
    found: list[list[Reading] | None] = [[] if one else None for one in taken]
    values = columns.value.copy()
    for row, start, size in zip(*hard, strict=True):
        values[row] = float(buffer[start : start + size].tobytes())
    for i, record in enumerate(columns.record):
        name = buffer[columns.name_start[i] :][: columns.name_length[i]].tobytes().decode()
        unit = buffer[columns.unit_start[i] :][: columns.unit_length[i]].tobytes().decode()
        readings = found[record]
        assert readings is not None
        readings.append((name, unit, int(columns.time[i]), float(values[i])))
    return found


@given(st.lists(messages(), max_size=8))
def test_canonical_messages_are_taken_and_read_as_json_reads_them(records: list[bytes]) -> None:
    found = parse(records)
    assert found == naive_parse_messages(records)
    assert all(readings is not None for readings in found)


@given(st.lists(nearly_messages(), max_size=8))
def test_what_is_nearly_a_message_agrees_with_the_twin(records: list[bytes]) -> None:
    assert parse(records) == naive_parse_messages(records)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_rubbish_is_left(records: list[bytes]) -> None:
    assert parse(records) == [None] * len(records)


@given(st.binary(max_size=3), st.integers(0, len(PLAIN)), st.integers(0, 4))
def test_one_damaged_spot_agrees_with_the_twin(damage: bytes, at: int, cut: int) -> None:
    record = PLAIN[:at] + damage + PLAIN[at + cut :]
    assert parse([PLAIN, record, PLAIN]) == naive_parse_messages([PLAIN, record, PLAIN])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_value_is_the_double_that_python_reads(value: float) -> None:
    for text in (repr(value), f"{value:.3f}", f"{value:e}", f"{value:.20g}"):
        readings = parse([PLAIN.replace(b"1.5", text.encode())])[0]
        assert readings is not None
        assert math.copysign(1, readings[0][3]) == math.copysign(1, float(text))
        assert readings[0][3] == float(text)


@pytest.mark.parametrize(
    "text", ["01", "1.", ".5", "+1", "-", "1e", "1e+", "0x1", "NaN", "Infinity", "nul", "tru", '"1"', "1_0"]
)
def test_what_is_no_number_is_left(text: str) -> None:
    assert parse([PLAIN.replace(b"1.5", text.encode())]) == [None]


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"[]",
        PLAIN[:-1],
        PLAIN + b"x",
        PLAIN + PLAIN,
        b"[" + PLAIN + b",]",
        b"[" + PLAIN + b" " + PLAIN + b"]",
        b"[" + PLAIN,
        b"[[" + PLAIN + b"]]",
        PLAIN.replace(b"h/r/t", b""),
        PLAIN.replace(b"h/r/t", b"h\\/r"),
        PLAIN.replace(b"h/r/t", b"h\xff"),
        PLAIN.replace(b"h/r/t", b"\xed\xa0\x80"),
        PLAIN.replace(b"h/r/t", b"\xc0\x80"),
        PLAIN.replace(b"h/r/t", b"\xe0\x80\x80"),
        PLAIN.replace(b"h/r/t", b"\xf4\x90\x80\x80"),
        PLAIN.replace(b"h/r/t", b"\xf5"),
        PLAIN.replace(b"h/r/t", b"a\nb"),
        PLAIN.replace(b'"value"', b'"time"'),
        PLAIN.replace(b'"value":1.5', b'"value":1.5,"value":2'),
        PLAIN.replace(b"}", b',"more":1}'),
        PLAIN.replace(b"1700000000000", b"-1"),
        PLAIN.replace(b"1700000000000", b"1.7e12"),
        PLAIN.replace(b"1700000000000", b"99999999999999999999"),
        PLAIN.replace(b"1700000000000", b'"yesterday"'),
        PLAIN.replace(b"1700000000000", b'"2023-11-14T22:13:20"'),
    ],
)
def test_what_is_not_plain_is_left_and_its_neighbours_stand(record: bytes) -> None:
    first, found, last = parse([PLAIN, record, PLAIN])
    assert found is None
    assert first == last == [("h/r/t", "", 1_700_000_000_000_000_000, 1.5)]


def test_characters_of_any_length_are_taken() -> None:
    name = "机房-1/é/\U0001f321"
    record = json.dumps({"point": name, "time": 0, "value": True, "unit": "°C"}, ensure_ascii=False).encode()
    assert parse([record]) == [[(name, "°C", 0, 1.0)]]


def test_tombstones_and_empty_batches() -> None:
    none = np.empty(0, np.int64)
    columns, taken, *_ = parse_messages(np.empty(0, np.uint8), none, none)
    assert len(columns.time) == len(taken) == 0
    minus = np.array([-1], np.int64)
    assert parse_messages(np.empty(0, np.uint8), minus + 1, minus)[1].tolist() == [False]
