"""Whether a measure has left its reference for good: a two-sided sum of what is too much (CUSUM).

E. S. Page, Continuous Inspection Schemes, Biometrika 41 (1954), on deviations
in scales, clipped so that one bad block cannot speak alone.
"""

from __future__ import annotations

import numpy as np

from streams.messages import F64, I64

# Deviation that is tolerated for ever, and the most that one block may count, in scales.
SLACK = 1.0
CLIP = 4.0
# The sum that counts as gone (four hours at two scales of a block of ten minutes), and as perhaps going.
GONE = 24.0
GOING = 8.0
# Weight of the newest block in the level that is told.
LEVEL_PART = 0.1


class Drift:
    """Sums and level of each row and measure."""

    state_fields = ("up", "down", "level", "since")

    def __init__(self, measures: int) -> None:
        self.up: F64 = np.empty((0, measures))
        self.down: F64 = np.empty((0, measures))
        self.level: F64 = np.empty((0, measures))
        """Smoothed deviation, in the measure's unit."""
        self.since: I64 = np.empty((0, measures), np.int64)
        """Block in which it began to leave."""

    def fit(self, rows: int) -> None:
        """Make room for ``rows`` machines."""
        more = rows - len(self.up)
        if more <= 0:
            return
        shape = (more, self.up.shape[1])
        for name in ("up", "down", "level"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(shape)]))
        self.since = np.concatenate([self.since, np.zeros(shape, np.int64)])

    def forget(self, rows: list[int]) -> None:
        """Begin anew with these machines."""
        for name in self.state_fields:
            getattr(self, name)[rows] = 0

    def watch(self, deviation: F64, scale: F64, block: int) -> None:
        """Take in a block's deviations, f8[rows, measures]; what is NaN leaves everything as it stands."""
        said = np.isfinite(deviation)
        with np.errstate(invalid="ignore"):
            z = np.clip(np.where(said, deviation / scale, 0.0), -CLIP, CLIP)
        rests = (self.up == 0.0) & (self.down == 0.0)
        self.since = np.where(rests, block, self.since)
        self.up = np.where(said, np.clip(self.up + z - SLACK, 0.0, 2.0 * GONE), self.up)
        self.down = np.where(said, np.clip(self.down - z - SLACK, 0.0, 2.0 * GONE), self.down)
        self.level += np.where(said, LEVEL_PART * (np.nan_to_num(deviation) - self.level), 0.0)
