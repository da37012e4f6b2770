"""Rows of a table to readings: the same names, values and books as those of messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from streams.errors import RejectError, RejectReason
from streams.formats.checked import NAME_LENGTH, check_readings, refusal_of
from streams.formats.decoded import PAYLOAD_LENGTH, Decoded
from streams.formats.directory import PointDirectory
from streams.formats.numbers import NumberReader
from streams.formats.turns import turns_of
from streams.messages import F64, I32, I64, Counts, Reject

NONE: Mapping[int, str] = MappingProxyType({})


class Rows(NamedTuple):
    """One reading a row."""

    ids: Sequence[str]
    """Names as a message would give them."""
    point: I32
    """Index into them."""
    time: I64
    """ns UTC; `kernels.rfc3339.NOT_A_TIME` where it could not be read."""
    value: F64
    units: Sequence[str] = ()
    """The unit of each name, empty where none is named; none at all where no unit is."""
    text: Mapping[int, str] = NONE
    """What stood in a cell that is no number, by row, empty where nothing did; ``value`` is NaN there."""
    written: Mapping[int, str] = NONE
    """What stood where a time is none, or absurd, by row."""
    topic: str = ""
    offset: I64 | None = None
    """Where each row stands in ``topic``; counted from 0, unless given."""

    def offsets(self) -> I64:
        """Where each row stands in the topic."""
        return np.arange(len(self.point)) if self.offset is None else self.offset

    def part(self, rows: slice) -> Rows:
        """Some of the rows, from the first of a slice to its end."""
        return self._replace(
            point=self.point[rows],
            time=self.time[rows],
            value=self.value[rows],
            text=_cells_of(self.text, rows),
            written=_cells_of(self.written, rows),
            offset=self.offsets()[rows],
        )


def _cells_of(cells: Mapping[int, str], rows: slice) -> dict[int, str]:
    """The cells of some rows, counted from the first of these."""
    return {r - rows.start: cell for r, cell in cells.items() if rows.start <= r < rows.stop}


def decode_rows(rows: Rows, directory: PointDirectory, numbers: NumberReader) -> Decoded:
    """Each row as a record with one reading; a row without a value is one whose value is absent."""
    ids, point, offset = rows.ids, rows.point, rows.offsets()
    units = rows.units or ("",) * len(ids)
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
        name, unit, at = ids[point[row]], units[point[row]], rows.written.get(row)
        why = unread.get(row) or (
            refusal_of(directory, reason, name, unit, int(rows.time[row]), float(value[row]))
            if at is None or reason not in (RejectReason.ABSURD_TIME, RejectReason.WRONG_TYPE)
            else RejectError(reason, f"{name[:NAME_LENGTH]}: {time_refused(at, reason)}")
        )
        cells = [cell for cell in (at, rows.text.get(row, repr(float(value[row])))) if cell is not None]
        payload = " ".join(cells).encode("utf-8", "replace")[:PAYLOAD_LENGTH]
        rejects.append(Reject(rows.topic, 0, int(offset[row]), why.reason, why.says(), payload))
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


def time_refused(written: str, reason: RejectReason) -> str:
    """What is wrong with a time that stood so in a table."""
    absurd = reason is RejectReason.ABSURD_TIME
    return f"time {written[:40]!r} {'is not from 2000 to 2099' if absurd else 'cannot be read'}"
