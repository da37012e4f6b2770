"""The columns of a table's sample, each by what is in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from config.sections.log import LogSettings
from config.table_headers import folded_header, usual_headers
from config.units import known_spelling
from streams.formats.quality import knows_quality
from streams.sources.log_cells import numbers_of
from streams.sources.table_doubt import Doubt

HEADERS = usual_headers()
_ENDING = re.compile(r"[\s._/-]?(?:status|quality|qual|validity)$", re.IGNORECASE)
"""Of the header of a column that says how good the values of another are."""


_AGAIN = re.compile(r"_duplicated_\d+$")
"""What polars adds to a header that was there before."""


def bare_header(header: str) -> str:
    """A header as it stands in the log, also where others are the same."""
    return _AGAIN.sub("", header).strip()


def same_headers(columns: Sequence[str]) -> Iterator[Doubt]:
    """What to ask where several columns have one header: a name is of one of them only."""
    for header, times in Counter(map(bare_header, columns)).items():
        if times > 1:
            problem = f"{times} columns are called {header!r}"
            yield Doubt(
                problem, "columns = [a name for each column in turn], and preamble = the header's line"
            )


class Column(NamedTuple):
    """A column of the sample."""

    header: str
    folded: str
    texts: tuple[str | None, ...]
    numbers: float
    """Share of the cells that are not empty that are numbers."""
    distinct: int
    filled: float
    """Share of the cells that are not empty."""

    @property
    def is_text(self) -> bool:
        """Whether most of its cells are words."""
        return self.distinct > 0 and self.numbers < 0.5


def column_of(series: pl.Series, settings: LogSettings) -> Column:
    """A column of the sample by what is in it."""
    cells = numbers_of(series, settings)
    texts = tuple(series.cast(pl.String).str.strip_chars().to_list())
    filled = ~cells.empty
    count = int(filled.sum())
    numbers = float(np.isfinite(cells.value[filled]).sum()) / count if count else 0.0
    distinct = len({text for text, full in zip(texts, filled.tolist(), strict=True) if full})
    return Column(
        series.name, folded_header(series.name), texts, numbers, distinct, count / max(len(texts), 1)
    )


def unit_column(columns: list[Column], settings: LogSettings) -> str:
    """The column with the units, empty for none."""
    if settings.unit_column:
        return settings.unit_column
    for column in columns:
        if column.folded in HEADERS.units:
            known = [text for text in set(column.texts) if text and known_spelling(text)]
            if known or not column.distinct:
                return column.header
    return ""


def quality_column(columns: list[Column], settings: LogSettings) -> str:
    """The column that says which values are good, empty for none."""
    if settings.quality_column:
        return settings.quality_column
    headers = {column.header for column in columns}
    for column in columns:
        ending = _ENDING.search(column.header)
        if ending and column.header[: ending.start()] in headers and _says_quality(column):
            return f"{{column}}{ending[0]}"
    for column in columns:
        if column.folded in HEADERS.qualities and _says_quality(column):
            return column.header
    return ""


def _says_quality(column: Column) -> bool:
    texts = {text for text in column.texts if text}
    known = all(knows_quality(text) or not text.strip("{} ") for text in texts)
    return column.is_text and column.filled > 0.5 and known and any(map(str.isalpha, "".join(texts)))
