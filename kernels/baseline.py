"""What a point usually reads: mean and standard deviation, weighted by age.

A reading's weight halves with each half-life of its age, and every reading
starts with weight one, so the first hours are a plain mean and not a memory of
the first value. The update is West's (1979, "Updating mean and variance
estimates: an improved method", Communications of the ACM 22(9)) with a decay:

    w <- w 2^(-age/h) + 1,   d = x - m,   m <- m + d/w,   S <- S 2^(-age/h) + d (x - m)

and the variance is S/w. At a steady period that is the usual exponentially
weighted mean, once warm.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kernels.jit import kernel
from kernels.state import F64, I32, I64, NEVER, SECOND, Flags, carry_over

ENOUGH = 2.0
"""Weight below which a standard deviation says nothing."""

_LN2 = math.log(2.0)


class Baseline(NamedTuple):
    """Exponentially weighted mean and variance of each slot, for each of several half-lives."""

    half_lives: I64
    """[h] ns."""
    last: I64
    """[slots] time of the newest reading, ns, whether it was learned or not."""
    weight: F64
    """[slots, h] sum of the weights of what was learned."""
    mean: F64
    """[slots, h]"""
    squares: F64
    """[slots, h] weighted sum of squared distances from the mean."""


def make_baseline(slots: int, half_lives: Sequence[int] | I64) -> Baseline:
    """A baseline that knows nothing, for each of the ``half_lives``, ns.

    A half-life should be many times a point's period; below about one period
    the weight never reaches `ENOUGH` and the deviation stays NaN. Raises
    ValueError for none, and for one that is not above zero.
    """
    lives = np.array(half_lives, np.int64)
    if lives.ndim != 1 or not len(lives) or (lives <= 0).any():
        raise ValueError(f"half-lives must be positive, not {list(half_lives)}")
    shape = (slots, len(lives))
    return Baseline(
        half_lives=lives,
        last=np.full(slots, NEVER, np.int64),
        weight=np.zeros(shape),
        mean=np.zeros(shape),
        squares=np.zeros(shape),
    )


def grow_baseline(state: Baseline, slots: int) -> Baseline:
    """A copy with room for ``slots`` slots."""
    return carry_over(state, make_baseline(slots, state.half_lives))


def _example() -> tuple[Any, ...]:
    one = np.ones(1)
    learn = np.ones(1, np.bool_)
    state = make_baseline(1, [SECOND])
    return state, np.zeros(1, np.int32), one.astype(np.int64), one, learn, np.ones((1, 1)), np.ones((1, 1))


@kernel(_example)
def update_baseline(
    state: Baseline, slot: I32, time: I64, value: F64, learn: Flags, out_expected: F64, out_sd: F64
) -> None:
    """Say what was expected of each reading, then learn from it where ``learn`` says so.

    ``slot`` i4[n], ``time`` i8[n] ns, ``value`` f8[n], ``learn`` bool[n].
    Writes ``out_expected`` and ``out_sd``, f8[n, h], as they stood before the
    reading; NaN where nothing (or, for the deviation, too little) was learned.
    Values that are not finite and times not after the slot's newest teach nothing.

    Time that passes without learning ages nothing, and a silence ages what was
    learned by one half-life at most: after a fault or a gap the first reading
    must not become the whole baseline.
    """
    for i in range(len(slot)):
        s = slot[i]
        x = value[i]
        for h in range(len(state.half_lives)):
            weight = state.weight[s, h]
            out_expected[i, h] = state.mean[s, h] if weight > 0.0 else np.nan
            out_sd[i, h] = math.sqrt(state.squares[s, h] / weight) if weight >= ENOUGH else np.nan
        last = state.last[s]
        if not np.isfinite(x) or time[i] <= last:
            continue
        elapsed = time[i] - last if last != NEVER else 0
        state.last[s] = time[i]
        if not learn[i]:
            continue
        for h in range(len(state.half_lives)):
            decay = math.exp(-_LN2 * min(1.0, elapsed / state.half_lives[h]))
            weight = state.weight[s, h] * decay + 1.0
            distance = x - state.mean[s, h]
            mean = state.mean[s, h] + distance / weight
            state.squares[s, h] = state.squares[s, h] * decay + distance * (x - mean)
            state.mean[s, h] = mean
            state.weight[s, h] = weight
