"""The air of a hall warms everywhere at once, by more than habit, load, set point or duty explain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import LIKELY, Sign
from detector.incidents.speaker import Speaker
from detector.rules.cooling_units.stopped import relieved, stopped_lately
from detector.rules.plant.restart import recovering, restarting, transferring
from detector.rules.shared import SHARED
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.shared import OF_USUAL
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the air of a whole hall."""

    rate_k_per_s: float = threshold(
        0.2 / 60.0, "K/s", "inlets that warm together by 0.2 K a minute at a steady load", TUNED
    )
    unrest_times: float = threshold(
        5.0, "", "a rise and a rate beyond so many times the unrest of the hall", TUNED
    )
    above_habit: float = threshold(
        0.6, "", "the part of a rise that must lie above the habit of the hall", TUNED
    )
    load_grew: float = threshold(
        0.05, "", "a load that has grown by more than this part explains a rise of its own...", TUNED
    )
    rise_after_load_k: float = threshold(3.0, "K", "...up to this one", TUNED)
    rise_after_return_k: float = threshold(
        5.0, "K", "what a load that was gone and is back may bring: it finds its units at rest", TUNED
    )
    load_off: float = threshold(
        0.5,
        "",
        "below this part of its usual load units hardly cool, and air may come up to its set point",
        TUNED,
    )
    rise_after_stop_k: float = threshold(2.0, "K", "what follows on a unit that was told to rest", TUNED)
    steep_times: float = threshold(
        2.0, "", "this many times as much, in rise and rate, needs no second look", TUNED
    )
    supply_right_k: float = threshold(
        1.0, "K", "units do their work where supply air is this close to the usual...", TUNED
    )
    live_within_s: int = threshold(60, "s", "...has moved within this time...", TUNED)
    short_of_air: float = threshold(0.15, "", "...and no more of the heat than this part is missing", TUNED)
    meant_k: float = threshold(6.0, "K", "nobody means to raise a set point by more than this at once", TUNED)
    close_points: float = threshold(
        4.0, "%", "valves that close by this many points do so because less cooling is asked for", TUNED
    )
    unmetered_rise_times: float = threshold(
        1.5, "", "without a power meter nobody can say that the load is steady: ask for this much more", TUNED
    )
    confirm_air_s: int = threshold(20, "s", "a rise that is not steep is looked at twice", TUNED)


T = Thresholds()


def air_warms(tick: Tick, h: int) -> Sign | None:
    """The inlets of hall ``h`` that warm together by more than it ever did, else None."""
    warming = tick.warmings[h]
    if not warming.settled or not math.isfinite(warming.slope):
        return None
    # Air that comes back to its habit after a door has been open has risen too.
    rise = min(warming.rise, warming.level / T.above_habit)
    if rise < SHARED.rise_k or warming.slope < T.rate_k_per_s:  # whatever explains it: nothing asks for less
        return None
    if transferring(tick, h):
        return None
    borne_out = _supply_bears_out(tick, h)
    wanted = _rise_wanted(tick, h, borne_out)
    rate = T.rate_k_per_s if borne_out else max(T.rate_k_per_s, T.unrest_times * warming.slope_unrest)
    # Much that comes slowly weighs as much as a little that comes fast.
    if rise < wanted or warming.slope < max(T.rate_k_per_s, rate * wanted / rise):
        return None
    cool, restarts = cooling_units_cool(tick, h), restarting(tick)
    if restarts or _valves_close(tick, h) or cool:
        wanted = max(wanted, SHARED.airs_k if restarts and recovering(tick, h) else T.rise_after_load_k)
        if rise < wanted:
            return None
    hall = tick.topology.halls[h]
    witnesses = int(np.isfinite(tick.column(Role.RACK_INLET)[list(tick.topology.racks[h])]).sum())
    what = f"all inlets of {hall} warm together"
    if witnesses == 1 and not borne_out:
        what = f"the one rack of {hall} that is read warms, and nothing else bears it out"
    evidence = f"{what}: {warming.rise:.1f} K so far, {warming.slope * 60:.1f} K a minute"
    steep = warming.rise > T.steep_times * wanted and warming.slope > T.steep_times * rate
    by_door = cool and not tick.load_change[h] > T.load_grew
    by_setpoint = tick.setpoint_rise[h] > T.meant_k
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
        confidence=LIKELY,
        confirm_s=0 if steep else T.confirm_air_s,
        spoke=Speaker.PHYSICS,
        severity=Severity.CRITICAL,
    )


