"""Physical limits: the last line, and the one that always pages.

A limit counts on two readings in a row of one point (the kernel's ``level``),
or on one reading each of two points of a sort in the same hall. A value that
was reached by a jump that physics does not make counts only where another
point made one too and one of the two stays; alone, or outside all sense, it is
a matter of the sensor; if it stays for a minute it pages all the same, marked
as unconfirmed. So does a sensor that is beyond a physical limit with nothing
near it to bear it out. Nothing of this waits for a tick.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.incidents.durations import duration
from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import CONSEQUENCE, DOUBTFUL, Sign
from detector.incidents.speaker import Speaker
from detector.points import Points
from detector.seen.inlets import Inlets
from detector.seen.source_failures import FAULT_OF
from detector.seen.sources import Sources
from detector.seen.suspects import looks_like_a_source
from detector.threshold import FOR_READERS, TUNED, threshold
from kernels import arrival, levels
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what a limit takes."""

    unconfirmed_after_s: int = threshold(
        60,
        "s",
        "a doubtful value that stays beyond a physical limit for so long pages all the same",
        "docs/decisions/0005-limits-are-no-rule.md",
    )
    beside_within_s: int = threshold(
        60, "s", "what was heard of a neighbour longer ago than this proves nothing", TUNED
    )
    stamp_told_s: int = threshold(
        60,
        "s",
        "a stamp that is further from the time of the zone than this is told with the page",
        FOR_READERS,
    )


T = Thresholds()

SEVERITY_OF_LEVEL = {
    levels.LEVEL_WARNING: Severity.WARNING,
    levels.LEVEL_CRITICAL: Severity.CRITICAL,
    levels.LEVEL_SHUTDOWN: Severity.EMERGENCY,
}
LOW_OF_LEVEL = {levels.LEVEL_WARNING: levels.LOW_WARNING, levels.LEVEL_CRITICAL: levels.LOW_CRITICAL}
NAME_OF_LEVEL = {
    levels.LEVEL_WARNING: "warning",
    levels.LEVEL_CRITICAL: "critical",
    levels.LEVEL_SHUTDOWN: "shutdown",
}


def limit_signs(
    points: Points, slots: list[int], inlets: Inlets, sources: Sources, running_away: set[str], now: int
) -> Iterator[Sign]:
    """The limits that the given slots are beyond; ``now`` is the time of the zone, ns.

    A sensor that nothing near it bears out is a matter of the sensor: beyond
    its warning limit it is silent here, beyond a physical one it pages as such.
    In a hall that is ``running_away`` others may just not have been heard yet. What comes through a
    source that has failed is a matter of that source, and pages as such.
    """
    held = [slot for slot in slots if sources.withheld[slot]]
    for slot in held:
        yield from _of_source(points, slot, sources)
    suspected = [
        slot for slot in slots if looks_like_a_source(points, sources.raw, slot) and not _stays(points, slot)
    ]
    slots = [slot for slot in slots if slot not in held and slot not in suspected]
    level = {slot: confirmed_level(points, slot, sources.withheld) for slot in slots}
    beyond = [slot for slot in slots if level[slot] > levels.LEVEL_NONE]
    near = [slot for slot in beyond if points.halls[slot] not in running_away]
    alone = set(np.array(near)[inlets.alone_now(points, near, sources.withheld)].tolist()) if near else set()
    for slot in slots:
        if level[slot] == levels.LEVEL_NONE:
            if unconfirmed(points, slot):
                raw = int(points.arrival.raw_level[slot])
                yield _doubtful(points, slot, raw, "jumped to {}, beyond its limit, and stays there")
        elif slot not in alone:
            yield _beyond(points, slot, level[slot], now)
        elif level[slot] > levels.LEVEL_WARNING:
            heard = inlets.others_heard(points, slot, sources.withheld)
            bears = "with nothing near it" if heard else "and nothing near it has been read since"
            yield _doubtful(points, slot, level[slot], "at {}, beyond a physical limit, " + bears)


def plain_limit_signs(points: Points, slots: list[int], now: int) -> Iterator[Sign]:
    """What two readings in a row of each point prove, whatever others say: for when asking them fails."""
    level = np.where(points.stays_beyond(), points.shown_level(), levels.LEVEL_NONE)
    for slot in slots:
        if level[slot] > levels.LEVEL_NONE:
            yield _beyond(points, slot, int(level[slot]), now)


def confirmed_level(points: Points, slot: int, withheld: np.ndarray) -> int:
    """The level that two readings prove: two of this point, or this one and a neighbour's.

    Never more than the newest reading shows: one that is back says nothing any more.
    """
    state, n = points.arrival, len(points)
    shown = max(int(state.raw_level[slot]), int(state.aside_level[slot]))
    doubted = bool(state.doubtful[slot]) and state.aside_level[slot] == levels.LEVEL_NONE
    level = min(int(state.level[slot]), shown)
    if shown <= level or (doubted and not state.low[slot] <= state.last_value[slot] <= state.high[slot]):
        return level
    beside = (points.hall[:n] == points.hall[slot]) & (points.role[:n] == points.role[slot])
    beside &= np.abs(state.heard[:n] - state.heard[slot]) <= T.beside_within_s * SECOND
    beside &= ~withheld[:n]
    beside[slot] = False
    stays = points.stays_beyond()
    if doubted and not stays[slot]:
        beside &= stays
    elif not doubted:
        beside &= ~points.doubted()
    return max(level, min(shown, int(points.shown_level()[beside].max(initial=levels.LEVEL_NONE))))


