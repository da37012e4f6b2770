"""Which columns of a table hold the times, and how these are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from config.sections.log import LogSettings
from config.zone_names import zone_names, zone_offset
from kernels.rfc3339 import NOT_A_TIME
from streams.formats.times import EARLIEST, LATEST
from streams.messages import I32, I64
from streams.sources.log_times import EXCEL, WITH_HOUR, RowTimes, joined_columns
from streams.sources.log_zones import zone_texts
from streams.sources.sniff_time_formats import (
    ORDERS,
    clock_alone,
    day_alone,
    day_and_time,
    format_in_order,
    is_epoch,
    is_excel_day,
    most_are,
    order_of,
    texts_of,
)
from streams.sources.table_doubt import Doubt

FORMATS = 4
"""So many ways of writing a time in one log are taken up."""
_LIKE_A_TIME = re.compile("time|date|zeit|datum|heure|tid|stamp|hour|uhr|时间|日期", re.IGNORECASE)
NO_HOUR = "all rows of a day would stand at midnight"


class Times(NamedTuple):
    """The time of a table."""

    columns: tuple[str, ...]
    """Empty where none was found."""
    formats: tuple[str, ...]
    """strptime formats; none where the text tells by itself."""
    others: tuple[str, ...]
    """Columns that hold times too."""
    found: list[str]
    doubts: list[Doubt]


def times_told(
    frame: pl.DataFrame, settings: LogSettings, whole: Callable[[Sequence[str]], Iterable[str]]
) -> Times:
    """Where the times stand in a sample, and how, as far as ``settings`` leave it open.

    ``whole`` gives the joined texts of some columns over the whole log, for what the sample does not tell.
    """
    full, days, clocks = _sorted(frame, settings)
    columns = settings.time_column or _chosen(full, days, clocks) or (frame.columns[0],)
    if any(column not in frame.columns for column in columns):
        return Times(columns, (), (), [], [])
    others = tuple(each for each in (*full, *days, *clocks) if each not in columns)
    if any(frame.schema[each].is_temporal() and frame.schema[each] != pl.Time for each in columns):
        doubts = (
            [_no_hour(columns, clocks)] if frame.schema[columns[0]] == pl.Date and len(columns) == 1 else []
        )
        return Times(columns, (), others, [], doubts)
    texts = _texts(frame, columns)
    if settings.time_format:
        return _by_format(settings, columns, others, clocks, frame)
    if texts and all(map(is_excel_day, texts)) and not all(map(str.isdigit, texts)):
        if settings.time_column or _LIKE_A_TIME.search(columns[0]):
            found = [f"times as {texts[0]!r}: Excel's days since 1899-12-30"]
            return Times(columns, (EXCEL,), others, found, [])
        problem = f"{texts[0]!r} in {columns[0]!r} may be a time, in Excel's days since 1899-12-30"
        mend = f'time_column = "{columns[0]}" and time_format = "{EXCEL}"'
        return Times(columns, (), others, [], [Doubt(problem, mend)])
    if most_are(texts, day_alone) and not most_are(texts, day_and_time):
        return Times(columns, (), others, [], [_no_hour(columns, clocks)])
    found = [f"time from {' and '.join(map(repr, columns))}"] if len(columns) > 1 else []
    doubts = _zone_doubts(frame, columns, settings)
    if not doubts and _read_by_itself(frame, columns, settings):
        return Times(columns, (), others, found, doubts)
    written = [each for text in texts if (each := day_and_time(text)) is not None]
    if not written:
        return Times(columns, (), others, found, doubts)
    order = order_of(written)
    if not order.sure:
        order = order_of(each for text in whole(columns) if (each := day_and_time(text)) is not None)
    formats = tuple(dict.fromkeys(format_in_order(each.format, order.name) for each in written))[:FORMATS]
    if not order.sure:
        other = next(name for name in ORDERS if name != order.name)
        ways = " or ".join(f'"{format_in_order(written[0].format, name)}"' for name in (order.name, other))
        doubts.append(Doubt(f"{texts[0]!r} may have day or month first", f"time_format = {ways}"))
    found.append(f"times as {texts[0]!r}: {', '.join(formats)}")
    return Times(columns, formats, others, found, doubts)


def _by_format(
    settings: LogSettings,
    columns: tuple[str, ...],
    others: tuple[str, ...],
    clocks: Sequence[str],
    frame: pl.DataFrame,
) -> Times:
    """What a format that is given makes of the columns: one of days takes the hour from another column."""
    formats = settings.time_format
    if all(each == EXCEL or WITH_HOUR.search(each) for each in formats):
        return Times(columns, formats, others, [], [])
    if len(columns) == 1 and clocks and not settings.time_column:
        columns = (columns[0], clocks[0])
    hours = [each for each in columns if each in clocks]
    if not hours:
        problem = f"the format {', '.join(formats)!r} says no time of day: {NO_HOUR}"
        mend = f'time_column = ["Date", "Time"] and time_format = "{formats[0]} %H:%M:%S"'
        return Times(columns, formats, others, [], [Doubt(problem, mend)])
    clock = clock_alone(next(iter(texts_of(frame[hours[0]])), ""))
    joined = tuple(each if WITH_HOUR.search(each) else f"{each} {clock}" for each in formats)
    return Times(
        columns,
        joined,
        tuple(each for each in others if each not in columns),
        [f"time from {' and '.join(map(repr, columns))}"],
        [],
    )


def _no_hour(columns: Sequence[str], clocks: Sequence[str]) -> Doubt:
    joined = ", ".join(f'"{each}"' for each in (columns[0], clocks[0] if clocks else "Time"))
    return Doubt(f"{columns[0]!r} holds days without a time of day: {NO_HOUR}", f"time_column = [{joined}]")


def _sorted(frame: pl.DataFrame, settings: LogSettings) -> tuple[list[str], list[str], list[str]]:
    """Columns that hold whole times, days and times of day."""
    full: list[str] = []
    days: list[str] = []
    clocks: list[str] = []
    for name in frame.columns:
        kind = frame.schema[name]
        if kind == pl.Time:
            clocks.append(name)
        elif kind.is_temporal():
            (days if kind == pl.Date else full).append(name)
        elif kind == pl.String:
            texts = texts_of(frame[name].head(100))
            if most_are(texts, day_and_time) or (_may_be_epoch(name, frame) and most_are(texts, is_epoch)):
                full.append(name)
            elif most_are(texts, day_alone) and (not texts[0].isdigit() or "date" in name.lower()):
                days.append(name)
            elif most_are(texts, clock_alone):
                clocks.append(name)
            elif settings.time_format and not full and _reads(frame[name].head(100), settings):
                full.append(name)
    return full, days, clocks


def _may_be_epoch(name: str, frame: pl.DataFrame) -> bool:
    return name == frame.columns[0] or "time" in name.lower() or name.lower() in ("ts", "t", "epoch")


def _reads(column: pl.Series, settings: LogSettings) -> bool:
    times = RowTimes(settings).read([column], *_one_group(len(column)))
    return bool((times != NOT_A_TIME).mean() > 0.5) if len(times) else False


def _chosen(full: Sequence[str], days: Sequence[str], clocks: Sequence[str]) -> tuple[str, ...]:
    if full:
        return ("_time",) if "_time" in full else (full[0],)
    if days:
        return (days[0], *clocks[:1])
    return ()


def _texts(frame: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    return texts_of(joined_columns([frame[column] for column in columns]))


def _read_by_itself(frame: pl.DataFrame, columns: Sequence[str], settings: LogSettings) -> bool:
    """Whether the reader takes most of the times without a format."""
    times = RowTimes(settings).read([frame[c] for c in columns], *_one_group(frame.height))
    return bool((times != NOT_A_TIME).mean() >= 0.9) if len(times) else True


def _one_group(rows: int) -> tuple[I32, list[str]]:
    return np.zeros(rows, np.int32), [""]


def _zone_doubts(frame: pl.DataFrame, columns: Sequence[str], settings: LogSettings) -> list[Doubt]:
    doubts = []
    for zone in zone_texts(pl.Series(_texts(frame, columns), dtype=pl.String)):
        if zone_offset(zone, settings.time_zone) is not None:
            continue
        several = zone_names().get(zone.upper(), ())
        ways = " or ".join(f"{each / 3.6e12:+g} h" for each in several)
        says = f"may be UTC{' or UTC'.join(ways.split(' or '))}" if several else "is no zone that is known"
        mend = 'time_zone, as in time_zone = "Asia/Shanghai"'
        doubts.append(Doubt(f"{zone!r} in the times {says}", mend))
    return doubts


def names_no_zone(frame: pl.DataFrame, columns: Sequence[str]) -> bool:
    """Whether the times of a sample are local ones, of which nothing says where."""
    kinds = [frame.schema[each] for each in columns]
    if any(kind != pl.String for kind in kinds):
        return any(kind.is_temporal() and getattr(kind, "time_zone", None) is None for kind in kinds)
    texts = _texts(frame, columns)
    return not (most_are(texts, is_epoch) or zone_texts(pl.Series(texts, dtype=pl.String)))


def stamps_of(frame: pl.DataFrame, columns: Sequence[str], settings: LogSettings) -> I64:
    """ns UTC of the rows of a sample; `NOT_A_TIME` also where a time is absurd, since many are made one."""
    times = RowTimes(settings).read([frame[c] for c in columns], *_one_group(frame.height))
    return np.where((times >= EARLIEST) & (times < LATEST), times, NOT_A_TIME)
