"""Whether the values of a table are good, by what stands beside them."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

_WORDS = re.compile(r"[\w.]+")
_GOOD = frozenset({"ok", "good", "valid", "normal", "true", "1", "192", "g", "enabled"})
_BAD = frozenset(
    {"bad", "fault", "down", "stale", "disabled", "invalid", "null", "false", "failed", "unreliable"}
    | {"offline", "error", "0", "b"}
)
_BESIDE = frozenset({"alarm", "overridden", "unackedalarm", "uncertain", "in_alarm", "questionable"})
"""Says something of a value that may still be believed."""


def quality_known(text: str) -> bool:
    """Whether a text says how good a value is."""
    return set(_WORDS.findall(text.lower())) <= _GOOD | _BAD | _BESIDE


def bad_rows(column: pl.Series) -> NDArray[np.bool_]:
    """Which rows are said to be bad."""
    texts = column.cast(pl.String).fill_null("")
    bad = [text for text in texts.unique().to_list() if set(_WORDS.findall(text.lower())) & _BAD]
    return texts.is_in(bad).to_numpy()
