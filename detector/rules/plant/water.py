"""Signs in the chilled water: it no longer moves, or comes too warm."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import LIKELY, OVER_MACHINES, SURE, Sign
from detector.incidents.speaker import Speaker
from detector.rules.plant.restart import restarting
from detector.rules.shared import SHARED
from detector.seen.known import median_known
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.plant import most_cooling_units_stopped
from detector.usual.shared import OF_USUAL
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of chilled water."""

    hot_water_k: float = threshold(
        4.0,
        "K",
        "what takes over from another chiller may overshoot for some minutes, but not by this",
        TUNED,
    )
    steady_water_k: float = threshold(
        1.0, "K", "water that swings by less, and that no chiller takes over, is believed sooner", TUNED
    )
    same_chillers_s: int = threshold(
        900, "s", "chillers that have run as they do for so long have settled", TUNED
    )
    runs_away_k_per_s: float = threshold(
        0.8 / 60.0, "K/s", "water that warms by 0.8 K a minute is lost", TUNED
    )
    full_speed_percent: float = threshold(95.0, "%", "fans at this speed have no more to give", TUNED)
    warm_day_k: float = threshold(
        3.0, "K", "outdoor air so far above that of the last days makes a warm day", TUNED
    )
    suffers_k: float = threshold(
        2.5,
        "K",
        "supply air so far above the usual: units cannot hold it, whatever set point the water follows",
        TUNED,
    )
    lost_flow: float = threshold(
        0.35, "", "flow for the pumps' speed below this part of the usual is lost", TUNED
    )
    meters_missing: float = threshold(
        0.5, "meters", "of meters that are usually heard, so many may be missing in their mean number", TUNED
    )
    low_flow: float = threshold(
        0.8, "", "air in the pumps takes flow away, to below this part of the usual...", TUNED
    )
    low_head: float = threshold(0.7, "", "...and pressure, to below this one", TUNED)
    kept_head: float = threshold(
        0.75, "", "a shut valve takes flow and leaves the pressure, above this part of the usual", TUNED
    )
    no_head: float = threshold(
        0.1,
        "",
        "pumps that turn make more than this part of their usual pressure, with air in them too",
        TUNED,
    )
    watched_for_s: float = threshold(
        600.0,
        "s",
        "what is usual of flow and pressure is known after so long: a plant that starts is no measure",
        TUNED,
    )
    shut_percent: float = threshold(
        5.0, "%", "units whose valves are open by less than this ask for no cold water", TUNED
    )
    missed_heat: float = threshold(
        0.2, "", "of its heat a hall must miss this part to bear out that its water has stopped", TUNED
    )
    confirm_hot_s: int = threshold(
        30, "s", "water that is hot, runs away, or is borne out by supply air", TUNED
    )
    confirm_warm_s: int = threshold(
        60, "s", "warm water that hardly ever swings, with the same chillers on", TUNED
    )
    confirm_overshoot_s: int = threshold(
        300,
        "s",
        "warm water that may be a chiller's that takes over: it overshoots for some minutes",
        TUNED,
    )
    confirm_flow_s: int = threshold(20, "s", "flow that is gone, by two readings of a meter", TUNED)


T = Thresholds()


def water_warm(tick: Tick) -> Iterator[Sign]:
    """Chilled water that comes too warm, and does not recover."""
    swing = OF_USUAL.swing_times * tick.plant.swing
    if not tick.plant.knows_its_water:
        return
    warm = np.fmax(tick.plant.water_above, _warm_at_cooling_units(tick))
    recovers = tick.water_warms < -SHARED.recovers_k_per_s
    if not warm > max(OF_USUAL.warm_water_k, swing) or recovers or restarting(tick):
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
        confidence=LIKELY,
        confirm_s=_confirm_water(tick, warm, swing),
        spoke=Speaker.PHYSICS,
    )


def _beyond_design(tick: Tick) -> bool:
    """Nothing has failed: every fan of towers, or else of chillers, runs at its fullest on a warm day."""
    condition, everything = tick.condition, tick.topology.chillers + tick.topology.towers
    machines = [m for m in everything if tick.in_service[m]]
    at_rest = any(condition.running[m] == 0.0 for m in machines)
    # What failed longer ago is out of service by now, and still the reason.
    failed = any(
        condition.tripped[m] >= 0.5 or (condition.running[m] == 0.0 and condition.ordered[m] == 1.0)
        for m in everything
    )
    if at_rest or failed:
        return False
    giving_off = [m for m in machines if m in tick.topology.towers] or machines
    speed = tick.column(Role.FAN_SPEED)[giving_off]
    full = (speed >= T.full_speed_percent) & (tick.usual.top_speed[giving_off] <= OF_SEEN.most_percent)
    return bool(len(full) and full.all() and tick.water.outdoor > tick.plant.outdoor + T.warm_day_k)


def _confirm_water(tick: Tick, warm: float, swing: float) -> int:
    """For how long water has to stay warm, s: a chiller that takes over may overshoot for some minutes."""
    if (
        warm > max(T.hot_water_k, swing)
        or np.nanmax(_supply_warms(tick), initial=-np.inf) > SHARED.supply_warm_k
    ):
        return T.confirm_hot_s
    steady = tick.plant.swing_known and tick.plant.swing < T.steady_water_k
    if not steady or not _same_chillers(tick):
        return T.confirm_overshoot_s
    return T.confirm_hot_s if tick.water_warms > T.runs_away_k_per_s else T.confirm_warm_s


