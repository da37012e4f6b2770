"""Thresholds of what is seen that several files share: one name in one place."""

from __future__ import annotations

from dataclasses import dataclass

from detector.threshold import TUNED, threshold


@dataclass(frozen=True, slots=True)
class Shared:
    """Of what is seen, for several files."""

    longest_step_s: float = threshold(
        60.0, "s", "ticks further apart are a gap: time that nobody saw is not learned from", TUNED
    )
    settled_after_s: float = threshold(
        900.0,
        "s",
        "what is usual of air is known, and held against it, once it was watched for so long",
        TUNED,
    )
    holds_for_s: int = threshold(
        24 * 3600,
        "s",
        "what was sent when it changed holds for so long, while its equipment is heard at all",
        TUNED,
    )
    at_rest_percent: float = threshold(
        5.0, "%", "below this part of full speed a fan or pump moves nothing worth counting", TUNED
    )
    most_percent: float = threshold(
        150.0, "", "a speed beyond this cannot be a percentage: it is in rpm", TUNED
    )
    in_service_s: float = threshold(
        900.0, "s", "what has run within this time was in service when a fault began", TUNED
    )
    stop_together_s: float = threshold(
        30.0, "s", "machines that stop within this time of each other stop together", TUNED
    )
    water_kj_per_litre_k: float = threshold(
        4.18, "kJ/(l K)", "heat capacity of water at 20 C", "ASHRAE Fundamentals"
    )


OF_SEEN = Shared()
