"""The sign that clocks run ahead of all others, or behind: those that are off by as much are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from detector.incidents.durations import duration
from detector.incidents.faults import Tier
from detector.incidents.sign import CERTAIN, Sign
from detector.incidents.speaker import Speaker
from detector.points import Points
from detector.seen.called import called_together, in_ranges, is_among
from detector.threshold import TUNED, threshold


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of clocks that are wrong."""

    confirm_clock_s: int = threshold(
        30, "s", "readings of equipment that were refused as ahead of the zone", TUNED
    )
    confirm_lag_s: int = threshold(
        120, "s", "readings far behind the zone: what was kept while a link was broken comes sooner", TUNED
    )
    off_alike_s: float = threshold(
        60.0, "s", "clocks that are off by as much, within this, are one clock...", TUNED
    )
    off_alike_part: float = threshold(0.05, "", "...or within this part of what they are off", TUNED)


T = Thresholds()


def clock_signs(off: dict[str, float], told: Collection[str], points: Points) -> Iterator[Sign]:
    """Equipment by how much its clock is ``off``, by id in s: ahead of the zone, or behind it, below 0.

    What is ahead was refused. ``told``: roots that such an incident is open at: what belongs to one
    keeps its name.
    """
    if not off:
        return
    of_hall = Counter(id.split("/", 1)[0] for id in points.equipment_ids)
    free = sorted(told, key=len, reverse=True)  # the closest first
    for machines in sorted(_alike(off), key=len, reverse=True):
        root = next((root for root in free if is_among(machines[0], root, points.zone)), "")
        root = root or called_together(machines, of_hall, points.zone)
        free = [other for other in free if other != root]
        lags = off[machines[0]] < 0.0
        by = duration(max(abs(off[machine]) for machine in machines))
        where = "behind" if lags else "ahead of"
        what = f"the clock of {machines[0]} runs {by} {where} all others; its"
        if len(machines) > 1:
            where = "behind" if lags else "ahead"
            what = f"the clocks of {len(machines)} machines ({in_ranges(machines)}) run {by} {where}; their"
        said = "readings are refused"
        if lags:
            said = "readings come, and say nothing of now: look at the clock, or at what delays them"
        yield Sign(
            tier=Tier.POINT,
            fault="bad_clock",
            root=root,
            hall=root.split("/", 1)[0],
            evidence=f"{what} {said}",
            confidence=CERTAIN,
            confirm_s=T.confirm_lag_s if lags else T.confirm_clock_s,
            spoke=Speaker.STATISTICS,
        )


def _alike(off: dict[str, float]) -> list[list[str]]:
    """Machines by what their clocks are off, those that are off alike together."""
    order = sorted(off, key=lambda machine: (off[machine], machine))
    cuts = [
        n + 1
        for n, (one, next_) in enumerate(pairwise(order))
        if off[next_] - off[one] > max(T.off_alike_s, T.off_alike_part * abs(off[one]))
    ]
    edges = [0, *cuts, len(order)]
    return [sorted(order[first:last]) for first, last in pairwise(edges) if last > first]
