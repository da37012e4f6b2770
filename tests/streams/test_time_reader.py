"""The quick reading of times comes to what the slow one does."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.errors import RejectError
from streams.formats.time_reader import TimeReader
from streams.formats.times import time_of

TEXTS = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(lambda time: time.isoformat().replace("+00:00", "Z")),
    st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?", fullmatch=True),
    st.integers(-(10**20), 10**20).map(str),
    st.text(max_size=30),
)


@given(
    st.one_of(TEXTS, st.integers(-(2**70), 2**70), st.floats(), st.none(), st.booleans()),
    st.sampled_from(["auto", "s", "ms", "us", "ns"]),
)
@example("2023-11-14T22:13:20.5Z", "auto")
@example("2016-12-31T23:59:60Z", "auto")
@example("²023-11-14T22:13:20Z", "auto")
def test_a_time_is_read_as_the_slow_way_reads_it(time: object, unit: str) -> None:
    reader = TimeReader(unit)
    try:
        expected = time_of(time, unit)
    except RejectError as error:
        with pytest.raises(RejectError) as found:
            reader.read(time)
        assert found.value.args == error.args
        return
    assert [reader.read(time), reader.read(time)] == [expected, expected]
