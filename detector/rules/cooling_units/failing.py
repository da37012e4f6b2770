"""Signs at the cooling units: one that fails, many that do, and all of a hall that stop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import CERTAIN, CLEAR, LIKELY, Sign
from detector.incidents.speaker import Speaker
from detector.rules.at_rest import has_waited
from detector.rules.cooling_units.actuators import slow_fan, stuck_valve
from detector.rules.cooling_units.belts import no_air
from detector.rules.cooling_units.stopped import habits_unknown, stopped_sign
from detector.rules.cooling_units.warm_supply import warm_supply
from detector.rules.how_stopped import how_stopped
from detector.rules.plant.restart import power_returned
from detector.rules.shared import SHARED
from detector.seen.shared import OF_SEEN
from detector.threshold import FOR_READERS, TUNED, threshold
from detector.tick import Tick
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of units of a hall that fail together."""

    lost_share: float = threshold(
        0.6, "", "a hall that has lost this part of what its units used to carry has lost its cooling", TUNED
    )
    heat_is_on_k: float = threshold(
        0.5, "K", "air that has risen by so much shows a load that nobody meters", TUNED
    )
    own_air_warms_k: float = threshold(
        2.0, "K", "return air so far above the usual at units at rest shows a heat that no rack tells", TUNED
    )
    settles_s: int = threshold(
        600, "s", "fans run up, valves open and supply air settles within this time of a start", TUNED
    )
    at_once: int = threshold(3, "cooling units", "so many that stop at once do so for one cause", TUNED)
    rested_times: float = threshold(
        2.0, "", "a hall whose units rest too long warms by so many times its unrest", TUNED
    )
    asked_within_s: float = threshold(
        60.0, "s", "machines are asked how they are at least this often, as a rule", TUNED
    )
    bear_out: int = threshold(
        2, "cooling units", "so many that are found at rest so late bear the others out", TUNED
    )
    many_cooling_units: float = threshold(
        0.5, "", "many of a hall's units: this part of those in service", TUNED
    )
    confirm_single_s: int = threshold(20, "s", "the only unit that a hall has lost is looked at twice", TUNED)
    cooling_units_named: int = threshold(4, "cooling units", "names that a sentence bears", FOR_READERS)


T = Thresholds()


def unit_failed(tick: Tick) -> Iterator[Sign]:
    """Single units that fail, and in halls of which many do, what they have in common."""
    for h in range(len(tick.topology.halls)):
        single = suspects(tick, h)
        yield from _many_fail(tick, h, single)
        yield from single


def units_lost(tick: Tick) -> Iterator[Sign]:
    """Halls that have lost most of what their units carried, since these have stopped."""
    for h in range(len(tick.topology.halls)):
        yield from _all_lost(tick, h)


def _many_fail(tick: Tick, h: int, single: list[Sign]) -> Iterator[Sign]:
    """So many units that fail at about the same time have one cause, whatever it is."""
    failing = [sign for sign in single if sign.confidence >= CLEAR]
    served = sum(tick.in_service[u] for u in tick.topology.cooling_units[h])
    if len(failing) < max(T.at_once, T.many_cooling_units * served):
        return
    hall = tick.topology.halls[h]
    names = ", ".join(sign.root.split("/", 1)[-1].upper() for sign in failing[: T.cooling_units_named])
    more = f" and {len(failing) - T.cooling_units_named} more" if len(failing) > T.cooling_units_named else ""
    yield Sign(
        tier=Tier.HALL,
        fault="units_lost",
        root=hall,
        hall=hall,
        evidence=f"{len(failing)} of {served} cooling units of {hall} have failed: {names}{more}",
        confidence=CLEAR,
        confirm_s=max(sign.confirm_s for sign in failing),
        spoke=Speaker.PHYSICS,
        severity=Severity.CRITICAL,
    )


def suspects(tick: Tick, h: int) -> list[Sign]:
    """What may be wrong with single units of a hall now; each is told only when it has been confirmed."""
    found = []
    for unit in tick.topology.cooling_units[h]:
        if tick.maintained[unit]:
            continue
        sign = stopped_sign(tick, h, unit)
        if sign is None and not _just_started(tick, unit):
            sign = slow_fan(tick, h, unit) or warm_supply(tick, h, unit) or stuck_valve(tick, h, unit)
            sign = sign or no_air(tick, h, unit)
        if sign is not None:
            found.append(sign)
    return found


