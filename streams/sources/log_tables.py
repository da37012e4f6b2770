"""Tabular logs as `Table`s, whatever their shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from config.sections.log import AUTO, LogSettings
from kernels.rfc3339 import NOT_A_TIME
from streams.errors import RejectReason
from streams.formats.times import EARLIEST, LATEST
from streams.messages import I32, I64, Reject
from streams.sources.arrival import UNKNOWN, with_arrival
from streams.sources.log_cells import doubted, header_unit, numbers_of
from streams.sources.log_file import LogFile
from streams.sources.log_times import RowTimes, joined_columns, unreadable
from streams.sources.sniff_dialect import SEPARATORS, shown_separator
from streams.sources.table_shape import COLUMN, FILE, FOLDER, WIDE, TableShape, check_shape, name_of_row
from streams.sources.tables import Table

Frames = Iterator[tuple[pl.DataFrame, I64]]
"""Rows, and the line at which each stands."""


class _Timed(NamedTuple):
    frame: pl.DataFrame
    line: I64
    time: I64
    shape: TableShape
    row_key: I32
    keys: list[dict[str, str]]
    written: pl.Series
    """What stands in the columns of the time."""


class TableReader:
    """Turns blocks of rows into `Table`s, keeping line numbers and arrival times going.

    A row holds one value or several. What a value is called is made of its
    header, of other cells of its row, and of the names of file and folder.
    ``shape_of`` says what the columns of a block are.
    """

    def __init__(
        self,
        log: LogFile,
        settings: LogSettings,
        shape_of: Callable[[pl.DataFrame], TableShape],
        damaged: list[Reject],
    ) -> None:
        self._log = log
        self._settings = settings
        self._shape_of = shape_of
        self._shapes: dict[tuple[str, ...], TableShape] = {}
        self._times = RowTimes(settings)
        self._started = False
        self._damaged = damaged
        self.rows = 0
        """How many rows were read that hold anything."""

    def read(self, frames: Frames) -> Iterator[Table]:
        """Tables of the frames. Raises ConfigError."""
        rows = (self._timed(frame, line) for frame, line in frames if frame.height)
        for timed, arrival in with_arrival(rows):
            yield self._table(timed, arrival)

    def _timed(self, frame: pl.DataFrame, line: I64) -> tuple[_Timed, I64]:
        """(the rows with their times, the times as far as they are known)."""
        frame = stripped(frame)
        columns = tuple(frame.columns)
        shape = self._shapes.get(columns)
        if shape is None:
            shape = self._shape_of(frame)
            check_shape(shape, columns, self._settings, str(self._log.path))
            self._shapes[columns] = shape
        row_key, keys = row_keys(frame, shape)
        parts = [frame[column] for column in shape.time]
        time = self._times.read(parts, row_key, ["\0".join(key.values()) for key in keys])
        # Later on, what cannot be read is bad input; if that is how it starts, the settings are wrong.
        if not self._started and (time == NOT_A_TIME).all():
            raise unreadable(parts, self._settings, str(self._log.path))
        self._started = True
        written = parts[0] if len(parts) == 1 else joined_columns(parts)
        timed = _Timed(frame, line, time, shape, row_key, keys, written)
        return timed, np.where(time == NOT_A_TIME, UNKNOWN, time)

    def _table(self, timed: _Timed, arrival: I64) -> Table:
        frame, shape = timed.frame, timed.shape
        rows, columns = frame.height, len(shape.values)
        one_a_row = columns == 1 and shape.name != WIDE
        value = np.empty((rows, columns))
        filled = np.empty((rows, columns), np.bool_)
        cells: list[tuple[int, str]] = []
        for j, column in enumerate(shape.values):
            value[:, j], text, empty = numbers_of(frame[column], self._settings)
            quality = shape.quality_of(column)
            if quality in frame.columns:
                for at, said in doubted(frame[quality]).items():
                    if not empty[at]:
                        text[at] = f"{text.get(at, value[at, j])} {{{said}}}"
                        value[at, j] = np.nan
            filled[:, j] = ~empty
            if one_a_row:
                text |= dict.fromkeys(np.flatnonzero(empty).tolist(), "")
            cells += [(row * columns + j, cell) for row, cell in text.items()]
        usable = (timed.time >= EARLIEST) & (timed.time < LATEST)
        are_rows = usable | filled.any(axis=1)
        self._refuse(timed, np.flatnonzero(~are_rows))
        self.rows += int(are_rows.sum())
        present = are_rows[:, None] & (filled | one_a_row)
        kept = np.flatnonzero(present.ravel())
        cells = [(at, cell) for at, cell in cells if are_rows[at // columns]]
        row_of = np.searchsorted(kept, [at for at, _ in cells])
        row: I64 = kept // columns if columns else kept
        point = timed.row_key[row] * columns + (kept % columns if columns else kept)
        ids, units = self._names(timed)
        return Table(
            self._log.name,
            ids,
            units,
            point.astype(np.int32),
            timed.time[row],
            value.ravel()[kept],
            {int(at): cell for at, (_, cell) in zip(row_of, cells, strict=True)},
            timed.line[row],
            arrival[row],
            _written(timed.written, row, ~usable),
        )

    def _refuse(self, timed: _Timed, rows: NDArray[np.intp]) -> None:
        """Rows with neither a time nor a value: what stands in them is refused."""
        separator = self._settings.separator if self._settings.separator != AUTO else ","
        for row in rows.tolist():
            cells = [
                text for cell in timed.frame.row(row) if cell is not None and (text := str(cell).strip())
            ]
            if not cells:
                continue
            text = separator.join(cells)
            reason, problem = RejectReason.NOT_A_ROW, "neither a time nor a value stands in it"
            if any(map(str.isdigit, text)):
                reason, problem = RejectReason.WRONG_TYPE, f"no row of the table: {_unlike(cells, separator)}"
            self._damaged.append(self._log.reject(int(timed.line[row]), reason, problem, text.encode()))

    def _names(self, timed: _Timed) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(name, unit) of each value column of each key in turn."""
        shape = timed.shape
        fixed = {FILE: self._log.title, FOLDER: self._log.folder}
        own = {column: header_unit(column) if self._settings.header_units else "" for column in shape.values}
        ids, units = [], []
        for key in timed.keys:
            for column in shape.values:
                ids.append(name_of_row(shape.name, fixed | key | {COLUMN: column}).strip())
                units.append(key.get(shape.unit, "") or own[column])
        return tuple(ids), tuple(units)


