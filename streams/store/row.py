"""A row of a table as what it holds."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from sqlalchemy import RowMapping

T = TypeVar("T")


def of_row(kind: type[T], row: RowMapping) -> T:
    """An object of a ``kind``, its fields named as the columns. Raises msgspec.ValidationError."""
    return msgspec.convert({str(key): value for key, value in row.items()}, kind)
