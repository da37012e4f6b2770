"""Where the common temperature of a hall is going.

After a loss of cooling the air climbs steeply at first, towards the exhaust of
its own racks, and then slowly, as the mass of racks, walls and water takes up
the heat. A straight line through the last minutes is wrong both ways: too early
in the first minute, too late after it. Three heat capacities in line give

    rise(t) = A (1 - exp(-t / tau)) + B (1 - exp(-t / 4 min)) + b t

with a step A of the air, a step B of what the air touches, and a lasting rate b
(Incropera et al., Fundamentals of Heat and Mass Transfer, transient conduction,
lumped capacitance). They are fitted by Bayesian least squares for each of
several tau, and the fits averaged by how well each explains the course. Before
there is much to see, the heat balance and what halls usually do stand in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from streams.messages import F64

# Time constants tried for the air, s.
TAUS = (15.0, 30.0, 60.0, 100.0)
# And of what the air touches.
SKIN_TAU = 240.0
# What a hall does when nothing at all is carried away, before its own course tells: the steps as parts
# of what the air gains on its way through the racks, and the lasting rate in K/s.
USUAL = np.array([0.8, 0.25, 0.6 / 60.0])
SPREAD = np.array([0.35, 0.2, 0.3 / 60.0])
# What the air gains where nobody has measured it, K.
AIR_GAIN = 10.0
# While nothing is carried away the hall goes on warming, at no less than this part of the usual.
LEAST = np.array([0.0, 0.0, 0.3])
NOISE_K = 0.25
# A rise that is out of the noise.
VISIBLE_K = 0.4
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


def fit_trajectory(seconds: F64, level: F64, shortfall: float, air_gain: float) -> Trajectory:
    """Fit the course of the common level since the loss began.

    ``seconds`` since the start and ``level`` in K above habit, of equal length
    (possibly empty); ``shortfall`` is the part of the heat that is not carried
    away, as the balance tells it (1 where it cannot tell); ``air_gain`` is what
    the air gains on its way through the racks, K, NaN where not known: when the
    air stands or nothing cools it, an inlet goes towards the exhaust.
    """
    strength = min(max(shortfall, 0.1), 1.0)
    gain = AIR_GAIN if math.isnan(air_gain) else min(max(air_gain, 3.0), 25.0)
    scale = np.array([gain, gain, 1.0]) * strength
    prior = USUAL * scale
    precision = np.diag(1.0 / (SPREAD * scale) ** 2)
    seconds, rise = _since_it_rose(seconds, level)
    fits = [_fit(tau, seconds, rise, prior, precision) for tau in TAUS]
    now = float(seconds[-1]) if len(seconds) else 0.0
    return _averaged(now, fits)


@dataclass(frozen=True, slots=True)
class _Fit:
    tau: float
    rates: F64
    covariance: F64
    evidence: float
    """Logarithm of the probability of the course under this tau, up to a constant."""


def _fit(tau: float, seconds: F64, rise: F64, prior: F64, prior_precision: F64) -> _Fit:
    basis = _basis(seconds, tau)
    precision = prior_precision + basis.T @ basis / NOISE_K**2
    covariance = np.linalg.inv(precision).astype(np.float64)
    rates = covariance @ (prior_precision @ prior + basis.T @ rise / NOISE_K**2)
    miss, off = rise - basis @ rates, rates - prior
    evidence = -0.5 * float(
        miss @ miss / NOISE_K**2 + off @ prior_precision @ off + np.linalg.slogdet(precision)[1]
    )
    return _Fit(tau, np.maximum(rates, LEAST * prior), covariance, evidence)


def _since_it_rose(seconds: F64, level: F64) -> tuple[F64, F64]:
    """The part of the course after the air began to move, from there.

    Water and coils hold the air for a while after a loss. Until it has moved
    visibly, the time that has passed says nothing of how fast it will.
    """
    if not len(level) or level[-1] - level.min() < VISIBLE_K:
        return np.empty(0), np.empty(0)
    start = int(np.flatnonzero(level <= level.min() + VISIBLE_K / 2.0)[-1])
    return seconds[start:] - seconds[start], level[start:] - level[start]


def _basis(seconds: F64, tau: float) -> F64:
    return np.column_stack([-np.expm1(-seconds / tau), -np.expm1(-seconds / SKIN_TAU), seconds])


def _averaged(now: float, fits: list[_Fit]) -> Trajectory:
    """Mean and spread over all fits, each as likely as the course makes it."""
    best = max(fit.evidence for fit in fits)
    weights = np.array([math.exp(fit.evidence - best) for fit in fits])
    weights /= weights.sum()
    steps = [_basis(now + HORIZONS, fit.tau) - _basis(np.array([now]), fit.tau) for fit in fits]
    rises = np.array([step @ fit.rates for step, fit in zip(steps, fits, strict=True)])
    rise = weights @ rises
    within = [
        np.einsum("ij,jk,ik->i", step, fit.covariance, step) for step, fit in zip(steps, fits, strict=True)
    ]
    spread = np.sqrt(weights @ (np.array(within) + (rises - rise) ** 2))
    # Rises are positive and their errors multiply, so the interval is log-normal about the mean.
    factor = np.exp(Z80 * np.minimum(spread / np.maximum(rise, 1e-6), math.log(4.0)))
    return Trajectory(rise, rise / factor, rise * factor)
