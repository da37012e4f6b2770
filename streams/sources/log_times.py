"""The time column of a tabular log, to ns UTC."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from config.errors import ConfigError
from config.sections.log import LogSettings
from kernels.rfc3339 import NOT_A_TIME
from streams.formats.times import FAR_TIME
from streams.messages import I32, I64
from streams.sources.log_zones import Clock, split_zones, without_zone

_NANOSECONDS = ((1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1_000), (np.inf, 1))
"""Numbers below the bound count in so many ns: s until the year 5138, then ms, us, ns."""

EXCEL = "excel"
"""In place of a strptime format: days since 1899-12-30, as in 45823.5, which is 2025-06-15 12:00."""
EXCEL_DAYS = (36_526.0, 73_050.0)
"""Of the years 2000 to 2099."""
EXCEL_EPOCH = 25_569 * 86_400 * 1e9
"""1970, ns since 1899-12-30."""
_YEAR_FIRST = "^[0-9]{4}[-/.]?[0-9]{2}"
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_DAY_ENDS = r"(?P<before>^|[^0-9:.,])24(?P<rest>[:.h]?00(?:[:.]?00(?:[.,]0+)?)?(?:$|[^0-9:.,]))"
"""The hour 24 with nothing after it: it stands first in a time of day, and is not the 24 of 1:24:00."""
WITH_HOUR = re.compile(r"%[-_0^#]?[HIklTRrXcsMpP+]")
"""What says the time of day in a strptime format."""
WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-zäöü]*\.?,?\s+"
"""A day of the week before a date, in small letters."""
_WEEKDAY_FIRST = f"^(?i:{WEEKDAY})"
_MONTHS = {
    "jän": "Jan", "januar": "Jan", "februar": "Feb", "märz": "Mar", "mär": "Mar", "mrz": "Mar", "mai": "May",
    "juni": "Jun", "juli": "Jul", "okt": "Oct", "oktober": "Oct", "dez": "Dec", "dezember": "Dec",
    "janv": "Jan", "févr": "Feb", "mars": "Mar", "avr": "Apr", "juin": "Jun", "juil": "Jul",
    "août": "Aug", "déc": "Dec", "sept": "Sep",
}  # fmt: skip
"""German and French months (Unicode CLDR, gregorian calendar) that are not spelled as in English."""


class RowTimes:
    """Reads the times of rows, going on from block to block.

    Numbers are counted since 1970, in s, ms, us or ns by their size. Text is
    read by ``time_format``, else as ISO 8601 (what does not begin with the year
    may have day and month either way round, so it is not guessed at here). A
    time that names no zone is in ``time_zone``.
    """

    def __init__(self, settings: LogSettings) -> None:
        self._settings = settings
        self._formats = [without_zone(each) for each in settings.time_format if each != EXCEL]
        self._excel = EXCEL in settings.time_format
        self._clock = Clock(settings.time_zone)

    def read(self, columns: Sequence[pl.Series], group: I32, names: list[str]) -> I64:
        """ns UTC of each row, `NOT_A_TIME` where it could not be read.

        Several columns are joined with blanks. ``group`` says by its index in
        ``names`` whose row each is: the order within one decides in the hour
        that comes twice.
        """
        column = columns[0] if len(columns) == 1 else joined_columns(columns)
        if self._excel:
            return self._in_days(column, group, names)
        if column.dtype.is_numeric() and not self._formats:
            return counted(column)
        if column.dtype != pl.String:
            if not column.dtype.is_temporal():
                column = column.cast(pl.String)
            else:
                return self._dated(_in_ns(column), group, names)
        if not self._formats and (plain := _all_iso(column)) is not None:
            return self._dated(plain, group, names)
        column = column.str.strip_chars()
        if self._formats:
            return self._formatted(column, group, names)
        numbers = column.cast(pl.Float64, strict=False)
        exact = column.cast(pl.Int64, strict=False)
        times = counted(exact if exact.count() == numbers.count() else numbers)
        dated = column.str.contains(_YEAR_FIRST).fill_null(False) & numbers.is_null()
        if not dated.any():
            return times
        texts, offset = split_zones(column.set(~dated, None), self._settings)
        return np.maximum(times, self._zoned(_with_day_ends(texts, _iso), offset, group, names))

    def _in_days(self, column: pl.Series, group: I32, names: list[str]) -> I64:
        """Excel's days; what is none is read by the formats."""
        texts = column.cast(pl.String).str.strip_chars()
        days = texts.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
        days = days.set(~days.is_between(*EXCEL_DAYS), None)
        # Six places behind the point, as most have them, are a tenth of a second: whole seconds are meant.
        fine = texts.str.contains(r"[.,]\d{8,}").fill_null(False)
        second = (days * 86_400).round(3)
        second = second.round(0).zip_with(~fine, second)
        local = (second * 1e9 - EXCEL_EPOCH).cast(pl.Int64).cast(pl.Datetime("ns"))
        times = self._dated(local, group, names)
        return np.maximum(times, self._formatted(texts, group, names)) if self._formats else times

    def _formatted(self, column: pl.Series, group: I32, names: list[str]) -> I64:
        texts, offset = split_zones(column, self._settings)
        local = _with_day_ends(_plain(texts, self._formats), self._by_formats)
        return self._zoned(local, offset, group, names)

    def _by_formats(self, texts: pl.Series) -> pl.Series:
        """Local times of texts by the first format that reads each."""
        local = _no_times(texts)
        for each in self._formats:
            try:
                found = _parsed(texts, each)
            except pl.exceptions.PolarsError:
                continue
            if getattr(found.dtype, "time_zone", None) is not None:
                found = found.dt.replace_time_zone(None)
            local = local.zip_with(local.is_not_null(), found)
        return local

    def _zoned(self, local: pl.Series, offset: I64 | None, group: I32, names: list[str]) -> I64:
        if offset is None:
            return self._dated(local, group, names)
        named = offset != NOT_A_TIME
        times = np.full(len(local), NOT_A_TIME, np.int64)
        stamps = local.dt.timestamp("ns").fill_null(0).to_numpy()
        read = named & local.is_not_null().to_numpy()
        times[read] = stamps[read] - offset[read]
        if named.all():
            return times
        return np.maximum(times, self._dated(local.set(pl.Series(named), None), group, names))

    def _dated(self, local: pl.Series, group: I32, names: list[str]) -> I64:
        if getattr(local.dtype, "time_zone", None) is not None:
            stamps = local.dt.timestamp("ns").fill_null(0).to_numpy()
            return np.where(local.is_not_null().to_numpy(), stamps, NOT_A_TIME)
        return self._clock.utc(local, group, names)


