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
    lower: float = math.nan
    """A tenth of them are below."""
    middle: float = math.nan
    """The median. A log that ends in a disaster has its high values for hours."""
    whole: bool = False
    """Whether all are whole numbers."""
    states: bool = False
    """Whether they came as words for states."""
    distinct: int = 0
    """How many different ones, counted up to `MOST_DISTINCT`."""

    @staticmethod
    def of(values: Iterable[float], *, states: bool = False) -> SeenValues:
        """The summary of finite values."""
        finite = sorted(value for value in values if math.isfinite(value))
        if not finite:
            return SeenValues()
        return SeenValues(
            len(finite),
            finite[0],
            finite[-1],
            finite[len(finite) // 10],
            finite[len(finite) // 2],
            all(value == math.floor(value) for value in finite),
            states,
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
