"""What the texts in a column of a table are: values, names of what is measured, or places."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from config.kinds import load_kinds
from config.naming.machines import hall_of
from config.naming.own_ids import known_point
from config.naming.sense import SeenName, read_name
from config.naming.words import cut
from config.sections.log import LogSettings
from config.states import state_words
from streams.errors import RejectError
from streams.formats.numbers import Meanings, NumberReader
from streams.sources.sniff_columns import Column

LOOKED_AT = 40
"""Different texts of a column."""
MOST = 0.8
HALF = 0.5
"""Shares of its different texts from which a column holds values, and names what is measured."""


def says_values(column: Column, settings: LogSettings) -> bool:
    """Whether most texts of a column are numbers with their units, or words for states."""
    words = Meanings(state_words(load_kinds()["run_status"]), "", {})
    reader = NumberReader(lambda name, unit: words, "," if settings.decimal == "," else ".")
    return _share(column.texts, lambda text: _is_value(reader, text)) >= MOST


def _is_value(reader: NumberReader, text: str) -> bool:
    try:
        return math.isfinite(reader.read("", "", text).value)
    except RejectError:
        return False


def names_measures(columns: Sequence[Column]) -> bool:
    """Whether the cells of columns, side by side, say what is measured."""
    rows = zip(*(column.texts for column in columns), strict=True)
    return _share(("/".join(text or "" for text in row) for row in rows), _says_measure) >= HALF


def _says_measure(text: str) -> bool:
    return known_point(text) is not None or bool(read_name(SeenName(text)).choices)


def names_halls(column: Column) -> bool:
    """Whether the texts of a column name halls by their word, as in ``DC1 > Hall 2``."""
    return column.is_text and _share(column.texts, lambda text: bool(hall_of(cut(text), None)[0])) >= MOST


def _share(texts: Iterable[str | None], of: Callable[[str], bool]) -> float:
    """The share of the different texts, up to so many, of which something is so."""
    looked = list(islice(dict.fromkeys(filter(None, texts)), LOOKED_AT))
    return sum(map(of, looked)) / len(looked) if looked else 0.0
