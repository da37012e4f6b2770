"""Signs at the cooling units: one that fails, many that do, and all of a hall that stand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import Sign
from detector.rules.cooling_units.actuators import slow_fan, stuck_valve
from detector.rules.cooling_units.belts import no_air
from detector.rules.cooling_units.standing import habits_unknown, standing_sign
from detector.rules.cooling_units.warm_supply import warm_supply
from detector.rules.plant.restart import UNITS_WAIT_S, power_returned
from detector.seen.stops import TOGETHER_S
from detector.tick import Tick
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


def unit_failed(tick: Tick) -> Iterator[Sign]:
    """Single units that fail, and in halls of which many do, what they have in common."""
    for h in range(len(tick.topology.halls)):
        single = suspects(tick, h)
        yield from _many_fail(tick, h, single)
        yield from single


def units_lost(tick: Tick) -> Iterator[Sign]:
    """Halls that have lost most of what their units carried, since these stand."""
    for h in range(len(tick.topology.halls)):
        yield from _all_lost(tick, h)


def _many_fail(tick: Tick, h: int, single: list[Sign]) -> Iterator[Sign]:
    """So many units that fail at about the same time have one cause, whatever it is."""
    failing = [sign for sign in single if sign.confidence >= SURE]
    served = sum(tick.in_service[u] for u in tick.topology.units[h])
    if len(failing) < max(AT_ONCE, MANY * served):
        return
    hall = tick.topology.halls[h]
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


def suspects(tick: Tick, h: int) -> list[Sign]:
    """What may be wrong with single units of a hall now; each is told only when it has been confirmed."""
    found = []
    for unit in tick.topology.units[h]:
        if tick.maintained[unit]:
            continue
        sign = standing_sign(tick, h, unit)
        if sign is None and not _just_started(tick, unit):
            sign = slow_fan(tick, h, unit) or warm_supply(tick, h, unit) or stuck_valve(tick, h, unit)
            sign = sign or no_air(tick, h, unit)
        if sign is not None:
            found.append(sign)
    return found


def _just_started(tick: Tick, unit: int) -> bool:
    """Fans run up, valves open and supply air settles only minutes after a start."""
    back = int(tick.stops.back_at[unit])
    return back > 0 and tick.end - back < SETTLES_S * SECOND


def _all_lost(tick: Tick, h: int) -> Iterator[Sign]:
    units = [u for u in tick.topology.units[h] if tick.in_service[u]]
    alarm = tick.condition.tripped >= 0.5
    at_rest = [u for u in units if tick.condition.running[u] == 0.0]
    waited = _waited(tick, at_rest)
    standing = [u for u in at_rest if alarm[u] or (u in waited and not tick.resting[u])]
    weight = np.nan_to_num(tick.usual.heat, nan=0.0)
    total = sum(max(weight[u], 0.0) for u in units)
    lost = sum(max(weight[u], 0.0) for u in standing)
    share = lost / total if total > 0.0 else len(standing) / max(1, len(units))
    if not standing or share < LOST_SHARE or power_returned(tick, tuple(standing)):
        return
    alarmed = bool(alarm[standing].any())
    if not alarmed and not _missed(tick, h, standing, share):
        return
    hall = tick.topology.halls[h]
    alone = len(units) == 1
    told_off = sum(tick.condition.ordered[u] == 0.0 for u in standing)
    meant = not alarmed and told_off > len(standing) / 2
    # What is told to stop is only missed while there is heat to carry.
    if meant and not (tick.load[h] > 0.0 or tick.warmings[h].rise > HEAT_IS_ON_K):
        return
    by_control = meant and len(standing) > 1
    how = "were told to stop with the load still on" if by_control else "stand"
    yield Sign(
        tier=Tier.HALL,
        fault="control_failed" if by_control else "units_lost",
        root=tick.topology.ids[units[0]] if alone else hall,
        hall=hall,
        evidence=f"{len(standing)} of {len(units)} cooling units in service {how}, "
        f"{share:.0%} of the cooling of {hall}",
        confidence=0.95 if len(standing) > 1 else 0.8,
        confirm=1 if len(standing) > 1 else 2,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _waited(tick: Tick, at_rest: list[int]) -> set[int]:
    """Units that have been seen to stand for long enough, each by itself or several together.

    Where each is asked once a minute, those that are asked when others have
    stood for long and are found to stand as well bear them out.
    """
    stopped, standing = tick.stops.stopped_at, np.nan_to_num(tick.standing_s)
    waited = {u for u in at_rest if standing[u] >= UNITS_WAIT_S}
    newest = max((int(stopped[u]) for u in at_rest), default=0)
    together = [u for u in at_rest if newest - stopped[u] <= ASKED_WITHIN_S * SECOND]
    first = min((int(stopped[u]) for u in together), default=0)
    seen_late = [u for u in together if (stopped[u] - first) / SECOND + standing[u] >= UNITS_WAIT_S]
    if len(together) >= AT_ONCE and len(seen_late) >= BEAR_OUT:
        waited |= set(together)
    return waited


def _missed(tick: Tick, h: int, standing: list[int], share: float) -> bool:
    """Whether units that stand are missed, or merely rest one after another as they do all the time."""
    warming = tick.warmings[h]
    since = tick.stops.stopped_at[standing]
    together = len(standing) >= AT_ONCE and since.max() - since.min() <= TOGETHER_S * SECOND
    if not warming.settled:
        return False
    if habits_unknown(tick, standing):
        return share >= 1.0 and bool(together or warming.rise > HEAT_IS_ON_K)
    rest_often = bool(tick.stops.cycling[standing].all())
    return bool(together or not rest_often or warming.level > RESTED_TIMES * warming.rise_unrest)
