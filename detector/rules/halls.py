"""Signs of a hall as a whole, heat that nothing carries away and air that warms, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from detector.faults import Severity, Tier
from detector.rules.air_warms import (
    MOST,
    RISE_K,
    SETPOINT_TIMES,
    SUPPLY_WARM_K,
    air_warms,
    meant_rise,
)
from detector.rules.restart import restarting
from detector.rules.standing import standing_lately, standing_unit
from detector.rules.units import suspects
from detector.sign import Sign
from detector.view import View

# Shortfall of the balance that matters, and one that nothing but a loss of cooling makes.
SHORT = 0.25
LOST = 0.6
NOISE_TIMES = 6.0
# What has stopped less than this ago may be on its way back, s.
TRANSFERRED_S = 30.0
# Air that warms by less than this may be the doing of one unit, K.
UNIT_EXPLAINS_K = 4.0
# Set points that have moved by more than this have been changed, K.
SETPOINT_STEP_K = 0.2


def hall_signs(view: View) -> Iterator[Sign]:
    signs = [
        sign
        for h in range(len(view.topology.halls))
        for sign in (_heat_stays(view, h), air_warms(view, h))
        if sign is not None
    ]
    warm = {sign.hall for sign in signs}
    for sign in signs:
        yield _traced(view, sign, len(warm) > 1)


def _traced(view: View, sign: Sign, several: bool) -> Sign:
    """The sign with its root: the plant where it shows in several halls or at most units, or one unit."""
    h = view.topology.halls.index(sign.hall)
    units = [u for u in view.topology.units[h] if view.condition.running[u] != 0.0]
    above = view.supply_above[units]
    told = np.isfinite(above)
    served = sum(view.in_service[u] for u in view.topology.units[h])
    most_run = 2 * len(units) > served
    at_most_units = most_run and told.sum() >= 2 and (above[told] > SUPPLY_WARM_K).mean() > MOST
    plant = bool(view.topology.plant) or len(view.topology.halls) > 1
    if plant and (several or at_most_units):
        return replace(sign, tier=Tier.PLANT, root=view.topology.zone, hall="")
    culprits = suspects(view, h) or _stopped_lately(view, h)
    few = 0 < len(culprits) <= max(1, len(units) // 2)
    if few and view.warmings[h].rise < UNIT_EXPLAINS_K:
        worst = max(culprits, key=lambda s: (s.confidence, s.root))
        return replace(
            sign,
            tier=Tier.UNIT,
            fault=worst.fault,
            root=worst.root,
            evidence=f"{worst.evidence}; {sign.evidence}",
        )
    return sign


def _stopped_lately(view: View, h: int) -> list[Sign]:
    """Units that have just stopped, told off or not: of a hall that warms they are the reason."""
    return [standing_unit(view, h, u) for u in standing_lately(view, h) if not view.maintained[u]]


def _heat_stays(view: View, h: int) -> Sign | None:
    balance, warming = view.balances[h], view.warmings[h]
    short = balance.shortfall
    if short is None or balance.surplus is None or short < max(SHORT, NOISE_TIMES * balance.noise):
        return None
    standing = view.standing_s[list(view.topology.units[h])]
    if restarting(view) or np.nanmin(standing, initial=np.inf) < TRANSFERRED_S:
        return None
    warms = warming.slope > 2.0 * warming.slope_unrest and warming.rise > 2.0 * warming.rise_unrest
    if short < LOST and not warms:
        return None
    # Until the air has come up to a set point that was raised, units have less to do.
    raised = meant_rise(view, h)
    if raised > SETPOINT_STEP_K and warming.rise < RISE_K + SETPOINT_TIMES * raised:
        return None
    hall = view.topology.halls[h]
    return Sign(
        tier=Tier.HALL,
        fault="cooling_loss",
        root=hall,
        hall=hall,
        evidence=f"{hall} keeps {balance.surplus:.0f} kW of its {balance.load:.0f} kW: "
        f"{short:.0%} of the heat is not carried away",
        confidence=0.9 if warms else 0.75,
        confirm=3 if short >= LOST else 4,
        spoke="physics",
        severity=Severity.CRITICAL if short >= LOST else Severity.WARNING,
    )
