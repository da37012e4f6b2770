"""The names of what records of a shape hold, made once for all records whose words and tags are the same."""

from __future__ import annotations

from typing import Any

from config.kinds import load_kinds
from config.points import parse_point
from config.shape import Shape
from config.template import filled
from streams.formats.json_level import Level
from streams.formats.shape_words import text_of
from streams.formats.templates import Named, Templates, default_name, unclaimed_name
from streams.formats.unclaimed import shown

MOST_FIELDS = 10_000
Said = tuple[tuple[str | None, Any], ...]
"""What the objects on the way to a record say of its name: (word, value), and (None, pairs) of tags."""


class ShapeNames(dict[str, Named]):
    """The names of the fields of one record, made when they are first asked for."""

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
        return shown(self["value"].name) or self._shape.name


class Bucket:
    """Names of the records that stand in the same objects, by their keys and what they say themselves."""

    def __init__(self, measurement: object, said: Said) -> None:
        self.measurement = measurement
        self.said = said
        self._by_level: dict[Level, dict[Any, ShapeNames]] = {}

    def of(self, level: Level) -> dict[Any, ShapeNames]:
        """The names of records with the same keys."""
        known = self._by_level.get(level)
        if known is None:
            known = self._by_level[level] = {}
        return known


def _is_point(name: str) -> bool:
    """Whether a name is a point's id, of a measure that is known."""
    point = parse_point(name)
    return point is not None and point.measure in load_kinds()
