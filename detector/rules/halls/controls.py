"""Controls that have frozen: supply air gets warm, and valves that have room left stay where they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import CLEAR, Sign
from detector.incidents.speaker import Speaker
from detector.rules.cooling_units.warm_supply import warm_from
from detector.rules.plant.restart import restarting
from detector.rules.shared import SHARED
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of controls that have frozen."""

    answers_within_s: int = threshold(180, "s", "a control loop answers within this time", TUNED)
    no_room_percent: float = threshold(90.0, "%", "a valve open by more than this has no room left", TUNED)
    as_usual_points: float = threshold(
        2.0, "%", "a valve this close to where it usually is has not moved", TUNED
    )
    several_cooling_units: int = threshold(
        2,
        "cooling units",
        "it is the control if so many units of a hall show it, at least, and most of those that run",
        TUNED,
    )
    confirm_controls_s: int = threshold(20, "s", "a loop that is slow is looked at twice", TUNED)


T = Thresholds()


def control_failed(tick: Tick) -> Iterator[Sign]:
    """Halls of which most units that run supply warm air and leave their valves as they were."""
    for h, hall in enumerate(tick.topology.halls):
        running = tick.condition.running != 0.0
        cooling_units = [u for u in tick.topology.cooling_units[h] if running[u] and not tick.maintained[u]]
        frozen = [u for u in cooling_units if _frozen(tick, h, u)]
        if len(frozen) < max(
            T.several_cooling_units, SHARED.most_cooling_units * len(cooling_units)
        ) or restarting(tick):
            continue
        above = float(np.median(tick.supply_above[frozen]))
        at = float(np.median(tick.valve[frozen]))
        yield Sign(
            tier=Tier.HALL,
            fault="control_failed",
            root=hall,
            hall=hall,
            evidence=f"valves of {len(frozen)} of {len(cooling_units)} cooling units of {hall} stay at "
            f"{at:.0f}% while their supply air is {above:.1f} K above what it usually is for its set point",
            confidence=CLEAR,
            confirm_s=T.confirm_controls_s,
            spoke=Speaker.PHYSICS,
            severity=Severity.CRITICAL,
        )


def _frozen(tick: Tick, h: int, unit: int) -> bool:
    """Whether the valve of a unit stays as it usually is although its air is warm; no valve, no verdict."""
    valve, usual = tick.valve[unit], tick.usual.valve[unit]
    still = tick.end - tick.usual.valve_moved_at[unit] >= T.answers_within_s * SECOND
    stays = abs(valve - usual) <= T.as_usual_points and valve < T.no_room_percent
    return bool(still and stays and tick.supply_above[unit] > warm_from(tick, h, unit))
