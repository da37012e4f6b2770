"""Tabular logs: CSV (long or wide) and Parquet, as `Table`s."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from config.errors import ConfigError
from config.sections.log import LogSettings
from kernels.rfc3339 import NOT_A_TIME
from streams.errors import RejectReason
from streams.messages import F64, I32, I64, Reject
from streams.sources.arrival import UNKNOWN, with_arrival
from streams.sources.log_file import LogFile
from streams.sources.log_times import times_of, unreadable
from streams.sources.tables import Table

BLOCK_ROWS = 20_000
UNIT_COLUMN = "unit"
NO_VALUE = ("", "NA", "N/A", "null", "NULL", "None")
"""Cells without a value. In a wide log they are no readings at all; in a long one, each is refused."""
_WORDS = {"true": "1", "false": "0", "True": "1", "False": "0", "TRUE": "1", "FALSE": "0"}


class TableReader:
    """Turns blocks of rows into `Table`s, keeping line numbers and arrival times going.

    *Long*, where the columns of point and value are both there: a row is one
    reading (a column ``unit`` is heeded). Else *wide*: every column but the
    time is a point, named as its header without spaces at its ends.
    """

    def __init__(self, path: Path, settings: LogSettings) -> None:
        self._name = path.name
        self._where = str(path)
        self._settings = settings
        self._started = False

    def read(self, frames: Iterator[tuple[pl.DataFrame, I64]]) -> Iterator[Table]:
        """Tables of frames that come with the line at which each row stands. Raises ConfigError."""
        rows = (self._timed(frame, line) for frame, line in frames if frame.height)
        for (frame, line, time), arrival in with_arrival(rows):
            point, value = self._settings.point_column, self._settings.value_column
            if point in frame.columns and value in frame.columns:
                yield self._long(frame, time, line, arrival)
            else:
                yield self._wide(frame, time, line, arrival)

    def _timed(self, frame: pl.DataFrame, line: I64) -> tuple[tuple[pl.DataFrame, I64, I64], I64]:
        """((the frame without its time, lines, times), the times as far as they are known)."""
        frame = frame.rename({column: column.strip() for column in frame.columns})
        column = self._time_column(frame.columns)
        time = times_of(frame[column], self._settings)
        # Later on, what cannot be read is bad input; if that is how it starts, the settings are wrong.
        if not self._started and (time == NOT_A_TIME).all():
            raise unreadable(frame[column], self._settings, self._where)
        self._started = True
        return (frame.drop(column), line, time), np.where(time == NOT_A_TIME, UNKNOWN, time)

    def _time_column(self, columns: list[str]) -> str:
        wanted = self._settings.time_column
        if not wanted:
            return columns[0]
        if wanted not in columns:
            raise ConfigError(
                self._where,
                f"column {wanted!r}",
                "is not there",
                f"[log] time_column is one of: {', '.join(columns)}",
            )
        return wanted

    def _long(self, frame: pl.DataFrame, time: I64, line: I64, arrival: I64) -> Table:
        keys = frame.select(
            pl.col(self._settings.point_column).cast(pl.String).fill_null("").str.strip_chars().alias("name"),
            (pl.col(UNIT_COLUMN).cast(pl.String) if UNIT_COLUMN in frame.columns else pl.lit(""))
            .fill_null("")
            .str.strip_chars()
            .alias("unit"),
        )
        distinct = keys.unique(maintain_order=True).with_row_index("point")
        point = keys.join(distinct, on=["name", "unit"], how="left", maintain_order="left")["point"]
        value, garbage, empty = _numbers(frame[self._settings.value_column])
        text = garbage | dict.fromkeys(np.flatnonzero(empty).tolist(), "")
        return Table(
            self._name,
            tuple(distinct["name"]),
            tuple(distinct["unit"]),
            point.to_numpy().astype(np.int32),
            time,
            value,
            text,
            line,
            arrival,
        )

    def _wide(self, frame: pl.DataFrame, time: I64, line: I64, arrival: I64) -> Table:
        rows, columns = frame.shape
        value = np.empty((rows, columns))
        present = np.empty((rows, columns), np.bool_)
        cells: list[tuple[int, str]] = []
        for j, column in enumerate(frame.iter_columns()):
            value[:, j], garbage, empty = _numbers(column)
            present[:, j] = ~empty
            cells += [(row * columns + j, cell) for row, cell in garbage.items()]
        kept = np.flatnonzero(present.ravel())
        row_of = np.searchsorted(kept, [at for at, _ in cells])
        row: I64 = kept // columns if columns else kept
        point: I32 = (kept % columns if columns else kept).astype(np.int32)
        return Table(
            self._name,
            tuple(frame.columns),
            ("",) * columns,
            point,
            time[row],
            value.ravel()[kept],
            {int(at): cell for at, (_, cell) in zip(row_of, cells, strict=True)},
            line[row],
            arrival[row],
        )


def _numbers(column: pl.Series) -> tuple[F64, dict[int, str], np.ndarray]:
    """(value, what stood in cells that are no numbers, which cells are empty) of a column."""
    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        empty = column.is_null()
        return column.cast(pl.Float64).fill_null(np.nan).to_numpy(), {}, empty.to_numpy()
    words = column.cast(pl.String).str.strip_chars()
    empty = words.is_null() | words.is_in(NO_VALUE)
    value = words.replace(_WORDS).cast(pl.Float64, strict=False)
    strange = (value.is_null() & ~empty).arg_true()
    garbage = dict(zip(strange.to_list(), words.gather(strange).to_list(), strict=True))
    return value.fill_null(np.nan).to_numpy(), garbage, empty.to_numpy()


def csv_frames(
    log: LogFile, settings: LogSettings, damaged: list[Reject]
) -> Iterator[tuple[pl.DataFrame, I64]]:
    """The rows of a CSV log with a header, all cells as text, and the line of each.

    A line break inside a cell is not understood.
    """
    separator = "\t" if log.suffix() == ".tsv" else settings.separator
    header = b""
    first_line = 2
    for block in log.blocks(damaged):
        if not header:
            head, _, block = block.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
            header = head.rstrip(b"\r") + b"\n"
        try:
            frame = _frame(header + block, separator)
            line = np.arange(first_line, first_line + frame.height, dtype=np.int64)
        except pl.exceptions.ComputeError:
            frame, line = _ragged(header, block, first_line, separator, log, damaged)
        first_line += block.count(b"\n")
        yield frame, line


def _frame(text: bytes, separator: str) -> pl.DataFrame:
    return pl.read_csv(
        io.BytesIO(text),
        separator=separator,
        infer_schema=False,
        encoding="utf8-lossy",
        raise_if_empty=False,
    )


def _ragged(
    header: bytes, block: bytes, first_line: int, separator: str, log: LogFile, damaged: list[Reject]
) -> tuple[pl.DataFrame, I64]:
    """A block line by line: a line that is no row under the header is refused, the rest stands."""
    names = _frame(header, separator).columns
    rows: list[list[str | None]] = []
    numbers = []
    for number, line in enumerate(block.split(b"\n"), first_line):
        if not line.strip():
            continue
        try:
            cells = next(csv.reader([line.rstrip(b"\r").decode("utf-8", "replace")], delimiter=separator), [])
            problem = f"more cells than the header's {len(names)}" if len(cells) > len(names) else ""
        except csv.Error as error:
            cells, problem = [], str(error)
        if problem:
            damaged.append(log.reject(number, RejectReason.WRONG_TYPE, problem, line))
            continue
        rows.append([cell or None for cell in cells] + [None] * (len(names) - len(cells)))
        numbers.append(number)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame, np.array(numbers, np.int64)


def parquet_frames(log: LogFile) -> Iterator[tuple[pl.DataFrame, I64]]:
    """The rows of a Parquet log, and the number of each from 1. Raises ConfigError."""
    try:
        scan = pl.scan_parquet(log.path)
        rows = int(scan.select(pl.len()).collect().item())
        for start in range(0, rows, BLOCK_ROWS):
            frame = scan.slice(start, BLOCK_ROWS).collect()
            log.read = log.size * min(rows, start + BLOCK_ROWS) // rows
            yield frame, np.arange(start + 1, start + 1 + frame.height, dtype=np.int64)
    except pl.exceptions.PolarsError as error:
        problem = str(error).splitlines()[0]
        raise ConfigError(str(log.path), "", problem, "give a Parquet file that is whole") from None
