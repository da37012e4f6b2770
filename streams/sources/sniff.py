"""What a table is told to be from its head: dialect, times and shape, with doubts."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import polars as pl

from config.errors import ConfigError
from config.sections.log import AUTO, LogSettings
from kernels.rfc3339 import NOT_A_TIME
from streams.errors import RejectReason
from streams.messages import I64
from streams.sources.log_csv import (
    ANNOTATIONS,
    Part,
    Sections,
    csv_frames,
    part_frame,
    plain_lines,
    separator_of,
)
from streams.sources.log_encoding import STRAY, encoding_of, may_be_asian
from streams.sources.log_file import LogFile
from streams.sources.log_kind import Kind
from streams.sources.log_order import one_after_the_other, runs_backwards
from streams.sources.log_parquet import parquet_frames
from streams.sources.log_tables import row_keys, stripped
from streams.sources.log_times import RowTimes, joined_columns
from streams.sources.sniff_columns import column_of, same_headers
from streams.sources.sniff_decimal import decimal_of
from streams.sources.sniff_dialect import dialect_of
from streams.sources.sniff_order import TimesOfLog
from streams.sources.sniff_shape import shape_told
from streams.sources.sniff_time_columns import names_no_zone, stamps_of, times_told
from streams.sources.sniff_time_formats import texts_of
from streams.sources.table_doubt import Doubt
from streams.sources.table_layout import Layout
from streams.sources.table_shape import COLUMN, FILE, FOLDER, WIDE, TableShape, check_shape, name_of_row

HEAD = 1 << 18
"""Bytes from the start, unpacked, from which most is told."""
ROWS = 2_000
LINES = 400
_PAGE = re.compile(r"\s*<(?:!doctype|!--|\?xml|[a-z]+[\s>])", re.IGNORECASE)
TAIL = 1 << 16
"""Bytes from the end that tell whether it begins again there with other points."""
SAMPLED = 200
"""Rows whose cells are held against those of other logs."""
LOOKED_THROUGH = 1 << 27
"""Bytes of a log, unpacked, of which all times are looked at before it is read."""
NO_ZONE = 'times name no zone, and were taken as UTC: set time_zone, as "Europe/Berlin"'
DATES_OF = 1 << 26
"""Bytes of a log, unpacked, that are gone through for days that tell whether day or month comes first."""


class Sniffer:
    """Looks at one log; `layout` says what it is told to be."""

    def __init__(self, log: LogFile, settings: LogSettings) -> None:
        self._log = log
        self._given = settings
        self.settings = settings
        self.found: list[str] = []
        self.doubts: list[Doubt] = []
        self._changes = False
        self._instead: tuple[RejectReason, str] | None = None

    def layout(self, *, file: str = "{file}", several: bool = False) -> Layout:
        """The layout. ``file`` tells this log from the others in a name.

        ``several`` says that other logs hold the same columns at the same times.
        """
        frame = self._frame()
        if frame is None or not frame.width or not frame.height:
            return Layout(self.settings, self.settings, self.found, self.doubts, instead=self._instead)
        times = times_told(frame, self.settings, self._whole)
        self._take({"time_format": times.formats} if times.formats else {}, times.found, times.doubts)
        columns = tuple(frame.columns)
        if self.doubts or not times.columns or any(each not in columns for each in times.columns):
            shape = TableShape(times.columns or (self.settings.time_column or columns[:1]), ())
            return Layout(self.settings, self.settings, self.found, self.doubts, shape, columns)
        rest = frame.drop(times.columns + times.others)
        self._take(*decimal_of(_cells_of(rest), self.settings))
        time = stamps_of(frame, times.columns, self.settings)
        if runs_backwards(time):
            frame, rest = frame.reverse(), rest.reverse()
            time = stamps_of(frame, times.columns, self.settings)
            self._tell_order("reversed", "the newest row stands first")
        told = shape_told(rest, time, times.columns, self.settings, file if several else "", file)
        no_zone = "time_zone" not in self._given.model_fields_set and names_no_zone(frame, times.columns)
        # While it is in doubt what tells the rows apart, all texts do.
        apart = replace(told.shape, name=_texts_of_row(rest, self.settings)) if told.doubts else told.shape
        looked = self._look_through(apart, columns)
        if looked.one_behind_another or (looked.cut_short and self._starts_again(frame, time, told.shape)):
            self._tell_order("time", "one point stands after the other")
        if looked.in_no_order:
            self._tell_order("time", "the rows stand in no order")
        self._tell_order("file")
        clocks = looked.clock_doubt() if no_zone else None
        self._take({}, [NO_ZONE] if no_zone and clocks is None else [], [])
        known = time[time != NOT_A_TIME]
        return Layout(
            self.settings.model_copy(update=self._roles(told.shape, columns)),
            self.settings,
            [*self.found, *told.found],
            # Where an hour comes twice, rows seem to be of one name and time that are not.
            [*self.doubts, *([clocks] if clocks else told.doubts), *same_headers(told.shape.values)],
            told.shape,
            columns,
            (int(known.min()), int(known.max())) if len(known) else (NOT_A_TIME, NOT_A_TIME),
            _sample(rest, time, told.shape, {FILE: self._log.title, FOLDER: self._log.folder}),
        )

    def _tell_order(self, order: str, *found: str) -> None:
        """In which order the rows stand, if nothing has said it yet."""
        if self.settings.order == AUTO:
            self._take({"order": order}, list(found), [])

    def _look_through(self, shape: TableShape, columns: tuple[str, ...]) -> TimesOfLog:
        """What the times of the whole log say, or of as much of it as is quickly gone through."""
        looked = TimesOfLog(backwards=self.settings.order == "reversed")
        shapes = {columns: shape}
        reader = RowTimes(self.settings)
        size = 0.0
        parquet = self._log.kind == Kind.PARQUET
        for frame, _ in parquet_frames(self._log) if parquet else csv_frames(self._log, self.settings, []):
            frame = stripped(frame)
            own = tuple(frame.columns)
            try:
                shapes[own] = shapes[own] if own in shapes else later_shape(frame, self.settings)
            except ConfigError:  # which is told where it is read
                break
            group, keys = row_keys(frame, shapes[own])
            names = ["\0".join(key.values()) or "\0".join(sorted(shapes[own].values)) for key in keys]
            looked.take(reader.read([frame[each] for each in shapes[own].time], group, names), group, names)
            size += frame.estimated_size()
            if size > LOOKED_THROUGH:
                looked.cut_short = True
                break
        self._log.read = 0
        return looked

    def _starts_again(self, frame: pl.DataFrame, time: I64, shape: TableShape) -> bool:
        if self._log.kind == Kind.PARQUET or self._changes or not shape.keys():
            return False
        text = codecs.getincrementaldecoder(self.settings.encoding)("replace").decode(self._log.tail(TAIL))
        header = pl.DataFrame(schema=dict.fromkeys(frame.columns, pl.String)).write_csv(
            separator=self.settings.separator
        )
        rows = "\n".join(text.split("\n")[1:])
        part = Part(header.encode(), rows.encode(), 1)
        tail = part_frame(part, self.settings.separator, self._log, [])[0]
        names = [
            set(each.select(pl.concat_str(shape.keys(), ignore_nulls=True)).to_series())
            for each in (frame, tail)
        ]
        return one_after_the_other(time, names[0], stamps_of(tail, shape.time, self.settings), names[1])

    def _roles(self, shape: TableShape, columns: tuple[str, ...]) -> dict[str, object]:
        """What the columns are for as settings; nothing where the columns change within the log."""
        if self._changes:
            return {}
        one = COLUMN not in shape.placeholders()
        return {
            "time_column": () if shape.time == columns[:1] else shape.time,
            "point": "" if shape.name == WIDE else shape.name,
            "point_column": "",
            "value_column": shape.values if one else self.settings.value_column,
            "unit_column": shape.unit,
            "quality_column": shape.quality,
        }

    def _take(self, update: dict[str, object], found: list[str], doubts: list[Doubt]) -> None:
        self.settings = self.settings.model_copy(update=update)
        self.found += found
        self.doubts += doubts

    def _frame(self) -> pl.DataFrame | None:
        """The first rows under the first header; None where there are none."""
        if self._log.kind == Kind.PARQUET:
            return next((stripped(frame.head(ROWS)) for frame, _ in parquet_frames(self._log)), None)
        head = self._log.head(HEAD)
        text = self._text(head)
        if _PAGE.match(text):
            page = "a web page (HTML or XML), as a login or an error is: export the table once more"
            self._instead = RejectReason.UNKNOWN_FORMAT, page
            return None
        if text.strip() and len(head) < HEAD:
            self._instead = RejectReason.EMPTY, "a header, and no rows under it"
        lines = [line.rstrip("\r") for line in text.split("\n")]
        if len(head) == HEAD and len(lines) > 1:
            lines.pop()
        told = dialect_of(_first_table(lines[:LINES]), self.settings, separator_of(self._log, self.settings))
        self._take(*told)
        sections = Sections(self.settings, self.settings.separator)
        frames: list[pl.DataFrame] = []
        for part in sections.parts("\n".join([*lines, ""]).encode()):
            frame, _ = part_frame(part, self.settings.separator, self._log, [])
            if frames and frame.columns != frames[0].columns:
                self._changes = True
                break
            frames.append(frame)
        self._changes = self._changes or sections.annotated
        return stripped(pl.concat(frames).head(ROWS)) if frames else None

    def _text(self, head: bytes) -> str:
        encoding = encoding_of(head, self.settings.encoding)
        if self.settings.encoding == AUTO and encoding == "cp1252" and may_be_asian(head):
            problem = "the text is not UTF-8, and may be Chinese or Japanese"
            self.doubts.append(Doubt(problem, 'encoding = "gb18030", "big5", "shift_jis", or "cp1252"'))
        if encoding not in ("utf-8", self.settings.encoding):
            self.found.append(f"encoding {encoding}")
        self._take({"encoding": encoding}, [], [])
        errors = STRAY if encoding == "utf-8" else "replace"
        text = codecs.getincrementaldecoder(encoding)(errors).decode(head).lstrip("\ufeff")
        return plain_lines(text.encode()).decode()

    def _whole(self, columns: Sequence[str]) -> Iterator[str]:
        """The joined texts of columns over the log, each day's first."""
        seen: set[str] = set()
        size = 0.0
        for frame, _ in csv_frames(self._log, self.settings, []):
            frame = stripped(frame)
            if any(column not in frame.columns for column in columns) or size > DATES_OF:
                return
            size += frame.estimated_size()
            joined = joined_columns([frame[column] for column in columns])
            for text in joined.gather(joined.str.head(10).arg_unique().sort()).drop_nulls():
                if text[:10] not in seen:
                    seen.add(text[:10])
                    yield text


