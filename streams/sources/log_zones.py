"""Zones in the texts of times, and clocks that are set forward and back."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

from config.sections.log import LogSettings
from config.zone_names import zone_names, zone_offset
from kernels.rfc3339 import NOT_A_TIME
from streams.messages import I32, I64

HALF_HOUR = 1_800_000_000_000
_NAMES = "|".join(sorted((name for name in zone_names() if len(name) > 1), key=len, reverse=True))
OFFSET = r"(?:GMT|UTC)?\s*[+-]\d{1,2}(?::?\d{2})?"
"""An offset from UTC, as in +02:00 or GMT+1."""
ZONE = rf"(?:[0-9.]|[APap]\.?[Mm]\.?|\s)\s*\(?({OFFSET}|\b(?:{_NAMES})\b|Z\b)\)?\s*$"
"""A zone at the end of a text with a time of day."""
INNER = rf"\s\(?\b({_NAMES})\b\)?\s"
"""A zone's name before the date or the year, as in Unix's ``date``."""
_IN_FORMAT = re.compile(rf"\s*\(?(?:%[:#]*z|%Z|\b(?:{_NAMES})\b)\)?\s*$")


def without_zone(format: str) -> str:
    """A strptime format less the zone at its end, which is read apart."""
    return _IN_FORMAT.sub("", format)


def split_zones(texts: pl.Series, settings: LogSettings) -> tuple[pl.Series, I64 | None]:
    """(the texts without their zones, ns east of UTC of each; `NOT_A_TIME` where a text names none).

    None in place of offsets where no text names a zone. A zone that is not
    known leaves its text as it is, so that it cannot be read.
    """
    timed = texts.str.contains(r"\d[:hH.]\d\d")
    zone = texts.set(~timed.fill_null(False), None).str.extract(ZONE, 1)
    pattern = ZONE
    if zone.null_count() == len(zone):
        zone, pattern = texts.str.extract(INNER, 1), INNER
        if zone.null_count() == len(zone):
            return texts, None
    known = {
        name: east
        for name in zone.drop_nulls().unique().to_list()
        if (east := zone_offset(name, settings.time_zone)) is not None
    }
    offset = zone.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Int64)
    named = offset.is_not_null()
    bare = texts.str.replace(_cut(pattern), "$before" if pattern == ZONE else " ").str.strip_chars()
    return texts.zip_with(~named, bare), offset.fill_null(NOT_A_TIME).to_numpy()


def zone_texts(texts: pl.Series) -> list[str]:
    """The zones that stand in texts of times, each once; a word at the end of a time is taken for one."""
    timed = texts.filter(texts.str.contains(r"\d[:hH.]\d\d").fill_null(False))
    zones = timed.str.extract(ZONE, 1)
    words = timed.str.extract(r"[\d\s]\(?([A-Z]{3,5})\)?$", 1)
    found = pl.concat([zones, words]).drop_nulls().unique(maintain_order=True)
    return [each.strip() for each in found.to_list() if each not in ("AM", "PM")]


def _cut(pattern: str) -> str:
    """The pattern with what stands before the zone kept."""
    if pattern == INNER:
        return INNER
    before, rest = pattern.split(r"\s*\(?", 1)
    return rf"(?P<before>{before})\s*\(?{rest}"


class Clock:
    """Local times to UTC through the year, going on from block to block.

    In the hour that comes twice in autumn the rows' order decides: the first
    pass is in summer time, and once a point's times have run back in it, or
    stood still at a pace of half an hour or more, the second is meant.
    """

    def __init__(self, time_zone: str) -> None:
        self._zone = time_zone
        self._last: dict[str, tuple[int, bool]] = {}
        """By name, in an hour that comes twice: its last local time, and whether it was the second pass."""

    def utc(self, local: pl.Series, group: I32, names: list[str]) -> I64:
        """ns UTC of local times (null where there is none); `NOT_A_TIME` where no clock shows it."""
        first = local.dt.replace_time_zone(self._zone, ambiguous="earliest", non_existent="null")
        time = _stamps(first)
        if self._zone == "UTC":
            return time
        later = _stamps(local.dt.replace_time_zone(self._zone, ambiguous="latest", non_existent="null"))
        twice = np.flatnonzero(time != later)
        if len(twice):
            written = local.dt.timestamp("ns").fill_null(0).to_numpy()
            steps = np.diff(np.unique(written))
            slow = len(steps) > 0 and float(np.median(steps)) >= HALF_HOUR
            second = self._second(written[twice], group[twice], names, slow=slow)
            time = time.copy()
            time[twice[second]] = later[twice[second]]
        return time

    def _second(self, local: I64, group: I32, names: list[str], *, slow: bool) -> NDArray[np.bool_]:
        passes = np.zeros(len(local), np.bool_)
        for i, (at, key) in enumerate(zip(local.tolist(), group.tolist(), strict=True)):
            last, second = self._last.get(names[key], (at - 1, False))
            if abs(at - last) > 4 * HALF_HOUR:
                last, second = at - 1, False  # another year's
            second = second or at < last or (at == last and slow)
            self._last[names[key]] = (at, second)
            passes[i] = second
        return passes


def _stamps(times: pl.Series) -> I64:
    stamps = times.dt.timestamp("ns").fill_null(0).to_numpy()
    return np.where(times.is_not_null().to_numpy(), stamps, NOT_A_TIME)
