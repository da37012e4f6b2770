"""The names of what records of a shape hold, made once for all records whose words and tags are the same."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from config.kinds import load_kinds
from config.points import parse_point
from config.shape import Shape
from config.template import filled
from streams.formats.collector import Label, is_text
from streams.formats.json_level import MEASUREMENT, Level
from streams.formats.numbers import NumberReader
from streams.formats.ruled_unit import joined_unit
from streams.formats.shape_words import text_of
from streams.formats.templates import Named, Templates, default_name, unclaimed_name
from streams.formats.unclaimed import shown

MOST_FIELDS = 10_000
NO_LABEL = Label("", "")
"""That of what is no plain reading."""
Said = tuple[tuple[str | None, Any], ...]
"""What the objects on the way to a record say of its name: (word, value), and (None, pairs) of tags."""


class ShapeNames(dict[str, Named]):
    """The names of the fields of one record, made when they are first asked for."""

    __slots__ = ("_measurement", "_shape", "_tags", "_templates", "_words")

    def __init__(self, shape: Shape, templates: Templates, measurement: object, said: Said) -> None:
        self._shape = shape
        self._templates = templates
        self._measurement = text_of(measurement)
        self._words: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        for word, value in said:  # what is further in wins
            if word is None:
                self._tags |= dict(value)
            elif text := text_of(value):
                self._words[word] = text
        for word, pattern in shape.split.items():
            parts = self._words.get(word, "").split("/")
            for name, part in zip(pattern.split("/"), parts, strict=False):
                if name.startswith("{"):
                    self._words[name.strip("{}")] = part

    def __missing__(self, field: str) -> Named:
        named = self._named(field)
        if len(self) < MOST_FIELDS:
            self[field] = named
        return named

    def _named(self, field: str) -> Named:
        words = {**self._words, **self._tags}
        metric = self._measurement, words, field
        if named := self._templates.first(*metric):
            return named
        own = {**words, "measurement": self._measurement, "field": field}
        names = [name for pattern in self._shape.point if (name := filled(pattern, own, slash="/"))]
        if names:
            point = next(filter(_is_point, names), None)
            return Named(point or unclaimed_name(names[0]), "")
        if named := self._templates.last(*metric):
            return named
        if self._shape.point:
            return Named("", f"{self._shape.name}: nothing for {self._shape.point[-1]}")
        return Named(unclaimed_name(default_name(self._measurement, self._tags, field)), "")

    def label(self, unit: str, quality: object, numbers: NumberReader) -> Label:
        """That of the record's one value, by the unit and the quality that are said of it.

        `NO_LABEL` where it has no name, or where the quality makes it no reading.
        """
        name, own, _ = self["value"]
        unit = joined_unit(unit, own)
        if not is_text(name + unit) or (quality is not None and numbers.is_bad(name, unit, quality)):
            return NO_LABEL
        return Label(name, unit)

    def told(self) -> str:
        """What the record is told as where something is wrong with it."""
        return shown(self["value"].name) or self._shape.name


class Context:
    """What the objects around a record say of its name, and what is known of those in it."""

    def __init__(self, measurement: object, said: Said) -> None:
        self.measurement = measurement
        self.said = said
        self._by_level: dict[Level | None, dict[Hashable, Any]] = {}

    def of(self, level: Level | None) -> dict[Hashable, Any]:
        """By the words that objects with certain keys say: the names of a record, or the context inside."""
        if level is not None and level.wide:
            return {}
        known = self._by_level.get(level)
        if known is None:
            known = self._by_level[level] = {}
        return known

    def inside(self, level: Level, item: dict[str, Any]) -> Context:
        """That of what stands in an object in here."""
        measurement = level.update([self.measurement] * (MEASUREMENT + 1), item)[MEASUREMENT]
        return Context(measurement, (*self.said, *level.names(item)))


def _is_point(name: str) -> bool:
    """Whether a name is a point's id, of a measure that is known."""
    point = parse_point(name)
    return point is not None and point.measure in load_kinds()
