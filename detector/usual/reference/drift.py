"""Whether a measure has left its reference for good: a two-sided sum of what is too much (CUSUM).

E. S. Page, Continuous Inspection Schemes, Biometrika 41 (1954), on deviations
in scales, clipped so that one bad block cannot speak alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.threshold import TUNED, threshold
from detector.usual.shared import OF_USUAL
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what leaves its reference for good."""

    slack_scales: float = threshold(1.0, "scales", "a deviation that is tolerated for ever", TUNED)
    level_part: float = threshold(0.1, "", "weight of the newest block in the level that is told", TUNED)


T = Thresholds()


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
            z = np.clip(np.where(said, deviation / scale, 0.0), -OF_USUAL.clip_scales, OF_USUAL.clip_scales)
        rests = (self.up == 0.0) & (self.down == 0.0)
        self.since = np.where(rests, block, self.since)
        self.up = np.where(said, np.clip(self.up + z - T.slack_scales, 0.0, 2.0 * OF_USUAL.gone_sum), self.up)
        self.down = np.where(
            said, np.clip(self.down - z - T.slack_scales, 0.0, 2.0 * OF_USUAL.gone_sum), self.down
        )
        self.level += np.where(said, T.level_part * (np.nan_to_num(deviation) - self.level), 0.0)
