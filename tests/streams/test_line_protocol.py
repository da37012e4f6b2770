"""The line-protocol kernel against its twin, and what a reader makes of its bytes."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.line_protocol import write_rows
from tests.kernels import naive_line_protocol as naive

NUMBERS = st.one_of(
    st.floats(width=64),
    st.floats(-1000, 1000),
    st.integers(-(10**9), 10**9).map(lambda n: n / 10**6),
    st.sampled_from([0.0, -0.0, 1e-7, -4e-7, 0.9999996, 2.0**53, 2.0**63, 9.2e18, 1.7976931348623157e308]),
)


def rows(values, names=("score", "value"), prefixes=("m,hall=a", "m"), pick=None, time=None):
    """Arguments of the kernel for lists of field values."""
    value = np.array(values, np.float64).reshape(-1, len(names))
    n = len(value)
    heads = [p.encode() for p in prefixes]
    length = np.array([len(h) for h in heads], np.int64)
    labels = [name.encode() for name in names]
    return (
        np.frombuffer(b"".join(heads), np.uint8),
        np.cumsum(length) - length,
        length,
        np.array(pick if pick is not None else [i % len(heads) for i in range(n)], np.int32),
        np.frombuffer(b"".join(labels), np.uint8),
        np.cumsum([0, *map(len, labels)]).astype(np.int64),
        value,
        np.array(time if time is not None else range(n), np.int64),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8), st.integers(-(2**62), 2**62))
def test_same_bytes_as_the_obvious_twin(values, time):
    arguments = rows(values, time=[time + i for i in range(len(values))])
    ours = write_rows(*arguments).tobytes()
    theirs = naive.write_rows(*arguments)
    if ours != theirs:  # a tie of the seventh decimal may round either way; nothing else may differ
        mine, other = read(ours), read(theirs)
        assert [m[:2] for m in mine] == [o[:2] for o in other]
        for m, o in zip(mine, other, strict=True):
            assert m[2].keys() == o[2].keys()
            assert all(abs(m[2][k] - o[2][k]) < 1.01e-6 for k in m[2])


def read(text: bytes):
    """(prefix, time, {field: number}) of each line."""
    lines = []
    for line in text.decode().splitlines():
        head, fields, time = line.split(" ")
        lines.append((head, int(time), {k: float(v) for k, v in (f.split("=") for f in fields.split(","))}))
    return lines


@settings(max_examples=300, deadline=None)
@given(NUMBERS)
def test_a_number_reads_back_rounded_to_six_decimals_at_worst(number):
    lines = read(write_rows(*rows([[number, 1.0]])).tobytes())
    if math.isfinite(number):
        assert abs(lines[0][2]["score"] - number) <= 0.5000001e-6 + abs(number) * 2.3e-16
    else:
        assert lines[0][2] == {"value": 1.0}


def test_a_row_without_numbers_is_left_out():
    text = write_rows(*rows([[math.nan, math.inf], [1.5, math.nan]], pick=[0, 1], time=[5, 6])).tobytes()
    assert text == b"m score=1.5 6\n"


def test_nothing_in_nothing_out():
    assert write_rows(*rows([])).tobytes() == b""


def test_exact_texts():
    values = [[18.4, -0.25], [100.0, 0.0], [-1e-9, 0.1 + 0.2], [2.0**64, -(2.0**63)]]
    text = write_rows(*rows(values, pick=[0, 0, 0, 0], time=[-1, 0, 1, 1_700_000_000_000_000_000])).tobytes()
    assert text.decode().splitlines() == [
        "m,hall=a score=18.4,value=-0.25 -1",
        "m,hall=a score=100,value=0 0",
        "m,hall=a score=0,value=0.3 1",
        "m,hall=a score=18446744073709551616,value=-9223372036854775808 1700000000000000000",
    ]
