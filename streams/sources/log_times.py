"""The time column of a tabular log, to ns UTC."""

from __future__ import annotations

import numpy as np
import polars as pl

from config.errors import ConfigError
from config.sections.log import LogSettings
from kernels.rfc3339 import NOT_A_TIME
from streams.messages import I64

_NANOSECONDS = ((1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1_000), (np.inf, 1))
"""Numbers below the bound count in so many ns: s until the year 5138, then ms, us, ns."""

_ZONE = "(?i)(z|[+-][0-9]{2}:?[0-9]{2})$"
_YEAR_FIRST = "^[0-9]{4}[-/]?[0-9]{2}"


def times_of(column: pl.Series, settings: LogSettings) -> I64:
    """ns UTC of each row, `NOT_A_TIME` where the cell could not be read.

    Numbers are counted since 1970, in s, ms, us or ns by their size. Text is
    read by ``time_format``, else as ISO 8601 (what does not begin with the year
    may have day and month either way round, so it is not guessed at). A time
    that names no zone is in ``time_zone``: in the hour that a clock is set
    back, the first of the two is meant.
    """
    if column.dtype == pl.String:
        column = column.str.strip_chars()
        if not settings.time_format:
            numbers = column.cast(pl.Float64, strict=False)
            exact = column.cast(pl.Int64, strict=False)
            dated = column.str.contains(_YEAR_FIRST).fill_null(False)
            zoned = column.str.contains(_ZONE).fill_null(False)
            # One reading at a time fits a cell; the others leave it as it is.
            return np.maximum.reduce(
                [
                    _counted(exact if exact.count() == numbers.count() else numbers),
                    _dated(column.set(~(dated & zoned), None), settings),
                    _dated(column.set(~dated | zoned, None), settings),
                ]
            )
    return _counted(column) if column.dtype.is_numeric() else _dated(column, settings)


def unreadable(column: pl.Series, settings: LogSettings, where: str) -> ConfigError:
    """What to tell a person when no time of a log can be read."""
    sample = column.drop_nulls().head(1).to_list()
    return ConfigError(
        where,
        f"column {column.name!r}",
        f"the time {sample[0] if sample else ''!r} cannot be read"
        + (f" by the format {settings.time_format!r}" if settings.time_format else ""),
        'in coolwatch.toml: [log] time_format = "%m/%d/%Y %H:%M" (or what fits), time_column, time_zone',
    )


def _counted(column: pl.Series) -> I64:
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


def _dated(column: pl.Series, settings: LogSettings) -> I64:
    nothing = np.full(len(column), NOT_A_TIME, np.int64)
    if column.null_count() == len(column):
        return nothing
    try:
        if column.dtype == pl.String:
            column = column.str.to_datetime(
                settings.time_format or None, time_unit="ns", strict=False, ambiguous="earliest"
            )
        column = column.cast(pl.Datetime("ns", getattr(column.dtype, "time_zone", None)))
        if getattr(column.dtype, "time_zone", None) is None:
            column = column.dt.replace_time_zone(
                settings.time_zone, ambiguous="earliest", non_existent="null"
            )
    except pl.exceptions.PolarsError:  # nothing in it looks like a time
        return nothing
    times = column.dt.timestamp("ns").fill_null(0).to_numpy()
    return np.where(column.is_not_null().to_numpy(), times, nothing)
