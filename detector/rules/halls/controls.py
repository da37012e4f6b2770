"""Controls that have frozen: supply air gets warm, and valves that have room left stay where they were."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import Sign
from detector.rules.cooling_units.warm_supply import warm_from
from detector.rules.halls.air_warms import MOST
from detector.rules.plant.restart import restarting
from detector.tick import Tick
from streams.messages import SECOND

# A control loop answers within this time, s.
ANSWERS_WITHIN_S = 180
# A valve open by more than this has no room left; one this close to where it usually is has not moved, %.
OPEN_PERCENT = 90.0
AS_USUAL_PERCENT = 2.0
# It is the control if so many units of a hall show it, at least, and most of those that run.
SEVERAL = 2


def control_failed(tick: Tick) -> Iterator[Sign]:
    """Halls of which most units that run supply warm air and leave their valves as they were."""
    for h, hall in enumerate(tick.topology.halls):
        running = tick.condition.running != 0.0
        units = [u for u in tick.topology.units[h] if running[u] and not tick.maintained[u]]
        frozen = [u for u in units if _frozen(tick, h, u)]
        if len(frozen) < max(SEVERAL, MOST * len(units)) or restarting(tick):
            continue
        above = float(np.median(tick.supply_above[frozen]))
        at = float(np.median(tick.valve[frozen]))
        yield Sign(
            tier=Tier.HALL,
            fault="control_failed",
            root=hall,
            hall=hall,
            evidence=f"valves of {len(frozen)} of {len(units)} cooling units of {hall} stay at {at:.0f}% "
            f"while their supply air is {above:.1f} K above what it usually is for its set point",
            confidence=0.85,
            confirm=2,
            spoke="physics",
            severity=Severity.CRITICAL,
        )


def _frozen(tick: Tick, h: int, unit: int) -> bool:
    """Whether the valve of a unit stays as it usually is although its air is warm; no valve, no verdict."""
    valve, usual = tick.valve[unit], tick.usual.valve[unit]
    still = tick.end - tick.usual.valve_moved_at[unit] >= ANSWERS_WITHIN_S * SECOND
    stays = abs(valve - usual) <= AS_USUAL_PERCENT and valve < OPEN_PERCENT
    return bool(still and stays and tick.supply_above[unit] > warm_from(tick, h, unit))
