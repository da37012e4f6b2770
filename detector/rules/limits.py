"""Physical limits: the last line, and the one that always pages.

A limit counts on two readings in a row of one point (the kernel's ``level``),
or on one reading each of two points of a sort in the same hall. A value that
was reached by a jump that physics does not make, or lies outside all sense, is
a matter of the sensor; if it stays for a minute it pages all the same, marked
as unconfirmed. So does a sensor that is beyond a physical limit with nothing
near it to bear it out: at once where the others have been read as lately, else
at the end of its tick.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detector.faults import Severity, Tier
from detector.inlets import Inlets
from detector.observation import Observation
from detector.points import Points
from kernels import arrival, levels
from streams.messages import SECOND

UNCONFIRMED_AFTER_S = 60
# A neighbour's reading that is older than this proves nothing.
BESIDE_WITHIN_S = 60
# A point that has been silent for longer than this counts as taken away.
FORGET_S = 6 * 3600
SEVERITY_OF_LEVEL = {
    levels.LEVEL_WARNING: Severity.WARNING,
    levels.LEVEL_CRITICAL: Severity.CRITICAL,
    levels.LEVEL_SHUTDOWN: Severity.EMERGENCY,
}


def limit_signs(
    points: Points, slots: list[int], inlets: Inlets, running_away: set[str]
) -> Iterator[Observation]:
    """The limits that the given slots are beyond.

    A sensor that nothing near it bears out is a matter of the sensor: beyond
    its warning limit it is silent here, beyond a physical one it pages as such.
    In a hall that is ``running_away`` others may just not have been heard yet.
    """
    away = np.array([points.halls[slot] in running_away for slot in slots])
    lone = (inlets.lone[slots] | inlets.alone_now(points, slots)) & ~away
    for slot, alone in zip(slots, lone, strict=True):
        level = confirmed_level(points, slot)
        if level == levels.LEVEL_NONE:
            if _unconfirmed(points, slot):
                raw = int(points.arrival.raw_level[slot])
                yield _doubtful(points, slot, raw, "jumped to {}, beyond its limit, and stays there")
        elif not alone:
            yield _beyond(points, slot, level)
        elif level > levels.LEVEL_WARNING:
            yield _doubtful(points, slot, level, "at {}, beyond a physical limit, with nothing near it")


def beyond_any(points: Points, end: int) -> list[int]:
    """Slots that are beyond a limit at the end of a tick, confirmed or not."""
    state, n = points.arrival, len(points)
    beyond = (state.level[:n] > 0) | (state.raw_level[:n] > 0)
    found: list[int] = np.flatnonzero(beyond & (state.last_time[:n] >= end - FORGET_S * SECOND)).tolist()
    return found


def confirmed_level(points: Points, slot: int) -> int:
    """The level that two readings prove: two of this point, or this one and a neighbour's.

    Never more than the newest reading shows: one that is back says nothing any more.
    """
    state, n = points.arrival, len(points)
    level, raw = int(state.level[slot]), int(state.raw_level[slot])
    if raw <= level or state.doubtful[slot]:
        return min(level, raw)
    beside = (state.raw_level[:n] > level) & ~state.doubtful[:n] & (points.role[:n] == points.role[slot])
    beside &= np.abs(state.last_time[:n] - state.last_time[slot]) <= BESIDE_WITHIN_S * SECOND
    beside[slot] = False
    for other in np.flatnonzero(beside).tolist():
        if points.halls[other] == points.halls[slot]:
            level = max(level, min(raw, int(state.raw_level[other])))
    return level


def _unconfirmed(points: Points, slot: int) -> bool:
    """Whether a doubtful value has stayed, by the point's own clock: silence proves nothing."""
    state = points.arrival
    since = state.beyond_since[slot]
    stays = since != arrival.UNSET and state.last_time[slot] - since >= UNCONFIRMED_AFTER_S * SECOND
    return bool(state.doubtful[slot] and stays and state.raw_level[slot] > levels.LEVEL_WARNING)


def _beyond(points: Points, slot: int, level: int) -> Observation:
    unit = points.kinds[slot].unit
    value = points.arrival.last_value[slot]
    limits = points.arrival.limits[slot]
    name = {1: "warning", 2: "critical", 3: "shutdown"}[level]
    limit = limits[levels.WARNING + level - 1]
    side = "above"
    if not value > limit - points.arrival.deadband[slot]:
        limit, side = limits[levels.LOW_WARNING if level == 1 else levels.LOW_CRITICAL], "below"
    return Observation(
        tier=Tier.RACK,
        fault="limit",
        root=points.equipment_of(slot),
        hall=points.halls[slot],
        evidence=f"{points.ids[slot]} at {value:.1f} {unit}, {side} its {name} limit of {limit:.1f}",
        confidence=0.6,
        confirm=1,
        spoke="limits",
        severity=SEVERITY_OF_LEVEL[level],
        always_pages=level >= levels.LEVEL_CRITICAL,
    )


def _doubtful(points: Points, slot: int, level: int, said: str) -> Observation:
    reads = f"{points.arrival.last_value[slot]:.1f} {points.kinds[slot].unit}"
    return Observation(
        tier=Tier.POINT,
        fault="limit_unconfirmed",
        root=points.ids[slot],
        hall=points.halls[slot],
        evidence=f"{points.ids[slot]} {said.format(reads)}",
        confidence=0.5,
        confirm=1,
        spoke="limits",
        severity=SEVERITY_OF_LEVEL[level],
        always_pages=True,
    )
