"""How the NAB corpus scores a detector: cost profiles over one threshold for all files.

Lavin and Ahmad 2015, "Evaluating Real-Time Anomaly Detection Algorithms: the
Numenta Anomaly Benchmark", section II.B, in the form that the published
results were computed with. A threshold turns scores into detections. In a
window of an anomaly the earliest detection counts, the more the earlier it is; every
detection outside costs, the less the shorter it comes after a window; a
window without any costs. The first part of each log is for learning and does
not count. The threshold is the best one for the profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streams.messages import F64, I64

PROBATION = 0.15
PROBATION_AT_MOST = 750
STEEPNESS = 5.0
# A detection so many widths behind the window before it costs as much as any.
FAR_WIDTHS = 3.0


@dataclass(frozen=True, slots=True)
class Profile:
    """What a window without a detection and a detection without a window cost; a window found earns 1."""

    false_positive: float
    false_negative: float


PROFILES = {
    "standard": Profile(0.11, 1.0),
    "low_fp": Profile(0.22, 1.0),
    "low_fn": Profile(0.11, 2.0),
}


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows of a log and the first and last row of each window, in order."""

    rows: int
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Result:
    score: float
    """0 for no detection at all, 100 for every window at its first row and nothing else."""
    threshold: float
    """A row is a detection where its score reaches this; infinite for none."""
    found: int
    """Windows with a detection."""
    false_positives: int
    """Rows outside every window that are detections."""


def probation(rows: int) -> int:
    """Rows at the head of a log that do not count."""
    return int(min(np.floor(PROBATION * rows), PROBATION_AT_MOST))


def windows_of(stamps: Sequence[str], labels: Sequence[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
    """First and last row of each labelled window.

    A log may tell the same time twice. A window begins at the first row of its
    first time and ends at the first row from there of its last.
    """
    at = []
    row = 0
    for first, last in labels:
        begin = stamps.index(first, row)
        row = stamps.index(last, begin)
        at.append((begin, row))
    return tuple(at)


def score(logs: Sequence[Labelled], scores: Sequence[F64], profile: Profile) -> Result:
    """The score of a detector at its best threshold; ``scores`` is one f8[rows] for each log."""
    offset, total = 0, 0
    parts = []
    for log, given in zip(logs, scores, strict=True):
        worth, window = _worth(log, profile)
        counted = slice(probation(log.rows), None)
        window = np.where(window >= 0, window + offset, -1)[counted]
        offset += len(log.windows)
        total += len(log.windows)
        parts.append((given[counted], worth[counted], window))
    given, worth, window = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _best(given, worth, window, total, profile)


def sigmoid(position: F64) -> F64:
    """Worth at a place: -1 is a window's first row, 0 just behind its last, in widths of it."""
    worth: F64 = np.where(position > FAR_WIDTHS, -1.0, 2.0 / (1.0 + np.exp(STEEPNESS * position)) - 1.0)
    return worth


def _worth(log: Labelled, profile: Profile) -> tuple[F64, I64]:
    """What a detection at each row brings, and the window that the row is in or -1."""
    row = np.arange(log.rows)
    window = np.full(log.rows, -1)
    position = np.full(log.rows, np.inf)
    for n, (first, last) in enumerate(log.windows):
        width = last - first + 1
        window[first : last + 1] = n
        position[first : last + 1] = -(last + 1 - row[first : last + 1]) / width
        position[last + 1 :] = (row[last + 1 :] - last) / (width - 1)
    brings = sigmoid(np.minimum(position, FAR_WIDTHS + 1.0))
    inside = window >= 0
    brings[inside] /= sigmoid(np.array([-1.0]))
    brings[~inside] *= profile.false_positive
    return brings, window


def _best(given: F64, worth: F64, window: I64, windows: int, profile: Profile) -> Result:
    order = np.argsort(-given, kind="stable")
    given, worth, window = given[order], worth[order], window[order]
    gain = np.where(window < 0, worth, 0.0)
    first = np.zeros(len(given), np.bool_)
    for n in range(windows):
        rows = np.flatnonzero(window == n)
        reached = np.maximum.accumulate(worth[rows])
        gain[rows] = np.diff(reached, prepend=-profile.false_negative)
        first[rows[:1]] = True
    # Rows of one score become detections together.
    last_of_score = np.flatnonzero(np.append(given[1:] != given[:-1], True))
    raw = np.cumsum(gain)[last_of_score] - profile.false_negative * windows
    null = -profile.false_negative * windows
    best = int(np.argmax(raw))
    if raw[best] <= null:
        return Result(0.0, float("inf"), 0, 0)
    until = last_of_score[best] + 1
    return Result(
        score=float(100.0 * (raw[best] - null) / (windows - null)),
        threshold=float(given[until - 1]),
        found=int(first[:until].sum()),
        false_positives=int((window[:until] < 0).sum()),
    )
