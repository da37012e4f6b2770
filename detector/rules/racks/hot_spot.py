"""Signs at a single rack: an inlet warmer than its hall explains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Tier
from detector.incidents.sign import SUSPECTED, Sign
from detector.seen.known import median_known
from detector.tick import Tick

HOT_K = 3.0
HOT_SCALES = 8.0
# The same where units have changed duty; one that runs or stands as it seldom does, by this part of the time.
HOT_AFTER_ROTATION_K = 5.0
NOT_AS_USUAL = 0.5
# The hall itself must be still: a rack that warms with its hall is not a spot.
STILL_K = 1.0
# A hall whose load has grown by so much of late has units that still follow it.
LOAD_GREW = 0.2
CONFIRM = 12


def _rotated(tick: Tick, h: int) -> bool:
    """Whether other units run than usual: racks near those that rest breathe warmer air than is known."""
    units = list(tick.topology.units[h])
    unlike = np.abs(tick.condition.running[units] - tick.usual.run[units])
    return bool((unlike > NOT_AS_USUAL).any())


def hot_spot(tick: Tick) -> Iterator[Sign]:
    """Racks that are warmer than their model expects, in halls that are still."""
    inlet = tick.column(Role.RACK_INLET)
    for h, racks in enumerate(tick.topology.racks):
        if not tick.warmings[h].level < STILL_K or tick.load_change[h] > LOAD_GREW:
            continue
        hall = tick.topology.halls[h]
        usual = median_known(inlet[list(racks)])
        hot = HOT_AFTER_ROTATION_K if _rotated(tick, h) else HOT_K
        for rack in racks:
            residual = tick.racks.residual[rack]
            if tick.lone[rack] or not (residual > hot and tick.racks.deviation[rack] > HOT_SCALES):
                continue
            # What is only less cold than before is no hot spot.
            if not inlet[rack] > usual:
                continue
            name = tick.topology.ids[rack].split("/", 1)[-1].upper()
            yield Sign(
                tier=Tier.RACK,
                fault="hot_spot",
                root=tick.topology.ids[rack],
                hall=hall,
                evidence=f"{name} inlet at {inlet[rack]:.1f} C, "
                f"{residual:.1f} K above what supply air and load explain",
                confidence=SUSPECTED,
                confirm=CONFIRM,
                spoke="models",
            )