def _warm_at_cooling_units(tick: Tick) -> float:
    """Water above the usual, K, where units suffer from it, whatever set point it follows; else NaN."""
    if not (tick.supply_above > T.suffers_k).any():
        return math.nan
    suffer = np.nanmax(_supply_warms(tick), initial=-np.inf) > T.suffers_k
    return tick.water.supply - tick.plant.water if suffer else math.nan


def _same_chillers(tick: Tick) -> bool:
    """Whether the same chillers run as some time ago, as far as can be seen."""
    since = tick.shown.status_since[list(tick.topology.chillers)]
    told = since[since > 0]
    return bool((tick.end - told >= T.same_chillers_s * SECOND).all())


def _supply_warms(tick: Tick) -> np.ndarray:
    """By hall, how far the middle one of its units that run supplies warmer air than usual, K."""
    warms = np.full(len(tick.topology.halls), np.nan)
    for h, members in enumerate(tick.topology.cooling_units):
        above = tick.supply_above[[u for u in members if tick.condition.running[u] != 0.0]]
        if np.isfinite(above).any():
            warms[h] = np.nanmedian(above)
    return warms


def flow_lost(tick: Tick) -> Iterator[Sign]:
    """Water that no longer moves though the pumps do: air in the loop, or valves that are shut."""
    water = tick.water
    if not (water.pumps or water.pumps_unseen) or tick.plant.watched_s < T.watched_for_s:
        return
    if cooling_units_stopped(tick) or (valves_shut(tick) and not _supply_is_warm(tick)):
        return
    # A sum of which a part is not heard is less for that alone.
    if water.source != tick.plant.source or water.meters < tick.plant.meters - T.meters_missing:
        return
    # Fewer pumps than usual move less, and make less pressure, by the square of what they move.
    share = 1.0 if water.pumps_unseen else min(_part(water.pumps, tick.plant.pumps), 1.0)
    pull = _part(water.pull, tick.plant.pull * share)
    head = _part(water.head, tick.plant.head * share**2)
    lost = pull < T.lost_flow
    moves = f"chilled-water flow at {water.flow:.1f} l/s, usually {tick.plant.flow:.1f}"
    moves += "; no pump is seen" if water.pumps_unseen else ", while the pumps run"
    if lost and water.pumps_unseen and not head > T.no_head:
        yield _water_lost(tick, "pumps_lost", moves, confidence=SURE)
    elif lost and head < T.no_head:
        # Pumps that turn make some pressure, with air in them too: what says that they run may be old.
        yield _water_lost(tick, "flow_lost", f"{moves}, and there is no pressure", confidence=SURE)
    elif lost and head > T.kept_head:
        yield _water_lost(
            tick,
            "valves_closed",
            f"{moves}, and their pressure holds: valves are shut",
            confirm_s=0 if _cooling_units_miss_water(tick) else T.confirm_flow_s,
        )
    elif (lost or pull < T.low_flow) and head < T.low_head:
        yield _water_lost(
            tick,
            "air_lock",
            f"chilled-water pumps make {head:.0%} of their usual pressure and move {pull:.0%} of their usual "
            f"water ({water.flow:.1f} l/s): air in the loop, or too little water",
        )
    elif lost:
        yield _water_lost(tick, "flow_lost", moves)


def _cooling_units_miss_water(tick: Tick) -> bool:
    """What the units measure bears out that less water comes: they warm, or carry less heat."""
    return _supply_is_warm(tick) or any((b.shortfall or 0.0) > T.missed_heat for b in tick.balances)


def _supply_is_warm(tick: Tick) -> bool:
    return bool(np.nanmax(_supply_warms(tick), initial=-np.inf) > SHARED.supply_warm_k / 2)


def _part(now: float, usual: float) -> float:
    """Of the usual; NaN where a meter has never shown anything."""
    return now / usual if usual > 0.0 else math.nan


def cooling_units_stopped(tick: Tick) -> bool:
    """Most units have stopped, and have shut their own valves."""
    return most_cooling_units_stopped(tick.topology, tick.condition, tick.in_service)


def valves_shut(tick: Tick) -> bool:
    """The valves of most units that run are all but shut, or told to be: they ask for no cold water."""
    cooling_units = [
        u for hall in tick.topology.cooling_units for u in hall if tick.condition.running[u] == 1.0
    ]
    asked = np.fmin(tick.valve, tick.column(Role.VALVE_COMMAND))
    return median_known(asked[cooling_units]) < T.shut_percent


def _water_lost(
    tick: Tick,
    fault: str,
    evidence: str,
    confirm_s: int = T.confirm_flow_s,
    confidence: float = OVER_MACHINES,
) -> Sign:
    return Sign(
        tier=Tier.PLANT,
        fault=fault,
        root=tick.topology.zone,
        hall="",
        evidence=evidence,
        confidence=confidence,
        confirm_s=confirm_s,
        spoke=Speaker.PHYSICS,
        severity=Severity.CRITICAL,
    )
