"""What the values of a name look like, whatever it means."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MOST_DISTINCT = 64


@dataclass(frozen=True, slots=True)
class SeenValues:
    """A summary of values as they stand in the messages. Without any, ``count`` is 0: nothing is known."""

    count: int = 0
    low: float = math.nan
    high: float = math.nan
    middle: float = math.nan
    whole: bool = False
    """Whether all are whole numbers."""
    distinct: int = 0
    """How many different ones, counted up to `MOST_DISTINCT`."""

    @staticmethod
    def of(values: Iterable[float]) -> SeenValues:
        """The summary of finite values."""
        finite = sorted(value for value in values if math.isfinite(value))
        if not finite:
            return SeenValues()
        return SeenValues(
            len(finite),
            finite[0],
            finite[-1],
            finite[len(finite) // 2],
            all(value == math.floor(value) for value in finite),
            min(len(set(finite)), MOST_DISTINCT),
        )

    @property
    def binary(self) -> bool:
        """Whether all are 0 or 1."""
        return self.count > 0 and self.whole and self.low >= 0 and self.high <= 1

    @property
    def constant(self) -> bool:
        """Whether all are the same, and more than a few."""
        return self.count > 1 and self.low == self.high
