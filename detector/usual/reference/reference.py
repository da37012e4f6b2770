"""What a measure was while its machine was known to be well, frozen region by region of its drivers.

A region that was never seen has no opinion and is added; one that has its
samples is never rewritten, so that what creeps cannot take its reference
along. Between regions the reference is a local straight line (Cleveland,
Robust Locally Weighted Regression and Smoothing Scatterplots, 1979, without
the robust rounds: each region is a mean already).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.threshold import TUNED, threshold
from detector.usual.shared import MEAN_DISTANCE_TO_DEVIATION, OF_USUAL
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a reference that is frozen region by region."""

    region_full: int = threshold(36, "samples", "a region is frozen after so many...", TUNED)
    region_open_for: int = threshold(
        180,
        "blocks",
        "...or after so many, a day and a quarter: what comes later may have crept already",
        TUNED,
    )
    region_few: int = threshold(3, "samples", "a region counts as seen after so many", TUNED)
    reference_warm_up: int = threshold(36, "samples", "of all regions, before there is an opinion", TUNED)
    region_reach: float = threshold(2.0, "steps", "width of a region's say", TUNED)
    region_within: float = threshold(
        1.5, "steps", "how far from a seen region there is still an opinion", TUNED
    )
    slopes_held_back: float = threshold(
        0.05, "", "slopes are held back as if by this part of the samples", TUNED
    )
    reference_scale_part: float = threshold(
        0.05, "", "weight of the newest residual in the running scale", TUNED
    )


T = Thresholds()
REGIONS = 24
DRIVERS = 2


@dataclass(frozen=True, slots=True)
class Opinion:
    """By row and measure."""

    expected: F64
    """NaN before warm-up; also given, by extrapolation, where ``seen`` is false."""
    seen: np.ndarray
    scale: F64
    """Usual distance of a healthy sample from what is expected."""


class Reference:
    """Regions of each row (a machine) and measure: ``x`` their drivers in steps, ``y`` their means."""

    state_fields = ("x", "y", "samples", "born", "scale")

    def __init__(self, near: F64) -> None:
        """``near``, f8[measures]: how far from its regions each is believed while none lie apart, in steps.

        Those that do tell the slope, and it is believed as far again, at most `T.region_within`.
        """
        measures = len(near)
        self._near = near
        self.x: F64 = np.empty((0, measures, REGIONS, DRIVERS))
        self.y: F64 = np.empty((0, measures, REGIONS))
        self.samples: I64 = np.empty((0, measures, REGIONS), np.int64)
        self.born: I64 = np.empty((0, measures, REGIONS), np.int64)
        """Block of the first sample."""
        self.scale: F64 = np.empty((0, measures))

    def fit(self, rows: int) -> None:
        """Make room for ``rows`` machines."""
        more = rows - len(self.y)
        if more <= 0:
            return
        shape = (more, *self.y.shape[1:])
        self.x = np.concatenate([self.x, np.zeros((*shape, DRIVERS))])
        self.y = np.concatenate([self.y, np.zeros(shape)])
        self.samples = np.concatenate([self.samples, np.zeros(shape, np.int64)])
        self.born = np.concatenate([self.born, np.zeros(shape, np.int64)])
        self.scale = np.concatenate([self.scale, np.zeros(shape[:2])])

    def forget(self, rows: list[int]) -> None:
        """Begin anew with these machines."""
        for name in self.state_fields:
            getattr(self, name)[rows] = 0

    def judge(self, x: F64) -> Opinion:
        """What is expected at drivers ``x``, f8[rows, measures, 2], in steps; NaN where not known."""
        known = np.isfinite(x).all(axis=2)
        away = np.nan_to_num(x)[:, :, None, :] - self.x
        near = np.square(away / T.region_reach).sum(axis=3)
        weight = self.samples / np.square(1.0 + near)
        basis = np.concatenate([np.ones((*away.shape[:3], 1)), -away], axis=3)
        weighted = basis * weight[..., None]
        normal = np.einsum("rkci,rkcj->rkij", weighted, basis)
        total = weight.sum(axis=2)
        for i in range(DRIVERS):
            normal[:, :, 1 + i, 1 + i] += T.slopes_held_back * total + 1e-9
        normal[:, :, 0, 0] += 1e-9
        right = np.einsum("rkci,rkc->rki", weighted, self.y)
        expected = np.linalg.solve(normal, right[..., None])[:, :, 0, 0]
        ready = known & (self.samples.sum(axis=2) >= T.reference_warm_up)
        close = (np.abs(away) <= self._carries()[:, :, None, :]).all(axis=3) & (self.samples >= T.region_few)
        return Opinion(np.where(ready, expected, np.nan), ready & close.any(axis=2), self.scale.copy())

    def _carries(self) -> F64:
        """By row, measure and driver, how far from its regions the reference is believed, in steps."""
        seen = (self.samples >= T.region_few)[..., None]
        most = np.where(seen, self.x, -np.inf).max(axis=2)
        least = np.where(seen, self.x, np.inf).min(axis=2)
        span = np.where(most >= least, most - least, 0.0)
        return np.clip(self._near[None, :, None] + span, 0.0, T.region_within)

    def learn(self, x: F64, y: F64, residual: F64, where: np.ndarray, block: int) -> None:
        """Add the samples ``where`` (bool[rows, measures]) to regions that are not frozen yet.

        ``residual``: off what was expected; NaN where nothing was.
        """
        where = where & np.isfinite(x).all(axis=2) & np.isfinite(y)
        taken = self.samples > 0
        same = taken & (np.floor(self.x) == np.floor(x)[:, :, None, :]).all(axis=3)
        found = same.any(axis=2)
        region = np.where(found, same.argmax(axis=2), (~taken).argmax(axis=2))
        where &= found | ~taken.all(axis=2)
        rows, measures = np.nonzero(where)
        at = rows, measures, region[rows, measures]
        young = (block - self.born[at] < T.region_open_for) | (self.samples[at] < T.region_few)
        open_ = young & (self.samples[at] < T.region_full)
        rows, measures = rows[open_], measures[open_]
        at = rows, measures, region[rows, measures]
        self.born[at] = np.where(self.samples[at] == 0, block, self.born[at])
        self.samples[at] += 1
        part = 1.0 / self.samples[at]
        # A mean of points of one cell lies in that cell.
        self.x[at] += (x[rows, measures] - self.x[at]) * part[:, None]
        self.y[at] += (y[rows, measures] - self.y[at]) * part
        self._learn_scale(rows, measures, np.abs(residual[rows, measures]))

    def _learn_scale(self, rows: I64, measures: I64, distance: F64) -> None:
        told = np.isfinite(distance)
        at = rows[told], measures[told]
        scale, distance = self.scale[at], distance[told]
        within = np.where(scale > 0.0, np.fmin(distance, OF_USUAL.clip_scales * scale), distance)
        self.scale[at] += T.reference_scale_part * (MEAN_DISTANCE_TO_DEVIATION * within - scale)
