"""How many more units can be lost before the load is not carried."""

from __future__ import annotations

from detector.topology import Topology
from detector.view import View


def spare_units(view: View, h: int) -> int | None:
    """Units of hall ``h`` that can still be lost, the largest first; None = unknown.

    Unknown unless every unit in service has a capacity and the load is
    metered: unknown is never short.
    """
    topology: Topology = view.topology
    load = view.balances[h].load
    units = [u for u in topology.units[h] if view.condition.running[u] != 0.0]
    if load is not None and not units and any(view.in_service[u] for u in topology.units[h]):
        return 0
    capacity = [topology.capacity_kw[u] for u in units]
    if load is None or not units or any(c is None for c in capacity):
        return None
    left = sorted((c for c in capacity if c is not None), reverse=True)
    if sum(left) < load:
        return 0
    spare = 0
    while spare < len(left) and sum(left[spare + 1 :]) >= load:
        spare += 1
    return spare
