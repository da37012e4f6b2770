"""Reads JSON of one shape: from the document down to its records, and their readings."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from config.json_path import Step, steps_of
from config.kinds import load_kinds
from config.points import parse_point
from config.shape import Shape
from config.template import filled, placeholders
from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector
from streams.formats.json_level import Level, Path, entry_of
from streams.formats.shape_time import ShapeTime
from streams.formats.shape_words import tag_pairs, text_of, words_of
from streams.formats.templates import Named, Templates, default_name, unclaimed_name

MOST_PLANS = 10_000
"""Sets of keys, and names, that are remembered for one shape."""

TIME, NANOSECONDS, VALUE, ABSENT, UNIT, QUALITY, MEASUREMENT = range(7)
"""Where what is looked for stands in the list of what was found."""


class ShapeReader:
    """Reads documents of one shape."""

    def __init__(self, shape: Shape, templates: Templates, zone: tzinfo | None = None) -> None:
        self.shape = shape
        self._templates = templates
        said = (shape.time, shape.nanoseconds, shape.value, shape.absent, shape.unit, shape.quality)
        alternatives = (*said, shape.measurement)
        self._slots = [tuple(steps_of(p) for p in paths if p[:1] != "=") for paths in alternatives]
        self._start = [next((p[1:] for p in paths if p[:1] == "="), None) for paths in alternatives]
        if not shape.measurement:
            self._start[MEASUREMENT] = shape.name
        own = [*(word for pattern in shape.point for word in placeholders(pattern)), *shape.split]
        self._words = [(word, steps_of(word)) for word in dict.fromkeys([*own, *sorted(templates.words())])]
        self._own = {steps_of(word)[0].key for word in own}
        self._tags = [(path.rsplit(".", 1)[-1], steps_of(path)) for path in shape.tags]
        self._paths = [steps_of(path) for path in shape.records] or [()]
        self._inner = [steps_of(path) for path in (shape.fields or "").split("|") if path]
        self._levels: dict[tuple[Any, ...], Level] = {}
        self._names: dict[tuple[Any, ...], ShapeNames] = {}
        self._time = ShapeTime(shape.time_unit, zone)

    def read(self, document: object, timestamp: int, into: Collector) -> None:
        """Read a document, or an element of one that is an array."""
        into.shape = self.shape.name
        path = self._paths[0]
        for path in self._paths:
            if not path or entry_of(document, path[0].key) is not None:
                break
        self._object(document, path, list(self._start), (), timestamp, into)

    def _object(
        self,
        item: Any,
        path: Path,
        found: list[Any],
        names: tuple[Any, ...],
        timestamp: int,
        into: Collector,
    ) -> None:
        """Take from an object what it says of the records in it, and go on to them."""
        if type(item) is list:
            item = {str(i): element for i, element in enumerate(item)}
        elif type(item) is not dict:
            what = " or ".join(self.shape.records) or "a record"
            into.refuse(RejectReason.WRONG_TYPE, f"{what} is {type(item).__name__}, not an object")
            return
        level = self._level(item, path)
        if level.values or level.deep:
            found = found.copy()
            for slot, key in level.values:
                found[slot] = item[key]
            for slot, ways in level.deep:
                there = next((value for way in ways if (value := way(item)) is not None), None)
                if there is not None:
                    found[slot] = there
        if level.words or level.tags:
            words = [get(item) for _, get in level.words]
            names = (*names, level, *words, *[tag_pairs(name, get(item)) for name, get in level.tags])
        if not path:
            self._record(item, level, found, names, timestamp, into)
            return
        step, rest = path[0], path[1:]
        if step.key == "*":
            for key, child in item.items():
                self._object(child, rest, found, (*names, key), timestamp, into)
        elif level.step is None:
            self._nothing_here(item, level, found, into)
        else:
            for child in _elements(item[level.step], step):
                self._object(child, rest, found, names, timestamp, into)

    def _level(self, item: dict[str, Any], path: Path) -> Level:
        key = (len(path), *item)
        level = self._levels.get(key)
        if level is None:
            if len(self._levels) >= MOST_PLANS:
                self._levels.clear()
                self._names.clear()
            step = tuple(path[0].key.split("|")) if path else ()
            inner = [] if path else self._inner
            level = Level(tuple(item), self._slots, self._words, self._tags, step, inner)
            self._levels[key] = level
        return level

    def _record(
        self,
        item: dict[str, Any],
        level: Level,
        found: list[Any],
        names: tuple[Any, ...],
        timestamp: int,
        into: Collector,
    ) -> None:
        fields = self._names_for(found[MEASUREMENT], names)
        if found[ABSENT] in (True, 1, "true"):
            into.ignore()
            return
        try:
            time = self._time.of(found[TIME], found[NANOSECONDS], timestamp)
        except RejectError as error:
            into.refuse(error.reason, f"{fields.told()}: {error.detail}", error.remedy)
            return
        unit = found[UNIT]
        if type(unit) is not str:
            unit = ""
        if self.shape.fields is None:
            self._reading(fields["value"], unit, time, found[VALUE], into)
        else:
            for field, value in self._fields(item, level):
                self._reading(fields[field], unit, time, value, into)

    def _reading(self, named: Named, unit: str, time: int, value: object, into: Collector) -> None:
        if named.name:
            into.reading(named.name, unit or named.unit, time, value)
        else:
            into.refuse(RejectReason.MISSING_FIELD, named.unit)

    def _fields(self, item: dict[str, Any], level: Level) -> list[tuple[str, object]]:
        """The values of a record that holds several."""
        if self.shape.fields:
            inner = level.fields(item) if level.fields is not None else None
            pairs = list(inner.items()) if isinstance(inner, dict) else []
        else:
            words = {word for word, _ in level.words}
            pairs = [
                (key, value)
                for key, value in item.items()
                if not (key in level.used or key in self._own or (type(value) is str and key in words))
            ]
        return [(key, value) for key, value in pairs if not isinstance(value, dict | list)]

    def _names_for(self, measurement: object, names: tuple[Any, ...]) -> ShapeNames:
        key = (measurement, names)
        try:
            fields = self._names.get(key)
        except TypeError:  # a list or an object where a text should be
            return ShapeNames(self.shape, self._templates, text_of(measurement), names)
        if fields is None:
            if len(self._names) >= MOST_PLANS:
                self._names.clear()
            fields = ShapeNames(self.shape, self._templates, text_of(measurement), names)
            self._names[key] = fields
        return fields

    def _nothing_here(self, item: dict[str, Any], level: Level, found: list[Any], into: Collector) -> None:
        """An object that holds other things than records: named as such, and ignored."""
        others = [
            key for key, value in item.items() if isinstance(value, dict | list) and key not in level.used
        ]
        name = f"{text_of(found[MEASUREMENT])} ({', '.join(others)})"
        into.reading(unclaimed_name(name), "", 0, float("nan"))


class ShapeNames(dict[str, Named]):
    """The names of the fields of one record, made when they are first asked for."""

    def __init__(self, shape: Shape, templates: Templates, measurement: str, names: tuple[Any, ...]) -> None:
        self._shape = shape
        self._templates = templates
        self._measurement = measurement
        self._words, self._tags = words_of(names)
        for word, pattern in shape.split.items():
            parts = self._words.get(word, "").split("/")
            for name, part in zip(pattern.split("/"), parts, strict=False):
                if name.startswith("{"):
                    self._words[name.strip("{}")] = part

    def __missing__(self, field: str) -> Named:
        named = self._named(field)
        if len(self) < MOST_PLANS:
            self[field] = named
        return named

    def _named(self, field: str) -> Named:
        words = {**self._words, **self._tags}
        metric = self._measurement, words, field
        if named := self._templates.first(*metric):
            return named
        own = {**words, "measurement": self._measurement, "field": field}
        for pattern in self._shape.point:
            if name := filled(pattern, own, slash="/"):
                return Named(name if _is_point(name) else unclaimed_name(name), "")
        if named := self._templates.last(*metric):
            return named
        if self._shape.point:
            return Named("", f"{self._shape.name}: nothing for {self._shape.point[-1]}")
        return Named(unclaimed_name(default_name(self._measurement, self._tags, field)), "")

    def told(self) -> str:
        """What the record is told as where something is wrong with it."""
        return self["value"].name or self._shape.name


def _is_point(name: str) -> bool:
    """Whether a name is a point's id, of a measure that is known."""
    point = parse_point(name)
    return point is not None and point.measure in load_kinds()


def _elements(child: Any, step: Step) -> list[Any]:
    """What a step leads to: the thing itself, or the elements of its arrays."""
    found = [child]
    for _ in range(step.arrays):
        found = [element for each in found if isinstance(each, list) for element in each]
    return found


def entries_at(item: Any, paths: tuple[str, ...]) -> list[Any]:
    """What stands at the first of the paths that is there; of arrays on the way, each element."""
    for path in map(steps_of, paths):
        found = [item]
        for step in path:
            found = [each for one in found for each in _elements(entry_of(one, step.key), step)]
        if found != [None]:
            return found
    return [None]
