"""Signs of a hall as a whole: heat that nothing carries away, and air that warms everywhere at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

from detector.faults import Severity, Tier
from detector.observation import Observation
from detector.view import View

# Shortfall of the balance that matters, and one that nothing but a loss of cooling makes.
SHORT = 0.25
LOST = 0.6
NOISE_TIMES = 6.0
# Common rise of the inlets, K, and its rate, K/s, that matter at a steady load.
RISE_K = 0.8
RATE_K_PER_S = 0.2 / 60.0
UNREST_TIMES = 5.0
# A load that has grown by more than this explains a rise of its own...
LOAD_GREW = 0.05
# ...up to this one, K.
RISE_AFTER_LOAD_K = 3.0
# This many times as much, in both, needs no second look.
STEEP = 2.0
# Without a power meter nobody can say that the load is steady: ask for this much more.
UNMETERED_TIMES = 1.5


def hall_signs(view: View) -> Iterator[Observation]:
    for h in range(len(view.topology.halls)):
        yield from _heat_stays(view, h)
        yield from _air_warms(view, h)


def _heat_stays(view: View, h: int) -> Iterator[Observation]:
    balance, warming = view.balances[h], view.warmings[h]
    short = balance.shortfall
    if short is None or balance.surplus is None or short < max(SHORT, NOISE_TIMES * balance.noise):
        return
    warms = warming.slope > 2.0 * warming.slope_unrest and warming.rise > 2.0 * warming.rise_unrest
    if short < LOST and not warms:
        return
    hall = view.topology.halls[h]
    yield Observation(
        tier=Tier.HALL,
        fault="cooling_loss",
        root=hall,
        hall=hall,
        evidence=f"{hall} keeps {balance.surplus:.0f} kW of its {balance.load:.0f} kW: "
        f"{short:.0%} of the heat is not carried away",
        confidence=0.9 if warms else 0.75,
        confirm=2 if short >= LOST else 4,
        spoke="physics",
        severity=Severity.CRITICAL if short >= LOST else Severity.WARNING,
    )


def _air_warms(view: View, h: int) -> Iterator[Observation]:
    warming = view.warmings[h]
    if not warming.settled or not math.isfinite(warming.slope):
        return
    change = view.load_change[h]
    wanted = max(RISE_K, UNREST_TIMES * warming.rise_unrest)
    if math.isnan(change):
        wanted *= UNMETERED_TIMES
    elif change > LOAD_GREW:
        wanted = max(wanted, RISE_AFTER_LOAD_K)
    rate = max(RATE_K_PER_S, UNREST_TIMES * warming.slope_unrest)
    if warming.rise < wanted or warming.slope < rate:
        return
    hall = view.topology.halls[h]
    yield Observation(
        tier=Tier.HALL,
        fault="cooling_loss",
        root=hall,
        hall=hall,
        evidence=f"all inlets of {hall} warm together: {warming.rise:.1f} K so far, "
        f"{warming.slope * 60:.1f} K a minute",
        confidence=0.8,
        confirm=1 if warming.rise > STEEP * wanted and warming.slope > STEEP * rate else 2,
        spoke="physics",
        severity=Severity.CRITICAL,
    )
