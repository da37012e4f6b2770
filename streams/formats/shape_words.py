"""Tags and texts out of decoded JSON: objects, and lists of keys with values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

KEYS = ("key", "tag", "name")
"""Of a list of tags: what holds the name (OpenTelemetry, Zabbix, Sparkplug); the other is ``value``."""


def tag_key(value: Any) -> Any:
    """Tags as something to remember names by, as quickly as can be; it may hold what cannot be hashed."""
    if type(value) is dict:
        return (*value, *value.values())
    if type(value) is list:
        try:
            if value and type(value[0].get("value")) is dict:  # as OpenTelemetry has them
                return tuple([(tag["key"], *tag["value"].values()) for tag in value])
            return tuple([(*tag, *tag.values()) for tag in value])
        except (KeyError, TypeError, AttributeError):
            return pairs_of("", value)
    return value


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
