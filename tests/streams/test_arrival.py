"""Arrival times told from event times, and logs merged by them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.messages import I64, SECOND
from streams.sources.arrival import LOOK, UNKNOWN, arrival_times, with_arrival
from streams.sources.merge import merged

HOUR = 3600 * SECOND
NONE = np.empty(0, np.int64)


def arrivals(times: list[int], before: int = UNKNOWN) -> list[int]:
    return arrival_times(np.array(times, np.int64), before, NONE).tolist()


@given(st.lists(st.integers(0, 10**15)).map(sorted))
def test_times_in_order_are_their_own_arrival(times: list[int]) -> None:
    assert arrivals(times) == times


@given(st.lists(st.integers(-1, 10**15)), st.integers(-1, 10**15))
def test_arrival_never_falls(times: list[int], before: int) -> None:
    found = [before, *arrivals(times, before)]
    assert found == sorted(found)
    assert len(found) == len(times) + 1


def test_a_late_line_and_one_without_a_time_arrive_with_the_line_before() -> None:
    assert arrivals([10, 20, 5, UNKNOWN, 30]) == [10, 20, 20, 20, 30]
    assert arrivals([UNKNOWN, 5], before=7) == [7, 7]


def test_one_clock_an_hour_ahead_does_not_carry_the_others_with_it() -> None:
    times = np.arange(2000, dtype=np.int64) * SECOND
    wrong = times + np.where(np.arange(2000) % 7 == 3, HOUR, 0)
    for size in (2000, 25):
        runs = ((start, wrong[start : start + size]) for start in range(0, 2000, size))
        found = np.concatenate([arrival for _, arrival in with_arrival(runs)])
        assert np.abs(found[:-LOOK] - times[:-LOOK]).max() <= LOOK * SECOND


def test_slow_logs_and_gaps_keep_their_own_times() -> None:
    times = np.concatenate([np.arange(50) * HOUR, 10_000 * HOUR + np.arange(50) * HOUR])
    assert arrivals(times.tolist()) == times.tolist()


@settings(max_examples=100)
@given(st.lists(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=5), max_size=4), max_size=4))
def test_merging_sorts_by_time_and_keeps_each_log_in_order(logs: list[list[list[int]]]) -> None:
    runs: list[list[I64]] = []
    for log in logs:
        flat = iter(sorted(time for run in log for time in run))
        runs.append([np.array([next(flat) for _ in run], np.int64) for run in log])

    def joined(parts: list[I64], order: I64) -> I64:
        return np.concatenate(parts)[order]

    found = [
        time for run in merged([iter(log) for log in runs], lambda run: run, joined) for time in run.tolist()
    ]
    assert found == sorted(time for log in logs for run in log for time in run)