def joined_columns(columns: Sequence[pl.Series]) -> pl.Series:
    """Several columns as one text, null where one of them is empty."""
    parts = [column.cast(pl.String).str.strip_chars() for column in columns]
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=" ")).to_series()


def _parsed(texts: pl.Series, format: str | None = None) -> pl.Series:
    """The times of texts, null for what is none; by the pattern that polars finds, unless one is given."""
    ns, us = (
        texts.str.to_datetime(format, time_unit=unit, strict=False, ambiguous="earliest")
        for unit in ("ns", "us")
    )
    return _held(ns, us)


def _in_ns(times: pl.Series) -> pl.Series:
    zone = getattr(times.dtype, "time_zone", None)
    return _held(times.cast(pl.Datetime("ns", zone), strict=False), times.cast(pl.Datetime("us", zone)))


def _held(ns: pl.Series, us: pl.Series) -> pl.Series:
    """Times in ns; from the year 2262 on, where these are none or wrap round, `FAR_TIME` in their place."""
    far = ((ns.dt.timestamp("ms") - us.dt.timestamp("ms")).abs() > 1).fill_null(True) & us.is_not_null()
    if not far.any():
        return ns
    return ns.zip_with(~far, pl.Series([FAR_TIME] * len(ns), dtype=pl.Int64).cast(ns.dtype))


