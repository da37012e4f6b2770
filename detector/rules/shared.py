"""Thresholds that several rules share: one name in one place."""

from __future__ import annotations

from dataclasses import dataclass

from detector.threshold import NFPA_110, TUNED, threshold


@dataclass(frozen=True, slots=True)
class Shared:
    """Of several rules."""

    transfer_s: float = threshold(
        15.0,
        "s",
        "a transfer to emergency power takes about ten seconds: what is back by then was not lost",
        NFPA_110,
    )
    cooling_units_wait_s: float = threshold(
        25.0,
        "s",
        "units are let on one after another: what stopped together less than this ago may be on its way",
        NFPA_110,
    )
    recovers_k_per_s: float = threshold(
        0.3 / 60.0,
        "K/s",
        "water that cools by 0.3 K a minute recovers, and what it lost comes down too",
        TUNED,
    )
    airs_k: float = threshold(
        8.0,
        "K",
        "what a hall warmed by while its units had stopped for a moment has yet to come down, up to this",
        TUNED,
    )
    supply_warm_k: float = threshold(
        1.5,
        "K",
        "supply air so far above the usual at most units of a hall is warm: then it is the water",
        TUNED,
    )
    most_cooling_units: float = threshold(
        0.6, "", "this part of a hall's units speaks for all of them", TUNED
    )
    load_low: float = threshold(
        0.7, "", "below this part of its usual load a hall has units that idle behind their fans", TUNED
    )
    load_came_back: float = threshold(0.5, "", "a load that has grown by this part of late was away", TUNED)
    overshoot_times: float = threshold(
        1.5, "", "air follows a set point that was moved late and past it, by so many times its step", TUNED
    )
    rise_k: float = threshold(0.8, "K", "common rise of a hall's inlets that matters at a steady load", TUNED)


SHARED = Shared()
