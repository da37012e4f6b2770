"""Signs at a cooling unit that runs and supplies warm air."""

from __future__ import annotations

import math

import numpy as np

from config.kinds import Role
from detector.incidents.sign import Sign
from detector.rules.cooling_units.actuators import valve_off, valve_words
from detector.rules.cooling_units.unit_sign import unit_sign
from detector.tick import Tick
from detector.usual.equipment import WARM_SUPPLY_K
from detector.usual.swings import SWING_TIMES

# Supply air that is warm is so far above that of the other units too, K.
WARM_BESIDE_K = 2.0
# Without valve and water a compressor may be what cools the air, and let it swing: known after so long, s.
CYCLES_KNOWN_AFTER_S = 7200.0
# What bears a warm supply out: a valve that has moved by so many points, inlets that have risen, K.
VALVE_MOVED = 10.0
INLETS_RISE_K = 0.5
# So many times as much where nothing tells that the unit runs: it may have been told to rest.
MAY_REST_TIMES = 1.6
# So many times as much where no meter tells that the hall does not warm for its load.
UNMETERED_TIMES = 2.0
# A unit that takes less than this part of its usual drop in temperature cools no more.
COOLS_NO_MORE = 0.4
# Below this part of its usual load a hall has units that idle behind their fans; within this part of it the
# load is as usual.
LOAD_IS_OFF = 0.7
LOAD_STEADY = 0.2
# A load that has grown by so much of late was away.
LOAD_CAME_BACK = 0.5
# Return air that is to be cooled stands so far above its set point, K.
RETURN_ABOVE_K = 0.5
# How far supply air may stand from a set point that was moved, as a part of its step.
OVERSHOOT_TIMES = 1.5


def warm_supply(tick: Tick, h: int, unit: int) -> Sign | None:
    """Supply air warmer than it ever is, at this unit alone, and borne out by more than its sensor."""
    above = float(tick.supply_above[unit])
    if (
        tick.condition.running[unit] == 0.0
        or not above > warm_from(tick, h, unit)
        or _may_rest(tick, h, unit)
    ):
        return None
    others = [u for u in tick.topology.units[h] if u != unit and tick.condition.running[u] != 0.0]
    beside = tick.supply_above[others]
    if above - (float(np.nanmedian(beside)) if np.isfinite(beside).any() else 0.0) <= WARM_BESIDE_K:
        return None
    evidence = f"{tick.name_of(unit)} supply air {above:.1f} K above what it usually is for its set point"
    if valve_off(tick, unit):
        evidence += f"; {valve_words(tick, unit)}"
        return unit_sign(tick, h, unit, "valve_stuck", evidence, 0.9, 4, "physics")
    if not _borne_out(tick, h, unit):
        return None
    valve, usual = tick.valve[unit], tick.usual.valve[unit]
    if math.isfinite(valve) and math.isfinite(usual):
        evidence += f", its valve at {valve:.0f}%, usually {usual:.0f}%"
    return unit_sign(tick, h, unit, "unit_failed", evidence, 0.7, 6, "models")


def warm_from(tick: Tick, h: int, unit: int) -> float:
    """How far supply air must stand above the usual, K; infinite before its swings are known."""
    usual = tick.usual
    cycles = math.isnan(tick.valve[unit]) and math.isnan(tick.column(Role.WATER_SUPPLY)[unit])
    if not usual.swing_known[unit] or (cycles and usual.swing_watched_s[unit] < CYCLES_KNOWN_AFTER_S):
        return math.inf
    # Supply air follows a set point that was moved late, and past it.
    moved = OVERSHOOT_TIMES * max(tick.setpoint_rise[h], tick.setpoint_fall[h])
    return max(WARM_SUPPLY_K, SWING_TIMES * float(usual.swing[unit])) + moved


def _may_rest(tick: Tick, h: int, unit: int) -> bool:
    """Whether a unit has reason to blow its air on as it is."""
    # With little load units rest, and when it comes back they take minutes to follow.
    if tick.load_part[h] < LOAD_IS_OFF or tick.load_change[h] > LOAD_CAME_BACK:
        return True
    # One that holds its return air rests until that has warmed.
    holds_return = math.isfinite(tick.column(Role.RETURN_AIR_SETPOINT)[unit])
    return holds_return and bool(tick.setpoint_rise[h] > 0.0)


def _borne_out(tick: Tick, h: int, unit: int) -> bool:
    """Whether more than one sensor shows it: the hall warms, the valve has moved, the air is not cooled."""
    warming = tick.warmings[h]
    doubt = 1.0 if tick.condition.running[unit] == 1.0 else MAY_REST_TIMES
    if math.isnan(tick.load[h]):
        doubt *= UNMETERED_TIMES
    hall_warms = warming.rise > doubt * max(INLETS_RISE_K, 2.0 * warming.rise_unrest)
    moved = abs(tick.valve[unit] - tick.usual.valve[unit]) > VALVE_MOVED
    return bool(hall_warms or moved or _cools_no_more(tick, unit) or tick.usual.borne_out[unit])


def _cools_no_more(tick: Tick, unit: int) -> bool:
    """A unit that runs and gives back its air hardly cooler than it takes it in: two sensors say so.

    With less heat to carry than usual it may be at rest behind its fan.
    """
    h = tick.topology.hall_of[unit]
    # One that holds its return air is at rest while that is no warmer than set.
    held = tick.column(Role.RETURN_AIR_SETPOINT)[unit]
    if tick.column(Role.RETURN_AIR)[unit] < held + RETURN_ABOVE_K:
        return False
    if not abs(tick.load_part[h] - 1.0) < LOAD_STEADY:
        return False
    supply = tick.column(Role.SUPPLY_AIR)[unit]
    drop = tick.column(Role.RETURN_AIR)[unit] - supply
    usual = tick.usual.return_air[unit] - (supply - tick.supply_above[unit])
    return bool(tick.condition.running[unit] == 1.0 and drop < COOLS_NO_MORE * usual)
