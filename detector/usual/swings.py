"""How far a value habitually swings above what is usual for it.

A compressor under a thermostat lets its supply air swing by degrees all day; a
header under a good controller hardly moves. What is an excursion is told from
that. A swing counts when it is over, for one that is still under way may be a
fault; and it is a habit only when another like it came before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.seen.rows import grow
from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of habitual swings."""

    swings_known_after_s: float = threshold(
        2700.0, "s", "it is known how a value swings once it was watched for so long", TUNED
    )
    swing_half_life_s: float = threshold(12 * 3600.0, "s", "memory of the largest swing", TUNED)
    swing_over: float = threshold(
        0.5, "", "a swing is over when less than this part of its peak is left", TUNED
    )


T = Thresholds()


class Swings:
    """The largest swing of late that was seen twice, of each row, in the unit of the value."""

    state_fields = ("usual", "before", "peak", "watched_s")

    def __init__(self, rows: int = 0) -> None:
        self.usual: F64 = np.zeros(rows)
        self.before: F64 = np.zeros(rows)
        """The largest single one."""
        self.peak: F64 = np.zeros(rows)
        """Of the swing that is under way."""
        self.watched_s: F64 = np.zeros(rows)

    def fit(self, rows: int) -> None:
        """Make room for rows that have appeared."""
        grow(self, self.state_fields, rows, 0.0)

    @property
    def known(self) -> np.ndarray:
        """Rows that have been watched for long enough to know how they swing."""
        known: np.ndarray = self.watched_s >= T.swings_known_after_s
        return known

    def learn(self, above: F64, dt: float) -> None:
        """Take in how far each row is above its usual now, NaN where that is not known; ``dt`` in s."""
        told = np.isfinite(above)
        self.watched_s[told] += dt
        fade = 0.5 ** (dt / T.swing_half_life_s)
        self.usual[told] *= fade
        self.before[told] *= fade
        self.peak[told] = np.fmax(self.peak, above)[told]
        over = told & (above < T.swing_over * self.peak)
        peak = self.peak[over]
        self.usual[over] = np.fmax(self.usual[over], np.fmin(self.before[over], peak))
        self.before[over] = np.fmax(self.before[over], peak)
        self.peak[over] = 0.0

    def forget(self, rows: list[int]) -> None:
        """Watch these rows anew."""
        for name in self.state_fields:
            getattr(self, name)[rows] = 0.0

    def forget_peaks(self) -> None:
        """What is under way is no swing."""
        self.peak[:] = 0.0
