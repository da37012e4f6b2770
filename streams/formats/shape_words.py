"""Tags and texts out of decoded JSON: objects, and lists of keys with values."""

from __future__ import annotations

from typing import Any

from streams.formats.json_level import Level

KEYS = ("key", "tag", "name")
"""Of a list of tags: what holds the name (OpenTelemetry, Zabbix, Sparkplug); the other is ``value``."""


def tag_pairs(name: str, value: Any) -> tuple[Any, ...]:
    """Tags as pairs of name and value: the keys of an object, the elements of a list, or one named value."""
    if type(value) is dict:
        return tuple(value.items())
    if type(value) is list:
        try:  # as OpenTelemetry has them, which is the most common
            return tuple([(tag["key"], *tag["value"].values()) for tag in value])
        except (KeyError, TypeError, AttributeError):
            return tuple(_pair(tag) for tag in value if isinstance(tag, dict))
    return () if value is None else ((name, value),)


def _pair(tag: dict[str, Any]) -> tuple[Any, Any]:
    key = next((tag[key] for key in KEYS if key in tag), None)
    value = tag.get("value")
    return key, next(iter(value.values()), None) if isinstance(value, dict) else value


def words_of(names: tuple[Any, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """(words, tags) of what was gathered from a document down to a record; what is further in wins."""
    words: dict[str, str] = {}
    tags: dict[str, str] = {}
    at = 0
    while at < len(names):
        level = names[at]
        at += 1
        if not isinstance(level, Level):
            words["key"] = text_of(level)
            continue
        for word, _ in level.words:
            if text := text_of(names[at]):
                words[word] = text
            at += 1
        for _ in level.tags:
            for key, *value in names[at]:
                if text := text_of(value[0]) if value else "":
                    tags[text_of(key)] = text
            at += 1
    return words, tags


def text_of(value: object) -> str:
    """A word of a name: empty for what is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""
