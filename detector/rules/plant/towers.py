"""Signs at the cooling towers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import SURE, Sign
from detector.incidents.speaker import Speaker
from detector.rules.how_stopped import how_stopped
from detector.rules.plant.restart import restarting
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of cooling towers."""

    warm_condenser_k: float = threshold(
        3.0, "K", "condenser water so far above the usual misses its towers", TUNED
    )
    confirm_towers_s: int = threshold(
        30, "s", "towers that have stopped while the condenser water is warm", TUNED
    )


T = Thresholds()


def towers_lost(tick: Tick) -> Iterator[Sign]:
    """Towers that stopped while chillers run and the condenser water warms: in the cold they may rest."""
    towers = [t for t in tick.topology.towers if math.isfinite(tick.condition.running[t])]
    # The water warms for longer than a tower counts as in service; one of several at rest is a standby.
    if not all(tick.condition.running[t] == 0.0 for t in towers):
        towers = [t for t in towers if tick.in_service[t]]
    stopped = [t for t in towers if tick.condition.running[t] == 0.0]
    warm = tick.water.condenser - tick.plant.condenser
    chilling = any(tick.condition.running[c] == 1.0 for c in tick.topology.chillers)
    if not stopped or not chilling or not warm > T.warm_condenser_k or restarting(tick):
        return
    everything = len(stopped) == len(towers) and len(towers) > 1
    names = ", ".join(tick.name_of(t) for t in stopped)
    yield Sign(
        tier=Tier.PLANT if everything else Tier.UNIT,
        fault="towers_lost" if everything else "unit_failed",
        root=tick.topology.zone if everything else tick.topology.ids[stopped[0]],
        hall="",
        evidence=f"{names} of {len(towers)} towers {how_stopped(tick, stopped)}, "
        f"condenser water {warm:.1f} K above the usual",
        confidence=SURE,
        confirm_s=T.confirm_towers_s,
        spoke=Speaker.PHYSICS,
        severity=Severity.CRITICAL if everything else Severity.WARNING,
    )
