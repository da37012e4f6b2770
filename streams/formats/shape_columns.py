"""Records of one shape with the same keys and one reading each, read column by column."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from streams.formats.collector import EXACT, Collector
from streams.formats.json_level import NANOSECONDS, QUALITY, TIME, UNIT, VALUE, Level
from streams.formats.ruled_unit import joined_unit
from streams.formats.shape_names import ShapeNames
from streams.formats.time_reader import TimeReader

SECOND = 1_000_000_000
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII).fullmatch


class PlainReadings(NamedTuple):
    """Readings as `Collector.extend` takes them, and the indices of what is not plain."""

    records: list[int]
    named: list[int]
    times: list[int]
    values: list[float]
    left: list[int]


def plain_readings(
    level: Level,
    items: list[dict[str, Any]],
    names: list[ShapeNames],
    records: list[int],
    found: list[Any],
    times: TimeReader,
    into: Collector,
) -> PlainReadings:
    """Read what is plain of objects with the same keys, each in a record, with what was found around them.

    Plain is what leaves no choice: a time that stands there, a number, a name, and a
    quality that is not bad.
    """
    plain = PlainReadings([], [], [], [], [])
    in_records, named, at_times, numbers, left = (column.append for column in plain)
    unit_key, quality_key, own_unit = level.keys[UNIT], level.keys[QUALITY], found[UNIT]
    unit, quality, texts = own_unit if type(own_unit) is str else "", found[QUALITY], into.plain_texts
    values = _column(level, VALUE, items, found)
    for i, (item, value, record, time, fields) in enumerate(
        zip(items, values, records, _times(level, items, found, times), names, strict=True)
    ):
        kind = type(value)
        if kind is not float:
            if (kind is int and -EXACT < value < EXACT) or (kind is str and texts and _PLAIN(value)):
                value = float(value)
            else:
                left(i)
                continue
        if unit_key is not None:
            unit = item[unit_key] if type(item[unit_key]) is str else ""
        name, ruled, _ = fields["value"]
        full_unit = joined_unit(unit, ruled) if ruled else unit
        at = into.name_of(name, full_unit)
        if quality_key is not None:
            quality = item[quality_key]
        if not time or at < 0 or value != value or _is_bad(quality, name, full_unit, into):
            left(i)
            continue
        in_records(record)
        named(at)
        at_times(time)
        numbers(value)
    return plain


def _column(level: Level, slot: int, items: list[dict[str, Any]], found: list[Any]) -> list[Any]:
    key = level.keys[slot]
    return [found[slot]] * len(items) if key is None else [item[key] for item in items]


def _times(level: Level, items: list[dict[str, Any]], found: list[Any], reader: TimeReader) -> list[int]:
    """The time of each, 0 for one that is not plain."""
    times = reader.read_many(_column(level, TIME, items, found))
    if level.keys[NANOSECONDS] is None and found[NANOSECONDS] is None:
        return times
    more = _column(level, NANOSECONDS, items, found)
    return [
        time + ns if time and type(ns) is int and 0 <= ns < SECOND else 0
        for time, ns in zip(times, more, strict=True)
    ]


def _is_bad(quality: object, name: str, unit: str, into: Collector) -> bool:
    return quality is not None and into.numbers.is_bad(name, unit, quality)
