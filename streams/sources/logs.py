"""Recorded logs, for `replay` and `publish`.

    messages   one a line, or JSON over any lines, in arrival order
    tables     CSV and Parquet, of the shapes that `streams.sources.sniff_shape` tells

`streams.sources.log_kind` tells what a log is from what stands in it. All but
Parquet may be gzipped; a folder or a zip file of them is several. One log is
played in the order in which it stands, its time running backwards and all, but
for tables whose order `[log]` says or the table shows
(`streams.sources.log_order`). Several are merged by arrival
(`streams.sources.arrival`): logs of different equipment run side by side, and
logs of one day after another follow each other, in whatever order they are given;
within a log nothing changes places. A table beside messages stays a table,
whatever format the messages have. Rejects of a merged run name all its logs of
that kind and the line in its own log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from config.sections.log import LogSettings
from config.sections.messages import MessagesSettings
from streams.errors import RejectReason
from streams.formats.decoded import Decoded
from streams.formats.decoder import Decoder
from streams.formats.readers import reader_for
from streams.messages import Counts, Readings, Reject
from streams.records import Records
from streams.sources import log_lines, mixture, tables
from streams.sources.arrival import UNKNOWN
from streams.sources.log_csv import csv_frames
from streams.sources.log_document import document_records
from streams.sources.log_file import LONGEST_LINE, LogFile
from streams.sources.log_folder import logs_at, unread_sentence
from streams.sources.log_kind import Kind
from streams.sources.log_layouts import layouts_of, refuse_doubts
from streams.sources.log_lines import line_records, stamped_records
from streams.sources.log_order import by_time, newest_last
from streams.sources.log_parquet import parquet_frames
from streams.sources.log_tables import TableReader
from streams.sources.merge import merged
from streams.sources.mixture import Mixture
from streams.sources.sniff import later_shape
from streams.sources.table_layout import Layout
from streams.sources.table_shape import TableShape
from streams.sources.tables import Table

HEAD_SHOWN = 200
"""Bytes that are shown of a log without rows."""


class LogSource:
    """One or several recorded logs. Raises ConfigError for what cannot be read at all."""

    def __init__(
        self, paths: Sequence[Path | str], settings: LogSettings, messages: MessagesSettings
    ) -> None:
        self._found = logs_at(Path(path) for path in paths)
        self._logs = self._found.logs
        self._tabular = [log for log in self._logs if _tabular(log)]
        self._settings = settings
        self._reader = reader_for(messages)
        self._layouts: list[Layout] | None = None
        self._readers: list[TableReader] = []
        self._rows_told = 0
        self.damaged: list[Reject] = []
        """Where a log broke off, and lines that fit no table; `decoded` hands them on by itself."""

    def layouts(self) -> list[Layout]:
        """How the tables among the logs are laid out, doubts and all."""
        if self._layouts is None:
            self._layouts = layouts_of(self._tabular, self._settings)
        return self._layouts

    @property
    def total_bytes(self) -> int:
        """Size of the logs on disk."""
        return sum(log.size for log in self._logs)

    @property
    def read_bytes(self) -> int:
        """How much of it has been read."""
        return sum(log.read for log in self._logs)

    def not_read(self) -> list[str]:
        """What of the logs could not be read so far, as files: where one breaks off, what is no log."""
        said = [
            f"{log.path.name} breaks off: {log.broken}. What came before that was read, nothing behind it. "
            "Fetch the log again, whole."
            for log in self._logs
            if log.broken
        ]
        said += [
            f"{log.path.name} holds a line of more than {LONGEST_LINE >> 20} MiB, which is not read. "
            "See what wrote it."
            for log in self._logs
            if log.has_long_line
        ]
        return said + ([unread_sentence(self._found.unread)] if self._found.unread else [])

    def decoded(self, decoder: Decoder) -> Iterator[Decoded]:
        """All logs through a decoder, damage too: the books of all of it add up."""
        for batch in self._runs():
            yield from self.damage()
            yield decoder.decode(batch) if isinstance(batch, Records) else batch.decoded(decoder)
        yield from self.damage()

    def batches(self) -> Iterator[Records | Table]:
        """What the logs hold, tables as tables; in the order of arrival but for a table and messages."""
        for run in self._runs():
            if not isinstance(run, Mixture):
                yield run
                continue
            yield from (part for part in (run.tables, run.messages) if part is not None)

    def _runs(self) -> Iterator[Records | Table | Mixture]:
        if len(self._logs) == 1:
            log = self._logs[0]
            yield from self._tables(log) if _tabular(log) else self._messages(log)
            return
        for run in merged([self._arrived(log) for log in self._logs], mixture.arrival_of, mixture.joined):
            if run.messages is not None:
                run.messages.timestamp[:] = UNKNOWN  # as in a log alone: nobody but the log says when
            yield run

    def _arrived(self, log: LogFile) -> Iterator[mixture.Run]:
        """The lines of a log with the arrival of each."""
        return self._tables(log) if _tabular(log) else self._stamped(log)

    def _stamped(self, log: LogFile) -> Iterator[Records]:
        return stamped_records(self._messages(log), self._reader)

    def _messages(self, log: LogFile) -> Iterator[Records]:
        read = document_records if log.kind == Kind.DOCUMENT else line_records
        return read(log, self.damaged)

    def records(self) -> Iterator[Records]:
        """The logs as messages; ``timestamp`` is the arrival of each, ns, never falling."""
        runs = [
            map(tables.messages_of, self._tables(log)) if _tabular(log) else self._stamped(log)
            for log in self._logs
        ]
        yield from (
            merged(runs, lambda run: run.timestamp, log_lines.joined_records) if len(runs) != 1 else runs[0]
        )

    def _tables(self, log: LogFile) -> Iterator[Table]:
        layouts = self.layouts()
        refuse_doubts(self._tabular, layouts)
        layout = layouts[self._tabular.index(log)]
        if layout.instead:
            self.damaged.append(log.reject(1, *layout.instead, log.head(HEAD_SHOWN)))
            log.read = log.size
            return iter(())

        def shape_of(frame: pl.DataFrame) -> TableShape:
            if tuple(frame.columns) == layout.columns and layout.shape is not None:
                return layout.shape
            return later_shape(frame, layout.dialect)

        frames = (
            parquet_frames(log) if log.kind == Kind.PARQUET else csv_frames(log, layout.dialect, self.damaged)
        )
        if layout.dialect.order == "reversed":
            frames = newest_last(frames)
        reader = TableReader(log, layout.dialect, shape_of, self.damaged)
        self._readers.append(reader)
        tables = reader.read(frames)
        if layout.dialect.order == "time":
            tables = by_time(tables)
        return (table for table in tables if len(table))

    def damage(self) -> Iterator[Decoded]:
        """What broke off, and what fits no table, since this was last asked; with its books."""
        rows = sum(reader.rows for reader in self._readers) - self._rows_told
        if self.damaged or rows:
            rejects = list(self.damaged)
            self.damaged.clear()
            self._rows_told += rows
            lost = sum(reject.offset > 0 and reject.reason != RejectReason.NOT_A_ROW for reject in rejects)
            counts = Counts(records=len(rejects), rejected_records=len(rejects))
            books = Decoded(Readings.empty(), np.empty(0, np.int64), rejects, counts)
            yield replace(books, rows=rows + lost, lost_rows=lost)


def _tabular(log: LogFile) -> bool:
    return log.kind in (Kind.TABLE, Kind.PARQUET)
