"""Signs at one cooling unit that stands, or reports a fault of its own."""

from __future__ import annotations

import math

import numpy as np

from config.kinds import Role
from detector.condition import AT_REST_PERCENT
from detector.rules.plant import TRANSFER_S, starting
from detector.rules.restart import power_returned
from detector.rules.unit_sign import unit_sign
from detector.sign import Sign
from detector.view import View
from streams.messages import SECOND

# What runs and stands all the time, as compressors do, has shown it after this time, s.
HABITS_AFTER_S = 3600
# Return air this far above the usual is what makes a unit lock itself out, K.
HOT_RETURN_K = 2.0
# A unit that has stopped within this time may be why its hall warms, s.
LATELY_S = 600.0
# What has rested less than this of late always runs (`detector.stops.Stops.rests`).
SELDOM = 0.5
# A unit that starts within this time of another's stop has taken over from it.
RELIEF_S = 300


def stands_unasked(view: View, machine: int) -> bool:
    """Whether a machine stands against its command, and not to rest, to start, or for want of power."""
    stands = view.condition.running[machine] == 0.0 and view.condition.ordered[machine] == 1.0
    # The first to stop is not told alone while the others may be stopping too.
    waited = view.standing_s[machine] >= TRANSFER_S and not view.resting[machine]
    if not (stands and waited) or starting(view, machine) or habits_unknown(view, [machine]):
        return False
    return not power_returned(view, (machine,))


def standing_sign(view: View, h: int, unit: int) -> Sign | None:
    """A unit that stands against its command, or reports a fault."""
    tripped = view.condition.tripped[unit] >= 0.5
    if not (tripped or stands_unasked(view, unit) or _stands_while_on(view, h, unit)):
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
        if _says_it_runs(view, unit):
            fault = "fan_failed"
    elif at_rest and _says_it_runs(view, unit):
        fault, evidence = "fan_failed", f"{view.name_of(unit)} fan at rest while it says that it runs"
    else:
        evidence = f"{view.name_of(unit)} stands against a run command"
    return unit_sign(view, h, unit, fault, evidence, 0.9, 3, "physics")


def _says_it_runs(view: View, unit: int) -> bool:
    return bool(view.picture.column(Role.RUN_STATUS)[unit] >= 0.5)


def _stands_while_on(view: View, h: int, unit: int) -> bool:
    """Whether a fan that always turns is at rest while its unit says that it runs; no command is told."""
    if not (_says_it_runs(view, unit) and view.condition.running[unit] == 0.0):
        return False
    told = math.isfinite(view.condition.ordered[unit])
    waited = view.standing_s[unit] >= TRANSFER_S and not view.stops.rests[unit] >= SELDOM
    known = view.end - view.stops.first_seen[unit] >= HABITS_AFTER_S * SECOND
    if told or not (waited and known) or relieved(view, h, unit):
        return False
    return not power_returned(view, (unit,))


def relieved(view: View, h: int, unit: int) -> bool:
    """Whether another unit of its hall started as this one stopped."""
    stopped = int(view.stops.stopped_at[unit])
    others = [u for u in view.topology.units[h] if u != unit and view.condition.running[u] == 1.0]
    started = view.stops.back_at[others]
    # What stopped and ran again with it has merely lost its power with it.
    rested = started - view.stops.last_stop[others] > RELIEF_S * SECOND
    return stopped > 0 and bool((rested & (np.abs(started - stopped) <= RELIEF_S * SECOND)).any())


def standing_unit(view: View, h: int, unit: int) -> Sign:
    """A unit that stands, for whatever reason."""
    evidence = f"{view.name_of(unit)} has stood for {view.standing_s[unit]:.0f} s"
    return unit_sign(view, h, unit, "unit_failed", evidence, 0.7, 3, "physics")


def standing_lately(view: View, h: int) -> list[int]:
    """Units that were in service and have stopped within some minutes."""
    stands = (view.condition.running == 0.0) & (view.standing_s < LATELY_S) & view.in_service
    return [u for u in view.topology.units[h] if stands[u]]


def habits_unknown(view: View, units: list[int]) -> bool:
    """Whether only a run status tells that units stand, and not for how long they do so all the time."""
    speed = view.picture.column(Role.FAN_SPEED)[units]
    at_rest = np.abs(speed) < AT_REST_PERCENT
    known = view.end - view.stops.first_seen[units] >= HABITS_AFTER_S * SECOND
    return not bool((at_rest | known).all())
