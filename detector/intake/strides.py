"""How far the event time of a zone moves at once, and how far ahead of it a reading may lie for that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.threshold import TUNED, threshold
from kernels import arrival
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the strides of event time."""

    longest_stride_s: int = threshold(
        900, "s", "a stride of event time that is longer is a gap in the telemetry, not its pace...", TUNED
    )
    strides_once_more: int = threshold(2, "strides", "...unless the zone's own are half as long...", TUNED)
    longest_pace_s: int = threshold(3600, "s", "...and up to this one", TUNED)
    pace_kept: int = threshold(49, "50ths", "of the longest stride, what is left after another", TUNED)
    strides_ahead: int = threshold(2, "strides", "a reading may lie so many ahead of its zone", TUNED)


T = Thresholds()
PACE_PARTS = 50


def pace_after(pace: int, stride: int) -> int:
    """The pace of a zone once it has made another ``stride``, ns: a slowly forgotten maximum."""
    most = max(T.longest_stride_s * SECOND, T.strides_once_more * pace)
    return min(max(min(max(stride, 0), most), pace * T.pace_kept // PACE_PARTS), T.longest_pace_s * SECOND)


def pace_at_start(equipment: arrival.Equipment) -> int:
    """The median time between two stamps of a piece of equipment, ns; 0 where none was heard twice."""
    twice = equipment.run_count > 1
    if not twice.any():
        return 0
    lasts = equipment.run_last[twice] - equipment.run_first[twice]
    return int(np.median(lasts // (equipment.run_count[twice] - 1)))


def reach_ahead(pace: int, max_ahead: int) -> int:
    """How far ahead of a zone with such a pace a reading may lie, ns; at least ``max_ahead``.

    A zone whose equipment reports every few minutes, each in its own turn,
    steps through time in strides; one that is a stride ahead is not wrong.
    """
    return max(max_ahead, min(T.strides_ahead * pace, max(T.longest_stride_s * SECOND, pace)))
