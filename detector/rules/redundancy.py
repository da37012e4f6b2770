"""Signs that nothing is to spare: with one unit more lost the load is not carried."""

from __future__ import annotations

from collections.abc import Iterator

from detector.faults import Tier
from detector.observation import Observation
from detector.redundancy import spare_units
from detector.rules.plant import TRANSFER_S
from detector.rules.units import habits_unknown
from detector.view import View

CONFIRM = 6


def redundancy_signs(view: View) -> Iterator[Observation]:
    """Halls in which units have failed and no other may. Units that are meant to rest are not missed."""
    condition = view.condition
    for h, hall in enumerate(view.topology.halls):
        failed = [
            u
            for u in view.topology.units[h]
            if not view.maintained[u] and (condition.tripped[u] >= 0.5 or _stands_unasked(view, u))
        ]
        if not failed or spare_units(view, h) != 0:
            continue
        running = [u for u in view.topology.units[h] if condition.running[u] == 1.0]
        yield Observation(
            tier=Tier.UNIT,
            fault="redundancy_lost",
            root=hall,
            hall=hall,
            evidence=f"{hall} has no unit to spare: {len(running)} run, {len(failed)} failed, "
            f"and {view.load[h]:.0f} kW are to be carried",
            confidence=0.8,
            confirm=CONFIRM,
            spoke="physics",
        )


def _stands_unasked(view: View, unit: int) -> bool:
    """A unit that stands against its command, and not as machines under a thermostat rest."""
    stands = view.condition.running[unit] == 0.0 and view.condition.ordered[unit] == 1.0
    waited = view.standing_s[unit] >= TRANSFER_S
    return bool(stands and waited and not view.resting[unit] and not habits_unknown(view, [unit]))
