"""Columns of a row for each piece of equipment, or each point, that grow as these appear."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def grow(owner: object, names: Iterable[str], rows: int, fill: float) -> None:
    """Bring the named columns of ``owner`` to ``rows`` rows at least; new ones hold ``fill``."""
    for name in names:
        column = getattr(owner, name)
        if rows > len(column):
            more = np.full(rows - len(column), fill, column.dtype)
            setattr(owner, name, np.concatenate([column, more]))
