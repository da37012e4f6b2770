"""Signs at the cooling units: one that fails, and all of a hall that stand."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.condition import AT_REST_PERCENT, MOST_PERCENT
from detector.faults import Severity, Tier
from detector.observation import Observation
from detector.rules.plant import TRANSFER_S, starting
from detector.rules.restart import power_returned
from detector.stops import TOGETHER_S
from detector.swings import SWING_TIMES
from detector.view import View
from streams.messages import SECOND

# A hall that has lost this part of what its units used to carry has lost its cooling.
LOST_SHARE = 0.6
# Supply air this far above what it usually is beside its set point, and beside what the other units do, K.
WARM_SUPPLY_K = 2.5
WARM_BESIDE_K = 2.0
# What bears a warm supply out: a valve that has moved by so many points, inlets that have risen, K.
VALVE_MOVED = 10.0
INLETS_RISE_K = 0.5
# So many times as much where nothing tells that the unit runs: it may have been told to rest.
MAY_REST_TIMES = 1.6
# So many times as much where no meter tells that the hall does not warm for its load.
UNMETERED_TIMES = 2.0
# A unit that takes less than this part of its usual drop in temperature cools no more.
COOLS_NO_MORE = 0.4
# Air that has risen by so much shows a load that nobody meters, K.
HEAT_IS_ON_K = 0.5
# A valve this many points from its command does not follow it.
VALVE_OFF = 20.0
# One that moves by so many points a tick is on its way.
VALVE_MOVES = 1.0
SETTLES_S = 600
# What runs and stands all the time, as compressors do, has shown it after this time, s.
HABITS_AFTER_S = 3600
# So many that stop at once do so for one cause; a hall whose units rest too long warms by so many times its
# unrest.
AT_ONCE = 3
RESTED_TIMES = 2.0
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
# To see a second reading takes at most so many periods.
TWO_READINGS = 1.5
USUAL_TICK_S = 10.0
# A valve that is usually open by more than this, %, and has closed to this part of that.
OPEN_PERCENT = 25.0
SHUT_PART = 0.35
SLOWER = 0.7
# Many of a hall's units: this part of those in service. Of a failure one may be sure from here; names told.
MANY = 0.5
SURE = 0.85
NAMED = 4
# A fan below this part of its command does not follow it.
FAN_OFF = 0.6
# Return air this far above the usual is what makes a unit lock itself out, K.
HOT_RETURN_K = 2.0


def unit_signs(view: View) -> Iterator[Observation]:
    for h in range(len(view.topology.halls)):
        yield from _all_lost(view, h)
        single = suspects(view, h)
        yield from _many_fail(view, h, single)
        yield from single


def _many_fail(view: View, h: int, single: list[Observation]) -> Iterator[Observation]:
    """So many units that fail at about the same time have one cause, whatever it is."""
    failing = [sign for sign in single if sign.confidence >= SURE]
    served = sum(view.in_service[u] for u in view.topology.units[h])
    if len(failing) < max(AT_ONCE, MANY * served):
        return
    hall = view.topology.halls[h]
    names = ", ".join(sign.root.split("/", 1)[-1].upper() for sign in failing[:NAMED])
    more = f" and {len(failing) - NAMED} more" if len(failing) > NAMED else ""
    yield Observation(
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


def suspects(view: View, h: int) -> list[Observation]:
    """What may be wrong with single units of a hall now; each is told only when it has been confirmed."""
    found = []
    for unit in view.topology.units[h]:
        if view.maintained[unit]:
            continue
        sign = _stands(view, h, unit)
        if sign is None and not _just_started(view, unit):
            sign = _slow_fan(view, h, unit) or _warm(view, h, unit) or _stuck_valve(view, h, unit)
            sign = sign or _no_air(view, h, unit)
        if sign is not None:
            found.append(sign)
    return found


def _just_started(view: View, unit: int) -> bool:
    """Fans run up, valves open and supply air settles only minutes after a start."""
    back = int(view.stops.back_at[unit])
    return back > 0 and view.end - back < SETTLES_S * SECOND


def _all_lost(view: View, h: int) -> Iterator[Observation]:
    units = [u for u in view.topology.units[h] if view.in_service[u]]
    alarm = view.condition.tripped >= 0.5
    standing = [
        u
        for u in units
        if view.condition.running[u] == 0.0
        and (alarm[u] or (view.standing_s[u] >= TRANSFER_S and not view.resting[u]))
    ]
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
    yield Observation(
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


def habits_unknown(view: View, units: list[int]) -> bool:
    """Whether only a run status tells that units stand, and not for how long they do so all the time."""
    speed = view.picture.column(Role.FAN_SPEED)[units]
    at_rest = np.abs(speed) < AT_REST_PERCENT
    known = view.end - view.stops.first_seen[units] >= HABITS_AFTER_S * SECOND
    return not bool((at_rest | known).all())


def _stands(view: View, h: int, unit: int) -> Observation | None:
    condition = view.condition
    tripped = condition.tripped[unit] >= 0.5
    stands = condition.running[unit] == 0.0 and condition.ordered[unit] == 1.0
    # The first to stop is not told alone while the others may be stopping too.
    waited = view.standing_s[unit] >= TRANSFER_S and not view.resting[unit]
    alone = stands and waited and not power_returned(view, (unit,))
    alone = alone and not habits_unknown(view, [unit]) and not starting(view, unit)
    if not (tripped or alone):
        return None
    ordered = view.picture.column(Role.FAN_COMMAND)[unit]
    speed = view.picture.column(Role.FAN_SPEED)[unit]
    at_rest = math.isfinite(speed) and abs(speed) < AT_REST_PERCENT
    fault = "unit_failed"
    if tripped:
        evidence = f"{view.name_of(unit)} reports a fault"
        hot = view.picture.column(Role.RETURN_AIR)[unit] - view.memory.usual_return[unit]
        if hot > HOT_RETURN_K:
            fault = "lockout"
            evidence += f" with its return air {hot:.1f} K above the usual"
    elif at_rest and math.isfinite(ordered):
        evidence = f"{view.name_of(unit)} fan at {abs(speed):.0f}% against a {ordered:.0f}% command"
        if view.picture.column(Role.RUN_STATUS)[unit] >= 0.5:
            fault = "fan_failed"
    else:
        evidence = f"{view.name_of(unit)} stands against a run command"
    return _sign(view, h, unit, fault, evidence, 0.9, 3, "physics")


def standing_unit(view: View, h: int, unit: int) -> Observation:
    """A unit that stands, for whatever reason."""
    evidence = f"{view.name_of(unit)} has stood for {view.standing_s[unit]:.0f} s"
    return _sign(view, h, unit, "unit_failed", evidence, 0.7, 3, "physics")


def _slow_fan(view: View, h: int, unit: int) -> Observation | None:
    speed = view.picture.column(Role.FAN_SPEED)[unit]
    ordered = view.picture.column(Role.FAN_COMMAND)[unit]
    # A command in percent and a speed in rpm are not held against each other.
    if not (
        view.memory.top_speed[unit] <= MOST_PERCENT
        and speed < FAN_OFF * ordered
        and ordered > AT_REST_PERCENT
    ):
        return None
    if view.condition.running[unit] == 0.0:
        return None
    evidence = f"{view.name_of(unit)} fan at {speed:.0f}% against a {ordered:.0f}% command"
    # One reading that is looked at again and again is no second one.
    confirm = max(6, math.ceil(TWO_READINGS * view.picture.pace(Role.FAN_SPEED)[unit] / USUAL_TICK_S))
    return _sign(view, h, unit, "fan_failed", evidence, 0.85, confirm, "physics")


def _warm(view: View, h: int, unit: int) -> Observation | None:
    """Supply air warmer than it ever is, at this unit alone, and borne out by more than its sensor."""
    if view.condition.running[unit] == 0.0:
        return None
    above, swings = view.supply_above, view.memory.swings
    wanted = max(WARM_SUPPLY_K, SWING_TIMES * swings.usual[unit])
    # Supply air follows a set point that was moved late, and past it.
    wanted += OVERSHOOT_TIMES * max(view.setpoint_rise[h], view.setpoint_fall[h])
    if not (swings.known[unit] and above[unit] > wanted):
        return None
    # With little load units rest, and when it comes back they take minutes to follow.
    if view.load_part[h] < LOAD_IS_OFF or view.load_change[h] > LOAD_CAME_BACK:
        return None
    # One that holds its return air rests until that has warmed, and blows it on as it is.
    holds_return = math.isfinite(view.picture.column(Role.RETURN_AIR_SETPOINT)[unit])
    if holds_return and view.setpoint_rise[h] > 0.0:
        return None
    others = [above[u] for u in view.topology.units[h] if u != unit and view.condition.running[u] != 0.0]
    beside = float(np.nanmedian(others)) if np.isfinite(others).any() else 0.0
    if above[unit] - beside <= WARM_BESIDE_K:
        return None
    evidence = (
        f"{view.name_of(unit)} supply air {above[unit]:.1f} K above what it usually is for its set point"
    )
    if _valve_off(view, unit):
        return _sign(
            view, h, unit, "valve_stuck", f"{evidence}; {_valve_words(view, unit)}", 0.9, 4, "physics"
        )
    valve, usual = view.valve[unit], view.memory.usual_valve[unit]
    warming = view.warmings[h]
    doubt = 1.0 if view.condition.running[unit] == 1.0 else MAY_REST_TIMES
    if math.isnan(view.load[h]):
        doubt *= UNMETERED_TIMES
    hall_warms = warming.rise > doubt * max(INLETS_RISE_K, 2.0 * warming.rise_unrest)
    borne_out = hall_warms or abs(valve - usual) > VALVE_MOVED or _cools_no_more(view, unit)
    if not borne_out and not view.memory.borne_out[unit]:
        return None
    if math.isfinite(valve) and math.isfinite(usual):
        evidence += f", its valve at {valve:.0f}%, usually {usual:.0f}%"
    return _sign(view, h, unit, "unit_failed", evidence, 0.7, 6, "models")


def _cools_no_more(view: View, unit: int) -> bool:
    """A unit that runs and gives back its air hardly cooler than it takes it in: two sensors say so.

    With less heat to carry than usual it may be at rest behind its fan.
    """
    h = view.topology.hall_of[unit]
    # One that holds its return air is at rest while that is no warmer than set.
    held = view.picture.column(Role.RETURN_AIR_SETPOINT)[unit]
    if view.picture.column(Role.RETURN_AIR)[unit] < held + RETURN_ABOVE_K:
        return False
    if not abs(view.load_part[h] - 1.0) < LOAD_STEADY:
        return False
    supply = view.picture.column(Role.SUPPLY_AIR)[unit]
    drop = view.picture.column(Role.RETURN_AIR)[unit] - supply
    usual = view.memory.usual_return[unit] - (supply - view.supply_above[unit])
    return bool(view.condition.running[unit] == 1.0 and drop < COOLS_NO_MORE * usual)


def _stuck_valve(view: View, h: int, unit: int) -> Observation | None:
    if view.condition.running[unit] == 0.0 or not _valve_off(view, unit):
        return None
    return _sign(
        view, h, unit, "valve_stuck", f"{view.name_of(unit)} {_valve_words(view, unit)}", 0.85, 18, "physics"
    )


def _no_air(view: View, h: int, unit: int) -> Observation | None:
    """A unit that runs with its valve all but shut, the others' not: no air takes its cold away."""
    runs = [u for u in view.topology.units[h] if view.condition.running[u] == 1.0]
    if unit not in runs or view.setpoint_rise[h] > 0.0 or view.load_part[h] < LOAD_IS_OFF:
        return None
    others = [u for u in runs if u != unit]
    valve, usual = view.valve, view.memory.usual_valve
    moved = (valve - usual)[others]
    told = moved[np.isfinite(moved)]
    shut = usual[unit] > OPEN_PERCENT and valve[unit] < SHUT_PART * usual[unit]
    if not shut or not len(told) or np.median(told) < -VALVE_OFF / 4:
        return None
    # One that was told to open and does not is stuck; one that blows warm air has no water.
    if view.picture.column(Role.VALVE_COMMAND)[unit] > SHUT_PART * usual[unit] or _blows_warm(view, unit):
        return None
    # A fan that is slower than the others' moves less air because it is told to.
    effort = view.condition.effort
    if effort[unit] < SLOWER * np.nanmedian(effort[others]):
        return None
    evidence = (
        f"{view.name_of(unit)} runs with its valve at {valve[unit]:.0f}%, usually {usual[unit]:.0f}%, "
        "while the others' stay open: hardly any air passes its coil"
    )
    return _sign(view, h, unit, "fan_failed", evidence, 0.7, 30, "models")


def _blows_warm(view: View, unit: int) -> bool:
    return bool(view.supply_above[unit] > WARM_SUPPLY_K / 2.0)


def _valve_off(view: View, unit: int) -> bool:
    position = view.picture.column(Role.VALVE)[unit]
    command = view.picture.column(Role.VALVE_COMMAND)[unit]
    moved = position - view.memory.last_valve[unit]
    stands = not abs(moved) > VALVE_MOVES and not view.hunting.turned(unit, Role.VALVE)
    return bool(abs(position - command) > VALVE_OFF and stands)


def _valve_words(view: View, unit: int) -> str:
    position = view.picture.column(Role.VALVE)[unit]
    command = view.picture.column(Role.VALVE_COMMAND)[unit]
    return f"valve at {position:.0f}% against a {command:.0f}% command"


def _sign(
    view: View, h: int, unit: int, fault: str, evidence: str, confidence: float, confirm: int, spoke: str
) -> Observation:
    return Observation(
        tier=Tier.UNIT,
        fault=fault,
        root=view.topology.ids[unit],
        hall=view.topology.halls[h],
        evidence=evidence,
        confidence=confidence,
        confirm=confirm,
        spoke=spoke,
    )
