"""Tags and texts out of decoded JSON: objects, and lists of keys with values."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import repeat
from typing import Any

import msgspec

KEYS = ("key", "tag", "name")
"""Of a list of tags: what holds the name (OpenTelemetry, Zabbix, Sparkplug); the other is ``value``."""

_pack = msgspec.msgpack.Encoder().encode
_NOTHING = _pack(None)
UNPACKABLE = (OverflowError, ValueError, RecursionError)
"""What is raised by a long integer, half of a surrogate pair, and what is nested too deeply."""


def packed(said: Any) -> Hashable:
    """Words and tags as something to remember names by: the same for the same ones only."""
    try:
        return _pack(said)
    except UNPACKABLE:
        return tuple(pairs_of("", each) for each in (said if isinstance(said, list | tuple) else [said]))


def packed_ones(columns: Sequence[Iterable[Any]], rows: Sequence[object]) -> Iterable[Hashable]:
    """`packed` of what stands in each of the rows in some columns, or in the one there is."""
    if not columns:
        return repeat(_NOTHING, len(rows))
    said = list(columns[0]) if len(columns) == 1 else list(zip(*columns, strict=True))
    try:
        return list(map(_pack, said))
    except UNPACKABLE:
        return list(map(packed, said))


def pairs_of(name: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Tags as pairs of texts: the keys of an object, the elements of a list, or one value with a name."""
    found: Iterable[tuple[Any, Any]]
    if type(value) is dict:
        found = value.items()
    elif type(value) is list:
        found = [_pair(tag) for tag in value if isinstance(tag, dict)]
    else:
        found = [(name, value)]
    return tuple((text_of(key), text) for key, value in found if (text := text_of(value)))


def _pair(tag: dict[str, Any]) -> tuple[Any, Any]:
    key = next((tag[key] for key in KEYS if key in tag), None)
    value = tag.get("value")
    return key, next(iter(value.values()), None) if isinstance(value, dict) else value


def text_of(value: object) -> str:
    """A word of a name: empty for what is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""
