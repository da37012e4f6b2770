"""The air of a hall warms everywhere at once, by more than habit, load, set point or duty explain."""

from __future__ import annotations

import math

import numpy as np

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import Sign
from detector.rules.cooling_units.standing import relieved, standing_lately
from detector.rules.cooling_units.warm_supply import LOAD_CAME_BACK
from detector.rules.plant.restart import AIRS_K, recovering, restarting, transferring
from detector.tick import Tick
from detector.usual.swings import SWING_TIMES
from streams.messages import SECOND

# Common rise of the inlets, K, and its rate, K/s, that matter at a steady load.
RISE_K = 0.8
RATE_K_PER_S = 0.2 / 60.0
UNREST_TIMES = 5.0
# The part of a rise that must lie above the habit of the hall.
ABOVE_HABIT = 0.6
# A load that has grown by more than this explains a rise of its own...
LOAD_GREW = 0.05
# ...up to this one, K.
RISE_AFTER_LOAD_K = 3.0
# What a load that was gone and is back may bring: it finds its units at rest, K.
RISE_AFTER_RETURN_K = 5.0
# Below this part of its usual load a hall's units hardly cool, and its air may come up to its set point.
LOAD_IS_OFF = 0.5
# What follows on a unit that was told to rest, K.
RISE_AFTER_STOP_K = 2.0
# This many times as much, in both, needs no second look.
STEEP = 2.0
# Supply air this far above the usual is warm, K; at most units of a hall it is the water.
SUPPLY_WARM_K = 1.5
MOST = 0.6
# Units do their work where supply air is this close to the usual, K, has moved within this time, s, and no
# more of the heat than this is missing.
SUPPLY_RIGHT_K = 1.0
LIVE_WITHIN_S = 60
SHORT_OF_AIR = 0.15
# Controls may overshoot a set point by a part of its step.
SETPOINT_TIMES = 1.5
# Nobody means to raise a set point by more than this at once, K.
MEANT_K = 6.0
# Valves that close by this many points do so because less cooling is asked for.
CLOSE_POINTS = 4.0
# Without a power meter nobody can say that the load is steady: ask for this much more.
UNMETERED_TIMES = 1.5


