"""Signs of a hall as a whole, heat that nothing carries away and air that warms, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import PROBABLE, SURE, Sign
from detector.incidents.speaker import Speaker
from detector.rules.at_rest import still_waits
from detector.rules.cooling_units.failing import suspects
from detector.rules.cooling_units.stopped import stopped_cooling_unit, stopped_lately
from detector.rules.halls.air_warms import air_warms, meant_rise
from detector.rules.plant.restart import restarting
from detector.rules.shared import SHARED
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of heat that a hall keeps."""

    short: float = threshold(0.25, "", "part of the heat whose absence from the balance matters", TUNED)
    lost: float = threshold(
        0.6, "", "part of the heat that nothing but a loss of cooling leaves behind", TUNED
    )
    noise_times: float = threshold(
        6.0, "", "a shortfall beyond so many times the noise of the balance", TUNED
    )
    transferred_s: float = threshold(
        30.0, "s", "what has stopped less than this ago may be on its way back", TUNED
    )
    unit_explains_k: float = threshold(
        4.0, "K", "air that warms by less than this may be the doing of one unit", TUNED
    )
    setpoint_step_k: float = threshold(
        0.2, "K", "set points that have moved by more than this have been changed", TUNED
    )
    confirm_lost_s: int = threshold(30, "s", "a balance that shows most of the heat staying", TUNED)
    confirm_short_s: int = threshold(
        40, "s", "a balance that shows a part of it staying, and inlets that warm", TUNED
    )


T = Thresholds()


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
    cooling_units = [u for u in tick.topology.cooling_units[h] if tick.condition.running[u] != 0.0]
    above = tick.supply_above[cooling_units]
    told = np.isfinite(above)
    served = sum(tick.in_service[u] for u in tick.topology.cooling_units[h])
    most_run = 2 * len(cooling_units) > served
    warm = (above[told] > SHARED.supply_warm_k).mean() if told.sum() >= 2 else 0.0
    at_most_cooling_units = most_run and warm > SHARED.most_cooling_units
    plant = bool(tick.topology.plant) or len(tick.topology.halls) > 1
    if plant and (several or at_most_cooling_units):
        return replace(sign, tier=Tier.PLANT, root=tick.topology.zone, hall="")
    culprits = suspects(tick, h) or _stopped_lately(tick, h)
    few = 0 < len(culprits) <= max(1, len(cooling_units) // 2)
    if few and tick.warmings[h].rise < T.unit_explains_k:
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
    return [stopped_cooling_unit(tick, h, u) for u in stopped_lately(tick, h) if not tick.maintained[u]]


def _heat_stays(tick: Tick, h: int) -> Sign | None:
    balance, warming = tick.balances[h], tick.warmings[h]
    short = balance.shortfall
    if short is None or balance.surplus is None or short < max(T.short, T.noise_times * balance.noise):
        return None
    cooling_units = tick.topology.cooling_units[h]
    if restarting(tick) or any(still_waits(tick, u, T.transferred_s) for u in cooling_units):
        return None
    warms = warming.slope > 2.0 * warming.slope_unrest and warming.rise > 2.0 * warming.rise_unrest
    if short < T.lost and not warms:
        return None
    # Until the air has come up to a set point that was raised, units have less to do.
    raised = meant_rise(tick, h)
    if raised > T.setpoint_step_k and warming.rise < SHARED.rise_k + SHARED.overshoot_times * raised:
        return None
    hall = tick.topology.halls[h]
    return Sign(
        tier=Tier.HALL,
        fault="cooling_loss",
        root=hall,
        hall=hall,
        evidence=f"{hall} keeps {balance.surplus:.0f} kW of its {balance.load:.0f} kW: "
        f"{short:.0%} of the heat is not carried away",
        confidence=SURE if warms else PROBABLE,
        confirm_s=T.confirm_lost_s if short >= T.lost else T.confirm_short_s,
        spoke=Speaker.PHYSICS,
        severity=Severity.CRITICAL if short >= T.lost else Severity.WARNING,
    )
