"""Reads JSON of one shape: from the document down to its records, and their readings."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from config.json_path import Step, steps_of
from config.shape import Shape
from config.template import placeholders
from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector
from streams.formats.json_level import (
    ABSENT,
    MEASUREMENT,
    NANOSECONDS,
    QUALITY,
    TIME,
    UNIT,
    VALUE,
    Level,
    Path,
    Wanted,
    entry_of,
)
from streams.formats.ruled_unit import joined_unit
from streams.formats.shape_columns import SECOND, plain_readings
from streams.formats.shape_names import Bucket, Said, ShapeNames
from streams.formats.shape_words import text_of
from streams.formats.templates import Templates, unclaimed_name
from streams.formats.time_reader import TimeReader

MOST_REMEMBERED = 10_000
"""Sets of keys, and objects with names of their own, that are remembered for one shape."""


class ShapeReader:
    """Reads documents of one shape."""

    def __init__(self, shape: Shape, templates: Templates, zone: tzinfo | None = None) -> None:
        self.shape = shape
        self._templates = templates
        said = (shape.time, shape.nanoseconds, shape.value, shape.absent, shape.unit, shape.quality)
        alternatives = (*said, shape.measurement)
        slots = [tuple(steps_of(p) for p in paths if p[:1] != "=") for paths in alternatives]
        self._start = [next((p[1:] for p in paths if p[:1] == "="), None) for paths in alternatives]
        if not shape.measurement:
            self._start[MEASUREMENT] = shape.name
        own = [word for pattern in shape.point for word in placeholders(pattern)] + list(shape.split)
        self._own = frozenset(steps_of(word)[0].key for word in own)
        self._paths = [steps_of(path) for path in shape.records] or [()]
        tags = [(path.rsplit(".", 1)[-1], steps_of(path)) for path in shape.tags]
        fields = [steps_of(path) for path in (shape.fields or "").split("|") if path]
        words = _words(own, templates, [*slots, *[(path,) for _, path in tags], self._paths])
        self._one = shape.fields is None
        self.flat = self._one and self._paths == [()]
        """Whether each document is a record with one reading."""
        self._wanted = Wanted(slots, words, tags, (), fields)
        self._levels: dict[tuple[Any, ...], Level] = {}
        self._buckets: dict[Any, Bucket] = {}
        self._times = TimeReader(shape.time_unit, zone)

    def read(self, document: object, timestamp: int, into: Collector) -> None:
        """Read a document, or an element of one that is an array."""
        into.shape = self.shape.name
        path = self._paths[0]
        if len(self._paths) > 1:
            path = next((way for way in self._paths if entry_of(document, way[0].key) is not None), path)
        if path:
            self._object(document, path, self._start, (), timestamp, into)
        else:
            self._records([document], self._start, (), timestamp, into)

    def read_many(self, documents: list[dict[str, Any]], records: list[int], into: Collector) -> list[int]:
        """Read what is plain of documents with the same keys; the indices of those that are left.

        Only where the shape is `flat`. ``records`` are those that they are from.
        """
        level = self._level(documents[0], ())
        if level.indirect or level.keys[ABSENT] is not None:
            return list(range(len(documents)))
        names = self._names_of(self._bucket(self._start[MEASUREMENT], ()), level, documents)
        plain = plain_readings(level, documents, names, records, self._start, self._times, into)
        into.extend(*plain[:4])
        return plain.left

    def _names_of(self, bucket: Bucket, level: Level, items: list[dict[str, Any]]) -> list[ShapeNames]:
        """The names of the fields of records with the same keys."""
        known, key_of = bucket.of(level), level.name_key
        try:
            names = [known.get(key_of(item)) for item in items]
        except TypeError:
            names = [None] * len(items)
        return [
            self._names_in(bucket, level, item) if found is None else found
            for found, item in zip(names, items, strict=True)
        ]

    def _names_in(self, bucket: Bucket, level: Level, item: dict[str, Any]) -> ShapeNames:
        key = level.name_key(item)
        try:
            return bucket.of(level)[key]
        except KeyError:
            return self._learned(bucket, level, key, item)
        except TypeError:  # a list or an object where a word should be
            return self._learned(bucket, level, None, item)

    def _object(
        self, item: Any, path: Path, found: list[Any], said: Said, timestamp: int, into: Collector
    ) -> None:
        """Take from an object what it says of the records in it, and go on to them."""
        if not path:
            self._records([item], found, said, timestamp, into)
            return
        item = self._checked(item, into)
        if item is None:
            return
        level = self._level(item, path)
        found = level.update(found, item)
        if level.words or level.tags:
            said = (*said, *level.names(item))
        step, rest = path[0], path[1:]
        if step.key == "*":
            for key, child in item.items():
                self._object(child, rest, found, (*said, ("key", key)), timestamp, into)
        elif level.step is None:
            self._nothing_here(item, level, found, into)
        elif rest:
            for child in elements_of(item[level.step], step):
                self._object(child, rest, found, said, timestamp, into)
        else:
            self._records(elements_of(item[level.step], step), found, said, timestamp, into)

    def _checked(self, item: Any, into: Collector) -> dict[str, Any] | None:
        if type(item) is dict:
            return item
        if type(item) is list:
            return {str(i): element for i, element in enumerate(item)}
        what = " or ".join(self.shape.records) or "a record"
        into.refuse(RejectReason.WRONG_TYPE, f"{what} is {type(item).__name__}, not an object")
        return None

    def _level(self, item: dict[str, Any], path: Path) -> Level:
        key = (len(path), *item)
        level = self._levels.get(key)
        if level is None:
            if len(self._levels) >= MOST_REMEMBERED:
                self._levels.clear()
                self._buckets.clear()
            step = tuple(path[0].key.split("|")) if path else ()
            level = self._levels[key] = Level(tuple(item), self._wanted._replace(step=step))
        return level

    def _records(
        self, items: list[Any], found: list[Any], said: Said, timestamp: int, into: Collector
    ) -> None:
        """Read records that stand in the same objects."""
        bucket = self._bucket(found[MEASUREMENT], said)
        for item in items:
            item = item if type(item) is dict else self._checked(item, into)
            if item is None:
                continue
            level = self._level(item, ())
            fields = self._names_in(bucket, level, item)
            self._record(item, level, found, fields, timestamp, into)

    def _bucket(self, measurement: object, said: Said) -> Bucket:
        try:
            bucket = self._buckets.get((measurement, said))
        except TypeError:
            measurement = text_of(measurement)
            said = tuple((word, text_of(value) if word else value) for word, value in said)
            bucket = self._buckets.get((measurement, said))
        if bucket is None:
            if len(self._buckets) >= MOST_REMEMBERED:
                self._buckets.clear()
            bucket = self._buckets[measurement, said] = Bucket(measurement, said)
        return bucket

    def _learned(self, bucket: Bucket, level: Level, key: Any, item: dict[str, Any]) -> ShapeNames:
        """The names of a record that is new, by ``key``, or None where its own cannot be hashed."""
        said = level.names(item)
        measurement = level.update([bucket.measurement] * (MEASUREMENT + 1), item)[MEASUREMENT]
        if key is None:
            key = text_of(measurement), tuple((word, text_of(v) if word else v) for word, v in said)
        known = bucket.of(level)
        names = known.get(key)
        if names is None:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            names = ShapeNames(self.shape, self._templates, measurement, (*bucket.said, *said))
            known[key] = names
        return names

    def _record(
        self,
        item: dict[str, Any],
        level: Level,
        found: list[Any],
        fields: ShapeNames,
        timestamp: int,
        into: Collector,
    ) -> None:
        time_key, nano_key, value_key, absent_key, unit_key, quality_key = level.keys
        if level.indirect:
            found = level.update(found, item)
        absent = found[ABSENT] if absent_key is None else item[absent_key]
        if absent is not None and absent in (True, 1, "true"):
            into.ignore()
            return
        stamp = found[TIME] if time_key is None else item[time_key]
        try:
            time = self._times.read(stamp) if stamp is not None else _own_time(timestamp)
        except RejectError as error:
            into.refuse(error.reason, f"{fields.told()}: {error.detail}", error.remedy)
            return
        nanoseconds = found[NANOSECONDS] if nano_key is None else item[nano_key]
        if nanoseconds is not None and type(nanoseconds) is int and 0 <= nanoseconds < SECOND:
            time += nanoseconds
        unit = found[UNIT] if unit_key is None else item[unit_key]
        if unit is None or type(unit) is not str:
            unit = ""
        quality = found[QUALITY] if quality_key is None else item[quality_key]
        if self._one:
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
            used, words = level.used | self._own, level.word_keys
            pairs = [
                (key, value)
                for key, value in item.items()
                if not (key in used or (key in words and type(value) is str))
            ]
        return [(key, value) for key, value in pairs if not isinstance(value, dict | list)]

    def _nothing_here(self, item: dict[str, Any], level: Level, found: list[Any], into: Collector) -> None:
        """An object that holds other things than records: named as such, and ignored."""
        others = [
            key for key, value in item.items() if isinstance(value, dict | list) and key not in level.used
        ]
        name = f"{text_of(found[MEASUREMENT])} ({', '.join(others)})"
        into.reading(unclaimed_name(name), "", 0, float("nan"))


def _own_time(timestamp: int) -> int:
    if timestamp < 0:
        raise RejectError(RejectReason.MISSING_FIELD, "no time")
    return timestamp


def _words(own: list[str], templates: Templates, paths: list[Any]) -> list[tuple[str, Path]]:
    """The words that names may be made of, less those that are objects to go through on some other way."""
    ways = [path for group in paths for path in group] + [steps_of(word) for word in own]
    through = {path[0].key for path in ways if len(path) > 1 or (path and path[0].arrays)}
    words = dict.fromkeys([*own, *sorted(templates.words())])
    return [(word, steps_of(word)) for word in words if word not in through]


def elements_of(child: Any, step: Step) -> list[Any]:
    """What a step leads to: the thing itself, or the elements of its arrays."""
    if step.arrays == 1:
        return child if isinstance(child, list) else []
    found = [child]
    for _ in range(step.arrays):
        found = [element for each in found if isinstance(each, list) for element in each]
    return found


def entries_at(item: Any, paths: tuple[str, ...]) -> list[Any]:
    """What stands at the first of the paths that is there; of arrays on the way, each element."""
    for path in map(steps_of, paths):
        found = [item]
        for step in path:
            found = [each for one in found for each in elements_of(entry_of(one, step.key), step)]
        if found != [None]:
            return found
    return [None]
