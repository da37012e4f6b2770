"""Rows of a table to readings: the same names, values and books as those of messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from streams.errors import RejectError
from streams.formats.checked import NAME_LENGTH, check_readings, refusal_of
from streams.formats.decoded import PAYLOAD_LENGTH, Decoded
from streams.formats.directory import PointDirectory
from streams.formats.numbers import NumberReader
from streams.formats.turns import turns_of
from streams.messages import F64, I32, I64, Counts, Reject


class Rows(NamedTuple):
    """One reading a row."""

    ids: Sequence[str]
    """Names as a message would give them."""
    units: Sequence[str]
    """The unit of each name, empty where none is named."""
    point: I32
    """Index into both."""
    time: I64
    """ns UTC; `kernels.rfc3339.NOT_A_TIME` where it could not be read."""
    value: F64
    text: Mapping[int, str]
    """What stood in a cell that is no number, by row; ``value`` is NaN there."""


def decode_rows(
    rows: Rows, directory: PointDirectory, numbers: NumberReader, topic: str, offset: I64
) -> Decoded:
    """Each row as a record with one reading; a row without a value is one whose value is absent."""
    ids, units, point = rows.ids, rows.units, rows.point
    used, first = np.unique(point, return_index=True)
    route_of = np.empty(len(ids), np.int32)
    for i in used[np.argsort(first)]:  # in the order in which they appear, as messages would
        route_of[i] = directory.route(ids[i], units[i])
    routes, value = route_of[point], rows.value
    unread: dict[int, RejectError] = {}
    if rows.text:
        value = value.copy()
        for row, cell in rows.text.items():
            name, unit = ids[point[row]], units[point[row]]
            try:
                number = numbers.read(name, unit, cell)
            except RejectError as error:
                remedy = error.remedy.replace("[messages]", "[log]")
                unread[row] = RejectError(error.reason, f"{name[:NAME_LENGTH]}: {error.detail}", remedy)
                continue
            value[row] = number.value
            if number.unit != unit:
                routes[row] = directory.route(name, number.unit)
    checked = check_readings(directory, routes, rows.time, value)
    absent = np.isnan(value) & ~checked.ignored
    absent[list(unread)] = False
    rejects = []
    for row, reason in checked.bad:
        if absent[row]:
            continue
        name, unit = ids[point[row]], units[point[row]]
        why = unread.get(row) or refusal_of(
            directory, reason, name, unit, int(rows.time[row]), float(value[row])
        )
        payload = rows.text.get(row, repr(float(value[row]))).encode("utf-8", "replace")[:PAYLOAD_LENGTH]
        rejects.append(Reject(topic, 0, int(offset[row]), why.reason, why.says(), payload))
    ignored, lacking = int(checked.ignored.sum()), int(absent.sum())
    counts = Counts(
        records=len(point),
        decoded=len(point) - len(rejects),
        rejected_records=len(rejects),
        readings=ignored + lacking + len(rejects),
        rejected=len(rejects),
        ignored=ignored,
        absent=lacking,
    )
    unclaimed = Counter(directory.unclaimed(routes[checked.ignored]))
    turns = turns_of(directory, routes, checked.good, checked.readings)
    left = checked.ignored
    foreign = directory.first_of(routes[left], rows.time[left], value[left])
    good = np.flatnonzero(checked.good)
    return Decoded(checked.readings, good, rejects, counts, unclaimed, foreign, turns)
