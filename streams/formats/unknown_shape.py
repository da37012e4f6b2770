"""What is said of a JSON object that is of no known shape: its keys, and the setting that would read it."""

from __future__ import annotations

from typing import Any

from streams.formats.times import EARLIEST, LATEST, NANOSECONDS

MOST_KEYS = 8
LONGEST_KEY = 24


def keys_of(item: dict[str, Any]) -> str:
    """The keys of an object, for people."""
    keys = [key[:LONGEST_KEY] for key in item]
    listed = ", ".join(keys[:MOST_KEYS]) + (", ..." if len(keys) > MOST_KEYS else "")
    return f"keys {listed or 'none'} fit no known shape"


def shape_for(item: dict[str, Any]) -> str:
    """A ``[[messages.shape]]`` of the likeliest keys, which a person completes."""
    inside = next(((key, value) for key, value in item.items() if _holds_records(value)), None)
    records = f'records = "{inside[0]}[]", ' if inside else ""
    inner = inside[1][0] if inside else {}
    time = next((k for k, v in [*inner.items(), *item.items()] if _may_be_time(v)), "")
    record = inner if inside else item
    texts = [key for key, value in record.items() if isinstance(value, str) and key != time]
    numbers = [key for key, value in record.items() if type(value) in (int, float) and key != time]
    if not time or not numbers:
        return "say where its readings are: [[messages.shape]] with has, records, time, value, point"
    many = len(numbers) > 1 and not inside
    name = "/".join(f"{{{key}}}" for key in texts[:2]) or "..."
    which = 'fields = ""' if many else f'value = "{numbers[0]}"'
    point = f"{name}/{{field}}" if many else name
    return f'[[messages.shape]] name = "own", {records}time = "{time}", {which}, point = "{point}"'


def _holds_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _may_be_time(value: object) -> bool:
    if isinstance(value, str):
        return len(value) >= 10 and value[:4].isdecimal() and value[4] in "-/."
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # From the first sane time in seconds to the last one in nanoseconds.
    return EARLIEST // NANOSECONDS["s"] <= value < LATEST
