"""Records to readings: every message format, one set of books."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from config.kinds import Kind
from config.settings import MessagesSettings
from config.site import Site
from kernels.json_messages import Columns
from streams.errors import RejectError, RejectReason
from streams.formats.checked import check_readings, refusal_of
from streams.formats.collector import MOST_THINGS, Collector, Refusal, TooMuch
from streams.formats.compiled import merged_columns, parse_compiled
from streams.formats.decoded import Decoded, counts_of, rejects_of, unforeseen
from streams.formats.directory import PointDirectory
from streams.formats.numbers import NumberReader
from streams.formats.readers import bulk_reader_for, reader_for, takes_compiled
from streams.formats.rows import Rows, decode_rows
from streams.formats.turns import turns_of
from streams.records import Records

TOMBSTONE = "tombstone"
"""What a record without a value is taken for: nothing is wrong with it, and nothing in it."""
CANONICAL = "canonical JSON"
"""What records are taken for that the compiled parser reads."""
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
        self._compiled = takes_compiled(messages)
        self._read = reader_for(messages)
        self._bulk = bulk_reader_for(messages)
        self._numbers = NumberReader(self.directory.meanings, messages.decimal)

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
        checked = check_readings(self.directory, routes, columns.time, columns.value)
        refusals = slow.refusals
        for row, reason in checked.bad:
            name = _span(text, columns.name_start[row], columns.name_length[row])
            unit = _span(text, columns.unit_start[row], columns.unit_length[row])
            error = refusal_of(
                self.directory, reason, name, unit, int(columns.time[row]), float(columns.value[row])
            )
            refusals.append(Refusal(int(columns.record[row]), reason, error.detail, True, error.remedy))

        whole = len(checked.readings) == len(routes)
        record = columns.record if whole else columns.record[checked.good]
        usable = np.zeros(len(records), np.bool_)
        usable[record] = True
        # Rows and no mask: of most batches nothing is ignored, and a mask is gone through each time.
        ignored = np.flatnonzero(checked.ignored)
        usable[columns.record[ignored]] = True
        usable[slow.ignored] = True
        usable[slow.absent] = True
        counts = counts_of(usable, len(ignored) + len(slow.ignored), len(slow.absent), refusals)
        unclaimed = Counter(self.directory.unclaimed(routes[ignored]))
        turns = turns_of(self.directory, routes, checked.good, checked.readings)
        shapes = slow.shapes + Counter({CANONICAL: len(records) - slow.records})
        rejects = rejects_of(records, refusals)
        foreign = self.directory.first_of(routes[ignored], columns.time[ignored], columns.value[ignored])
        return Decoded(checked.readings, record, rejects, counts, unclaimed, foreign, turns, shapes)

    def decode_table(self, rows: Rows) -> Decoded:
        """Decode columns that are numbers already (a tabular log, a simulation).

        The site may rename the names of the rows. Each row counts as one record
        with one reading.
        """
        try:
            return decode_rows(rows, self.directory, self._numbers)
        except Exception as error:
            count = len(rows.point)
            if count < 2:
                cells = [repr(each).encode() for each in rows.value.tolist()]
                return unforeseen(Records.of(cells, rows.topic, offset=rows.offsets()), error)
            half = count // 2
            first = self.decode_table(rows.part(slice(0, half)))
            return first.then(self.decode_table(rows.part(slice(half, count))), half)

    def _columns(self, records: Records) -> tuple[NDArray[np.uint8], Columns, Collector]:
        """The readings of all records, in order, and the text that their names are spans of."""
        slow = Collector(self.directory.ignores, self._numbers)
        if not self._compiled:
            self._read_records(records, np.arange(len(records)), slow)
            return *slow.readings(), slow
        length = np.where(records.length > LONGEST_RECORD, 0, records.length)
        buffer, columns, taken = parse_compiled(records, length)
        if taken.all():
            return buffer, columns, slow
        self._read_records(records, np.flatnonzero(~taken), slow)
        text, more = slow.readings()
        return np.concatenate([buffer, text]), _merged(columns, more, len(buffer)), slow

    def _read_records(self, records: Records, rows: NDArray[np.intp], into: Collector) -> None:
        """Read some of the records by a full parser."""
        length, start = records.length[rows], records.start[rows]
        odd = (length < 0) | (length > LONGEST_RECORD)
        for i, size in zip(rows[odd].tolist(), length[odd].tolist(), strict=True):
            into.begin(i)
            if size < 0:
                into.shape = TOMBSTONE
                into.shapes[TOMBSTONE] += 1
                into.ignore()
            else:
                into.refuse_record(RejectReason.TOO_LARGE, f"a record of {size} bytes")
        data, usual = records.buffer.tobytes(), rows[~odd].tolist()
        spans = list(zip(start[~odd].tolist(), (start + length)[~odd].tolist(), strict=True))
        left = range(len(usual)) if self._bulk is None else self._bulk.read(usual, data, spans, into)
        for at in left:
            into.begin(usual[at])
            begin, end = spans[at]
            self._read_record(data[begin:end], int(records.timestamp[usual[at]]), into)

    def _read_record(self, value: bytes, timestamp: int, into: Collector) -> None:
        """Read one record by a full parser; whatever is wrong becomes a refusal."""
        try:
            if not value or value.isspace():
                raise RejectError(RejectReason.EMPTY)
            self._read(value, timestamp, into)
            if into.found_nothing():
                raise RejectError(RejectReason.EMPTY, "nothing in it")
            into.shapes[into.shape] += 1
        except RejectError as error:
            into.refuse_record(error.reason, error.detail, error.remedy)
        except TooMuch:
            into.take_back()
            into.refuse_record(RejectReason.TOO_LARGE, f"more than {MOST_THINGS} readings in one record")


def _merged(fast: Columns, slow: Columns, shift: int) -> Columns:
    """Both in the order of their records; the spans of ``slow`` move up by ``shift``."""
    moved = slow._replace(name_start=slow.name_start + shift, unit_start=slow.unit_start + shift)
    return merged_columns(fast, moved)


def _span(text: NDArray[np.uint8], start: int, length: int) -> str:
    return text[start : start + length].tobytes().decode()
