"""Series of readings of one point that kernels must get right, by name, and cuts of them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kernels.state import F64, I32, I64

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


class Series(NamedTuple):
    time: I64
    value: F64

    def slots(self, slot: int = 0) -> I32:
        return np.full(len(self.time), slot, np.int32)


def uneven_times(rng: np.random.Generator, n: int) -> I64:
    return START + np.cumsum(rng.integers(1, 4 * SECOND, n))


def with_gaps(rng: np.random.Generator, n: int) -> I64:
    steps = rng.integers(SECOND // 2, 3 * SECOND // 2, n)
    steps[rng.random(n) < 0.02] = 90 * SECOND
    return START + np.cumsum(steps)


def all_series(seed: int = 0, n: int = 400) -> dict[str, Series]:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.0, 1.0, n)
    times = uneven_times(rng, n)
    holed = noise.copy()
    holed[rng.random(n) < 0.1] = np.nan
    endless = noise.copy()
    endless[rng.random(n) < 0.1] = np.inf
    endless[rng.random(n) < 0.1] = -np.inf
    spiked = 20.0 + noise
    spiked[[n // 3, n // 2]] = 1e12, -1e9
    shuffled = times.copy()
    shuffled[5::7] = shuffled[4:-1:7]
    shuffled[8::11] -= 20 * SECOND
    return {
        "noise": Series(times, noise),
        "gaps": Series(with_gaps(rng, n), noise),
        "hours apart": Series(START + np.cumsum(rng.integers(3600, 3 * 3600, n)) * SECOND, np.round(noise)),
        "quantised": Series(times, np.round(22.0 + 0.1 * noise, 1)),
        "large offset": Series(times, 1e9 + 1e-2 * noise),
        "level shift": Series(times, noise + 6.0 * (np.arange(n) > n // 2)),
        "ramp": Series(times, (times - START) / SECOND * 1e-3 + 0.01 * noise),
        "constant": Series(times, np.full(n, 21.3)),
        "frozen at the end": Series(times, np.where(np.arange(n) < n // 2, noise, noise[n // 2])),
        "on and off": Series(times, (rng.random(n) < 0.5).astype(np.float64)),
        "spikes": Series(times, spiked),
        "nan": Series(times, holed),
        "infinite": Series(times, endless),
        "only nan": Series(times, np.full(n, np.nan)),
        "out of order": Series(shuffled, noise),
        "one": Series(times[:1], noise[:1]),
        "two": Series(times[:2], noise[:2]),
        "none": Series(times[:0], noise[:0]),
    }


SERIES = all_series()


def interleaved(seed: int, slots: int, n: int) -> tuple[I32, I64, F64]:
    """Readings of several slots in order of time, some of them not finite: slot, time, value."""
    rng = np.random.default_rng(seed)
    slot = rng.integers(0, slots, n).astype(np.int32)
    time = with_gaps(rng, n)
    value = np.round(20.0 + slot + rng.normal(0.0, 0.3, n), 1)
    value[rng.random(n) < 0.03] = np.nan
    value[rng.random(n) < 0.02] += 50.0
    return slot, time, value


def cuts(seed: int, n: int) -> list[slice]:
    """Some way of cutting n readings into batches, empty ones too."""
    rng = np.random.default_rng(seed)
    marks = np.sort(rng.integers(0, n + 1, rng.integers(0, 12)))
    edges = [0, *marks.tolist(), n]
    return [slice(a, b) for a, b in pairwise(edges)]
