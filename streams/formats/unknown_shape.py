"""What is said of a JSON object that is of no known shape: its keys, and the setting that would read it."""

from __future__ import annotations

from typing import Any

MOST_KEYS = 8
LONGEST_KEY = 24
OLDEST, NEWEST = 946_684_800, 4_102_444_800_000_000_000
"""2000 in seconds, 2100 in nanoseconds: numbers between them may be times."""


def what_to_do(item: dict[str, Any]) -> str:
    """A line for people: the keys that were found, and a ``[[messages.shape]]`` of the likeliest of them."""
    keys = [key[:LONGEST_KEY] for key in item]
    listed = ", ".join(keys[:MOST_KEYS]) + (", ..." if len(keys) > MOST_KEYS else "")
    time = next((key for key, value in item.items() if _may_be_time(key, value)), "")
    texts = [key for key, value in item.items() if isinstance(value, str) and key != time]
    numbers = [key for key, value in item.items() if type(value) in (int, float) and key != time]
    if time and numbers:
        name = "/".join(f"{{{key}}}" for key in texts[:2])
        many = len(numbers) > 1
        which = 'fields = ""' if many else f'value = "{numbers[0]}"'
        point = f"{name}/{{field}}" if many else name
        sketch = f'[[messages.shape]] name = "own", time = "{time}", {which}, point = "{point}"'
    else:
        sketch = "say where its readings are: [[messages.shape]] records, time, value, point"
    return f"keys {listed or 'none'} fit no known shape; {sketch}"


def _may_be_time(key: str, value: object) -> bool:
    if isinstance(value, str):
        return len(value) >= 10 and value[:4].isdecimal() and value[4] in "-/."
    return type(value) in (int, float) and OLDEST <= float(str(value)) <= NEWEST
