"""Signs at a cooling unit whose fan turns and moves no air."""

from __future__ import annotations

from dataclasses import dataclass

from config.kinds import Role
from detector.incidents.sign import SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.rules.cooling_units.unit_sign import unit_sign
from detector.rules.shared import SHARED
from detector.seen.known import median_known
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.shared import OF_USUAL


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a fan that moves no air."""

    usually_open_percent: float = threshold(
        25.0, "%", "a valve that is usually open by more than this shows when it shuts", TUNED
    )
    shut_part: float = threshold(
        0.35, "", "it has shut when it is open by this part of what it usually is", TUNED
    )
    others_close_points: float = threshold(
        5.0, "%", "the others' valves have closed by no more than this", TUNED
    )
    slower: float = threshold(0.7, "", "a fan at this part of the others' speed turns as they do", TUNED)
    confirm_no_air_s: int = threshold(300, "s", "a valve shuts for many a reason and opens again", TUNED)


T = Thresholds()


def no_air(tick: Tick, h: int, unit: int) -> Sign | None:
    """A unit that runs with its valve all but shut, the others' not: no air takes its cold away."""
    if tick.setpoint_rise[h] > 0.0 or tick.load_part[h] < SHARED.load_low or not _shut(tick, unit):
        return None
    runs = [u for u in tick.topology.cooling_units[h] if tick.condition.running[u] == 1.0]
    others = [u for u in runs if u != unit]
    moved = median_known((tick.valve - tick.usual.valve)[others])
    # A fan that is slower than the others' moves less air because it is told to.
    effort = tick.condition.effort
    slower = effort[unit] < T.slower * median_known(effort[others])
    if unit not in runs or not moved > -T.others_close_points or slower:
        return None
    evidence = (
        f"{tick.name_of(unit)} runs with its valve at {tick.valve[unit]:.0f}%, usually "
        f"{tick.usual.valve[unit]:.0f}%, while the others' stay open: hardly any air passes its coil"
    )
    return unit_sign(tick, h, unit, "fan_failed", evidence, SUSPECTED, T.confirm_no_air_s, Speaker.STATISTICS)


def _shut(tick: Tick, unit: int) -> bool:
    """One that was told to open and does not is stuck; one that blows warm air has no water."""
    usual = tick.usual.valve[unit]
    told_to = tick.column(Role.VALVE_COMMAND)[unit] > T.shut_part * usual
    blows_warm = tick.supply_above[unit] > OF_USUAL.unit_supply_warm_k / 2.0
    shut = usual > T.usually_open_percent and tick.valve[unit] < T.shut_part * usual
    return bool(shut and not told_to and not blows_warm)
