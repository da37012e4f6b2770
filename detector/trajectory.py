"""Where the common temperature of a hall is going.

After a loss of cooling the air climbs steeply at first, while only the air and
the skin of things take up the heat, and then more slowly, as the mass of racks,
walls and water joins in. A straight line through the last minutes is wrong both
ways: too late at the start, too early afterwards. Two heat capacities in line
give

    rise(t) = a tau (1 - exp(-t / tau)) + b t

with a fast and a lasting rate (Incropera et al., Fundamentals of Heat and Mass
Transfer, transient conduction, lumped capacitance). The rates are fitted by
Bayesian least squares over what has been seen since the start; before there is
much to see, the heat balance and the usual capacity of a hall stand in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from streams.messages import F64

# Time constants tried for the air, s.
TAUS = (45.0, 90.0, 180.0, 360.0)
# What a hall does when nothing at all is carried away, until its own is known: K/s at first, and lasting.
FAST_RATE = 1.6 / 60.0
LASTING_RATE = 0.6 / 60.0
# How far that may be off, as a part of itself.
PRIOR_SPREAD = 1.0
NOISE_K = 0.12
# Normal quantile of an 80 % interval.
Z80 = 1.2816
HORIZON_S = 6 * 3600.0
HORIZONS: F64 = np.concatenate([np.arange(0.0, 1800.0, 5.0), np.geomspace(1800.0, HORIZON_S, 120)])


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Rise from now on, K, at each of `HORIZONS`; never falling."""

    rise: F64
    low: F64
    """Slow side of the 80 % interval."""
    high: F64
    """Fast side."""

    def time_to(self, margin: F64) -> tuple[F64, F64, F64]:
        """Seconds until each margin is used up: expected, earliest, latest. NaN = not within six hours."""
        return _crossing(self.rise, margin), _crossing(self.high, margin), _crossing(self.low, margin)


def _crossing(rise: F64, margin: F64) -> F64:
    when = np.interp(margin, np.maximum.accumulate(rise) + 1e-9 * np.arange(len(rise)), HORIZONS)
    when = np.where(margin > rise.max(), np.nan, when)
    return np.where(margin <= 0.0, 0.0, when)


def fit_trajectory(seconds: F64, level: F64, shortfall: float) -> Trajectory:
    """Fit the course of the common level since the loss began.

    ``seconds`` since the start and ``level`` in K, of equal length (possibly
    empty); ``shortfall`` is the part of the heat that is not carried away, as
    the balance tells it (1 where it cannot tell).
    """
    best: tuple[float, float, F64, F64] = (math.inf, TAUS[0], np.zeros(2), np.eye(2))
    strength = min(max(shortfall, 0.05), 1.2)
    prior = np.array([FAST_RATE * strength, LASTING_RATE * strength])
    prior_precision = np.diag(1.0 / (PRIOR_SPREAD * prior) ** 2)
    start = float(level[0]) if len(level) else 0.0
    rise = level - start
    for tau in TAUS:
        basis = _basis(seconds, tau)
        precision = prior_precision + basis.T @ basis / NOISE_K**2
        covariance = np.linalg.inv(precision).astype(np.float64)
        rates = covariance @ (prior_precision @ prior + basis.T @ rise / NOISE_K**2)
        rates = np.maximum(rates, 0.0).astype(np.float64)
        miss = rise - basis @ rates
        off = rates - prior
        cost = float(miss @ miss / NOISE_K**2 + off @ prior_precision @ off)
        cost += float(np.linalg.slogdet(precision)[1])
        if cost < best[0]:
            best = (cost, tau, rates, covariance)
    _, tau, rates, covariance = best
    return _ahead(float(seconds[-1]) if len(seconds) else 0.0, tau, rates, covariance)


def _basis(seconds: F64, tau: float) -> F64:
    return np.column_stack([tau * -np.expm1(-seconds / tau), seconds])


def _ahead(now: float, tau: float, rates: F64, covariance: F64) -> Trajectory:
    step = _basis(now + HORIZONS, tau) - _basis(np.array([now]), tau)
    rise = step @ rates
    spread = np.sqrt(np.einsum("ij,jk,ik->i", step, covariance, step))
    # Rates are positive and their errors multiply, so the interval is log-normal about the rise.
    factor = np.exp(Z80 * np.minimum(spread / np.maximum(rise, 1e-6), math.log(4.0)))
    return Trajectory(rise, rise / factor, rise * factor)
