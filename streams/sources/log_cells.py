"""Cells of a table to numbers; what is none is handed on as it stands."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from config.sections.log import LogSettings
from config.units import known_spelling
from streams.formats.quality import quality_of
from streams.messages import F64

NO_VALUE = ("", "NA", "N/A", "null", "NULL", "None")
"""Cells without a value: no readings at all in a wide log; in a long one each is one that is absent."""
_WORDS = {"true": "1", "false": "0", "True": "1", "False": "0", "TRUE": "1", "FALSE": "0"}
_GROUPED = r"^[+-]?\d{1,3}(?:%s\d{3})+(?:%s\d*)?$"
_IN_BRACKETS = re.compile(r"[(\[{]\s*([^()\[\]{}]+?)\s*[)\]}]\s*$")
_AT_END = re.compile(
    r"(?:^|[\s._/:,-])(kW|MW|degC|degF|[°º]C|[°º]F|k?Pa|hPa|psi|gpm|GPM|cfm|CFM|rpm|RPM|[lL]/s|m3/h|%)$"
)
"""Units that stand for nothing else at the end of a header without brackets."""


class Cells(NamedTuple):
    """A column of a table as numbers."""

    value: F64
    """NaN where there is none."""
    text: dict[int, str]
    """What stood in cells that are no numbers, by row."""
    empty: NDArray[np.bool_]


def numbers_of(column: pl.Series, settings: LogSettings) -> Cells:
    """The numbers of a column, with the decimal mark that the settings say."""
    if column.dtype == pl.Boolean or column.dtype.is_numeric():
        empty = column.is_null()
        return Cells(column.cast(pl.Float64).fill_null(np.nan).to_numpy(), {}, empty.to_numpy())
    plain = column.cast(pl.Float64, strict=False)
    if settings.decimal != "," and plain.null_count() == column.null_count():
        return Cells(plain.fill_null(np.nan).to_numpy(), {}, plain.is_null().to_numpy())
    words = column.cast(pl.String).str.strip_chars()
    empty = words.is_null() | words.is_in(NO_VALUE)
    value = _plain(words, settings).replace(_WORDS).cast(pl.Float64, strict=False)
    strange = (value.is_null() & ~empty).arg_true()
    cells = words.gather(strange)
    if settings.decimal == ",":
        cells = cells.str.replace(r"^([+-]?\d+),(\d)", "$1.$2")
    text = dict(zip(strange.to_list(), cells.to_list(), strict=True))
    return Cells(value.fill_null(np.nan).to_numpy(), text, empty.to_numpy())


def doubted(quality: pl.Series) -> dict[int, str]:
    """By row, what is said of a value's quality, where that is not simply good."""
    texts = quality.cast(pl.String).fill_null("").str.strip_chars()
    other = [text for text in texts.unique().to_list() if quality_of(text) != "good"]
    rows = texts.is_in(other).arg_true()
    said = texts.gather(rows).str.replace_all(r"[{}]", " ").str.strip_chars()
    return dict(zip(rows.to_list(), said.to_list(), strict=True))


def _plain(words: pl.Series, settings: LogSettings) -> pl.Series:
    """Cells with a decimal point and nothing between thousands."""
    mark = "," if settings.decimal == "," else "."
    if settings.thousands and settings.thousands != mark:
        grouped = words.str.contains(_GROUPED % (re.escape(settings.thousands), re.escape(mark)))
        if grouped.any():
            bare = words.str.replace_all(settings.thousands, "", literal=True)
            words = bare.zip_with(grouped.fill_null(False), words)
    if mark == ",":
        # Only a number's own comma: what has several, or points too, stays as it is.
        words = words.str.replace(r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$", "$1.$2")
    return words


def header_unit(header: str) -> str:
    """The unit that a header names at its end, as in ``Supply [°C]``; empty where none is known."""
    found = _IN_BRACKETS.search(header) or _AT_END.search(header.strip())
    return "" if found is None else known_spelling(found[1])
