"""Names of time zones in texts of times: EDT, MESZ, GMT+1."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

MINUTE = 60_000_000_000
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*([+-])\s*(\d{1,2}):?(\d{2})?", re.IGNORECASE)


@cache
def zone_names() -> dict[str, tuple[int, ...]]:
    """Offsets from UTC in ns that a name can stand for, the most usual first."""
    text = files("config").joinpath("zone_names.toml").read_text(encoding="utf-8")
    offsets = tomllib.loads(text)["offsets"]
    return {name: tuple(_nanoseconds(each) for each in several) for name, several in offsets.items()}


def zone_offset(text: str, time_zone: str) -> int | None:
    """ns east of UTC that a zone's name or offset in a time means; None if it is not known or not sure.

    A name that stands for several is that of ``time_zone``, if it has it.
    """
    if _OFFSET.fullmatch(text):
        return _nanoseconds(text)
    several = zone_names().get(text.upper(), ())
    if len(several) == 1:
        return several[0]
    return next((each for each in several if each in _named(text.upper(), time_zone)), None)


@cache
def _named(name: str, time_zone: str) -> frozenset[int]:
    """Offsets that the zone has under this name, in any month of the year 2024."""
    zone = ZoneInfo(time_zone)
    months = [datetime(2024, month, 15, tzinfo=zone) for month in range(1, 13)]
    return frozenset(
        round((each.utcoffset() or each - each).total_seconds()) * 1_000_000_000
        for each in months
        if each.tzname() == name
    )


def _nanoseconds(offset: str) -> int:
    found = _OFFSET.fullmatch(offset)
    if found is None:
        raise ValueError(f"{offset!r} is no offset")
    sign, hours, minutes = found.groups()
    size = (int(hours) * 60 + int(minutes or 0)) * MINUTE
    return -size if sign == "-" else size
