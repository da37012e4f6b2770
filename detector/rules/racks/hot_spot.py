"""Signs at a single rack: an inlet warmer than its hall explains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Tier
from detector.incidents.sign import SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.seen.known import median_known
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a rack warmer than its hall explains."""

    hot_k: float = threshold(
        3.0, "K", "an inlet so far above what supply air and load explain is hot...", TUNED
    )
    hot_scales: float = threshold(
        8.0, "scales", "...and beyond so many scales of what its model usually misses by", TUNED
    )
    hot_after_rotation_k: float = threshold(
        5.0,
        "K",
        "the same where units have changed duty: racks near those that rest breathe warmer air than is known",
        TUNED,
    )
    not_as_usual: float = threshold(
        0.5,
        "",
        "a unit runs or rests as it seldom does: as it did for less than this part of the time",
        TUNED,
    )
    still_k: float = threshold(
        1.0, "K", "the hall itself must be still: a rack that warms with its hall is not a spot", TUNED
    )
    load_unsettled: float = threshold(
        0.2, "", "a hall whose load has grown by this part of late has units that still follow it", TUNED
    )
    confirm_hot_spot_s: int = threshold(120, "s", "jobs come and go at a rack within minutes", TUNED)


T = Thresholds()


def _rotated(tick: Tick, h: int) -> bool:
    """Whether other units run than usual: racks near those that rest breathe warmer air than is known."""
    cooling_units = list(tick.topology.cooling_units[h])
    unlike = np.abs(tick.condition.running[cooling_units] - tick.usual.run[cooling_units])
    return bool((unlike > T.not_as_usual).any())


def hot_spot(tick: Tick) -> Iterator[Sign]:
    """Racks that are warmer than their model expects, in halls that are still."""
    inlet = tick.column(Role.RACK_INLET)
    for h, racks in enumerate(tick.topology.racks):
        if not tick.warmings[h].level < T.still_k or tick.load_change[h] > T.load_unsettled:
            continue
        hall, members = tick.topology.halls[h], np.array(racks, np.intp)
        usual = median_known(inlet[members])
        least = T.hot_after_rotation_k if _rotated(tick, h) else T.hot_k
        hot = ~tick.lone & (tick.racks.residual > least) & (tick.racks.deviation > T.hot_scales)
        # What is only less cold than before is no hot spot.
        hot &= inlet > usual
        for rack in members[hot[members]].tolist():
            name = tick.topology.ids[rack].split("/", 1)[-1].upper()
            yield Sign(
                tier=Tier.RACK,
                fault="hot_spot",
                root=tick.topology.ids[rack],
                hall=hall,
                evidence=f"{name} inlet at {inlet[rack]:.1f} C, "
                f"{tick.racks.residual[rack]:.1f} K above what supply air and load explain",
                confidence=SUSPECTED,
                confirm_s=T.confirm_hot_spot_s,
                spoke=Speaker.RIVER,
            )
