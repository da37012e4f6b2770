"""RFC 3339 times in compiled code."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.rfc3339 import NOT_A_TIME, rfc3339
from tests.kernels.naive_json import naive_rfc3339


def read(text: str) -> int:
    buffer = np.array(bytearray(text.encode()), np.uint8)
    return int(rfc3339(buffer, 0, len(buffer)))


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 12, 31)),
    st.sampled_from(["Z", "z", "+00:00", "-00:00", "+08:00", "-03:30", "+23:59"]),
    st.sampled_from("Tt "),
)
def test_any_date_is_read_as_python_reads_it(when: datetime, zone: str, separator: str) -> None:
    text = when.isoformat(separator, timespec="microseconds") + zone
    python = datetime.fromisoformat(text.upper())
    since = python - datetime(1970, 1, 1, tzinfo=UTC)
    assert read(text) == (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


@given(
    st.from_regex(
        r"[0-9]{4}-[0-3][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,11})?"
        r"(Z|z|[+-][0-2][0-9]:[0-6][0-9]|)",
        fullmatch=True,
    )
)
def test_it_agrees_with_its_twin(text: str) -> None:
    assert read(text) == naive_rfc3339(text.encode(), 0, len(text))


@given(st.binary(max_size=40))
def test_rubbish_is_no_time(data: bytes) -> None:
    buffer = np.array(bytearray(data), np.uint8)
    assert rfc3339(buffer, 0, len(buffer)) == naive_rfc3339(data, 0, len(data))


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14T22:13:20.1234567891234Z", 1_700_000_000_123_456_789),
        ("2023-11-15T06:13:20+08:00", 1_700_000_000_000_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000_000),
        ("2023-02-29T00:00:00Z", NOT_A_TIME),
        ("2023-11-14T22:13:20", NOT_A_TIME),
        ("2023-11-14T22:13:20.Z", NOT_A_TIME),
        ("2023-11-14T24:13:20Z", NOT_A_TIME),
        ("2023-11-14T22:13:20Z ", NOT_A_TIME),
        ("", NOT_A_TIME),
    ],
)
def test_single_cases(text: str, ns: int) -> None:
    assert read(text) == ns


def test_years_beyond_int64_are_absurd_and_not_wrong() -> None:
    assert read("9999-12-31T00:00:00Z") == read("2200-12-31T00:00:00Z")
    assert read("0001-01-01T00:00:00Z") == read("1700-01-01T00:00:00Z")
