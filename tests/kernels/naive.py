"""Twins of the statistics kernels: slow, obvious, by the book.

Each takes the whole history of one point as plain lists and works every answer
out from the start. `TWINS` names the kernel that each stands for; any file
``tests/kernels/naive_*.py`` may bring such a table of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels import quality

SECOND = 1_000_000_000
NAN = float("nan")


def update_baseline(
    times: list[int], values: list[float], learn: list[bool], half_life: int
) -> tuple[list[float], list[float]]:
    """Expected value and standard deviation before each reading."""
    expected, deviation = [], []
    learned: list[float] = []
    ages: list[float] = []  # in half-lives
    last: int | None = None
    for t, x, wanted in zip(times, values, learn, strict=True):
        weights = [0.5**age for age in ages]
        known = sum(weights)
        mean = float(np.average(learned, weights=weights)) if learned else NAN
        expected.append(mean)
        if known >= 2.0:
            variance = np.average([(v - mean) ** 2 for v in learned], weights=weights)
            deviation.append(math.sqrt(variance))
        else:
            deviation.append(NAN)
        if not math.isfinite(x) or (last is not None and t <= last):
            continue
        if wanted:
            passed = 0.0 if last is None else min(1.0, (t - last) / half_life)
            ages = [*(age + passed for age in ages), 0.0]
            learned.append(x)
        last = t
    return expected, deviation


def robust_deviation(
    times: list[int], values: list[float], learn: list[bool], capacity: int, every: int, floor: float
) -> list[float]:
    out = []
    reference: list[float] = []
    span: int | None = None
    for t, x, wanted in zip(times, values, learn, strict=True):
        if len(reference) >= 8:
            median = float(np.median(reference))
            mad = float(np.median([abs(v - median) for v in reference]))
            out.append((x - median) / max(1.4826 * mad, floor))
        else:
            out.append(NAN)
        if wanted and math.isfinite(x) and (span is None or t // every > span):
            span = t // every
            reference = [*reference, x][-capacity:]
    return out


def score_of(deviations: list[float]) -> list[float]:
    out = []
    for z in deviations:
        if math.isnan(z):
            out.append(NAN)
        elif abs(z) > 1e150:
            out.append(1.0)
        else:
            u = max(0.0, abs(z) - 1.0) / 3.0
            out.append(u**2 / (1.0 + u**2))
    return out


def update_cusum(
    times: list[int], deviations: list[float], slack: float, threshold: float
) -> list[tuple[int, int | None]]:
    """Page's form: how far the sum since the last change stands above the least it ever was."""

    def excess(steps: list[float]) -> tuple[float, int]:
        """The greatest sum of a tail, never below zero, and where the shortest such tail begins."""
        tails = [(math.fsum(steps[k:]), k) for k in range(len(steps) + 1)]
        greatest = max(total for total, _ in tails)
        return greatest, max(k for total, k in tails if total >= greatest - 1e-9)

    out: list[tuple[int, int | None]] = []
    seen: list[float] = []
    when: list[int] = []
    for t, z in zip(times, deviations, strict=True):
        if not math.isfinite(z):
            out.append((0, None))
            continue
        seen.append(z)
        when.append(t)
        up, up_from = excess([v - slack for v in seen])
        down, down_from = excess([-v - slack for v in seen])
        if up > threshold:
            out.append((1, when[up_from]))
        elif down > threshold:
            out.append((-1, when[down_from]))
        else:
            out.append((0, None))
            continue
        seen, when = [], []
    return out


def habit(examples: list[float]) -> float:
    """The usual one of the examples, none counted as more than a few times the usual so far."""
    usual = examples[0]
    for count, example in enumerate(examples[1:], start=2):
        usual += (min(example, quality.OUTLIER * usual) - usual) / min(count, quality.MEMORY)
    return usual


def usual_hold(holds: list[int]) -> float:
    """The mean of the holds, each weighing its length; older ones fade once they fill the memory."""
    weights: list[float] = []
    for hold in holds:
        fading = min(1.0, quality.HOLD_MEMORY / sum(weights)) if weights else 1.0
        weights = [*(weight * fading for weight in weights), float(hold)]
    return float(np.average(holds, weights=weights))


class Quality:
    """The checks of one point, after their descriptions."""

    def __init__(self, low: float, high: float, max_rate: float) -> None:
        self.low, self.high, self.max_rate = low, high, max_rate
        self.taken: list[tuple[int, float, bool]] = []  # time, value, whether a silence came before
        self.good: tuple[int, float] | None = None
        self.intervals: list[float] = []
        self.holds: list[int] = []
        self.steps: list[float] = []
        self.held = 0

    def check(self, t: int, x: float, stuck_times: float, silent_times: float) -> int:
        if not math.isfinite(x) or (self.taken and t <= self.taken[-1][0]):
            return quality.SKIPPED
        flags = self._plausible(t, x)
        silent = False
        if self.taken:
            elapsed = t - self.taken[-1][0]
            silent = self.silence(t) > silent_times
            self.intervals.append(elapsed)
            if silent:
                flags |= quality.DROPOUT
            else:
                self.held += elapsed
                flags |= self._spike(x)
            flags |= self._stuck(x, stuck_times)
        self.taken.append((t, x, silent))
        return flags

    def silence(self, now: int) -> float:
        if len(self.intervals) < quality.LEARNED:
            return NAN
        return (now - self.taken[-1][0]) / habit(self.intervals)

    def _plausible(self, t: int, x: float) -> int:
        flags = 0
        if not self.low <= x <= self.high:
            flags |= quality.OUT_OF_RANGE
        if self.good is not None:
            allowed = self.max_rate * ((t - self.good[0]) / SECOND)
            if abs(x - self.good[1]) > allowed:
                flags |= quality.TOO_FAST
        if flags == 0:
            self.good = (t, x)
        return flags

    def _spike(self, x: float) -> int:
        if len(self.steps) < quality.LEARNED or len(self.taken) < 2 or self.taken[-1][2]:
            return 0
        before, jumped = self.taken[-2][1], self.taken[-1][1]
        jump = abs(jumped - before)
        large = jump > quality.SPIKE_STEPS * habit(self.steps)
        return quality.SPIKE if large and abs(x - before) <= quality.SPIKE_RETURN * jump else 0

    def _stuck(self, x: float, stuck_times: float) -> int:
        change = abs(x - self.taken[-1][1])
        if change == 0.0:
            if len(self.holds) < quality.LEARNED or self.held <= quality.STUCK_AT_LEAST:
                return 0
            return quality.STUCK if self.held > stuck_times * usual_hold(self.holds) else 0
        if self.held > 0:
            self.holds.append(self.held)
            self.steps.append(change)
        self.held = 0
        return 0


TWINS: dict[str, Callable[..., Any]] = {
    "kernels.baseline.update_baseline": update_baseline,
    "kernels.robust.robust_deviation": robust_deviation,
    "kernels.robust.score_of": score_of,
    "kernels.change.update_cusum": update_cusum,
    "kernels.quality.check_quality": Quality.check,
}
