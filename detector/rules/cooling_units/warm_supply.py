"""Signs at a cooling unit that runs and supplies warm air."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.sign import SURE, SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.rules.cooling_units.actuators import valve_off, valve_words
from detector.rules.cooling_units.unit_sign import unit_sign
from detector.rules.shared import SHARED
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.shared import OF_USUAL


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a unit that supplies warm air."""

    warm_beside_k: float = threshold(
        2.0, "K", "supply air that is warm is so far above that of the other units too", TUNED
    )
    cycles_known_after_s: float = threshold(
        7200.0,
        "s",
        "without valve and water a compressor may cool the air and let it swing: known after so long",
        TUNED,
    )
    valve_moved_points: float = threshold(
        10.0, "%", "a valve that has moved by so much bears a warm supply out", TUNED
    )
    inlets_rise_k: float = threshold(0.5, "K", "so do inlets that have risen by this", TUNED)
    may_rest_times: float = threshold(
        1.6,
        "",
        "so many times as much where nothing tells that the unit runs: it may have been told to rest",
        TUNED,
    )
    unmetered_inlets_times: float = threshold(
        2.0, "", "so many times as much where no meter tells that the hall does not warm for its load", TUNED
    )
    cools_no_more: float = threshold(
        0.4, "", "a unit that takes less than this part of its usual drop in temperature cools no more", TUNED
    )
    load_steady: float = threshold(0.2, "", "within this part of its usual a hall's load is as usual", TUNED)
    return_above_k: float = threshold(
        0.5, "K", "return air that is to be cooled is so far above its set point", TUNED
    )
    confirm_warm_stuck_s: int = threshold(40, "s", "warm supply with a valve far from its command", TUNED)
    confirm_warm_supply_s: int = threshold(60, "s", "warm supply that another sensor bears out", TUNED)


T = Thresholds()


def warm_supply(tick: Tick, h: int, unit: int) -> Sign | None:
    """Supply air warmer than it ever is, at this unit alone, and borne out by more than its sensor."""
    above = float(tick.supply_above[unit])
    if (
        tick.condition.running[unit] == 0.0
        or not above > warm_from(tick, h, unit)
        or _may_rest(tick, h, unit)
    ):
        return None
    others = [u for u in tick.topology.cooling_units[h] if u != unit and tick.condition.running[u] != 0.0]
    beside = tick.supply_above[others]
    if above - (float(np.nanmedian(beside)) if np.isfinite(beside).any() else 0.0) <= T.warm_beside_k:
        return None
    evidence = f"{tick.name_of(unit)} supply air {above:.1f} K above what it usually is for its set point"
    if valve_off(tick, unit):
        evidence += f"; {valve_words(tick, unit)}"
        return unit_sign(
            tick, h, unit, "valve_stuck", evidence, SURE, T.confirm_warm_stuck_s, Speaker.PHYSICS
        )
    if not _borne_out(tick, h, unit):
        return None
    valve, usual = tick.valve[unit], tick.usual.valve[unit]
    if math.isfinite(valve) and math.isfinite(usual):
        evidence += f", its valve at {valve:.0f}%, usually {usual:.0f}%"
    return unit_sign(
        tick, h, unit, "unit_failed", evidence, SUSPECTED, T.confirm_warm_supply_s, Speaker.STATISTICS
    )


def warm_from(tick: Tick, h: int, unit: int) -> float:
    """How far supply air must be above the usual, K; infinite before its swings are known."""
    usual = tick.usual
    cycles = math.isnan(tick.valve[unit]) and math.isnan(tick.column(Role.WATER_SUPPLY)[unit])
    if not usual.swing_known[unit] or (cycles and usual.swing_watched_s[unit] < T.cycles_known_after_s):
        return math.inf
    # Supply air follows a set point that was moved late, and past it.
    moved = SHARED.overshoot_times * max(tick.setpoint_rise[h], tick.setpoint_fall[h])
    return max(OF_USUAL.unit_supply_warm_k, OF_USUAL.swing_times * float(usual.swing[unit])) + moved


def _may_rest(tick: Tick, h: int, unit: int) -> bool:
    """Whether a unit has reason to blow its air on as it is."""
    # With little load units rest, and when it comes back they take minutes to follow.
    if tick.load_part[h] < SHARED.load_low or tick.load_change[h] > SHARED.load_came_back:
        return True
    # One that holds its return air rests until that has warmed.
    holds_return = math.isfinite(tick.column(Role.RETURN_AIR_SETPOINT)[unit])
    return holds_return and bool(tick.setpoint_rise[h] > 0.0)


def _borne_out(tick: Tick, h: int, unit: int) -> bool:
    """Whether more than one sensor shows it: the hall warms, the valve has moved, the air is not cooled."""
    warming = tick.warmings[h]
    doubt = 1.0 if tick.condition.running[unit] == 1.0 else T.may_rest_times
    if math.isnan(tick.load[h]):
        doubt *= T.unmetered_inlets_times
    hall_warms = warming.rise > doubt * max(T.inlets_rise_k, 2.0 * warming.rise_unrest)
    moved = abs(tick.valve[unit] - tick.usual.valve[unit]) > T.valve_moved_points
    return bool(hall_warms or moved or _cools_no_more(tick, unit) or tick.usual.borne_out[unit])


def _cools_no_more(tick: Tick, unit: int) -> bool:
    """A unit that runs and gives back its air hardly cooler than it takes it in: two sensors say so.

    With less heat to carry than usual it may be at rest behind its fan.
    """
    h = tick.topology.hall_of[unit]
    # One that holds its return air is at rest while that is no warmer than set.
    held = tick.column(Role.RETURN_AIR_SETPOINT)[unit]
    if tick.column(Role.RETURN_AIR)[unit] < held + T.return_above_k:
        return False
    if not abs(tick.load_part[h] - 1.0) < T.load_steady:
        return False
    supply = tick.column(Role.SUPPLY_AIR)[unit]
    drop = tick.column(Role.RETURN_AIR)[unit] - supply
    usual = tick.usual.return_air[unit] - (supply - tick.supply_above[unit])
    return bool(tick.condition.running[unit] == 1.0 and drop < T.cools_no_more * usual)
