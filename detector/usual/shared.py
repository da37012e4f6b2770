"""Thresholds of what is usual that several files share: one name in one place."""

from __future__ import annotations

from dataclasses import dataclass

from detector.threshold import TUNED, threshold


@dataclass(frozen=True, slots=True)
class Shared:
    """Of what is usual, for several files."""

    usual_half_life_s: float = threshold(
        1800.0, "s", "memory of what equipment, the plant and halls as a whole usually do", TUNED
    )
    valve_moves_points: float = threshold(1.0, "%", "a valve that moves by more than this is driven", TUNED)
    unit_supply_warm_k: float = threshold(
        2.5, "K", "supply air of a unit so far above what it usually is beside its set point is warm", TUNED
    )
    warm_water_k: float = threshold(
        2.0, "K", "water this much above its set point, or above the usual where that is more, is warm", TUNED
    )
    swing_times: float = threshold(
        1.3, "", "beyond its largest swing of late by this factor a value does what it never does", TUNED
    )
    clip_scales: float = threshold(4.0, "scales", "one block counts for no more than so many scales", TUNED)
    gone_sum: float = threshold(
        24.0, "scales", "a sum of deviations that counts as gone: four hours at two scales of a block", TUNED
    )
    going_sum: float = threshold(8.0, "scales", "a sum of deviations that counts as perhaps going", TUNED)
    block_s: int = threshold(
        600,
        "s",
        "a block: long against the swing of a control loop, short against the course of a day",
        TUNED,
    )
    model_warm_up: int = threshold(40, "samples", "a model learns so many before it speaks", TUNED)


OF_USUAL = Shared()

MEAN_DISTANCE_TO_DEVIATION = 1.2533
"""Of a normal sample, from mean distance to standard deviation: the root of pi / 2."""
