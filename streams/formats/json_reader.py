"""JSON of every shape: canonical messages, Telegraf's metrics, shapes of the settings and shipped ones.

The settings' own shapes come first, then canonical messages and Telegraf's
metrics, then what is shipped. Documents with the same keys are of the same
shape as far as keys tell, so that is found out once; what takes a look further
in is looked at each time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, NamedTuple, Protocol

from config.json_path import folded, steps_of
from config.shape import Shape
from streams.errors import RejectError, RejectReason
from streams.formats.collector import Collector
from streams.formats.json import MessageReader, items_of, parse_json
from streams.formats.json_level import MOST_KEYS, getter
from streams.formats.mapping import Mapping
from streams.formats.shape_reader import ShapeReader, entries_at
from streams.formats.telegraf import TelegrafReader, is_metric, metrics_of
from streams.formats.unknown_shape import TELL_SHAPE, keys_of

MOST_KEY_SETS = 10_000
DEEPEST = 4
"""Messages wrapped in messages."""
CANONICAL = frozenset({"point", "time", "value"})

Test = Callable[[Any], bool]


class ItemReader(Protocol):
    """Reads an object; the time of its record is in ns, -1 where unknown."""

    def read(self, item: Any, timestamp: int, into: Collector, /) -> None:
        """Read an object."""


class Way(NamedTuple):
    """One way to read an object."""

    fits: Callable[[frozenset[str], frozenset[str]], Test | bool]
    """Whether its keys, as they stand and as they are compared, allow it; or what else to ask of it."""
    reader: ItemReader


class Canonical:
    """Reads a canonical message."""

    def __init__(self, messages: MessageReader) -> None:
        self._messages = messages

    def read(self, item: Any, timestamp: int, into: Collector) -> None:
        """Read a message."""
        into.shape = "json"
        self._messages.read_message(item, into)


class Metrics:
    """Reads Telegraf's metrics."""

    def __init__(self, telegraf: TelegrafReader) -> None:
        self._telegraf = telegraf

    def read(self, item: Any, timestamp: int, into: Collector) -> None:
        """Read a metric, or those of a batch."""
        into.shape = "telegraf"
        for metric in metrics_of(item):
            self._telegraf.read_metric(metric, into)


class Refusing:
    """Refuses what it is given, and says why."""

    def __init__(self, why: str) -> None:
        self._why = why

    def read(self, item: Any, timestamp: int, into: Collector) -> None:
        """Refuse an object."""
        into.refuse(RejectReason.UNKNOWN_FORMAT, self._why)


class Unwrapping:
    """Reads the messages that stand in others."""

    def __init__(self, shape: Shape, json: JsonReader) -> None:
        self._shape = shape
        self._json = json
        paths = [steps_of(path) for path in shape.records]
        plain = len(paths) == 1 and not any(step.arrays for step in paths[0])
        self.only = getter(paths[0]) if plain else None
        """Takes out the one thing inside; None if there may be several."""
        self._depth = 0

    def read(self, item: Any, timestamp: int, into: Collector) -> None:
        """Read what stands inside, which may be text that holds JSON."""
        if self._depth == DEEPEST:
            into.refuse(RejectReason.BROKEN_JSON, "messages in messages, nested too deeply")
            return
        self._depth += 1
        try:
            inside = entries_at(item, self._shape.records) if self.only is None else [self.only(item)]
            for inner in inside:
                self._read_one(inner, timestamp, into)
        finally:
            self._depth -= 1

    def _read_one(self, inner: Any, timestamp: int, into: Collector) -> None:
        if inner is None:
            into.shape = self._shape.name
            into.ignore()
            return
        try:
            document = parse_json(inner.encode("utf-8", "replace")) if isinstance(inner, str) else inner
        except RejectError as error:
            into.refuse(error.reason, f"{self._shape.name}: {error.detail}")
            return
        for element in items_of(document):
            self._json.read_item(element, timestamp, into)


