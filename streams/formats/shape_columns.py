"""Records of one shape with one value each, of many documents, read column by column.

Read so is what leaves no choice: a time, a number, a name, and a quality that is not bad. A document that
holds anything else is left to be read by itself, whole.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import compress
from typing import Any, NamedTuple

from streams.formats.collector import EXACT, MOST_THINGS, Collector
from streams.formats.json_level import ABSENT, NANOSECONDS, TIME, VALUE, Level
from streams.formats.shape_names import Context
from streams.formats.shape_records import RecordReader, ns_of
from streams.formats.shape_words import packed_ones

DIGITS = "0123456789.eE+-"
"""Of a text of these, whatever `float` takes is a number that leaves no doubt."""


class Records(NamedTuple):
    """Records, a row each."""

    items: list[dict[str, Any]]
    around: list[list[Any]]
    """What was found in the objects around each, by slot."""
    contexts: list[Context]

    def some(self, rows: list[int]) -> Records:
        """Those in some rows."""
        return Records(
            [self.items[i] for i in rows],
            [self.around[i] for i in rows],
            [self.contexts[i] for i in rows],
        )


class Gathered:
    """The records of many documents, in order."""

    def __init__(self) -> None:
        self.documents: list[int] = []
        """The document of each."""
        self.records = Records([], [], [])
        self.left: set[int] = set()
        """Documents that are to be read by themselves."""
        self._document = self._before = 0

    def begin(self, document: int) -> None:
        """What is found from now on is in this document."""
        self._document, self._before = document, len(self.documents)

    def take(self, items: list[Any], found: list[Any], context: Context) -> None:
        """Add records that stand in the same objects."""
        many = len(items)
        if set(map(type, items)) != {dict} or len(self.documents) - self._before + many > MOST_THINGS:
            self.left.add(self._document)
            return
        self.documents += [self._document] * many
        self.records.items.extend(items)
        self.records.around.extend([found] * many)
        self.records.contexts.extend([context] * many)

    def odd(self, item: object) -> None:
        """Something is neither an object nor an array."""
        self.left.add(self._document)

    def nothing(self, item: dict[str, Any], level: Level, found: list[Any]) -> None:
        """An object has no records."""
        self.left.add(self._document)


def whole_documents(documents: list[dict[str, Any]], found: list[Any], context: Context) -> Gathered:
    """Documents that are a record each."""
    many = len(documents)
    gathered = Gathered()
    gathered.documents = list(range(many))
    gathered.records = Records(documents, [found] * many, [context] * many)
    return gathered


def read_columns(gathered: Gathered, reader: RecordReader, rows: list[int], into: Collector) -> set[int]:
    """Read what was gathered of documents that are in these rows; the indices of those that are left."""
    named, times, values = _columns(gathered.records, reader, into)
    documents = gathered.documents
    left = gathered.left
    if -1 in named or 0 in times or math.isnan(sum(values)):
        left = left | {
            document
            for document, at, time, value in zip(documents, named, times, values, strict=True)
            if at < 0 or time <= 0 or math.isnan(value)
        }
    in_rows = [rows[document] for document in documents]
    if left:
        stay = [document not in left for document in documents]
        in_rows, named = list(compress(in_rows, stay)), list(compress(named, stay))
        times, values = list(compress(times, stay)), list(compress(values, stay))
    into.extend(in_rows, named, times, values)
    return left


def _columns(
    records: Records, reader: RecordReader, into: Collector
) -> tuple[list[int], list[int], list[float]]:
    """(place of its label, time, value) of each record: -1, 0, NaN where it is not plain."""
    all_keys = list(map(tuple, records.items))
    if all_keys.count(all_keys[0]) == len(all_keys):
        return _of_alike(reader.levels.of(records.items[0]), records, reader, into)
    by_keys: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i, keys in enumerate(all_keys):
        by_keys[keys].append(i)
    many = len(records.items)
    named, times, values = [-1] * many, [0] * many, [math.nan] * many
    for rows in by_keys.values():
        some = records.some(rows)
        level = reader.levels.of(some.items[0])
        for i, at, time, value in zip(rows, *_of_alike(level, some, reader, into), strict=True):
            named[i], times[i], values[i] = at, time, value
    return named, times, values


def _of_alike(
    level: Level, records: Records, reader: RecordReader, into: Collector
) -> tuple[list[int], list[int], list[float]]:
    """The same of records with the same keys."""
    if level.indirect:
        around = [level.update(*both) for both in zip(records.around, records.items, strict=True)]
        records = records._replace(around=around)
    named = _places(level, records, reader, into)
    absent = _column(level, ABSENT, records)
    if any(absent):
        named = [-1 if each else at for at, each in zip(named, absent, strict=True)]
    times = reader.times.plain_ones(_column(level, TIME, records))
    more = _column(level, NANOSECONDS, records)
    if any(more):
        times = [time and time + ns_of(ns) for time, ns in zip(times, more, strict=True)]
    return named, times, _numbers(_column(level, VALUE, records), into.numbers.decimal == ".")


def _column(level: Level, slot: int, records: Records) -> list[Any]:
    key = level.keys[slot]
    if key is None:
        return [found[slot] for found in records.around]
    return [item[key] for item in records.items]


def _places(level: Level, records: Records, reader: RecordReader, into: Collector) -> list[int]:
    known, items = reader.labels(level), records.items
    keys = list(
        zip(records.contexts, packed_ones([map(way, items) for way in level.label_ways], items), strict=True)
    )
    labels: list[Any] = list(map(known.get, keys))
    if None in labels:
        for i, key in enumerate(keys):
            if key not in known:
                around = level.update(records.around[i], items[i])
                known[key] = reader.label(records.contexts[i], level, items[i], around, into.numbers)
        labels = [known[key] for key in keys]
    return list(map(into.places.__getitem__, labels))


def _numbers(values: list[Any], texts: bool) -> list[float]:
    """The numbers that values plainly are, be they texts where those are plain; NaN for any other."""
    kinds = set(map(type, values))
    if kinds == {float}:
        return values
    if kinds == {str} and texts and not "".join(values).strip(DIGITS):
        try:
            return list(map(float, values))
        except ValueError:
            pass
    return [_number(value, texts) for value in values]


def _number(value: Any, texts: bool) -> float:
    kind = type(value)
    if kind in (float, bool) or (kind is int and -EXACT < value < EXACT):
        return float(value)
    if kind is str and texts and not value.strip(DIGITS):
        try:
            return float(value)
        except ValueError:
            pass
    return math.nan