def stripped(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with no blanks around its headers, where they then still differ."""
    bare = [column.strip() for column in frame.columns]
    return frame.rename(
        {
            column: name
            for column, name in zip(frame.columns, bare, strict=True)
            if column != name and bare.count(name) == 1
        }
    )


def row_keys(frame: pl.DataFrame, shape: TableShape) -> tuple[I32, list[dict[str, str]]]:
    """(which key each row has, the keys: cells of what makes a name, and of the unit)."""
    wanted = dict.fromkeys([*shape.keys(), *([shape.unit] if shape.unit else [])])
    columns = [column for column in wanted if column in frame.columns]
    if not columns:
        return np.zeros(frame.height, np.int32), [{}]
    cells = frame.select(pl.col(column).cast(pl.String).fill_null("").str.strip_chars() for column in columns)
    distinct = cells.unique(maintain_order=True).with_row_index("\0row")
    row_key = cells.join(distinct, on=columns, how="left", maintain_order="left")["\0row"]
    return row_key.to_numpy().astype(np.int32), distinct.drop("\0row").to_dicts()


def _written(times: pl.Series, row: I64, strange: NDArray[np.bool_]) -> dict[int, str]:
    """What stood in place of the times of those of the rows that are strange."""
    if not strange.any():
        return {}
    at = np.flatnonzero(strange[row])
    texts = times.gather(row[at]).cast(pl.String).fill_null("").str.strip_chars().to_list()
    return dict(zip(at.tolist(), texts, strict=True))


def _unlike(cells: list[str], separator: str) -> str:
    """In what a line differs from the rows of its table."""
    other = next((each for each in SEPARATORS if each != separator and each in cells[0]), "")
    if len(cells) == 1 and other:
        return f"{shown_separator(other)} separates it, {shown_separator(separator)} the others"
    return f"the time {cells[0][:40]!r} cannot be read"
