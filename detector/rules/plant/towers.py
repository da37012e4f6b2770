"""Signs at the cooling towers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import Sign
from detector.rules.plant.restart import restarting
from detector.tick import Tick

WARM_CONDENSER_K = 3.0


def towers_lost(tick: Tick) -> Iterator[Sign]:
    """Towers that stand while chillers run and the condenser water warms: in the cold they may rest."""
    towers = [t for t in tick.topology.towers if math.isfinite(tick.condition.running[t])]
    # The water warms for longer than a tower counts as in service; one of several at rest is a standby.
    if not all(tick.condition.running[t] == 0.0 for t in towers):
        towers = [t for t in towers if tick.in_service[t]]
    standing = [t for t in towers if tick.condition.running[t] == 0.0]
    warm = tick.water.condenser - tick.plant.condenser
    chilling = any(tick.condition.running[c] == 1.0 for c in tick.topology.chillers)
    if not standing or not chilling or not warm > WARM_CONDENSER_K or restarting(tick):
        return
    everything = len(standing) == len(towers) and len(towers) > 1
    names = ", ".join(tick.name_of(t) for t in standing)
    yield Sign(
        tier=Tier.PLANT if everything else Tier.UNIT,
        fault="towers_lost" if everything else "unit_failed",
        root=tick.topology.zone if everything else tick.topology.ids[standing[0]],
        hall="",
        evidence=f"{names} of {len(towers)} towers stand, condenser water {warm:.1f} K above the usual",
        confidence=0.9,
        confirm=3,
        spoke="physics",
        severity=Severity.CRITICAL if everything else Severity.WARNING,
    )
