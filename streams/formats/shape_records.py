"""Reads the records of one shape, each an object with one value or several."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import tzinfo
from typing import Any

from config.shape import Shape
from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector, Label
from streams.formats.json_level import (
    ABSENT,
    NANOSECONDS,
    OWN_TIME,
    QUALITY,
    TIME,
    UNIT,
    VALUE,
    Level,
    Levels,
    Wanted,
)
from streams.formats.numbers import NumberReader
from streams.formats.ruled_unit import joined_unit
from streams.formats.shape_names import Context, ShapeNames
from streams.formats.shape_words import packed
from streams.formats.templates import Templates
from streams.formats.time_reader import TimeReader

MOST_REMEMBERED = 100_000
"""Names, labels and contexts that are remembered for one shape; past that, all are forgotten."""
SECOND = 1_000_000_000
NO_VALUE = (dict, list)
"""What a field holds that has no value of its own."""


class RecordReader:
    """Reads records, and remembers what they and the objects around them are named."""

    def __init__(
        self, shape: Shape, templates: Templates, zone: tzinfo | None, wanted: Wanted, measurement: object
    ) -> None:
        self.shape = shape
        self.levels = Levels(wanted, self.forget)
        self.times = TimeReader(shape.time_unit, zone)
        self._templates = templates
        self._measurement = measurement
        self.forget()

    def forget(self) -> None:
        """Forget all names."""
        self._outermost = Context(self._measurement, ())
        self._labels: dict[Level, dict[tuple[Context, Hashable], Label]] = {}
        self._remembered = 0

    def context(self) -> Context:
        """That of whole documents."""
        if self._remembered >= MOST_REMEMBERED:
            self.forget()
        return self._outermost

    def inside(self, context: Context, level: Level, item: dict[str, Any]) -> Context:
        """The context inside an object that says something of names."""
        known, key = context.of(level), packed([way(item) for way in level.label_ways])
        inner: Context | None = known.get(key)
        if inner is None:
            self._remembered += 1
            inner = known[key] = context.inside(level, item)
        return inner

    def under(self, context: Context, key: str) -> Context:
        """The context under a key that is a word itself."""
        known = context.of(None)
        inner: Context | None = known.get(key)
        if inner is None:
            self._remembered += 1
            inner = known[key] = Context(context.measurement, (*context.said, ("key", key)))
        return inner

    def labels(self, level: Level) -> dict[tuple[Context, Hashable], Label]:
        """Those of records with certain keys, by context and what `Level.label_ways` gives, in bytes."""
        return {} if level.wide else self._labels.setdefault(level, {})

    def label(
        self, context: Context, level: Level, item: dict[str, Any], found: list[Any], numbers: NumberReader
    ) -> Label:
        """The label of a record; ``found`` is what was found in it and around it."""
        self._remembered += 1
        unit = found[UNIT] if type(found[UNIT]) is str else ""
        return self._names(context, level, item).label(unit, found[QUALITY], numbers)

    def _names(self, context: Context, level: Level, item: dict[str, Any]) -> ShapeNames:
        """The names of what a record holds."""
        known, key = context.of(level), packed([way(item) for way in level.names_ways])
        names: ShapeNames | None = known.get(key)
        if names is None:
            self._remembered += 1
            own = context.inside(level, item)
            names = known[key] = ShapeNames(self.shape, self._templates, own.measurement, own.said)
        return names

    def read(self, item: dict[str, Any], found: list[Any], context: Context, into: Collector) -> None:
        """Read a record, be it plain or not."""
        level = self.levels.of(item)
        fields = self._names(context, level, item)
        time_key, nano_key, value_key, absent_key, unit_key, quality_key = level.keys
        if level.indirect:
            found = level.update(found, item)
        absent = found[ABSENT] if absent_key is None else item[absent_key]
        if absent is not None and absent in (True, 1, "true"):
            into.ignore()
            return
        stamp = found[TIME] if time_key is None else item[time_key]
        try:
            time = self.times.read(stamp) if stamp is not None else _own_time(found[OWN_TIME])
        except RejectError as error:
            into.refuse(error.reason, f"{fields.told()}: {error.detail}", error.remedy)
            return
        time += ns_of(found[NANOSECONDS] if nano_key is None else item[nano_key])
        unit = found[UNIT] if unit_key is None else item[unit_key]
        unit = unit if type(unit) is str else ""
        quality = found[QUALITY] if quality_key is None else item[quality_key]
        if self.shape.fields is None:
            name, own_unit, _ = fields["value"]
            value = found[VALUE] if value_key is None else item[value_key]
            if name:
                into.reading(name, joined_unit(unit, own_unit) if own_unit else unit, time, value, quality)
            else:
                into.refuse(RejectReason.MISSING_FIELD, own_unit)
            return
        for field, value in self._fields(item, level):
            name, own_unit, _ = fields[field]
            if name:
                into.reading(name, joined_unit(unit, own_unit), time, value, quality)
            else:
                into.refuse(RejectReason.MISSING_FIELD, own_unit)

    def _fields(self, item: dict[str, Any], level: Level) -> list[tuple[str, object]]:
        """The values of a record that holds several."""
        if self.shape.fields:
            inner = level.fields(item) if level.fields is not None else None
            pairs = list(inner.items()) if isinstance(inner, dict) else []
        else:
            used, words = level.no_fields, level.word_keys
            pairs = [
                (key, value)
                for key, value in item.items()
                if key not in used and not (key in words and type(value) is str)
            ]
        return [pair for pair in pairs if type(pair[1]) not in NO_VALUE]


def _own_time(timestamp: int) -> int:
    if timestamp < 0:
        raise RejectError(RejectReason.MISSING_FIELD, "no time")
    return timestamp


def ns_of(more: object) -> int:
    """Nanoseconds that are to be added to a time: none if it is something else."""
    return more if type(more) is int and 0 <= more < SECOND else 0
