"""Obvious twins of kernels.rfc3339 and kernels.json_messages: regular expressions and the json module."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from kernels.rfc3339 import NOT_A_TIME

TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))", re.ASCII
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEYS = {"point", "time", "value", "unit"}

Reading = tuple[str, str, int, float]


class NotPlain(Exception):
    """The record is for the full parser."""


def naive_rfc3339(buffer, start: int, end: int) -> int:
    found = TIME.fullmatch(bytes(buffer[start:end]).decode("latin-1"))
    if found is None:
        return NOT_A_TIME
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if second > 60:
        return NOT_A_TIME
    offset = timedelta(0)
    if found[8]:
        if int(found[9]) > 23 or int(found[10]) > 59:
            return NOT_A_TIME
        offset = timedelta(hours=int(found[9]), minutes=int(found[10])) * (-1 if found[8] == "-" else 1)
    try:
        # Years that int64 ns cannot hold are moved to the nearest that it can, after the date has
        # been looked at. Python knows no year 0, but year 400 has the same calendar.
        datetime(year or 400, month, day, hour, minute)
        moved = min(max(year, 1700), 2200)
        days = (datetime(moved, month, 1) - datetime(1970, 1, 1)).days + day - 1
        datetime(2000, 1, 1, hour, minute)
    except ValueError:
        return NOT_A_TIME
    time = timedelta(days=days, hours=hour, minutes=minute, seconds=second) - offset
    fraction = int(((found[7] or "") + "0" * 9)[:9])
    return (time.days * 86_400 + time.seconds) * 10**9 + fraction


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise NotPlain
    return dict(pairs)


def nothing(name: str) -> None:
    raise NotPlain


def plain_reading(item: object) -> Reading:
    if not isinstance(item, dict) or not {"point", "time", "value"} <= item.keys() <= KEYS:
        raise NotPlain
    point, unit, time, value = item["point"], item.get("unit", ""), item["time"], item["value"]
    if not isinstance(point, str) or not isinstance(unit, str) or not point:
        raise NotPlain
    if isinstance(time, str):
        text = time.encode()
        time = naive_rfc3339(text, 0, len(text))
        if time == NOT_A_TIME:
            raise NotPlain
    elif isinstance(time, int) and not isinstance(time, bool) and 0 <= time <= 9 * 10**12:
        time *= 10**6
    else:
        raise NotPlain
    if not isinstance(value, int | float):
        raise NotPlain
    return point, unit, time, float(value)


def naive_parse_messages(records: list[bytes]) -> list[list[Reading] | None]:
    """The readings of each record, None where a record is not plain."""
    taken: list[list[Reading] | None] = []
    for record in records:
        try:
            text = record.decode()
            if "\\" in text or text.startswith("\ufeff"):
                raise NotPlain
            # A number of any size is fine here, even if no double can hold it.
            document = json.loads(text, object_pairs_hook=once, parse_constant=nothing)
            items = document if isinstance(document, list) else [document]
            taken.append([plain_reading(item) for item in items] if items else None)
        except (ValueError, OverflowError, NotPlain):
            taken.append(None)
    return taken


TWINS = {
    "kernels.rfc3339.rfc3339": naive_rfc3339,
    "kernels.json_messages.parse_messages": naive_parse_messages,
}