def unconfirmed(points: Points, slot: int) -> bool:
    """Whether a doubtful value has stayed, by the point's own clock or that of the zone.

    Silence proves nothing: it counts until it was last heard.
    """
    state = points.arrival
    return bool(
        state.doubtful[slot] and _stays(points, slot) and state.raw_level[slot] > levels.LEVEL_WARNING
    )


def _stays(points: Points, slot: int) -> bool:
    """Whether a point has been beyond a limit for long enough to be told, believed or not."""
    state = points.arrival
    if state.beyond_since[slot] == arrival.UNSET:
        return False
    by_stamps = state.last_time[slot] - state.beyond_since[slot]
    by_arrival = state.heard[slot] - state.beyond_heard[slot]
    return bool(max(by_stamps, by_arrival) >= T.unconfirmed_after_s * SECOND)


def may_be_told(points: Points, slot: int) -> bool:
    """Whether a point that shows a physical limit, and is not told, may be with its next reading."""
    return bool(points.arrival.raw_level[slot] > levels.LEVEL_WARNING)


def _beyond(points: Points, slot: int, level: int, now: int) -> Sign:
    state = points.arrival
    aside = state.aside_time[slot] != arrival.UNSET
    value = state.aside_value[slot] if aside else state.last_value[slot]
    stamp = state.aside_time[slot] if aside else state.last_time[slot]
    told = _against(points, slot, float(value), level) + _stamped(int(stamp), now)
    return Sign(
        tier=Tier.RACK,
        fault="limit",
        root=points.equipment_of(slot),
        hall=points.halls[slot],
        evidence=f"{points.ids[slot]} {told}",
        confidence=CONSEQUENCE,
        confirm_s=0,
        spoke=Speaker.LIMITS,
        severity=SEVERITY_OF_LEVEL[level],
        always_pages=level >= levels.LEVEL_CRITICAL,
    )


def _against(points: Points, slot: int, value: float, level: int) -> str:
    """A value and the limit that it is beyond, or not yet back from."""
    limits = points.arrival.limits[slot]
    name = NAME_OF_LEVEL[level]
    high = limits[levels.WARNING + level - 1]
    low = limits[LOW_OF_LEVEL[level]] if level in LOW_OF_LEVEL else np.nan
    deadband = points.arrival.deadband[slot]
    near = f"still within {deadband:.2g} of"
    if value > high - deadband:
        side, limit = "above" if value > high else near, high
    elif value < low + deadband:
        side, limit = "below" if value < low else near, low
    else:
        return f"at {value:.1f} {points.kinds[slot].unit}, after it was beyond its {name} limit"
    return f"at {value:.1f} {points.kinds[slot].unit}, {side} its {name} limit of {limit:.1f}"


def _stamped(stamp: int, now: int) -> str:
    """How far a stamp is from the time of the zone, where that is far."""
    seconds = (now - stamp) / SECOND
    if abs(seconds) <= T.stamp_told_s:
        return ""
    return f" (stamped {duration(abs(seconds))} {'ago' if seconds > 0 else 'ahead'})"


def _of_source(points: Points, slot: int, sources: Sources) -> Iterator[Sign]:
    """A point beyond a physical limit whose source has failed: part of what is told of that."""
    failure = sources.failure_of(slot)
    level = int(points.shown_level()[slot])
    raw = max(level, int(points.arrival.raw_level[slot]))
    if failure is None or not failure.where or raw <= levels.LEVEL_WARNING or not _stays(points, slot):
        return
    reads = f"{points.heard_value()[slot]:.1f} {points.kinds[slot].unit}"
    yield Sign(
        tier=Tier.POINT,
        fault=FAULT_OF[failure.how],
        root=failure.root or failure.where,
        hall=points.halls[slot],
        evidence=f"{failure.words}; as it reads, {points.ids[slot]} is beyond a physical limit at {reads}",
        confidence=DOUBTFUL,
        confirm_s=0,
        spoke=Speaker.LIMITS,
        severity=Severity.CRITICAL,
        always_pages=True,
    )


def _doubtful(points: Points, slot: int, level: int, said: str) -> Sign:
    reads = f"{points.heard_value()[slot]:.1f} {points.kinds[slot].unit}"
    return Sign(
        tier=Tier.POINT,
        fault="limit_unconfirmed",
        root=points.ids[slot],
        hall=points.halls[slot],
        evidence=f"{points.ids[slot]} {said.format(reads)}",
        confidence=DOUBTFUL,
        confirm_s=0,
        spoke=Speaker.LIMITS,
        severity=SEVERITY_OF_LEVEL[level],
        always_pages=True,
    )
