"""Temperatures that jump together to what they would be in another unit: somebody has changed a setting.

All that are concerned keep to one line (1.8 x + 32, a tenth, 273.15 more), which heat does not:
it comes at different places by different amounts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from detector.points import Points
from detector.seen.raw_values import RawValues
from detector.threshold import TUNED, threshold
from kernels.arrival import UNSET
from streams.messages import F64

NIST = "NIST SP 811, Guide for the Use of the SI, appendix B"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of units that change."""

    within_k: float = threshold(
        1.0,
        "K",
        "how far a value may have moved on its own, between the two readings, in its old unit",
        TUNED,
    )
    together: int = threshold(2, "points", "so many at least of a hall change their unit together...", TUNED)
    share: float = threshold(0.5, "", "...and this part of all there that moved so far", TUNED)
    factors: tuple[float, ...] = threshold(
        (1.8, 1 / 1.8, 10.0, 0.1, 1.0, 1.0), "", "what a value is multiplied by in another unit...", NIST
    )
    offsets: tuple[float, ...] = threshold(
        (32.0, -32.0 / 1.8, 0.0, 0.0, 273.15, -273.15), "", "...and what is added then", NIST
    )


T = Thresholds()
SAID = (
    "degF of what they read before",
    "degC of what they read before, were that degF",
    "tenths of what they read before",
    "ten times what they should, or in tens,",
    "kelvins of what they read before",
    "degC of what they read before, were that kelvins",
)
"""What each of these makes of a value, in words."""


class Changed(NamedTuple):
    """Slots that have changed their unit."""

    law: int
    slots: np.ndarray


def by_law(law: int, value: F64) -> F64:
    """What values are by one of the laws."""
    with np.errstate(over="ignore"):  # of a value that no sensor has
        return T.factors[law] * value + T.offsets[law]


def follows_law(law: int, was: F64, now: F64) -> np.ndarray:
    """Whether each is now what it was before by one of the laws, and may have moved a little."""
    near: np.ndarray = np.abs(now - by_law(law, was)) <= T.within_k * max(T.factors[law], 1.0)
    return near


def unit_changes(
    points: Points, raw: RawValues, turned: np.ndarray, patience_ns: F64, end: int
) -> Iterator[Changed]:
    """What has changed its unit by now, in halls of which some of ``turned`` seem to have at this tick.

    ``patience_ns`` f8[slots]: within what time of each other points of one source turn.
    """
    leapt = turned[raw.degrees[turned] & (raw.leapt[turned] == raw.turned[turned])]
    if not len(leapt):
        return
    n = len(points)
    at = np.flatnonzero(raw.degrees[:n] & (raw.leapt[:n] != UNSET))
    at = at[
        np.isin(points.hall[at], np.unique(points.hall[leapt])) & (end - raw.leapt[at] <= patience_ns[at])
    ]
    up = raw.value[at] > raw.leapt_from[at]
    for law in range(len(SAID)):
        near = follows_law(law, raw.leapt_from[at], raw.value[at])
        for place in np.unique(points.hall[at[near]]).tolist():
            here = near & (points.hall[at] == place)
            rivals = (points.hall[at] == place) & np.isin(up, up[here])
            rivals &= np.isin(points.role[at], points.role[at[here]])
            if here.sum() >= max(T.together, T.share * rivals.sum()):
                yield Changed(law, at[here])
