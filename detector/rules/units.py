"""Signs at the cooling units: one that fails, and all of a hall that stand."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.faults import Severity, Tier
from detector.observation import Observation
from detector.view import View

# A hall that has lost this part of what its units used to carry has lost its cooling.
LOST_SHARE = 0.6
# Supply air this far from what it should be, in K and in the model's own scales.
WARM_SUPPLY_K = 3.0
WARM_SUPPLY_SCALES = 8.0


def unit_signs(view: View) -> Iterator[Observation]:
    for h in range(len(view.topology.halls)):
        yield from _all_lost(view, h)
        for unit in view.topology.units[h]:
            if not view.maintained[unit]:
                yield from _stands(view, h, unit)
                yield from _warm(view, h, unit)


def _all_lost(view: View, h: int) -> Iterator[Observation]:
    units = [u for u in view.topology.units[h] if view.in_service[u]]
    standing = [u for u in units if view.condition.running[u] == 0.0]
    weight = np.nan_to_num(view.memory.usual_heat, nan=0.0)
    total = sum(max(weight[u], 0.0) for u in units)
    lost = sum(max(weight[u], 0.0) for u in standing)
    share = lost / total if total > 0.0 else len(standing) / max(1, len(units))
    if not standing or share < LOST_SHARE:
        return
    hall = view.topology.halls[h]
    alone = len(units) == 1
    yield Observation(
        tier=Tier.HALL,
        fault="units_lost",
        root=view.topology.ids[units[0]] if alone else hall,
        hall=hall,
        evidence=f"{len(standing)} of {len(units)} cooling units in service stand, "
        f"{share:.0%} of the cooling of {hall}",
        confidence=0.95 if len(standing) > 1 else 0.8,
        confirm=1 if len(standing) > 1 else 2,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _stands(view: View, h: int, unit: int) -> Iterator[Observation]:
    condition = view.condition
    tripped = condition.tripped[unit] >= 0.5
    stands = condition.running[unit] == 0.0 and condition.ordered[unit] == 1.0
    if not (tripped or stands):
        return
    ordered = view.picture.column(Role.FAN_COMMAND)[unit]
    speed = view.picture.column(Role.FAN_SPEED)[unit]
    name = view.topology.ids[unit].split("/", 1)[-1].upper()
    if stands and math.isfinite(speed) and math.isfinite(ordered):
        evidence = f"{name} fan at {abs(speed):.0f}% against a {ordered:.0f}% command"
    elif stands:
        evidence = f"{name} stands against a run command"
    else:
        evidence = f"{name} reports a fault"
    yield Observation(
        tier=Tier.UNIT,
        fault="unit_failed",
        root=view.topology.ids[unit],
        hall=view.topology.halls[h],
        evidence=evidence,
        confidence=0.9,
        confirm=3,
        spoke="physics",
    )


def _warm(view: View, h: int, unit: int) -> Iterator[Observation]:
    residual = view.units.supply_residual[unit]
    if view.condition.running[unit] == 0.0 or not residual > WARM_SUPPLY_K:
        return
    if not view.units.supply_deviation[unit] > WARM_SUPPLY_SCALES:
        return
    name = view.topology.ids[unit].split("/", 1)[-1].upper()
    yield Observation(
        tier=Tier.UNIT,
        fault="unit_failed",
        root=view.topology.ids[unit],
        hall=view.topology.halls[h],
        evidence=f"{name} supply air {residual:.1f} K above what its water, valve and fan should give",
        confidence=0.7,
        confirm=6,
        spoke="models",
    )
