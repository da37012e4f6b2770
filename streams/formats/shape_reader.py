"""Reads JSON of one shape: from the document down to its records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Protocol

from config.json_path import Step, steps_of
from config.shape import Shape
from config.template import placeholders
from streams.errors import RejectReason
from streams.formats.collector import Collector
from streams.formats.json import object_in
from streams.formats.json_level import MEASUREMENT, Level, Levels, Path, Stage, Wanted, entry_of
from streams.formats.shape_columns import Gathered, read_columns, whole_documents
from streams.formats.shape_names import Context
from streams.formats.shape_records import RecordReader
from streams.formats.shape_words import text_of
from streams.formats.templates import Templates, unclaimed_name


class ShapeReader:
    """Reads documents of one shape."""

    def __init__(self, shape: Shape, templates: Templates, zone: tzinfo | None = None) -> None:
        self.shape = shape
        wanted = wanted_of(shape, templates)
        said = (shape.time, shape.nanoseconds, shape.value, shape.absent, shape.unit, shape.quality)
        self._start = [
            next((path[1:] for path in paths if path[:1] == "="), None)
            for paths in (*said, shape.measurement)
        ]
        if not shape.measurement:
            self._start[MEASUREMENT] = shape.name
        self._records = RecordReader(shape, templates, zone, wanted, self._start[MEASUREMENT])
        self._ways = [
            [stage_of(step, wanted, self._records.forget) for step in steps_of(path)]
            for path in shape.records
        ] or [[]]
        self.one = shape.fields is None
        """Whether each record has one value."""

    def read(self, document: object, timestamp: int, into: Collector) -> None:
        """Read a document, or an element of one that is an array."""
        into.shape = self.shape.name
        self._walk(document, timestamp, OneByOne(self._records, into))

    def read_many(self, documents: list[dict[str, Any]], rows: list[int], into: Collector) -> list[int]:
        """Read what is plain of documents in these rows; the indices of those that are left.

        Only where each record has `one` value.
        """
        if self._ways == [[]]:
            gathered = whole_documents(documents, [*self._start, -1], self._records.context())
        else:
            gathered = Gathered()
            for i, document in enumerate(documents):
                gathered.begin(i)
                self._walk(document, -1, gathered)
            gathered.left.update(set(range(len(documents))).difference(gathered.documents))
        left = read_columns(gathered, self._records, rows, into) if gathered.documents else gathered.left
        read = len(documents) - len(left)
        into.records += read
        into.shapes[self.shape.name] += read
        return sorted(left)

    def _walk(self, document: object, timestamp: int, to: Taking) -> None:
        """Go down from a document to its records."""
        way = self._ways[0]
        if len(self._ways) > 1:
            for each in self._ways:
                if entry_of(document, each[0].step.key) is not None:
                    way = each
                    break
        self._inside([document], way, 0, [*self._start, timestamp], self._records.context(), to)

    def _inside(
        self, items: list[Any], way: list[Stage], at: int, found: list[Any], context: Context, to: Taking
    ) -> None:
        """Go on to the records in some objects, which stand ``at`` this stage of the way."""
        if at == len(way):
            to.take(items, found, context)
            return
        step, levels = way[at]
        for each in items:
            item = each if type(each) is dict else as_object(each)
            if item is None:
                to.odd(each)
                continue
            level = levels.of(item)
            inner, said = context, level.update(found, item)
            if level.label_ways:
                inner = self._records.inside(context, level, item)
            if step.key == "*":
                for key, child in item.items():
                    under = self._records.under(inner, key)
                    self._inside(elements_of(child, step), way, at + 1, said, under, to)
            elif level.step is None:
                to.nothing(item, level, said)
            else:
                self._inside(elements_of(item[level.step], step), way, at + 1, said, inner, to)


class Taking(Protocol):
    """What takes what is found on the way through a document."""

    def take(self, items: list[Any], found: list[Any], context: Context, /) -> None:
        """Records that stand in the same objects."""

    def odd(self, item: object, /) -> None:
        """Something on the way that is neither an object nor an array."""

    def nothing(self, item: dict[str, Any], level: Level, found: list[Any], /) -> None:
        """An object in which no records are."""


class OneByOne:
    """Reads records one by one."""

    def __init__(self, records: RecordReader, into: Collector) -> None:
        self._records = records
        self._into = into

    def take(self, items: list[Any], found: list[Any], context: Context) -> None:
        """Read records that stand in the same objects."""
        for item in items:
            entries = as_object(item)
            if entries is None:
                self.odd(item)
            else:
                self._records.read(entries, found, context, self._into)

    def odd(self, item: object) -> None:
        """Refuse what is neither an object nor an array."""
        what = " or ".join(self._records.shape.records) or "a record"
        self._into.refuse(RejectReason.WRONG_TYPE, f"{what} is {type(item).__name__}, not an object")

    def nothing(self, item: dict[str, Any], level: Level, found: list[Any]) -> None:
        """An object that holds other things than records: named as such, and ignored."""
        others = [
            key for key, value in item.items() if isinstance(value, dict | list) and key not in level.used
        ]
        name = f"{text_of(found[MEASUREMENT])} ({', '.join(others)})"
        self._into.reading(unclaimed_name(name), "", 0, float("nan"))


def stage_of(step: Step, wanted: Wanted, forget: Callable[[], None]) -> Stage:
    """The stage of a step, of which ``a|b`` is either of two keys."""
    return Stage(step, Levels(wanted._replace(step=tuple(step.key.split("|"))), forget))


def wanted_of(shape: Shape, templates: Templates) -> Wanted:
    """All that is looked for in the objects of a shape."""
    alternatives = (
        shape.time,
        shape.nanoseconds,
        shape.value,
        shape.absent,
        shape.unit,
        shape.quality,
        shape.measurement,
    )
    slots = [tuple(steps_of(path) for path in paths if path[:1] != "=") for paths in alternatives]
    tags = [(path.rsplit(".", 1)[-1], steps_of(path)) for path in shape.tags]
    fields = [steps_of(path) for path in (shape.fields or "").split("|") if path]
    records = [steps_of(path) for path in shape.records] or [()]
    own = [word for pattern in shape.point for word in placeholders(pattern)] + list(shape.split)
    words = _words(own, templates, [*slots, *[(path,) for _, path in tags], records])
    return Wanted(slots, words, tags, (), fields, frozenset(steps_of(word)[0].key for word in own))


def _words(own: list[str], templates: Templates, paths: list[Any]) -> list[tuple[str, Path]]:
    """The words that names may be made of, less those that are objects to go through on some other way."""
    ways = [path for group in paths for path in group] + [steps_of(word) for word in own]
    through = {path[0].key for path in ways if len(path) > 1 or (path and path[0].arrays)}
    words = dict.fromkeys([*own, *sorted(templates.words())])
    return [(word, steps_of(word)) for word in words if word not in through]


def as_object(item: object) -> dict[str, Any] | None:
    """An object, or an array as one, or what a text holds as JSON; None if it is none of these."""
    if type(item) is dict:
        return item
    if type(item) is str:
        return object_in(item)
    return {str(i): element for i, element in enumerate(item)} if type(item) is list else None


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
