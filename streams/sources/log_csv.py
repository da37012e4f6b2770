"""CSV logs as frames of text: preamble, comments, headers that come again or change."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from config.sections.log import AUTO, LogSettings
from streams.errors import RejectReason
from streams.messages import I64, Reject
from streams.sources.log_encoding import as_utf8
from streams.sources.log_file import LogFile

ANNOTATIONS = (b"#datatype", b"#group", b"#default")
"""How the lines over a header of InfluxDB's annotated CSV begin (InfluxDB documentation, "Annotated CSV")."""


_BRACES = re.compile(r"\{[^{}]*\}")


class Part(NamedTuple):
    """Rows under one header."""

    header: bytes
    rows: bytes
    first_line: int


def csv_frames(
    log: LogFile, settings: LogSettings, damaged: list[Reject]
) -> Iterator[tuple[pl.DataFrame, I64]]:
    """The rows of a CSV log, all cells as text, and the line of each. ``settings`` say no "auto".

    A line break inside a cell is not understood.
    """
    separator = separator_of(log, settings)
    sections = Sections(settings, separator)
    for block in log.blocks(damaged, settings.encoding):
        for part in sections.parts(plain_lines(as_utf8(block))):
            frame, line = part_frame(part, separator, log, damaged)
            yield frame, line


def plain_lines(text: bytes) -> bytes:
    """Lines that end with a line feed, whatever ends them, without the marks of files that were joined."""
    if text.count(b"\r") > text.count(b"\r\n"):
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return text.replace(b"\n" + codecs.BOM_UTF8, b"\n")


def separator_of(log: LogFile, settings: LogSettings) -> str:
    """The separator that is set, else a tab in .tsv and a comma elsewhere."""
    if settings.separator != AUTO:
        return settings.separator
    return "\t" if log.suffix == ".tsv" else ","


class Sections:
    """Cuts blocks of lines where a header stands: at the start, and wherever one comes again."""

    def __init__(self, settings: LogSettings, separator: str) -> None:
        self._separator = separator.encode()
        self._comment = settings.comment.encode()
        self._skip = max(settings.preamble, 0)
        self._header = b""
        self._again = b""
        """How a line begins that is a header again."""
        self._line = 1
        self.annotated = False
        if settings.columns:
            text = io.StringIO()
            csv.writer(text, delimiter=separator, lineterminator="\n").writerow(settings.columns)
            self._header = text.getvalue().encode()

    def parts(self, block: bytes) -> Iterator[Part]:
        """The rows of a block under their headers, and the number of the first line of each."""
        while block and (not self._header or self._line <= self._skip):
            line, _, block = block.partition(b"\n")
            self._pass_over(line)
        if not block:
            return
        if not self._breaks(block):
            yield Part(self._header, block, self._line)
            self._line += block.count(b"\n")
            return
        rows: list[bytes] = []
        for line in io.BytesIO(block):
            if self._header and not self._is_break(line):
                rows.append(line)
                continue
            if rows:
                yield Part(self._header, b"".join(rows), self._line)
                self._line += len(rows)
                rows = []
            self._pass_over(line.rstrip(b"\n"))
        if rows:
            yield Part(self._header, b"".join(rows), self._line)
            self._line += sum(row.endswith(b"\n") for row in rows)

    def _breaks(self, block: bytes) -> bool:
        """Whether any line of a block may be none of the table's rows."""
        if self.annotated:
            return True
        # Looked for without the line's end first: that is many times as fast.
        return any(
            start and start in block and (block.startswith(start) or b"\n" + start in block)
            for start in (self._comment, self._again)
        )

    def _is_break(self, line: bytes) -> bool:
        return (
            bool(self._comment and line.startswith(self._comment))
            or bool(self._again and line.startswith(self._again))
            or (self.annotated and not line.strip())
        )

    def _pass_over(self, line: bytes) -> None:
        """A line that is no row: a header, or of the preamble, a comment, blank."""
        number, self._line = self._line, self._line + 1
        if line.startswith(ANNOTATIONS):
            self.annotated = True
            self._header = b""
        elif number > self._skip and line.strip() and not (self._comment and line.startswith(self._comment)):
            self._header = line.rstrip(b"\r") + b"\n"
            cells = self._header.rstrip(b"\n").split(self._separator)
            named = next((at for at, cell in enumerate(cells) if cell.strip()), 0)
            several = len(cells) > named + 1
            self._again = self._separator.join(cells[: named + 1]) + self._separator if several else b""


def part_frame(part: Part, separator: str, log: LogFile, damaged: list[Reject]) -> tuple[pl.DataFrame, I64]:
    """The rows of a part and the line of each; lines that are no rows are refused."""
    try:
        frame = _frame(part.header + part.rows, separator)
        if frame.height != part.rows.count(b"\n") + (not part.rows.endswith(b"\n")):
            return _ragged(part, separator, log, damaged)  # a quote that is never closed takes lines with it
        line = np.arange(part.first_line, part.first_line + frame.height, dtype=np.int64)
        if any(blank in part.rows or part.rows.startswith(blank[1:]) for blank in (b"\n\n", b"\n\r\n")):
            filled = frame.select(~pl.all_horizontal(pl.all().is_null())).to_series()
            return frame.filter(filled), line[filled.to_numpy()]
        return frame, line
    except pl.exceptions.ComputeError:
        return _ragged(part, separator, log, damaged)


def _frame(text: bytes, separator: str) -> pl.DataFrame:
    return pl.read_csv(
        io.BytesIO(text),
        separator=separator,
        infer_schema=False,
        encoding="utf8-lossy",
        raise_if_empty=False,
    )


def _ragged(part: Part, separator: str, log: LogFile, damaged: list[Reject]) -> tuple[pl.DataFrame, I64]:
    """Rows line by line: a line that is no row under the header is refused, the rest stands."""
    names = _frame(part.header, separator).columns
    rows: list[list[str | None]] = []
    numbers = []
    for number, line in enumerate(part.rows.split(b"\n"), part.first_line):
        if not line.strip():
            continue
        try:
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            cells = next(csv.reader([text], delimiter=separator), [])
            if len(cells) > len(names) and "{" in text:  # Niagara's {fault,down} is one cell
                text = _BRACES.sub(lambda found: found[0].replace(separator, "|"), text)
                cells = next(csv.reader([text], delimiter=separator), [])
            while len(cells) > len(names) and not cells[-1].strip():
                cells.pop()  # separators at the end of a line say nothing
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
