"""How far slow measures have crept after a block of minutes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.usual.reference.measures import Measure
from detector.usual.shared import OF_USUAL
from streams.messages import F64, I64

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Crept:
    """What has left its long reference: a row a machine, a column a measure (`Measure`)."""

    machines: I64
    """i8[rows]: equipment index of each."""
    up: F64
    """Sum of what was too much (`detector.usual.reference.drift`)."""
    down: F64
    level: F64
    """Smoothed deviation, in the measure's unit."""
    since: I64
    """Block in which it began to leave."""
    value: F64
    """What the block showed; NaN where it showed nothing."""
    expected: F64
    """What the reference expected then; NaN where it had no opinion."""
    block: int
    """Number of the block, since 1970."""
    before: frozenset[tuple[str, str]]
    """(root, fault) of what was told after the block before: it stays until it has gone back."""

    def rises(self, row: int, what: Measure, least: float) -> bool:
        """Whether the sum of what was too much has reached ``least``."""
        return bool(self.up[row, what] >= least)

    def falls(self, row: int, what: Measure, least: float) -> bool:
        """Whether the sum of what was too little has reached ``least``."""
        return bool(self.down[row, what] >= least)

    def value_of(self, row: int, what: Measure) -> float:
        """What the block showed, in the measure's unit; NaN where it showed nothing."""
        return float(self.value[row, what])

    def level_of(self, row: int, what: Measure) -> float:
        """The smoothed deviation from the reference, in the measure's unit."""
        return float(self.level[row, what])

    def told(self, row: int, what: Measure) -> bool:
        """Whether a measure has anything to say at all."""
        return bool(np.isfinite(self.expected[row, what]) and np.isfinite(self.value[row, what]))

    def moved(self, row: int, *whats: Measure) -> bool:
        """Whether any of these measures has left its reference, either way."""
        return any(
            self.rises(row, w, OF_USUAL.going_sum) or self.falls(row, w, OF_USUAL.going_sum) for w in whats
        )

    def days(self, row: int, what: Measure) -> float:
        """Since the measure began to leave."""
        return max(self.block - int(self.since[row, what]), 1) * OF_USUAL.block_s / DAY_S
