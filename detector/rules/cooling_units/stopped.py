"""Signs at one cooling unit that has stopped, or reports a fault of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.sign import SURE, SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.rules.at_rest import confirm_rest_s, has_waited
from detector.rules.cooling_units.unit_sign import unit_sign
from detector.rules.how_stopped import how_stopped
from detector.rules.plant.machines import starting
from detector.rules.plant.restart import power_returned
from detector.rules.shared import SHARED
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a unit that has stopped."""

    habits_after_s: int = threshold(
        3600, "s", "what runs and rests by turns, as compressors do, has shown it after this time", TUNED
    )
    hot_return_k: float = threshold(
        2.0, "K", "return air this far above the usual is what makes a unit lock itself out", TUNED
    )
    stopped_lately_s: float = threshold(
        600.0, "s", "a unit that has stopped within this time may be why its hall warms", TUNED
    )
    seldom_rests: float = threshold(0.5, "", "what has rested less than this of late always runs", TUNED)
    relief_s: int = threshold(
        300, "s", "a unit that starts within this time of another's stop has taken over from it", TUNED
    )
    confirm_stopped_s: int = threshold(
        30, "s", "a unit at rest may be starting, or its status be one reading old", TUNED
    )


T = Thresholds()


def stopped_unasked(tick: Tick, machine: int) -> bool:
    """Whether a machine has stopped against its command, and not to rest, to start, or for want of power."""
    stopped = tick.condition.running[machine] == 0.0 and tick.condition.ordered[machine] == 1.0
    # The first to stop is not told alone while the others may be stopping too.
    waited = has_waited(tick, machine, SHARED.transfer_s) and not tick.resting[machine]
    if not (stopped and waited) or starting(tick, machine) or habits_unknown(tick, [machine]):
        return False
    return not power_returned(tick, (machine,))


def stopped_sign(tick: Tick, h: int, unit: int) -> Sign | None:
    """A unit that has stopped against its command, or reports a fault."""
    tripped = tick.condition.tripped[unit] >= 0.5
    if not (tripped or stopped_unasked(tick, unit) or _at_rest_while_on(tick, h, unit)):
        return None
    ordered = tick.column(Role.FAN_COMMAND)[unit]
    speed = tick.column(Role.FAN_SPEED)[unit]
    at_rest = math.isfinite(speed) and abs(speed) < OF_SEEN.at_rest_percent
    fault = "unit_failed"
    if tripped:
        said = how_stopped(tick, [unit]) if tick.condition.running[unit] == 0.0 else "reports a fault"
        evidence = f"{tick.name_of(unit)} {said}"
        hot = tick.column(Role.RETURN_AIR)[unit] - tick.usual.return_air[unit]
        if hot > T.hot_return_k:
            fault = "lockout"
            evidence += f" with its return air {hot:.1f} K above the usual"
    elif at_rest and math.isfinite(ordered):
        evidence = f"{tick.name_of(unit)} fan at {abs(speed):.0f}% against a {ordered:.0f}% command"
        if _says_it_runs(tick, unit):
            fault = "fan_failed"
    elif at_rest and _says_it_runs(tick, unit):
        fault, evidence = "fan_failed", f"{tick.name_of(unit)} fan at rest while it says that it runs"
    else:
        evidence = f"{tick.name_of(unit)} has stopped against a run command"
    confirm_s = confirm_rest_s(tick, unit, T.confirm_stopped_s)
    return unit_sign(tick, h, unit, fault, evidence, SURE, confirm_s, Speaker.PHYSICS)


def _says_it_runs(tick: Tick, unit: int) -> bool:
    return bool(tick.column(Role.RUN_STATUS)[unit] >= 0.5)


def _at_rest_while_on(tick: Tick, h: int, unit: int) -> bool:
    """Whether a fan that always turns is at rest while its unit says that it runs; no command is told."""
    if not (_says_it_runs(tick, unit) and tick.condition.running[unit] == 0.0):
        return False
    told = math.isfinite(tick.condition.ordered[unit])
    waited = has_waited(tick, unit, SHARED.transfer_s) and not tick.stops.rests[unit] >= T.seldom_rests
    known = tick.end - tick.stops.first_seen[unit] >= T.habits_after_s * SECOND
    if told or not (waited and known) or relieved(tick, h, unit):
        return False
    return not power_returned(tick, (unit,))


def relieved(tick: Tick, h: int, unit: int) -> bool:
    """Whether another unit of its hall started as this one stopped."""
    stopped = int(tick.stops.stopped_at[unit])
    within_s = T.relief_s + float(tick.slack_s[unit])
    others = [u for u in tick.topology.cooling_units[h] if u != unit and tick.condition.running[u] == 1.0]
    started = tick.stops.back_at[others]
    # What stopped and ran again with it has merely lost its power with it.
    rested = started - tick.stops.last_stop[others] > within_s * SECOND
    return stopped > 0 and bool((rested & (np.abs(started - stopped) <= within_s * SECOND)).any())


def stopped_cooling_unit(tick: Tick, h: int, unit: int) -> Sign:
    """A unit that has stopped or is off, for whatever reason."""
    state = "off by command" if tick.condition.ordered[unit] == 0.0 else "stopped"
    evidence = f"{tick.name_of(unit)} has been {state} for {tick.stopped_s[unit]:.0f} s"
    return unit_sign(tick, h, unit, "unit_failed", evidence, SUSPECTED, T.confirm_stopped_s, Speaker.PHYSICS)


def stopped_lately(tick: Tick, h: int) -> list[int]:
    """Units that were in service and have stopped within some minutes."""
    lately = tick.stopped_s < T.stopped_lately_s + tick.slack_s
    stopped = (tick.condition.running == 0.0) & lately & tick.in_service
    return [u for u in tick.topology.cooling_units[h] if stopped[u]]


def habits_unknown(tick: Tick, cooling_units: list[int]) -> bool:
    """Whether only a run status tells that units are at rest, and not for how long they are all the time."""
    speed = tick.column(Role.FAN_SPEED)[cooling_units]
    at_rest = np.abs(speed) < OF_SEEN.at_rest_percent
    known = tick.end - tick.stops.first_seen[cooling_units] >= T.habits_after_s * SECOND
    return not bool((at_rest | known).all())
