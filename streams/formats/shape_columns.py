"""Records of one shape with the same keys and one reading each, read column by column."""

from __future__ import annotations

import re
from typing import Any

from streams.formats.collector import EXACT, Collector
from streams.formats.ruled_unit import joined_unit
from streams.formats.shape_reader import SECOND, ShapeReader

_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII).fullmatch


def read_columns(
    reader: ShapeReader, items: list[dict[str, Any]], records: list[int], into: Collector
) -> list[int]:
    """Read what is plain of documents with the same keys, each of a record; the indices of those left.

    Plain is what leaves no choice: a time that stands there, a number, a name, and a
    quality that is not bad.
    """
    level = reader.level_of(items[0])
    time_key, nano_key, value_key, absent_key, unit_key, quality_key = level.keys
    if not reader.flat or level.indirect or time_key is None or value_key is None or absent_key is not None:
        return list(range(len(items)))
    times = reader.times.read_many([item[time_key] for item in items])
    if nano_key is not None:
        times = [_with(time, item[nano_key]) for time, item in zip(times, items, strict=True)]
    unit = reader.unit
    found: tuple[list[int], list[int], list[int], list[float]] = ([], [], [], [])
    in_records, named, at_times, numbers = (column.append for column in found)
    left = []
    for i, (item, record, time, fields) in enumerate(
        zip(items, records, times, reader.names_of(level, items), strict=True)
    ):
        value = item[value_key]
        kind = type(value)
        if kind is not float:
            if (kind is int and -EXACT < value < EXACT) or (
                kind is str and into.plain_texts and _PLAIN(value)
            ):
                value = float(value)
            else:
                left.append(i)
                continue
        if unit_key is not None:
            unit = item[unit_key] if type(item[unit_key]) is str else ""
        name, own_unit, _ = fields["value"]
        full_unit = joined_unit(unit, own_unit) if own_unit else unit
        at = into.name_of(name, full_unit)
        if at < 0 or not time or value != value:
            left.append(i)
            continue
        quality = None if quality_key is None else item[quality_key]
        if quality is not None and into.numbers.is_bad(name, full_unit, quality):
            left.append(i)
            continue
        in_records(record)
        named(at)
        at_times(time)
        numbers(value)
    into.extend(*found)
    return left


def _with(time: int, nanoseconds: object) -> int:
    return time + nanoseconds if time and type(nanoseconds) is int and 0 <= nanoseconds < SECOND else 0
