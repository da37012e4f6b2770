"""Signs at a cooling unit whose fan turns and moves no air."""

from __future__ import annotations

from config.kinds import Role
from detector.incidents.sign import Sign
from detector.rules.cooling_units.unit_sign import unit_sign
from detector.rules.cooling_units.warm_supply import LOAD_IS_OFF
from detector.seen.known import median_known
from detector.tick import Tick
from detector.usual.equipment import WARM_SUPPLY_K

# A valve that is usually open by more than this, %, and has closed to this part of that.
OPEN_PERCENT = 25.0
SHUT_PART = 0.35
# The others' valves have closed by no more than this, points.
OTHERS_CLOSE = 5.0
# A fan at this part of the others' speed turns as they do.
SLOWER = 0.7
CONFIRM = 30


def no_air(tick: Tick, h: int, unit: int) -> Sign | None:
    """A unit that runs with its valve all but shut, the others' not: no air takes its cold away."""
    if tick.setpoint_rise[h] > 0.0 or tick.load_part[h] < LOAD_IS_OFF or not _shut(tick, unit):
        return None
    runs = [u for u in tick.topology.units[h] if tick.condition.running[u] == 1.0]
    others = [u for u in runs if u != unit]
    moved = median_known((tick.valve - tick.usual.valve)[others])
    # A fan that is slower than the others' moves less air because it is told to.
    effort = tick.condition.effort
    slower = effort[unit] < SLOWER * median_known(effort[others])
    if unit not in runs or not moved > -OTHERS_CLOSE or slower:
        return None
    evidence = (
        f"{tick.name_of(unit)} runs with its valve at {tick.valve[unit]:.0f}%, usually "
        f"{tick.usual.valve[unit]:.0f}%, while the others' stay open: hardly any air passes its coil"
    )
    return unit_sign(tick, h, unit, "fan_failed", evidence, 0.7, CONFIRM, "models")


def _shut(tick: Tick, unit: int) -> bool:
    """One that was told to open and does not is stuck; one that blows warm air has no water."""
    usual = tick.usual.valve[unit]
    told_to = tick.column(Role.VALVE_COMMAND)[unit] > SHUT_PART * usual
    blows_warm = tick.supply_above[unit] > WARM_SUPPLY_K / 2.0
    shut = usual > OPEN_PERCENT and tick.valve[unit] < SHUT_PART * usual
    return bool(shut and not told_to and not blows_warm)