def _rise_wanted(tick: Tick, h: int, borne_out: bool) -> float:
    """The rise of a hall, K, from which it is more than habit, load, set point or duty explain."""
    stopped = stopped_lately(tick, h)
    told = _told_off(tick, h, stopped)
    unasked = any(u not in told and not tick.maintained[u] for u in stopped)
    # Units that stopped while the load was as it is explain the rise, and the load does not.
    change = 0.0 if unasked and tick.load_since_stop[h] <= T.load_grew else tick.load_change[h]
    wanted = max(SHARED.rise_k, T.unrest_times * tick.warmings[h].rise_unrest)
    if math.isnan(change):
        wanted *= T.unmetered_rise_times
    if borne_out:
        wanted = min(wanted, T.rise_after_load_k)
    if change > T.load_grew:
        wanted = max(wanted, T.rise_after_load_k if change < SHARED.load_came_back else T.rise_after_return_k)
    # What a raised set point brings is meant.
    wanted += SHARED.overshoot_times * meant_rise(tick, h)
    # The others take over from a few within minutes.
    if 0 < 2 * len(told) < sum(tick.in_service[u] for u in tick.topology.cooling_units[h]):
        wanted = max(wanted, T.rise_after_stop_k)
    if tick.load_part[h] < T.load_off:
        wanted = max(wanted, T.rise_after_return_k)
    return wanted


def _supply_bears_out(tick: Tick, h: int) -> bool:
    """Whether most units supply warmer air than they ever do: then no load explains that a hall warms."""
    cooling_units = [u for u in tick.topology.cooling_units[h] if tick.condition.running[u] != 0.0]
    usual = OF_USUAL.swing_times * tick.usual.swing[cooling_units]
    warm = tick.supply_above[cooling_units] > np.fmax(SHARED.supply_warm_k, usual)
    return bool(warm.sum() > SHARED.most_cooling_units * len(cooling_units))


def _told_off(tick: Tick, h: int, stopped: list[int]) -> list[int]:
    """Which of the units that have stopped were told to, or relieved."""
    ordered = tick.condition.ordered
    return [u for u in stopped if ordered[u] == 0.0 or (math.isnan(ordered[u]) and relieved(tick, h, u))]


def meant_rise(tick: Tick, h: int) -> float:
    """How far the set points of a hall have been raised of late, K, if that can have been meant."""
    raised = max(float(tick.setpoint_rise[h]), 0.0)
    return raised if raised <= T.meant_k else 0.0


def cooling_units_cool(tick: Tick, h: int) -> bool:
    """Whether the units are seen to do their work: as many as usual run, and supply what they usually do.

    Then air that warms has another cause, such as a door: no haste. Readings
    that do not move prove nothing, nor does a unit that has just started.
    """
    short = tick.balances[h].shortfall
    running = [u for u in tick.topology.cooling_units[h] if tick.condition.running[u] == 1.0]
    usual = np.nansum(tick.usual.run[list(tick.topology.cooling_units[h])])
    if not running or len(running) < usual - 0.5 or (short or 0.0) > T.short_of_air:
        return False
    live = tick.end - tick.usual.supply_moved_at[running] <= T.live_within_s * SECOND
    right = np.abs(tick.supply_above[running]) <= T.supply_right_k
    return bool((live & right).sum() > SHARED.most_cooling_units * len(running))


def _valves_close(tick: Tick, h: int) -> bool:
    """Whether the valves of the units that run are below what is usual: in a loss of cooling they open."""
    cooling_units = [u for u in tick.topology.cooling_units[h] if tick.condition.running[u] != 0.0]
    moved = (tick.valve - tick.usual.valve)[cooling_units]
    told = moved[np.isfinite(moved)]
    return bool(len(told) and np.median(told) < -T.close_points)
