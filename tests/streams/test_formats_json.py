"""Canonical JSON: the compiled parser and the full one read alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.json_messages import parse_messages
from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector
from streams.formats.json import MessageReader, parse_json
from streams.formats.times import EARLIEST
from tests.streams.messages import messages, nearly_messages, records_of

Row = tuple[str, str, int, float]


def fully_parsed(record: bytes) -> Collector:
    found = Collector(unwanted=lambda name: False)
    MessageReader().read(record, -1, found)
    return found


def rows(text: np.ndarray, columns) -> list[Row]:
    return [
        (
            text[name : name + names].tobytes().decode(),
            text[unit : unit + units].tobytes().decode(),
            int(time),
            float(value) + 0.0,
        )
        for name, names, unit, units, time, value in zip(*columns[1:], strict=True)
    ]


@given(st.one_of(messages(), nearly_messages()))
def test_what_the_compiled_parser_takes_the_full_one_reads_alike(record: bytes) -> None:
    records = records_of([record])
    columns, taken, *hard = parse_messages(records.buffer, records.start, records.length)
    if not taken[0] or (columns.time < EARLIEST).any():  # these are left to the full parser
        return
    for row, start, size in zip(*hard, strict=True):
        columns.value[row] = float(records.buffer[start : start + size].tobytes())
    found = fully_parsed(record)
    assert not [one for one in found.refusals if one.reason != RejectReason.NOT_FINITE]
    finite = columns.value[np.isfinite(columns.value)]
    text, full = found.readings()
    if len(finite) == len(columns.value) and not found.refusals:
        assert rows(records.buffer, columns) == rows(text, full)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("5", RejectReason.WRONG_TYPE),
        ('"text"', RejectReason.WRONG_TYPE),
        ("{}", RejectReason.MISSING_FIELD),
        ('{"point": "a", "time": 1}', RejectReason.MISSING_FIELD),
        ('{"point": 1, "time": 1, "value": 1}', RejectReason.WRONG_TYPE),
        ('{"point": "a", "time": 1, "value": 1, "unit": 7}', RejectReason.WRONG_TYPE),
        ('{"point": "a", "time": true, "value": 1}', RejectReason.WRONG_TYPE),
        ('{"point": "a", "time": "noon", "value": 1}', RejectReason.WRONG_TYPE),
        ('{"point": "a", "time": "2024-01-01T00:00:00", "value": 1}', RejectReason.WRONG_TYPE),
        ('{"point": "a", "time": "", "value": 1}', RejectReason.EMPTY),
        ('{"point": "a", "time": null, "value": 1}', RejectReason.EMPTY),
        ('{"point": "a", "time": NaN, "value": 1}', RejectReason.ABSURD_TIME),
        ('{"point": "a", "time": 1, "value": "warm"}', RejectReason.WRONG_TYPE),
        ('{"point": "a", "time": 1, "value": [1]}', RejectReason.WRONG_TYPE),
        (f'{{"point": "a", "time": 1, "value": {"9" * 400}}}', RejectReason.NOT_FINITE),
        ('{"point": "\\ud800", "time": 1, "value": 1}', RejectReason.NOT_TEXT),
    ],
)
def test_a_bad_message_is_refused_by_its_right_name(item: str, reason: RejectReason) -> None:
    found = fully_parsed(f'[{item}, {{"point": "b", "time": 1, "value": 1}}]'.encode())
    assert [one.reason for one in found.refusals] == [reason]
    assert len(found.readings()[1].time) == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"{", RejectReason.BROKEN_JSON),
        (b"[1,]", RejectReason.BROKEN_JSON),
        (b'{"point": "a"} {}', RejectReason.BROKEN_JSON),
        (b'{"point": "\xff"}', RejectReason.NOT_TEXT),
        (b"[" * 100_000, RejectReason.BROKEN_JSON),
        (b'{"a":' * 100_000, RejectReason.BROKEN_JSON),
        (b'{"a": ' + b"9" * 5000 + b"x}", RejectReason.BROKEN_JSON),
    ],
)
def test_what_is_no_json_is_refused_whole(record: bytes, reason: RejectReason) -> None:
    with pytest.raises(RejectError) as error:
        parse_json(record)
    assert error.value.reason == reason


def test_times_in_fractions_of_milliseconds_keep_their_nanoseconds() -> None:
    found = fully_parsed(
        b'[{"point": "a", "time": 1700000000000.25, "value": 1},'
        b'{"point": "a", "time": "2023-11-14T22:13:20.000000001Z", "value": 1}]'
    )
    assert found.readings()[1].time.tolist() == [1_700_000_000_000_250_000, 1_700_000_000_000_000_001]
