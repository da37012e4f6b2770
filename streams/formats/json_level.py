"""What one object on the way to a record gives: which of its keys are time, value, words of the name.

Objects with the same keys are read alike, so the keys are looked at once and a
*plan* is remembered for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from config.json_path import Step, folded

Getter = Callable[[dict[str, Any]], object]
Path = tuple[Step, ...]


class Level:
    """The plan for objects with certain keys."""

    __slots__ = ("deep", "fields", "step", "tags", "used", "values", "words")

    def __init__(
        self,
        keys: tuple[str, ...],
        slots: Sequence[tuple[Path, ...]],
        words: Sequence[tuple[str, Path]],
        tags: Sequence[tuple[str, Path]],
        step: tuple[str, ...],
        inner: Sequence[Path],
    ) -> None:
        """``slots`` are the alternatives of each value that is looked for, ``step`` the keys that lead on.

        ``inner`` are the ways on from here to the object whose keys are fields, if this is a record.
        """
        by_fold = {folded(key): key for key in reversed(keys)}
        by_fold |= {key: key for key in keys}
        self.values: list[tuple[int, str]] = []
        """(slot, key) of what stands right here."""
        self.deep: list[tuple[int, list[Getter]]] = []
        """(slot, ways to it) of what may stand further in."""
        self.words: list[tuple[str, Getter]] = []
        self.tags: list[tuple[str, Getter]] = []
        used = set()
        for slot, alternatives in enumerate(slots):
            here = [resolved for path in alternatives if (resolved := _resolved(path, by_fold))]
            if not here:
                continue
            used.add(here[0][0].key)
            if len(here[0]) == 1 and not here[0][0].arrays:
                self.values.append((slot, here[0][0].key))
            else:
                self.deep.append((slot, [getter(path) for path in here]))
        for word, path in words:
            resolved = _resolved(path, by_fold)
            if resolved:
                self.words.append((word, getter(resolved)))
        for word, path in tags:
            resolved = _resolved(path, by_fold)
            if resolved:
                used.add(resolved[0].key)
                self.tags.append((word, getter(resolved)))
        self.step = next((by_fold[f] for key in step for f in (key, folded(key)) if f in by_fold), None)
        """The key that leads on to the records, None if this object has none."""
        fields = (found for path in inner if (found := _resolved(path, by_fold)))
        self.fields = next(map(getter, fields), None)
        self.used = frozenset(used)


def _resolved(path: Path, by_fold: dict[str, str]) -> Path | None:
    """The path with its first key as this object spells it, None if the object has no such key."""
    key = path[0].key
    own = by_fold.get(key) or by_fold.get(folded(key))
    return None if own is None else (Step(own, path[0].arrays), *path[1:])


def getter(path: Path) -> Getter:
    """What takes the value at a path out of an object: None where it is not there, of an array the first."""
    if len(path) == 1 and not path[0].arrays:
        key = path[0].key
        return lambda item: item.get(key)

    def get(item: Any) -> object:
        for step in path:
            item = entry_of(item, step.key)
            for _ in range(step.arrays):
                item = item[0] if isinstance(item, list) and item else None
        return item

    return get


def entry_of(item: object, key: str) -> Any:
    """The value of a key, spelled as it may be, or of a place in an array; None if there is none."""
    if isinstance(item, dict):
        if key in item:
            return item[key]
        wanted = folded(key)
        return next((value for own, value in item.items() if folded(own) == wanted), None)
    if isinstance(item, list) and key.isdecimal() and int(key) < len(item):
        return item[int(key)]
    return None
