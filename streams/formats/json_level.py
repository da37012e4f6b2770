"""What one object on the way to a record gives: which of its keys are time, value, words of the name.

Objects with the same keys are read alike, so the keys are looked at once and
what they come to is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from config.json_path import Step, folded
from streams.formats.shape_words import pairs_of

Getter = Callable[[Any], Any]
Path = tuple[Step, ...]

TIME, NANOSECONDS, VALUE, ABSENT, UNIT, QUALITY, MEASUREMENT = range(7)
"""Where what is looked for stands in the list of what was found."""
OWN_TIME = 7
"""Where the time of the Kafka record stands there, ns, -1 where unknown."""

MOST_KEYS = 100
"""Objects with more keys are looked at anew each time, and nothing is remembered by them."""
MOST_LEVELS = 1000
"""Sets of keys that are remembered at one place."""


class Wanted(NamedTuple):
    """All that is looked for in an object."""

    slots: Sequence[tuple[Path, ...]]
    """Ways to the time, the value ..., of which the first counts that is there."""
    words: Sequence[tuple[str, Path]]
    tags: Sequence[tuple[str, Path]]
    step: tuple[str, ...]
    """Keys that lead on to the records, of which one is there; none in a record."""
    fields: Sequence[Path]
    """Ways from a record to the object whose keys are its fields."""
    own: frozenset[str]
    """Keys that the shape itself makes names of."""


class Level:
    """What objects with certain keys give."""

    def __init__(self, keys: tuple[str, ...], wanted: Wanted) -> None:
        by_fold = {folded(key): key for key in reversed(keys)}
        by_fold |= {key: key for key in keys}
        ways = [_there(paths, by_fold) for paths in wanted.slots]
        self.wide = len(keys) > MOST_KEYS
        """Whether there are so many keys that nothing is remembered by them."""
        self.values = [(slot, here[0][0].key) for slot, here in enumerate(ways) if here and _plain(here[0])]
        """(slot, key) of what stands right here."""
        self.deep = [
            (slot, [getter(path) for path in here])
            for slot, here in enumerate(ways)
            if here and not _plain(here[0])
        ]
        """(slot, ways to it) of what may stand further in."""
        words = [(word, path) for word, own in wanted.words for path in _there([own], by_fold)]
        tags = [(word, path) for word, own in wanted.tags for path in _there([own], by_fold)]
        self.words = [(word, getter(path)) for word, path in words]
        self.tags = [(word, getter(path)) for word, path in tags]
        self.word_keys = frozenset(path[0].key for _, path in words)
        self.used = frozenset(
            path[0].key for path in (*(p for here in ways for p in here[:1]), *(p for _, p in tags))
        )
        self.no_fields = self.used | wanted.own
        steps = (spelling for key in wanted.step for spelling in (key, folded(key)))
        self.step = next((by_fold[step] for step in steps if step in by_fold), None)
        """The key that leads on to the records, None if this object has none."""
        self.fields = first_of([getter(path) for path in _there(wanted.fields, by_fold)])
        said = [path for _, path in (*words, *tags)] + ways[MEASUREMENT]
        self.names_ways = _ways_to(said)
        """What takes out of an object all that names hang on."""
        self.label_ways = _ways_to([*said, *ways[UNIT], *ways[QUALITY]])
        """The same, with the unit and the quality."""
        plain = dict(self.values)
        self.keys = tuple(plain.get(slot) for slot in range(MEASUREMENT))
        """By slot, the key of what stands right here, else None."""
        self.indirect = any(slot != MEASUREMENT for slot, _ in self.deep)
        """Whether more than that may stand further in."""

    def update(self, found: list[Any], item: dict[str, Any]) -> list[Any]:
        """What was found so far, with what this object gives put in its place."""
        if not (self.values or self.deep):
            return found
        found = found.copy()
        for slot, key in self.values:
            found[slot] = item[key]
        for slot, ways in self.deep:
            there = next((value for way in ways if (value := way(item)) is not None), None)
            if there is not None:
                found[slot] = there
        return found

    def names(self, item: dict[str, Any]) -> tuple[tuple[str | None, Any], ...]:
        """The words and the tags that the object gives: (name, value), and (None, pairs) of tags."""
        words: list[tuple[str | None, Any]] = [(word, get(item)) for word, get in self.words]
        return (*words, *((None, pairs_of(name, get(item))) for name, get in self.tags))


class Levels:
    """What the objects give that stand at one place, by their keys."""

    def __init__(self, wanted: Wanted, forget: Callable[[], None]) -> None:
        """``forget`` is called where there are too many of them: what is remembered by them goes too."""
        self._wanted = wanted
        self._forget = forget
        self._known: dict[tuple[str, ...], Level] = {}

    def of(self, item: dict[str, Any]) -> Level:
        """What an object gives."""
        keys = tuple(item)
        level = self._known.get(keys)
        if level is None:
            level = Level(keys, self._wanted)
            if not level.wide:
                if len(self._known) >= MOST_LEVELS:
                    self._known.clear()
                    self._forget()
                self._known[keys] = level
        return level


class Stage(NamedTuple):
    """A step on the way to the records, and the objects from which it goes on."""

    step: Step
    levels: Levels


def _ways_to(paths: Sequence[Path]) -> list[Getter]:
    plain = dict.fromkeys(path[0].key for path in paths if _plain(path))
    ways = [getter(path) for path in dict.fromkeys(paths) if not _plain(path)]
    return [itemgetter(*plain), *ways] if plain else ways


def _there(paths: Iterable[Path], by_fold: dict[str, str]) -> list[Path]:
    """The paths whose first key an object has, spelled as it spells it."""
    found = []
    for path in paths:
        own = by_fold.get(path[0].key) or by_fold.get(folded(path[0].key))
        if own is not None:
            found.append((Step(own, path[0].arrays), *path[1:]))
    return found


def _plain(path: Path) -> bool:
    return len(path) == 1 and not path[0].arrays


def getter(path: Path) -> Getter:
    """What takes the value at a path out of an object: None where it is not there, of an array the first."""
    if _plain(path):
        key = path[0].key
        return lambda item: item.get(key)

    if len(path) == 2 and not path[0].arrays and not path[1].arrays:
        first, second = path[0].key, path[1].key

        def nested(item: Any) -> Any:
            try:
                return item[first][second]
            except (KeyError, TypeError):
                return entry_of(item.get(first), second)

        return nested

    def get(item: Any) -> Any:
        for step in path:
            item = entry_of(item, step.key)
            for _ in range(step.arrays):
                item = item[0] if isinstance(item, list) and item else None
        return item

    return get


def first_of(ways: Sequence[Getter]) -> Getter | None:
    """What takes the first thing that is there, None if there is no way to any."""
    if len(ways) < 2:
        return ways[0] if ways else None
    return lambda item: next((found for way in ways if (found := way(item)) is not None), None)


def entry_of(item: object, key: str) -> Any:
    """The value of a key, spelled as it may be, or of a place in an array; None if there is none.

    Of ``*``, which is any key, it is the first.
    """
    if isinstance(item, dict):
        if key in item:
            return item[key]
        if key == "*":
            return next(iter(item.values()), None)
        own = _spelling(tuple(item), key) if len(item) <= MOST_KEYS else _spelling.__wrapped__(item, key)
        return None if own is None else item[own]
    if isinstance(item, list) and key.isdecimal() and int(key) < len(item):
        return item[int(key)]
    return None


@lru_cache(maxsize=4096)
def _spelling(keys: Iterable[str], key: str) -> str | None:
    """Which of the keys is this one, spelled in another way."""
    wanted = folded(key)
    return next((own for own in keys if folded(own) == wanted), None)
