"""How many more machines can be lost before the load is not carried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detector.threshold import threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of machines to spare."""

    rated_outdoor_c: float = threshold(
        35.0, "C", "outdoor air that chillers are rated at", "AHRI 550/590, air-cooled"
    )
    less_per_k: float = threshold(
        0.01,
        "1/K",
        "what a chiller gives less for each K beyond it: they say 0.7 to 1.5 %",
        "tables of makers of air-cooled and tower-cooled chillers",
    )


T = Thresholds()


def spare_cooling_units(tick: Tick, h: int) -> int | None:
    """Units of hall ``h`` that can still be lost, the largest first; None = unknown.

    Unknown unless the capacity of every unit that can be counted on is
    declared or was seen, and the load is metered: unknown is never short.
    """
    load = tick.balances[h].load
    cooling_units = tick.topology.cooling_units[h]
    if (
        load is not None
        and not _at_work(tick, cooling_units)
        and any(tick.in_service[u] for u in cooling_units)
    ):
        return 0
    return _spare(_counted_on(tick, cooling_units), load)


def spare_chillers(tick: Tick, outdoor: float) -> int | None:
    """Chillers of the zone that can still be lost at this outdoor air, C; None = unknown."""
    loads = [balance.load for balance in tick.balances]
    load = math.fsum(load for load in loads if load is not None)
    known = bool(loads) and all(each is not None for each in loads)
    part = 1.0 - T.less_per_k * max(outdoor - T.rated_outdoor_c, 0.0) if math.isfinite(outdoor) else 1.0
    able = _counted_on(tick, tick.topology.chillers)
    return _spare([None if kw is None else part * kw for kw in able], load if known else None)


def _at_work(tick: Tick, machines: Sequence[int]) -> list[int]:
    return [m for m in machines if tick.condition.running[m] != 0.0]


def _counted_on(tick: Tick, machines: Sequence[int]) -> list[float | None]:
    """Capacities of what runs or was told to rest and ran before, but not of what hunts."""
    on_standby = [
        m
        for m in machines
        if tick.condition.running[m] == 0.0
        and tick.condition.ordered[m] == 0.0
        and not tick.condition.tripped[m] >= 0.5
        and not tick.maintained[m]
        and tick.stops.last_run[m] > 0
    ]
    able = [m for m in (*_at_work(tick, machines), *on_standby) if not tick.hunting.hunts[m]]
    capacity = tick.capacity_kw[able].tolist()
    return [None if math.isnan(kw) else kw for kw in capacity]


def _spare(capacity: list[float | None], load: float | None) -> int | None:
    if load is None or not capacity or any(kw is None for kw in capacity):
        return None
    left = sorted((kw for kw in capacity if kw is not None), reverse=True)
    spare = 0
    while spare < len(left) and sum(left[spare + 1 :]) >= load:
        spare += 1
    return spare
