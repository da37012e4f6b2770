"""JSON objects taken apart into rows of a table: what a record holds, and what stands around it, by path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from config.json_path import Step, folded, steps_of
from config.table_headers import usual_headers
from streams.errors import RejectError
from streams.formats.json import parse_json

DEEPEST = 6
"""Objects in objects that are gone through."""
_UNUSABLE = frozenset("'[]{}|")
"""Characters that no path can hold."""


class Row(NamedTuple):
    """A record by the paths to what it holds."""

    inside: dict[str, object]
    around: dict[str, object]
    """What the objects around it hold."""


def unpacked(objects: Sequence[dict[str, Any]]) -> tuple[Sequence[dict[str, Any]], str]:
    """(the objects, a key's text taken as the object that it holds as JSON; that key, empty for none)."""
    for key, text in objects[0].items():
        if isinstance(text, str) and text[:1] == "{" and _usable(key):
            inner = [_parsed(each.get(key)) for each in objects]
            if all(isinstance(each, dict) for each in inner):
                return [{**each, key: own} for each, own in zip(objects, inner, strict=True)], path_to(
                    "", key
                )
    return objects, ""


def _parsed(text: object) -> object:
    try:
        return parse_json(text.encode("utf-8", "replace")) if isinstance(text, str) else None
    except RejectError:
        return None


def records_path(objects: Sequence[dict[str, Any]]) -> str:
    """Where most numbers stand: an array of objects, an object of objects with values, else the objects."""
    counted: Counter[str] = Counter()
    for each in objects[:50]:
        _count(each, "", "", counted)
        if each and all(
            isinstance(inner, list) and inner and isinstance(inner[0], dict) for inner in each.values()
        ):
            counted = Counter({"*[]": 1})
            break
    flat = counted.pop("", 0)
    best = max(counted, key=lambda path: counted[path], default="")
    return best if best and counted[best] >= flat else ""


def _count(item: dict[str, Any], path: str, repeated: str, counted: Counter[str], depth: int = 0) -> None:
    """Add up the numbers in an item at ``path`` by ``repeated``, the path of what is repeated around them."""
    for key, value in item.items():
        if not _usable(key):
            continue
        here = path_to(path, key)
        if isinstance(value, list) and depth < DEEPEST:
            for element in [each for each in value[:50] if isinstance(each, dict)]:
                _count(element, f"{here}[]", f"{here}[]", counted, depth + 1)
        elif isinstance(value, dict) and depth < DEEPEST:
            inner = [each for each in value.values() if isinstance(each, dict)]
            if len(inner) > 1 and len(inner) == len(value) and all(map(_has_value, inner)):
                counted[f"{here}.*"] += len(inner)
            else:
                _count(value, here, repeated, counted, depth + 1)
        elif _is_number(value):
            counted[repeated] += 1


def _has_value(item: dict[str, Any]) -> bool:
    return any(folded(key) in usual_headers().values for key in item)


def rows_of(objects: Sequence[dict[str, Any]], path: str) -> Iterator[Row]:
    """The records at a path of all the objects."""
    for each in objects:
        for found, around in _reached(each, steps_of(path), {}):
            inside: dict[str, object] = {}
            _flatten(found, "", inside)
            yield Row(inside, around)


def _reached(
    item: Any, steps: Sequence[Step], around: dict[str, object]
) -> Iterator[tuple[Any, dict[str, object]]]:
    """What the steps lead to, each with what the objects around it hold."""
    if not steps:
        yield item, around
        return
    if not isinstance(item, dict):
        return
    around = dict(around)
    _flatten({key: value for key, value in item.items() if steps[0].key not in (key, "*")}, "", around)
    if steps[0].key == "*":
        for key, child in item.items():
            for element in _elements(child, steps[0]):
                yield from _reached(element, steps[1:], {**around, "key": key})
        return
    for element in _elements(item.get(steps[0].key), steps[0]):
        yield from _reached(element, steps[1:], around)


def _elements(child: Any, step: Step) -> list[Any]:
    return (child if isinstance(child, list) else []) if step.arrays else [child]


def _flatten(item: Any, path: str, into: dict[str, object], depth: int = 0) -> None:
    """What an object holds by paths; arrays are left out, and so is what is too deep."""
    if not isinstance(item, dict) or depth > DEEPEST:
        return
    for key, value in item.items():
        if not _usable(key):
            continue
        here = path_to(path, key)
        if isinstance(value, dict):
            _flatten(value, here, into, depth + 1)
        elif not isinstance(value, list):
            into[here] = value


def _usable(key: str) -> bool:
    return bool(key.strip()) and not _UNUSABLE & set(key)


def path_to(path: str, key: str) -> str:
    """The path to a key in what a path leads to."""
    step = f"'{key}'" if "." in key or key != key.strip() else key
    return f"{path}.{step}" if path else step


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, int | float) and not isinstance(value, bool)
