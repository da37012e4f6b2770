"""Signs of a hall as a whole, heat that nothing carries away and air that warms, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import Sign
from detector.rules.cooling_units.failing import suspects
from detector.rules.cooling_units.standing import standing_lately, standing_unit
from detector.rules.halls.air_warms import MOST, RISE_K, SETPOINT_TIMES, SUPPLY_WARM_K, air_warms, meant_rise
from detector.rules.plant.restart import restarting
from detector.tick import Tick

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


def cooling_loss(tick: Tick) -> Iterator[Sign]:
    """Halls whose heat stays, or whose air warms, but for warm air that comes in."""
    yield from (_traced(tick, sign, several) for sign, several in _seen(tick) if sign.fault != "door_open")


def door_open(tick: Tick) -> Iterator[Sign]:
    """Halls whose air warms while their units supply what they should."""
    yield from (_traced(tick, sign, several) for sign, several in _seen(tick) if sign.fault == "door_open")


def _seen(tick: Tick) -> list[tuple[Sign, bool]]:
    """What is seen at whole halls, each with whether it is at several."""
    signs = [
        sign
        for h in range(len(tick.topology.halls))
        for sign in (_heat_stays(tick, h), air_warms(tick, h))
        if sign is not None
    ]
    several = len({sign.hall for sign in signs}) > 1
    return [(sign, several) for sign in signs]


def _traced(tick: Tick, sign: Sign, several: bool) -> Sign:
    """The sign with its root: the plant where it shows in several halls or at most units, or one unit."""
    h = tick.topology.halls.index(sign.hall)
    units = [u for u in tick.topology.units[h] if tick.condition.running[u] != 0.0]
    above = tick.supply_above[units]
    told = np.isfinite(above)
    served = sum(tick.in_service[u] for u in tick.topology.units[h])
    most_run = 2 * len(units) > served
    at_most_units = most_run and told.sum() >= 2 and (above[told] > SUPPLY_WARM_K).mean() > MOST
    plant = bool(tick.topology.plant) or len(tick.topology.halls) > 1
    if plant and (several or at_most_units):
        return replace(sign, tier=Tier.PLANT, root=tick.topology.zone, hall="")
    culprits = suspects(tick, h) or _stopped_lately(tick, h)
    few = 0 < len(culprits) <= max(1, len(units) // 2)
    if few and tick.warmings[h].rise < UNIT_EXPLAINS_K:
        worst = max(culprits, key=lambda s: (s.confidence, s.root))
        return replace(
            sign,
            tier=Tier.UNIT,
            fault=worst.fault,
            root=worst.root,
            evidence=f"{worst.evidence}; {sign.evidence}",
        )
    return sign


def _stopped_lately(tick: Tick, h: int) -> list[Sign]:
    """Units that have just stopped, told off or not: of a hall that warms they are the reason."""
    return [standing_unit(tick, h, u) for u in standing_lately(tick, h) if not tick.maintained[u]]


def _heat_stays(tick: Tick, h: int) -> Sign | None:
    balance, warming = tick.balances[h], tick.warmings[h]
    short = balance.shortfall
    if short is None or balance.surplus is None or short < max(SHORT, NOISE_TIMES * balance.noise):
        return None
    standing = tick.standing_s[list(tick.topology.units[h])]
    if restarting(tick) or np.nanmin(standing, initial=np.inf) < TRANSFERRED_S:
        return None
    warms = warming.slope > 2.0 * warming.slope_unrest and warming.rise > 2.0 * warming.rise_unrest
    if short < LOST and not warms:
        return None
    # Until the air has come up to a set point that was raised, units have less to do.
    raised = meant_rise(tick, h)
    if raised > SETPOINT_STEP_K and warming.rise < RISE_K + SETPOINT_TIMES * raised:
        return None
    hall = tick.topology.halls[h]
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
