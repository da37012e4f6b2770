"""Medians of few values, beside those of NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.seen.known import median_of, medians_known

KNOWN = st.floats(-1e6, 1e6)


@given(st.lists(KNOWN, min_size=1, max_size=9))
def test_a_median_is_numpys_to_the_bit(values: list[float]) -> None:
    assert median_of(np.array(values)) == np.median(values)


@given(st.lists(st.tuples(st.integers(0, 2), KNOWN | st.just(np.nan)), max_size=12))
def test_each_row_gets_the_median_of_what_its_group_knows(rows: list[tuple[int, float]]) -> None:
    group, value = np.array([g for g, _ in rows], np.int64), np.array([v for _, v in rows], np.float64)
    wanted = [np.nan] * len(rows)
    for row, g in enumerate(group):
        known = value[(group == g) & np.isfinite(value)]
        wanted[row] = float(np.median(known)) if len(known) else np.nan
    np.testing.assert_array_equal(medians_known(group, value), wanted)
