"""Records to readings: every message format, one set of books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from config.kinds import Kind
from config.settings import MessagesSettings
from config.site import Site
from kernels.json_messages import Columns, parse_messages
from kernels.rfc3339 import NOT_A_TIME
from streams.errors import RejectError, RejectReason
from streams.formats.collector import DETAIL_LENGTH, MOST_THINGS, Collector, Refusal, TooMuch
from streams.formats.decoded import PAYLOAD_LENGTH, Decoded, counts_of, rejects_of, unforeseen
from streams.formats.directory import IGNORED, PointDirectory, reason_of, shown
from streams.formats.readers import reader_for
from streams.messages import F64, I32, I64, Counts, Readings, Reject
from streams.records import Records

EARLIEST = 946_684_800_000_000_000
"""2000-01-01; a reading from before is absurd."""
LATEST = 4_102_444_800_000_000_000
"""2100-01-01; a reading from then on is absurd."""
TOMBSTONE = "tombstone"
"""What a record without a value is taken for: nothing is wrong with it, and nothing in it."""
LONGEST_RECORD = 1 << 20
"""Bytes, unpacked: as much as a broker takes in a whole batch by default. Half a second for the slowest."""


class Decoder:
    """Decodes the records of one partition or log; `PointDirectory` says what it remembers.

    Never raises for bad input. The same records cut into any batches give the
    same readings and rejects, and the same slots within a generation.
    """

    def __init__(
        self, site: Site, kinds: dict[str, Kind], messages: MessagesSettings, max_points: int = 100_000
    ) -> None:
        self.directory = PointDirectory(site, kinds, max_points)
        self._compiled = messages.format in ("auto", "json")
        self._read = reader_for(messages)

    def decode(self, records: Records) -> Decoded:
        """Decode a batch of records of any format that the settings allow.

        A record that makes the decoder itself fail is found by halves, and refused alone.
        """
        try:
            return self._decode(records)
        except Exception as error:
            if len(records) < 2:
                return unforeseen(records, error)
            half = len(records) // 2
            first = self.decode(records.take(slice(None, half)))
            return first.then(self.decode(records.take(slice(half, None))), half)

    def _decode(self, records: Records) -> Decoded:
        text, columns, slow = self._columns(records)
        routes = self.directory.routes(
            text, columns.name_start, columns.name_length, columns.unit_start, columns.unit_length
        )
        checked = self._check(routes, columns.time, columns.value)
        refusals = slow.refusals
        for row, reason in checked.bad:
            start, length = columns.name_start[row], columns.name_length[row]
            name = text[start : start + length].tobytes().decode()
            refusals.append(Refusal(int(columns.record[row]), reason, _detail(name, columns, row), True))

        record = columns.record[checked.good]
        usable = np.zeros(len(records), np.bool_)
        usable[record] = True
        usable[columns.record[checked.ignored]] = True
        usable[slow.ignored] = True
        counts = counts_of(usable, int(checked.ignored.sum()) + len(slow.ignored), refusals)
        unclaimed = Counter(self.directory.unclaimed(routes[checked.ignored]))
        return Decoded(checked.readings, record, rejects_of(records, refusals), counts, unclaimed)

    def decode_table(
        self,
        ids: Sequence[str],
        point: I32,
        time: I64,
        value: F64,
        *,
        units: Sequence[str] | None = None,
        text: Mapping[int, str] | None = None,
        topic: str = "",
        offset: I64 | None = None,
    ) -> Decoded:
        """Decode columns that are numbers already (a tabular log, a simulation).

        ``ids`` are names as a message would give them (the site may rename
        them) and ``units``, one an id, what a message would say; ``point``
        indexes both. Each row counts as one record with one reading.
        ``text`` holds, by row, what stood where a number should have been,
        empty where nothing did (``value`` is NaN there); ``offset`` is where each row stands in ``topic``.
        """
        offset = np.arange(len(point)) if offset is None else offset
        try:
            return self._decode_table(ids, point, time, value, units, text or {}, topic, offset)
        except Exception as error:
            if len(point) < 2:
                return unforeseen(_as_records(value, topic, offset), error)
            half = len(point) // 2
            first, rest = (
                self.decode_table(
                    ids,
                    point[rows],
                    time[rows],
                    value[rows],
                    units=units,
                    text={
                        r - rows.start: cell
                        for r, cell in (text or {}).items()
                        if rows.start <= r < rows.stop
                    },
                    topic=topic,
                    offset=offset[rows],
                )
                for rows in (slice(0, half), slice(half, len(point)))
            )
            return first.then(rest, half)

    def _decode_table(
        self,
        ids: Sequence[str],
        point: I32,
        time: I64,
        value: F64,
        units: Sequence[str] | None,
        text: Mapping[int, str],
        topic: str,
        offset: I64,
    ) -> Decoded:
        used, first = np.unique(point, return_index=True)
        route_of = np.empty(len(ids), np.int32)
        for i in used[np.argsort(first)]:  # in the order in which they appear, as messages would
            route_of[i] = self.directory.route(ids[i], units[i] if units is not None else "")
        checked = self._check(route_of[point], time, value)
        rejects = []
        for row, reason in checked.bad:
            if reason == RejectReason.NOT_FINITE and row in text:
                reason = RejectReason.WRONG_TYPE if text[row] else RejectReason.EMPTY
            cell = text.get(row, repr(float(value[row])))
            at = int(offset[row])
            payload = cell.encode("utf-8", "replace")[:PAYLOAD_LENGTH]
            rejects.append(Reject(topic, 0, at, reason, ids[point[row]][:DETAIL_LENGTH], payload))
        ignored = int(checked.ignored.sum())
        counts = Counts(
            records=len(point),
            decoded=len(point) - len(rejects),
            rejected_records=len(rejects),
            readings=ignored + len(rejects),
            rejected=len(rejects),
            ignored=ignored,
        )
        unclaimed = Counter(self.directory.unclaimed(route_of[point][checked.ignored]))
        return Decoded(checked.readings, np.flatnonzero(checked.good), rejects, counts, unclaimed)

    def _columns(self, records: Records) -> tuple[NDArray[np.uint8], Columns, Collector]:
        """The readings of all records, in order, and the text that their names are spans of."""
        slow = Collector(self.directory.ignores)
        if not self._compiled:
            for i in range(len(records)):
                self._read_record(records, i, slow)
            return *slow.readings(), slow
        # One array type for the kernel, whoever made the buffer.
        buffer = records.buffer if records.buffer.flags.writeable else records.buffer.copy()
        columns, taken, hard_row, hard_start, hard_length = parse_messages(
            buffer, records.start, np.where(records.length > LONGEST_RECORD, 0, records.length)
        )
        if len(hard_row):
            data = buffer.tobytes()
            columns.value[hard_row] = [
                float(data[first : first + size])
                for first, size in zip(hard_start.tolist(), hard_length.tolist(), strict=True)
            ]
        if taken.all():
            return buffer, columns, slow
        for left in np.flatnonzero(~taken):
            self._read_record(records, int(left), slow)
        text, more = slow.readings()
        return np.concatenate([buffer, text]), _merged(columns, more, len(buffer)), slow

    def _read_record(self, records: Records, i: int, into: Collector) -> None:
        """Read one record by a full parser; whatever is wrong becomes a refusal."""
        into.begin(i)
        before = into.found()
        try:
            if records.length[i] > LONGEST_RECORD:
                raise RejectError(RejectReason.TOO_LARGE, f"a record of {records.length[i]} bytes")
            value = records.value(i)
            if value is None:
                into.shape = TOMBSTONE
                into.ignore()
                return
            if not value or value.isspace():
                raise RejectError(RejectReason.EMPTY)
            self._read(value, int(records.timestamp[i]), into)
            if into.found() == before:
                raise RejectError(RejectReason.EMPTY, "nothing in it")
        except RejectError as error:
            into.refuse_record(error.reason, error.detail)
        except TooMuch:
            into.take_back()
            into.refuse_record(RejectReason.TOO_LARGE, f"more than {MOST_THINGS} readings in one record")

    def _check(self, routes: I32, time: I64, value: F64) -> _Checked:
        """Convert units, and tell usable readings from bad and ignored ones."""
        slot, scale, offset = self.directory.targets(routes)
        with np.errstate(over="ignore"):  # infinity is found out below
            converted = value * scale + offset
        known = slot >= 0
        sane = (time >= EARLIEST) & (time < LATEST)
        finite = np.isfinite(converted)
        good = known & sane & finite
        ignored = slot == IGNORED
        bad = []
        for row in np.flatnonzero(~good & ~ignored):
            reason = reason_of(int(slot[row]))
            if reason is None and not sane[row]:
                unread = time[row] == NOT_A_TIME
                reason = RejectReason.WRONG_TYPE if unread else RejectReason.ABSURD_TIME
            bad.append((int(row), reason or RejectReason.NOT_FINITE))
        if bad or ignored.any():
            slot, time, converted = slot[good], time[good], converted[good]
        return _Checked(Readings(slot, time, converted), good, ignored, bad)


class _Checked(NamedTuple):
    readings: Readings
    good: NDArray[np.bool_]
    ignored: NDArray[np.bool_]
    bad: list[tuple[int, RejectReason]]


def _merged(fast: Columns, slow: Columns, shift: int) -> Columns:
    """Both in the order of their records; the spans of ``slow`` move up by ``shift``."""
    moved = slow._replace(name_start=slow.name_start + shift, unit_start=slow.unit_start + shift)
    order = np.argsort(np.concatenate([fast.record, slow.record]), kind="stable")
    return Columns(*(np.concatenate(pair)[order] for pair in zip(fast, moved, strict=True)))


def _detail(name: str, columns: Columns, row: int) -> str:
    return f"{shown(name)[:DETAIL_LENGTH]}: time {columns.time[row]}, value {columns.value[row]}"


def _as_records(value: F64, topic: str, offset: I64) -> Records:
    """Rows of a table as records of what stood in them."""
    cells = [repr(each).encode() for each in value.tolist()]
    length = np.array([len(cell) for cell in cells], np.int64)
    buffer = np.frombuffer(b"".join(cells), np.uint8)
    unknown = np.full(len(cells), -1, np.int64)
    return Records(topic, 0, buffer, np.cumsum(length) - length, length, offset, unknown, -1)
