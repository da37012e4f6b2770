"""Signs in the chilled water: it no longer moves, or comes too warm."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import Sign
from detector.rules.plant.restart import RECOVERS_K_PER_S, restarting
from detector.seen.condition import MOST_PERCENT
from detector.seen.known import median_known
from detector.tick import Tick
from detector.usual.plant import WARM_WATER_K
from detector.usual.plant import units_stand as most_units_stand
from detector.usual.swings import SWING_TIMES
from streams.messages import SECOND

# What takes over from another chiller may overshoot by as much for some minutes; this it does not.
HOT_WATER_K = 4.0
# Where it hardly ever swings and no chiller takes over, it is believed sooner.
STEADY_WATER_K = 1.0
SAME_CHILLERS_S = 900
# Water that warms at this rate is lost, K/s.
RUNS_AWAY_K_PER_S = 0.8 / 60.0
# Fans at this speed, %, have no more to give.
FULL_SPEED = 95.0
# Outdoor air so far above that of the last days makes a warm day, K.
WARM_DAY_K = 3.0
# Supply air at most units of a hall this far above the usual bears warm water out, or shows that they cannot
# hold it whatever set point the water follows, K.
WARM_SUPPLY_K = 1.5
SUFFERS_K = 2.5
# Flow for the pumps' speed below this part of the usual is lost.
LOST_FLOW = 0.35
# Meters that are usually heard, to so many.
PART_OF_A_METER = 0.5
# Air in the pumps takes both flow and pressure away; a shut valve takes flow and leaves the pressure.
LOW_FLOW = 0.8
LOW_HEAD = 0.7
KEPT_HEAD = 0.75
NO_HEAD = 0.1
# What is usual of flow and pressure is known after so long, s: a plant that starts is no measure.
WATCHED_FOR_S = 600.0
# Units whose valves are open by less than this ask for no cold water, %.
SHUT_PERCENT = 5.0
# Of its heat a hall must miss this part to bear out that its water has stopped.
MISSED_HEAT = 0.2


def water_warm(tick: Tick) -> Iterator[Sign]:
    """Chilled water that comes too warm, and does not recover."""
    swing = SWING_TIMES * tick.plant.swing
    if not tick.plant.knows_its_water:
        return
    warm = np.fmax(tick.plant.water_above, _warm_at_units(tick))
    recovers = tick.water_warms < -RECOVERS_K_PER_S
    if not warm > max(WARM_WATER_K, swing) or recovers or restarting(tick):
        return
    evidence = f"chilled water at {tick.water.supply:.1f} C, {warm:.1f} K above what is usual"
    beyond = _beyond_design(tick)
    if beyond:
        evidence += (
            f"; all that gives heat off runs at its fullest, outdoors it is {tick.water.outdoor:.0f} C"
        )
    yield Sign(
        tier=Tier.PLANT,
        fault="heat_wave" if beyond else "water_warm",
        root=tick.topology.zone if beyond else tick.root_of(tick.topology.chillers),
        hall="",
        evidence=evidence,
        confidence=0.8,
        confirm=_confirm_water(tick, warm, swing),
        spoke="physics",
    )


def _beyond_design(tick: Tick) -> bool:
    """Nothing has failed: every fan of towers, or else of chillers, runs at its fullest on a warm day."""
    condition, everything = tick.condition, tick.topology.chillers + tick.topology.towers
    machines = [m for m in everything if tick.in_service[m]]
    stands = any(condition.running[m] == 0.0 for m in machines)
    # What failed longer ago is out of service by now, and still the reason.
    failed = any(
        condition.tripped[m] >= 0.5 or (condition.running[m] == 0.0 and condition.ordered[m] == 1.0)
        for m in everything
    )
    if stands or failed:
        return False
    giving_off = [m for m in machines if m in tick.topology.towers] or machines
    speed = tick.column(Role.FAN_SPEED)[giving_off]
    full = (speed >= FULL_SPEED) & (tick.usual.top_speed[giving_off] <= MOST_PERCENT)
    return bool(len(full) and full.all() and tick.water.outdoor > tick.plant.outdoor + WARM_DAY_K)


def _confirm_water(tick: Tick, warm: float, swing: float) -> int:
    """Ticks for which water has to stay warm: a chiller that takes over may overshoot for some minutes."""
    if warm > max(HOT_WATER_K, swing) or np.nanmax(_supply_warms(tick), initial=-np.inf) > WARM_SUPPLY_K:
        return 3
    steady = tick.plant.swing_known and tick.plant.swing < STEADY_WATER_K
    if not steady or not _same_chillers(tick):
        return 30
    return 3 if tick.water_warms > RUNS_AWAY_K_PER_S else 6


def _warm_at_units(tick: Tick) -> float:
    """Water above the usual, K, where units suffer from it, whatever set point it follows; else NaN."""
    if not (tick.supply_above > SUFFERS_K).any():
        return math.nan
    suffer = np.nanmax(_supply_warms(tick), initial=-np.inf) > SUFFERS_K
    return tick.water.supply - tick.plant.water if suffer else math.nan


def _same_chillers(tick: Tick) -> bool:
    """Whether the same chillers run as some time ago, as far as can be seen."""
    since = tick.shown.status_since[list(tick.topology.chillers)]
    told = since[since > 0]
    return bool((tick.end - told >= SAME_CHILLERS_S * SECOND).all())


def _supply_warms(tick: Tick) -> np.ndarray:
    """By hall, how far the middle one of its units that run supplies warmer air than usual, K."""
    warms = np.full(len(tick.topology.halls), np.nan)
    for h, members in enumerate(tick.topology.units):
        above = tick.supply_above[[u for u in members if tick.condition.running[u] != 0.0]]
        if np.isfinite(above).any():
            warms[h] = np.nanmedian(above)
    return warms


def flow_lost(tick: Tick) -> Iterator[Sign]:
    """Water that no longer moves though the pumps do: air in the loop, or valves that are shut."""
    water = tick.water
    if not (water.pumps or water.pumps_unseen) or tick.plant.watched_s < WATCHED_FOR_S:
        return
    if units_stand(tick) or (valves_shut(tick) and not _supply_is_warm(tick)):
        return
    # A sum of which a part is not heard is less for that alone.
    if water.source != tick.plant.source or water.meters < tick.plant.meters - PART_OF_A_METER:
        return
    # Fewer pumps than usual move less, and make less pressure, by the square of what they move.
    share = 1.0 if water.pumps_unseen else min(_part(water.pumps, tick.plant.pumps), 1.0)
    pull = _part(water.pull, tick.plant.pull * share)
    head = _part(water.head, tick.plant.head * share**2)
    lost = pull < LOST_FLOW
    moves = f"chilled-water flow at {water.flow:.1f} l/s, usually {tick.plant.flow:.1f}"
    moves += "; no pump is seen" if water.pumps_unseen else ", while the pumps run"
    if lost and water.pumps_unseen and not head > NO_HEAD:
        yield _water_lost(tick, "pumps_lost", moves, confirm=2, confidence=0.9)
    elif lost and head < NO_HEAD:
        # Pumps that turn make some pressure, with air in them too: what says that they run may be old.
        yield _water_lost(tick, "flow_lost", f"{moves}, and there is no pressure", confirm=2, confidence=0.9)
    elif lost and head > KEPT_HEAD:
        yield _water_lost(
            tick,
            "valves_closed",
            f"{moves}, and their pressure stands: valves are shut",
            confirm=1 if _units_miss_water(tick) else 2,
        )
    elif (lost or pull < LOW_FLOW) and head < LOW_HEAD:
        yield _water_lost(
            tick,
            "air_lock",
            f"chilled-water pumps make {head:.0%} of their usual pressure and move {pull:.0%} of their usual "
            f"water ({water.flow:.1f} l/s): air in the loop, or too little water",
            confirm=2,
        )
    elif lost:
        yield _water_lost(tick, "flow_lost", moves, confirm=2)


def _units_miss_water(tick: Tick) -> bool:
    """What the units measure bears out that less water comes: they warm, or carry less heat."""
    return _supply_is_warm(tick) or any((b.shortfall or 0.0) > MISSED_HEAT for b in tick.balances)


def _supply_is_warm(tick: Tick) -> bool:
    return bool(np.nanmax(_supply_warms(tick), initial=-np.inf) > WARM_SUPPLY_K / 2)


def _part(now: float, usual: float) -> float:
    """Of the usual; NaN where a meter has never shown anything."""
    return now / usual if usual > 0.0 else math.nan


def units_stand(tick: Tick) -> bool:
    """Most units stand, and have shut their own valves."""
    return most_units_stand(tick.topology, tick.condition, tick.in_service)


def valves_shut(tick: Tick) -> bool:
    """The valves of most units that run are all but shut, or told to be: they ask for no cold water."""
    units = [u for units in tick.topology.units for u in units if tick.condition.running[u] == 1.0]
    asked = np.fmin(tick.valve, tick.column(Role.VALVE_COMMAND))
    return median_known(asked[units]) < SHUT_PERCENT


def _water_lost(tick: Tick, fault: str, evidence: str, confirm: int, confidence: float = 0.96) -> Sign:
    return Sign(
        tier=Tier.PLANT,
        fault=fault,
        root=tick.topology.zone,
        hall="",
        evidence=evidence,
        confidence=confidence,
        confirm=confirm,
        spoke="physics",
        severity=Severity.CRITICAL,
    )
