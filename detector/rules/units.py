"""Signs at the cooling units: one that fails, many that do, and all of a hall that stand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detector.faults import Severity, Tier
from detector.rules.actuators import slow_fan, stuck_valve
from detector.rules.belts import no_air
from detector.rules.restart import UNITS_WAIT_S, power_returned
from detector.rules.standing import habits_unknown, standing_sign
from detector.rules.warm_supply import warm_supply
from detector.sign import Sign
from detector.stops import TOGETHER_S
from detector.view import View
from streams.messages import SECOND

# A hall that has lost this part of what its units used to carry has lost its cooling.
LOST_SHARE = 0.6
# Air that has risen by so much shows a load that nobody meters, K.
HEAT_IS_ON_K = 0.5
# What has just started settles within this time, s.
SETTLES_S = 600
# So many that stop at once do so for one cause; a hall whose units rest too long warms by so many times its
# unrest.
AT_ONCE = 3
RESTED_TIMES = 2.0
# Machines are asked how they are at least this often, as a rule, s.
ASKED_WITHIN_S = 60.0
# So many that are found to stand so late bear the others out.
BEAR_OUT = 2
# Many of a hall's units: this part of those in service. Of a failure one may be sure from here; names told.
MANY = 0.5
SURE = 0.85
NAMED = 4


def unit_signs(view: View) -> Iterator[Sign]:
    for h in range(len(view.topology.halls)):
        yield from _all_lost(view, h)
        single = suspects(view, h)
        yield from _many_fail(view, h, single)
        yield from single


def _many_fail(view: View, h: int, single: list[Sign]) -> Iterator[Sign]:
    """So many units that fail at about the same time have one cause, whatever it is."""
    failing = [sign for sign in single if sign.confidence >= SURE]
    served = sum(view.in_service[u] for u in view.topology.units[h])
    if len(failing) < max(AT_ONCE, MANY * served):
        return
    hall = view.topology.halls[h]
    names = ", ".join(sign.root.split("/", 1)[-1].upper() for sign in failing[:NAMED])
    more = f" and {len(failing) - NAMED} more" if len(failing) > NAMED else ""
    yield Sign(
        tier=Tier.HALL,
        fault="units_lost",
        root=hall,
        hall=hall,
        evidence=f"{len(failing)} of {served} cooling units of {hall} have failed: {names}{more}",
        confidence=0.85,
        confirm=max(sign.confirm for sign in failing),
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def suspects(view: View, h: int) -> list[Sign]:
    """What may be wrong with single units of a hall now; each is told only when it has been confirmed."""
    found = []
    for unit in view.topology.units[h]:
        if view.maintained[unit]:
            continue
        sign = standing_sign(view, h, unit)
        if sign is None and not _just_started(view, unit):
            sign = slow_fan(view, h, unit) or warm_supply(view, h, unit) or stuck_valve(view, h, unit)
            sign = sign or no_air(view, h, unit)
        if sign is not None:
            found.append(sign)
    return found


def _just_started(view: View, unit: int) -> bool:
    """Fans run up, valves open and supply air settles only minutes after a start."""
    back = int(view.stops.back_at[unit])
    return back > 0 and view.end - back < SETTLES_S * SECOND


def _all_lost(view: View, h: int) -> Iterator[Sign]:
    units = [u for u in view.topology.units[h] if view.in_service[u]]
    alarm = view.condition.tripped >= 0.5
    at_rest = [u for u in units if view.condition.running[u] == 0.0]
    waited = _waited(view, at_rest)
    standing = [u for u in at_rest if alarm[u] or (u in waited and not view.resting[u])]
    weight = np.nan_to_num(view.memory.usual_heat, nan=0.0)
    total = sum(max(weight[u], 0.0) for u in units)
    lost = sum(max(weight[u], 0.0) for u in standing)
    share = lost / total if total > 0.0 else len(standing) / max(1, len(units))
    if not standing or share < LOST_SHARE or power_returned(view, tuple(standing)):
        return
    alarmed = bool(alarm[standing].any())
    if not alarmed and not _missed(view, h, standing, share):
        return
    hall = view.topology.halls[h]
    alone = len(units) == 1
    told_off = sum(view.condition.ordered[u] == 0.0 for u in standing)
    meant = not alarmed and told_off > len(standing) / 2
    # What is told to stop is only missed while there is heat to carry.
    if meant and not (view.load[h] > 0.0 or view.warmings[h].rise > HEAT_IS_ON_K):
        return
    by_control = meant and len(standing) > 1
    how = "were told to stop with the load still on" if by_control else "stand"
    yield Sign(
        tier=Tier.HALL,
        fault="control_failed" if by_control else "units_lost",
        root=view.topology.ids[units[0]] if alone else hall,
        hall=hall,
        evidence=f"{len(standing)} of {len(units)} cooling units in service {how}, "
        f"{share:.0%} of the cooling of {hall}",
        confidence=0.95 if len(standing) > 1 else 0.8,
        confirm=1 if len(standing) > 1 else 2,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _waited(view: View, at_rest: list[int]) -> set[int]:
    """Units that have been seen to stand for long enough, each by itself or several together.

    Where each is asked once a minute, those that are asked when others have
    stood for long and are found to stand as well bear them out.
    """
    stopped, standing = view.stops.stopped_at, np.nan_to_num(view.standing_s)
    waited = {u for u in at_rest if standing[u] >= UNITS_WAIT_S}
    newest = max((int(stopped[u]) for u in at_rest), default=0)
    together = [u for u in at_rest if newest - stopped[u] <= ASKED_WITHIN_S * SECOND]
    first = min((int(stopped[u]) for u in together), default=0)
    seen_late = [u for u in together if (stopped[u] - first) / SECOND + standing[u] >= UNITS_WAIT_S]
    if len(together) >= AT_ONCE and len(seen_late) >= BEAR_OUT:
        waited |= set(together)
    return waited


def _missed(view: View, h: int, standing: list[int], share: float) -> bool:
    """Whether units that stand are missed, or merely rest one after another as they do all the time."""
    warming = view.warmings[h]
    since = view.stops.stopped_at[standing]
    together = len(standing) >= AT_ONCE and since.max() - since.min() <= TOGETHER_S * SECOND
    if not warming.settled:
        return False
    if habits_unknown(view, standing):
        return share >= 1.0 and bool(together or warming.rise > HEAT_IS_ON_K)
    rest_often = bool(view.stops.cycling()[standing].all())
    return bool(together or not rest_often or warming.level > RESTED_TIMES * warming.rise_unrest)
