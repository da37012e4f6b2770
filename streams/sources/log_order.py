"""Tables whose rows do not stand as they came in: newest first, or one point after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from kernels.rfc3339 import NOT_A_TIME
from streams.messages import I64
from streams.sources.arrival import UNKNOWN
from streams.sources.tables import Table, joined_tables

ROWS_AT_ONCE = 200_000
ENOUGH = 5
"""Steps of time that tell an order."""


def newest_last(frames: Iterator[tuple[pl.DataFrame, I64]]) -> Iterator[tuple[pl.DataFrame, I64]]:
    """The rows from the last to the first; all are held at once."""
    for frame, line in reversed(list(frames)):
        yield frame.reverse(), line[::-1]


def by_time(tables: Iterator[Table]) -> Iterator[Table]:
    """The rows of all tables by their times, as they stand where these are equal; all are held at once."""
    parts = list(tables)
    if not parts:
        return
    time = np.concatenate([part.time for part in parts])
    order = np.argsort(time, kind="stable")
    for first in range(0, len(order), ROWS_AT_ONCE):
        table = joined_tables(parts, order[first : first + ROWS_AT_ONCE])
        yield replace(table, arrival=np.where(table.time == NOT_A_TIME, UNKNOWN, table.time))


def runs_backwards(time: I64) -> bool:
    """Whether the newest row stands first."""
    known = time[time != NOT_A_TIME]
    steps = np.diff(known)
    steps = steps[steps != 0]
    return len(steps) >= ENOUGH and bool((steps < 0).mean() > 0.95)


def one_after_the_other(head: I64, head_names: set[str], tail: I64, tail_names: set[str]) -> bool:
    """Whether the end of a table begins again in time with other points than its head has."""
    first, last = head[head != NOT_A_TIME], tail[tail != NOT_A_TIME]
    if not len(first) or not len(last):
        return False
    return not head_names & tail_names and bool(last.min() <= first.max())
