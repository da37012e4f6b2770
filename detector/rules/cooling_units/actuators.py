"""Signs at a cooling unit's fan and valve, which do not follow their commands."""

from __future__ import annotations

from dataclasses import dataclass

from config.kinds import Role
from detector.incidents.sign import CLEAR, Sign
from detector.incidents.speaker import Speaker
from detector.rules.cooling_units.unit_sign import unit_sign
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.shared import OF_USUAL


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of fans and valves that do not follow."""

    slow_readings: int = threshold(
        2, "readings", "one reading that is looked at again and again is no second one", TUNED
    )
    valve_off_points: float = threshold(
        20.0, "%", "a valve this many points from its command does not follow it", TUNED
    )
    confirm_slow_fan_s: int = threshold(
        60, "s", "a fan that turns far slower than told may be running up", TUNED
    )
    confirm_stuck_valve_s: int = threshold(180, "s", "a valve may be on its way for minutes", TUNED)


T = Thresholds()


def slow_fan(tick: Tick, h: int, unit: int) -> Sign | None:
    """A fan that turns far slower than it is told to."""
    speed = tick.column(Role.FAN_SPEED)[unit]
    ordered = tick.column(Role.FAN_COMMAND)[unit]
    # A command in percent and a speed in rpm are not held against each other.
    in_percent = tick.usual.top_speed[unit] <= OF_SEEN.most_percent
    if not (
        in_percent and tick.usual.slow_reads[unit] >= T.slow_readings and ordered > OF_SEEN.at_rest_percent
    ):
        return None
    if tick.condition.running[unit] == 0.0:
        return None
    evidence = f"{tick.name_of(unit)} fan at {speed:.0f}% against a {ordered:.0f}% command"
    return unit_sign(tick, h, unit, "fan_failed", evidence, CLEAR, T.confirm_slow_fan_s, Speaker.PHYSICS)


def stuck_valve(tick: Tick, h: int, unit: int) -> Sign | None:
    """A valve that stays far from where it is told to be."""
    if tick.condition.running[unit] == 0.0 or not valve_off(tick, unit):
        return None
    evidence = f"{tick.name_of(unit)} {valve_words(tick, unit)}"
    return unit_sign(tick, h, unit, "valve_stuck", evidence, CLEAR, T.confirm_stuck_valve_s, Speaker.PHYSICS)


def valve_off(tick: Tick, unit: int) -> bool:
    """Whether a valve is far from its command, and does not move."""
    position = tick.column(Role.VALVE)[unit]
    command = tick.column(Role.VALVE_COMMAND)[unit]
    moved = position - tick.usual.last_valve[unit]
    stays = not abs(moved) > OF_USUAL.valve_moves_points and not tick.hunting.turned(unit, Role.VALVE)
    return bool(abs(position - command) > T.valve_off_points and stays)


def valve_words(tick: Tick, unit: int) -> str:
    """Where a valve is, and where it should be."""
    position = tick.column(Role.VALVE)[unit]
    command = tick.column(Role.VALVE_COMMAND)[unit]
    return f"valve at {position:.0f}% against a {command:.0f}% command"