def air_warms(tick: Tick, h: int) -> Sign | None:
    warming = tick.warmings[h]
    if not warming.settled or not math.isfinite(warming.slope) or transferring(tick, h):
        return None
    borne_out = _supply_bears_out(tick, h)
    wanted = _rise_wanted(tick, h, borne_out)
    rate = RATE_K_PER_S if borne_out else max(RATE_K_PER_S, UNREST_TIMES * warming.slope_unrest)
    # Air that comes back to its habit after a door has stood open has risen too.
    rise = min(warming.rise, warming.level / ABOVE_HABIT)
    # Much that comes slowly weighs as much as a little that comes fast.
    if rise < wanted or warming.slope < max(RATE_K_PER_S, rate * wanted / rise):
        return None
    cool, restarts = units_cool(tick, h), restarting(tick)
    if restarts or _valves_close(tick, h) or cool:
        wanted = max(wanted, AIRS_K if restarts and recovering(tick, h) else RISE_AFTER_LOAD_K)
        if rise < wanted:
            return None
    hall = tick.topology.halls[h]
    evidence = (
        f"all inlets of {hall} warm together: {warming.rise:.1f} K so far, "
        f"{warming.slope * 60:.1f} K a minute"
    )
    by_door = cool and not tick.load_change[h] > LOAD_GREW
    by_setpoint = tick.setpoint_rise[h] > MEANT_K
    if by_setpoint:
        evidence += f", since its set points were raised by {tick.setpoint_rise[h]:.0f} K"
    elif by_door:
        evidence += ", while its units supply what they should: warm air comes in, by a door or past them"
    return Sign(
        tier=Tier.HALL,
        fault="control_failed" if by_setpoint else "door_open" if by_door else "cooling_loss",
        root=hall,
        hall=hall,
        evidence=evidence,
        confidence=0.8,
        confirm=1 if warming.rise > STEEP * wanted and warming.slope > STEEP * rate else 2,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _rise_wanted(tick: Tick, h: int, borne_out: bool) -> float:
    """The rise of a hall, K, from which it is more than habit, load, set point or duty explain."""
    stopped = standing_lately(tick, h)
    told = _told_off(tick, h, stopped)
    unasked = any(u not in told and not tick.maintained[u] for u in stopped)
    # Units that stopped while the load was as it is explain the rise, and the load does not.
    change = 0.0 if unasked and tick.load_since_stop[h] <= LOAD_GREW else tick.load_change[h]
    wanted = max(RISE_K, UNREST_TIMES * tick.warmings[h].rise_unrest)
    if math.isnan(change):
        wanted *= UNMETERED_TIMES
    if borne_out:
        wanted = min(wanted, RISE_AFTER_LOAD_K)
    if change > LOAD_GREW:
        wanted = max(wanted, RISE_AFTER_LOAD_K if change < LOAD_CAME_BACK else RISE_AFTER_RETURN_K)
    # What a raised set point brings is meant.
    wanted += SETPOINT_TIMES * meant_rise(tick, h)
    # The others take over from a few within minutes.
    if 0 < 2 * len(told) < sum(tick.in_service[u] for u in tick.topology.units[h]):
        wanted = max(wanted, RISE_AFTER_STOP_K)
    if tick.load_part[h] < LOAD_IS_OFF:
        wanted = max(wanted, RISE_AFTER_RETURN_K)
    return wanted


def _supply_bears_out(tick: Tick, h: int) -> bool:
    """Whether most units supply warmer air than they ever do: then no load explains that a hall warms."""
    units = [u for u in tick.topology.units[h] if tick.condition.running[u] != 0.0]
    usual = SWING_TIMES * tick.usual.swing[units]
    warm = tick.supply_above[units] > np.fmax(SUPPLY_WARM_K, usual)
    return bool(warm.sum() > MOST * len(units))


def _told_off(tick: Tick, h: int, stopped: list[int]) -> list[int]:
    """Which of the units that have stopped were told to, or relieved."""
    ordered = tick.condition.ordered
    return [u for u in stopped if ordered[u] == 0.0 or (math.isnan(ordered[u]) and relieved(tick, h, u))]


def meant_rise(tick: Tick, h: int) -> float:
    """How far the set points of a hall have been raised of late, K, if that can have been meant."""
    raised = max(float(tick.setpoint_rise[h]), 0.0)
    return raised if raised <= MEANT_K else 0.0


def units_cool(tick: Tick, h: int) -> bool:
    """Whether the units are seen to do their work: as many as usual run, and supply what they usually do.

    Then air that warms has another cause, such as a door: no haste. Readings
    that do not move prove nothing, nor does a unit that has just started.
    """
    short = tick.balances[h].shortfall
    running = [u for u in tick.topology.units[h] if tick.condition.running[u] == 1.0]
    usual = np.nansum(tick.usual.run[list(tick.topology.units[h])])
    if not running or len(running) < usual - 0.5 or (short or 0.0) > SHORT_OF_AIR:
        return False
    live = tick.end - tick.usual.supply_moved_at[running] <= LIVE_WITHIN_S * SECOND
    right = np.abs(tick.supply_above[running]) <= SUPPLY_RIGHT_K
    return bool((live & right).sum() > MOST * len(running))


def _valves_close(tick: Tick, h: int) -> bool:
    """Whether the valves of the units that run stand below what is usual: in a loss of cooling they open."""
    units = [u for u in tick.topology.units[h] if tick.condition.running[u] != 0.0]
    moved = (tick.valve - tick.usual.valve)[units]
    told = moved[np.isfinite(moved)]
    return bool(len(told) and np.median(told) < -CLOSE_POINTS)
