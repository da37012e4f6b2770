"""The names in a log or on a topic, whatever a site makes of them: how often, when, and with what values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from config.kinds import load_kinds
from config.naming.seen_values import SeenValues
from config.settings import MessagesSettings
from config.states import state_words
from detector.points import ROOM
from detector.seen.two_tracks import follow, two_levels
from kernels.json_messages import Columns
from kernels.names import NameTable
from kernels.tracks import make_tracks
from streams.errors import RejectError
from streams.formats.collector import Collector, TooMuch
from streams.formats.compiled import parse_compiled
from streams.formats.decoder import LONGEST_RECORD
from streams.formats.numbers import STATED, Meanings, NumberReader
from streams.formats.readers import reader_for, takes_compiled
from streams.formats.ruled_unit import parted
from streams.formats.times import EARLIEST, LATEST, NAME_A_ZONE
from streams.messages import F64, I32, I64, U8
from streams.records import Records
from streams.sources.tables import Table

KEPT = 512
"""Values of one name that are kept, evenly over all of them."""
FIRST_TIMES = 256
"""Times of one name from the first on, which tell its pace."""
READ_WHOLE = 200_000
"""Records that the full parsers take; of those beyond, chunks all over the rest."""
CHUNK, OF_CHUNKS = 50, 10


@dataclass(slots=True)
class Tally:
    """What came under one name and unit."""

    name: str
    unit: str
    claimed: bool = True
    count: int = 0
    twice: int = 0
    """Readings for a time that the one before them had already."""
    words: bool = False
    """Whether words came for states, which count as 1 and 0."""
    first: I64 = field(default_factory=lambda: np.empty(0, np.int64))
    kept: F64 = field(default_factory=lambda: np.empty(0))
    every: int = 1

    def add(self, time: I64, value: F64) -> None:
        """Add readings in the order in which they came."""
        if len(self.first) < FIRST_TIMES:
            self.first = np.concatenate([self.first, time[: FIRST_TIMES - len(self.first)]])
        self.twice += int(np.sum(time[1:] == time[:-1]))
        offset = -self.count % self.every
        self.count += len(time)
        self.kept = np.concatenate([self.kept, value[offset :: self.every]])
        while len(self.kept) > KEPT:
            self.kept = self.kept[::2]
            self.every *= 2

    @property
    def values(self) -> SeenValues:
        """A summary of the values."""
        return SeenValues.of(self.kept.tolist(), states=self.words)

    @property
    def pace(self) -> float:
        """Seconds from one reading to the next, as most of them are; NaN where too few came."""
        steps = np.diff(self.first)
        steps = steps[steps > 0]
        return float(np.median(steps)) / 1e9 if len(steps) else float("nan")


class SeenNames:
    """Tallies by (name, unit), in the order in which they first appear."""

    def __init__(self, messages: MessagesSettings) -> None:
        self._read = reader_for(messages)
        self._compiled = takes_compiled(messages)
        states = Meanings(state_words(load_kinds()["run_status"]), "", {})
        self._numbers = NumberReader(lambda name, unit: states, messages.decimal)
        self.tallies: list[Tally] = []
        self._known: dict[tuple[str, str], int] = {}
        self._table = NameTable()
        self.strangers: list[dict[str, Any]] = []
        """Objects that fit no known shape, the first of them."""
        self.without_zone = 0
        """Times in text that named no zone, where the settings name none either."""
        self._tracks = make_tracks(ROOM)
        self.in_turn: dict[int, tuple[float, float]] = {}
        """By number of the tally, two levels from which its readings came in turn, as from two sources."""
        self._slow = 0

    def take(self, sample: Records | Table) -> None:
        """Tally the names in a run of messages or of a table."""
        if isinstance(sample, Table):
            self._take_table(sample)
            return
        left = sample.length <= LONGEST_RECORD  # what is longer, the decoder refuses
        if self._compiled:
            buffer, columns, taken = parse_compiled(sample, np.where(left, sample.length, 0))
            self._take_columns(buffer, columns)
            left &= ~taken
        self._take_slow(sample, self._some(np.flatnonzero(left)))

    def _some(self, rows: I64) -> I64:
        """All of the rows, or chunks of them where too many were read already."""
        self._slow += len(rows)
        if self._slow <= READ_WHOLE:
            return rows
        return rows[(np.arange(len(rows)) // CHUNK) % OF_CHUNKS == 0]

    def _take_columns(self, buffer: U8, columns: Columns) -> None:
        spans = (columns.name_start, columns.name_length, columns.unit_start, columns.unit_length)
        found = self._table.find_or_learn(buffer, *spans, self._learned)
        self._add(found, columns.time, columns.value)

    def _learned(self, name: bytes, unit: bytes) -> int:
        at = self._at(name.decode("utf-8", "replace"), unit.decode("utf-8", "replace"))
        self._table.insert(name, unit, at)
        return at

    def _take_slow(self, sample: Records, rows: Iterable[int]) -> None:
        collector = Collector(unwanted=_all, numbers=self._numbers, strangers=self.strangers)
        for i in rows:
            value = sample.value(int(i))
            collector.begin(int(i))
            try:
                self._read(value or b"", int(sample.timestamp[i]), collector)
            except RejectError:
                continue
            except TooMuch:
                collector.take_back()
        self.without_zone += sum(each.remedy == NAME_A_ZONE for each in collector.refusals)
        found = list(collector.rows())
        at = np.array([self._at(row.name, row.unit, claimed=row.claimed) for row in found], np.int32)
        times = np.array([row.time for row in found], np.int64)
        self._add(at, times, np.array([row.value for row in found]))

    def _take_table(self, sample: Table) -> None:
        value = sample.value
        if sample.text:
            value = value.copy()
            for row, cell in sample.text.items():
                value[row] = self._number(
                    cell, sample.ids[sample.point[row]], sample.units[sample.point[row]]
                )
        at = np.array(
            [self._at(name, unit) for name, unit in zip(sample.ids, sample.units, strict=True)], np.int32
        )
        self._add(at[sample.point], sample.time, value)

    def _number(self, cell: str, name: str, unit: str) -> float:
        try:
            number = self._numbers.read(name, unit, cell)
        except RejectError:
            return float("nan")
        if parted(number.unit)[0] == STATED:
            self.tallies[self._at(name, unit)].words = True
        return number.value

    def _at(self, name: str, unit: str, *, claimed: bool = True) -> int:
        words = unit == STATED
        key = (name, "" if words else unit)
        at = self._known.get(key)
        if at is None:
            at = self._known[key] = len(self.tallies)
            self.tallies.append(Tally(name, key[1], claimed))
        if words:
            self.tallies[at].words = True
        return at

    def _add(self, at: I32, time: I64, value: F64) -> None:
        sane = (time >= EARLIEST) & (time < LATEST)
        self._tracks = follow(self._tracks, at[sane], time[sane], value[sane], len(self.tallies))
        for slot in two_levels(self._tracks, len(self.tallies)).tolist():
            self.in_turn[slot] = self._tracks.level[slot, 0], self._tracks.level[slot, 1]
        order = np.argsort(at, kind="stable")
        edges = np.flatnonzero(np.diff(at[order], prepend=-1, append=-1))
        for start, end in pairwise(edges):
            rows = order[start:end]
            self.tallies[int(at[rows[0]])].add(time[rows], value[rows])


def _all(name: str) -> bool:
    return True
