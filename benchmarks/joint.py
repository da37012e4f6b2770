"""All measures of one piece of equipment at once: is their joint state one that was seen?

Hotelling's T-squared (Hotelling 1947, "Multivariate quality control") of the
smoothed measures against a reference that is learned while the equipment is
healthy and then frozen. Over all components, so that it holds what a
principal-component monitor splits into T-squared and the squared prediction
error Q (Jackson and Mudholkar 1979, "Control procedures for residuals
associated with principal component analysis", Technometrics 21).

Measures of real equipment wander: a temperature drifts for an hour after the
start and no part of that is a fault. So the covariance is one of changes and
not of values. The usual scatter is the structure function (Kolmogorov's mean
squared difference) over a short lag, and what it grows by up to a long lag
within the reference is drift, which is allowed many times over beyond it.
Directions in which the equipment never drifted stay sharp.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detector.snapshot import restore_into, state_of
from streams.messages import F64

SAMPLES = 380
"""Healthy samples in a reference."""
SMOOTHING = 10.0
"""Samples over which the measures are smoothed, by exponential weights."""
SHORT_LAG = 30
LONG_LAG = 120
DRIFT_ALLOWED = 10.0
"""Variance of drift over the long lag that is allowed, in what was seen of it."""
COUPLED = 0.8
"""Part of the scatter's correlations that is believed, of so few samples."""
LEAST_PART = 1e-6
"""Least scatter to reckon with, in magnitudes of the measure."""
UNUSUAL = 3.1
"""Distance from which a joint state counts as one that was not seen."""


class Joint:
    """The joint state of ``measures`` measures, sampled at a steady pace."""

    state_fields = ("smooth", "seen", "rows", "count", "centre", "precision", "scatter")

    def __init__(self, measures: int) -> None:
        if measures < 1:
            raise ValueError("a joint state needs a measure")
        self.smooth: F64 = np.full(measures, np.nan)
        """[measures]"""
        self.seen: F64 = np.zeros(measures)
        """[measures] samples of each that were told."""
        self.rows: F64 = np.zeros((SAMPLES, measures))
        """[SAMPLES, measures] smoothed samples that the reference is made of."""
        self.count = 0
        self.centre: F64 = np.full(measures, np.nan)
        """[measures] of the reference; NaN until it is frozen."""
        self.scatter: F64 = np.zeros((measures, measures))
        """[measures, measures] covariance that is allowed."""
        self.precision: F64 = np.zeros((measures, measures))
        """[measures, measures] its inverse."""

    @property
    def ready(self) -> bool:
        """Whether the reference is frozen."""
        return self.count == SAMPLES

    def update(self, values: F64, healthy: bool) -> float:
        """Take in one sample, f8[measures], NaN where a measure was not told.

        Returns its distance from the reference: about 1 for what is usual,
        `UNUSUAL` and more for what was not seen. NaN until the reference is
        ready and where nothing was told. ``healthy`` samples are learned until
        it is; then it never moves.
        """
        told = np.isfinite(values)
        first = told & np.isnan(self.smooth)
        self.smooth[first] = values[first]
        self.smooth[told] += (values[told] - self.smooth[told]) / SMOOTHING
        self.seen[told] += 1.0
        if self.ready:
            return self._distance(told)
        if healthy and told.all() and self.seen.min() > 2.0 * SMOOTHING:
            self.rows[self.count] = self.smooth
            self.count += 1
            if self.ready:
                self._freeze()
        return math.nan

    def learn_anew(self) -> None:
        """Forget the reference, as after an accepted change of the equipment."""
        self.count = 0

    def state(self) -> dict[str, Any]:
        return state_of(self)

    def restore(self, state: dict[str, Any]) -> None:
        """Raises SnapshotError where the state is that of other measures."""
        restore_into(self, state)

    def _distance(self, told: np.ndarray) -> float:
        off = self.smooth - self.centre
        if told.all():
            return math.sqrt(max(0.0, float(off @ self.precision @ off)) / len(off))
        off = off[told]
        if not len(off):
            return math.nan
        # of the measures that are told, as if the others had never been there
        spread = self.scatter[np.ix_(told, told)]
        return math.sqrt(max(0.0, float(off @ np.linalg.solve(spread, off))) / len(off))

    def _freeze(self) -> None:
        self.centre = self.rows.mean(axis=0)
        # in units of their own, or a large one drowns the others in rounding
        unit = np.fmax(self.rows.std(axis=0), LEAST_PART * (np.abs(self.centre) + LEAST_PART))
        rows = (self.rows - self.centre) / unit
        usual, far = _structure(rows, SHORT_LAG), _structure(rows, LONG_LAG)
        size, direction = np.linalg.eigh(far - usual)
        drift = (direction * np.fmax(size, 0.0)) @ direction.T
        own = np.fmax(np.diag(usual), LEAST_PART)
        spread = COUPLED * usual + np.diag(own - COUPLED * np.diag(usual)) + DRIFT_ALLOWED * drift
        self.scatter = spread * np.outer(unit, unit)
        self.precision = np.linalg.inv(spread) / np.outer(unit, unit)


def _structure(rows: F64, lag: int) -> F64:
    """Half the mean squared change over a lag, [measures, measures]: the covariance, where nothing drifts."""
    change = rows[lag:] - rows[:-lag]
    half: F64 = change.T @ change / (2.0 * len(change))
    return half