def _first_table(lines: list[str]) -> list[str]:
    """The lines up to where annotations say that another table begins."""
    notes = [i for i, line in enumerate(lines) if line.encode().startswith(ANNOTATIONS)]
    again = next((i for before, i in pairwise(notes) if i > before + 1), None)
    return lines[:again]


def _texts_of_row(frame: pl.DataFrame, settings: LogSettings) -> str:
    """A name made of all that is text in a row."""
    return "/".join(f"{{{name}}}" for name in frame.columns if column_of(frame[name], settings).is_text)


def _cells_of(frame: pl.DataFrame) -> list[str]:
    """Some texts of the columns that may hold values."""
    columns = [frame[name] for name in frame.columns[:200] if frame[name].dtype == pl.String]
    return [text for column in columns for text in texts_of(column.head(200))]


def _sample(
    frame: pl.DataFrame, time: I64, shape: TableShape, fixed: dict[str, str]
) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    keys = [key for key in shape.keys() if key in frame.columns]  # noqa: SIM118
    rows = frame.select(pl.col(name).cast(pl.String) for name in dict.fromkeys([*keys, *shape.values]))
    for at, row in zip(time[:SAMPLED].tolist(), rows.head(SAMPLED).to_dicts(), strict=False):
        for column in shape.values[:10]:
            cells = {key: str(row[key] or "").strip() for key in keys}
            name = name_of_row(shape.name, fixed | cells | {COLUMN: column})
            found.setdefault((name, at), str(row[column] or "").strip())
    return found


def later_shape(frame: pl.DataFrame, settings: LogSettings) -> TableShape:
    """The shape of rows under a header that comes later. Raises ConfigError where it is in doubt."""
    times = times_told(frame, settings, lambda columns: ())
    columns = times.columns or (frame.columns[0],)
    check_shape(TableShape(columns, ()), frame.columns, settings, "a later header")
    rest = frame.drop(columns + times.others)
    time = stamps_of(frame, columns, settings)
    told = shape_told(rest, time, columns, settings)
    for problem, mend in (*told.doubts, *same_headers(told.shape.values)):
        raise ConfigError("a later header", ", ".join(frame.columns)[:80], problem, f"in [log]: {mend}")
    return told.shape