class JsonReader:
    """Reads records of JSON: an object, or an array of them."""

    def __init__(
        self, mapping: Mapping, messages: MessageReader, telegraf: TelegrafReader, zone: tzinfo | None
    ) -> None:
        self._zone = zone
        self._mapping = mapping
        canonical, metrics = Canonical(messages), Metrics(telegraf)
        self._ways = [
            *(self._shaped(shape) for shape in mapping.own),
            Way(lambda _, keys: keys >= CANONICAL, canonical),
            Way(_fits_telegraf, metrics),
            *(self._shaped(shape) for shape in mapping.shipped),
            # Last, for what they say is missing.
            Way(lambda _, keys: "point" in keys or keys >= {"time", "value"}, canonical),
            Way(lambda keys, _: "fields" in keys or "metrics" in keys, metrics),
        ]
        self._by_keys: dict[tuple[str, ...], list[tuple[Test | bool, ItemReader]]] = {}

    def read(self, value: bytes, timestamp: int, into: Collector) -> None:
        """Read a record. Raises RejectError where there is no JSON at all."""
        document = parse_json(value)
        if type(document) is list:
            for item in document:
                self.read_item(item, timestamp, into)
        else:
            self.read_item(document, timestamp, into)

    def read_item(self, item: object, timestamp: int, into: Collector) -> None:
        """Read one object."""
        if type(item) is not dict:
            into.refuse(RejectReason.WRONG_TYPE, f"a message is {type(item).__name__}, not an object")
            return
        for test, reader in self.ways(tuple(item)):
            if test is True or test(item):  # type: ignore[operator]
                reader.read(item, timestamp, into)
                return
        into.refuse_stranger(item, keys_of(item), TELL_SHAPE)

    def ways(self, keys: tuple[str, ...]) -> list[tuple[Test | bool, ItemReader]]:
        """What may read objects with these keys, and what is to be asked of each object before."""
        ways = self._by_keys.get(keys)
        return self._learned(keys) if ways is None else ways

    def _learned(self, keys: tuple[str, ...]) -> list[tuple[Test | bool, ItemReader]]:
        exact = frozenset(keys)
        both = exact.union(map(folded, keys))
        tested = ((way.fits(exact, both), way.reader) for way in self._ways)
        ways: list[tuple[Test | bool, ItemReader]] = [(test, reader) for test, reader in tested if test]
        if len(keys) <= MOST_KEYS:
            if len(self._by_keys) >= MOST_KEY_SETS:
                self._by_keys.clear()
            self._by_keys[keys] = ways
        return ways

    def _shaped(self, shape: Shape) -> Way:
        groups = [[steps_of(path) for path in paths] for paths in known_by(shape)]

        def fits(_: frozenset[str], keys: frozenset[str]) -> Test | bool:
            tests = []
            for group in groups:
                there = [path for path in group if {path[0].key, folded(path[0].key)} & (keys | {"*"})]
                if not there:
                    return False
                if all(len(path) > 1 or path[0].arrays for path in there):
                    tests.append([getter(path) for path in there])
            if not tests:
                return True

            def sure(item: Any) -> bool:
                for ways in tests:
                    for way in ways:
                        if way(item) is not None:
                            break
                    else:
                        return False
                return True

            return sure

        return Way(fits, self._read_by(shape))

    def _read_by(self, shape: Shape) -> ItemReader:
        if shape.refuse:
            return Refusing(shape.refuse)
        if shape.wraps:
            return Unwrapping(shape, self)
        return ShapeReader(shape, self._mapping.templates, self._zone)


def known_by(shape: Shape) -> tuple[tuple[str, ...], ...]:
    """The paths by which a shape is known: what it says, else its records, else its value and time."""
    if shape.has:
        return shape.has
    if shape.records:
        return (shape.records,)
    values = shape.value or tuple(path for path in (shape.fields or "").split("|") if path)
    return tuple(paths for paths in (values, shape.time) if paths)


def _fits_telegraf(keys: frozenset[str], _: frozenset[str]) -> Test | bool:
    if "metrics" in keys:
        return _is_telegraf
    return "fields" in keys and "point" not in keys


def _is_telegraf(item: Any) -> bool:
    metrics = item.get("metrics")
    if isinstance(metrics, list) and metrics and isinstance(metrics[0], dict):
        return "fields" in metrics[0]
    return is_metric(item)