def _just_started(tick: Tick, unit: int) -> bool:
    """Fans run up, valves open and supply air settles only minutes after a start."""
    back = int(tick.stops.back_at[unit])
    return back > 0 and tick.end - back < T.settles_s * SECOND


def _all_lost(tick: Tick, h: int) -> Iterator[Sign]:
    cooling_units = [u for u in tick.topology.cooling_units[h] if tick.in_service[u]]
    at_rest = [u for u in cooling_units if tick.condition.running[u] == 0.0]
    if not at_rest:
        return
    alarm = tick.condition.tripped >= 0.5
    waited = _waited(tick, at_rest)
    stopped = [u for u in at_rest if alarm[u] or (u in waited and not tick.resting[u])]
    weight = np.nan_to_num(tick.usual.heat, nan=0.0)
    total = sum(max(weight[u], 0.0) for u in cooling_units)
    lost = sum(max(weight[u], 0.0) for u in stopped)
    share = lost / total if total > 0.0 else len(stopped) / max(1, len(cooling_units))
    if not stopped or share < T.lost_share or power_returned(tick, tuple(stopped)):
        return
    alarmed = bool(alarm[stopped].any())
    if not alarmed and not _missed(tick, h, stopped, share):
        return
    hall = tick.topology.halls[h]
    alone = len(cooling_units) == 1
    told_off = sum(tick.condition.ordered[u] == 0.0 for u in stopped)
    meant = not alarmed and told_off > len(stopped) / 2
    # What is told to stop is only missed while there is heat to carry.
    if meant and not (tick.load[h] > 0.0 or tick.warmings[h].rise > T.heat_is_on_k):
        return
    by_control = meant and len(stopped) > 1
    how = "were told to stop with the load still on" if by_control else how_stopped(tick, stopped)
    yield Sign(
        tier=Tier.HALL,
        fault="control_failed" if by_control else "units_lost",
        root=tick.topology.ids[cooling_units[0]] if alone else hall,
        hall=hall,
        evidence=f"{len(stopped)} of {len(cooling_units)} cooling units in service {how}, "
        f"{share:.0%} of the cooling of {hall}",
        confidence=CERTAIN if len(stopped) > 1 else LIKELY,
        confirm_s=0 if len(stopped) > 1 else T.confirm_single_s,
        spoke=Speaker.PHYSICS,
        severity=Severity.CRITICAL,
    )


def _waited(tick: Tick, at_rest: list[int]) -> set[int]:
    """Units that have been seen at rest for long enough, each by itself or several together.

    Where each is asked once a minute, those that are asked when others have
    been at rest for long and are found so as well bear them out.
    """
    since, at_rest_s = tick.stops.stopped_at, np.nan_to_num(tick.stopped_s)
    waited = {u for u in at_rest if has_waited(tick, u, SHARED.cooling_units_wait_s)}
    newest = max((int(since[u]) for u in at_rest), default=0)
    together = [u for u in at_rest if newest - since[u] <= T.asked_within_s * SECOND]
    first = min((int(since[u]) for u in together), default=0)
    seen_late = [
        u for u in together if (since[u] - first) / SECOND + at_rest_s[u] >= SHARED.cooling_units_wait_s
    ]
    if len(together) >= T.at_once and len(seen_late) >= T.bear_out:
        waited |= set(together)
    return waited


def _warm_themselves(tick: Tick, h: int, stopped: list[int]) -> bool:
    """Of a hall of which no rack is read: whether the air at most of the units that stopped has warmed."""
    if np.isfinite(tick.column(Role.RACK_INLET)[list(tick.topology.racks[h])]).any():
        return False
    above = tick.column(Role.RETURN_AIR)[stopped] - tick.usual.return_air[stopped]
    return bool((above > T.own_air_warms_k).mean() > SHARED.most_cooling_units)


def _missed(tick: Tick, h: int, stopped: list[int], share: float) -> bool:
    """Whether units that stopped are missed, or merely rest one after another as they do all the time."""
    warming = tick.warmings[h]
    since = tick.stops.stopped_at[stopped]
    within_s = OF_SEEN.stop_together_s + float(tick.slack_s[stopped].max(initial=0.0))
    together = len(stopped) >= T.at_once and since.max() - since.min() <= within_s * SECOND
    if not warming.settled:
        return share >= 1.0 and _warm_themselves(tick, h, stopped)
    if habits_unknown(tick, stopped):
        return share >= 1.0 and bool(together or warming.rise > T.heat_is_on_k)
    rest_often = bool(tick.stops.cycling[stopped].all())
    return bool(together or not rest_often or warming.level > T.rested_times * warming.rise_unrest)