def _all_iso(column: pl.Series) -> pl.Series | None:
    """The times of texts that all begin with the year and have one pattern, as most logs do; else None."""
    first = column[0] if len(column) else None
    if first is None or _ISO.match(first) is None:
        return None
    try:
        found = _parsed(column)
    except pl.exceptions.PolarsError:
        return None
    return found if found.null_count() == column.null_count() else None


def _with_day_ends(texts: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Local times as ``read`` has them; 24:00, which it cannot read, is the midnight that ends the day."""
    local = read(texts)
    ends = (texts.str.contains(_DAY_ENDS) & local.is_null()).fill_null(False)
    if not ends.any():
        return local
    begins = read(texts.set(~ends, None).str.replace(_DAY_ENDS, "${before}00${rest}"))
    return local.zip_with(~ends, begins + timedelta(days=1))


def _no_times(texts: pl.Series) -> pl.Series:
    return pl.Series(texts.name, [None] * len(texts), pl.Datetime("ns"))


def _iso(texts: pl.Series) -> pl.Series:
    """Local times of texts that begin with the year, whatever pattern most of them have."""
    nothing = _no_times(texts)
    if texts.null_count() == len(texts):
        return nothing
    try:
        found = _parsed(texts)
    except pl.exceptions.PolarsError:  # nothing in it looks like a time
        return nothing
    if getattr(found.dtype, "time_zone", None) is not None:
        found = found.dt.replace_time_zone(None)
    return found


def _plain(texts: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Texts as strptime knows them: AM for a.m., points before fractions, English months, no weekdays."""
    if any("%p" in each for each in formats):
        texts = texts.str.replace(r"(?i)\b([ap])\.?\s?m\b\.?", "${1}M")
    if any("%.f" in each for each in formats):
        texts = texts.str.replace(r"(:\d\d),(\d)", "$1.$2")
    if texts.str.contains(_WEEKDAY_FIRST).any():
        texts = texts.str.replace(_WEEKDAY_FIRST, "")
    if any("%b" in each or "%B" in each for each in formats):
        texts = texts.str.replace(r"(?i)([a-zäéû]{3,})\.", "$1")
        words = texts.str.extract(r"(?i)(\p{L}{3,})", 1).drop_nulls().unique().to_list()
        known = {word: month for word in words if (month := _MONTHS.get(word.lower())) is not None}
        if known:
            texts = texts.str.replace_many(list(known), list(known.values()))
    return texts


def unreadable(columns: Sequence[pl.Series], settings: LogSettings, where: str) -> ConfigError:
    """What to tell a person when no time of a log can be read."""
    column = columns[0] if len(columns) == 1 else joined_columns(columns)
    sample = column.drop_nulls().head(1).to_list()
    formats = " or ".join(repr(each) for each in settings.time_format)
    return ConfigError(
        where,
        f"column {' + '.join(repr(each.name) for each in columns)}",
        f"the time {sample[0] if sample else ''!r} cannot be read"
        + (f" by the format {formats}" if formats else ""),
        'in coolwatch.toml: [log] time_format = "%m/%d/%Y %H:%M" (or what fits), time_column, time_zone',
    )


def counted(column: pl.Series) -> I64:
    """Numbers since 1970, in s, ms, us or ns by the size of most of them, as ns; `NOT_A_TIME` for none."""
    known = column.is_not_null().to_numpy()
    values = column.fill_null(0).to_numpy()
    finite = known & np.isfinite(values.astype(np.float64))
    times = np.full(len(values), NOT_A_TIME, np.int64)
    if finite.any():
        size = float(np.median(np.abs(values[finite].astype(np.float64))))
        unit = next(unit for bound, unit in _NANOSECONDS if size < bound)
        limit = 9e18 / unit
        fits = finite & (np.abs(values.astype(np.float64)) < limit)
        if column.dtype.is_integer():
            times[fits] = values[fits].astype(np.int64) * unit
        else:
            whole = np.floor(values[fits])
            part = np.rint((values[fits] - whole) * unit).astype(np.int64)
            times[fits] = whole.astype(np.int64) * unit + part
    return times
