from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Mistake
from config.times import SECOND, format_duration, parse_duration, parse_instant


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("10s", 10 * SECOND),
        ("500ms", SECOND // 2),
        ("1.5s", 3 * SECOND // 2),
        ("24h", 86_400 * SECOND),
        ("1h30m", 5_400 * SECOND),
        ("2 min", 120 * SECOND),
        ("7d", 7 * 86_400 * SECOND),
        ("0", 0),
        ("0s", 0),
        (0, 0),
        (10 * SECOND, 10 * SECOND),
        (timedelta(seconds=1.5), 3 * SECOND // 2),
    ],
)
def test_durations(text: object, nanoseconds: int) -> None:
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "10", 10, 2.5, True, None, "s", "-10s", "10 fortnights", "10s later"])
def test_what_is_no_duration_says_how_to_write_one(text: object) -> None:
    with pytest.raises(Mistake) as caught:
        parse_duration(text)
    assert caught.value.remedy


@given(st.integers(0, 10**18))
def test_a_duration_that_was_written_reads_the_same(nanoseconds: int) -> None:
    assert parse_duration(format_duration(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T02:00:00Z",
        "2026-03-01T10:00:00+08:00",
        datetime(2026, 3, 1, 2, tzinfo=UTC),
        datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=8))),
    ],
)
def test_instants(value: object) -> None:
    assert parse_instant(value) == 1_772_330_400 * SECOND


@pytest.mark.parametrize("value", ["yesterday", "2026-03-01T02:00:00", 3, datetime(2026, 3, 1)])
def test_what_is_no_instant(value: object) -> None:
    with pytest.raises(Mistake) as caught:
        parse_instant(value)
    assert caught.value.remedy
