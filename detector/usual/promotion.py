"""When what runs otherwise is taken to be how it runs now: after a day in which nothing was lost.

A set point that nobody tells of, a bypass that was closed for good, a meter that
was added: the hall or its plant differs from what is usual, and for as long as
that is an incident nothing is learned. A day of trouble without loss of capacity
(no machine stands that should run or reports a fault, no unit is said to fail,
the water holds the set point that is told) and of margin (no rack beyond a
limit, no hall that goes on warming) ends that: the hall and its plant are
learned anew. What an operator accepts (`config.accepted`) needs no such day.
"""

from __future__ import annotations

import math

from config.kinds import Role
from detector.seen.known import median_known
from detector.seen.water import told_setpoints
from detector.tick import Tick
from detector.usual.plant import WARM_WATER_K
from kernels.arrival import UNSET
from streams.messages import SECOND

DAY = 24 * 3600 * SECOND
# A hall goes on warming when it is warmer than it was at first by more than this, K.
WARMER_K = 1.0


class Promotion:
    """Since when a zone in trouble has lost nothing."""

    state_fields = ("lost_at", "inlets")

    def __init__(self) -> None:
        self.lost_at = UNSET
        """When capacity or margin was last lost, or there was no trouble, ns."""
        self.inlets: dict[str, float] = {}
        """Median inlet of each hall then, C."""

    def watch(self, tick: Tick, fails: bool, troubled: bool) -> None:
        """Take in one tick: whether a machine or rack ``fails``, and a hall or plant is ``troubled``."""
        inlet = tick.column(Role.RACK_INLET)
        inlets = {
            hall: median_known(inlet[list(racks)])
            for hall, racks in zip(tick.topology.halls, tick.topology.racks, strict=True)
        }
        warmer = any(inlets[hall] > self.inlets.get(hall, math.nan) + WARMER_K for hall in inlets)
        lost = warmer or _margin_lost(tick, inlets) or fails or _capacity_lost(tick)
        if lost or not troubled or self.lost_at == UNSET:
            self.lost_at, self.inlets = tick.end, inlets
        for hall, now in inlets.items():
            if math.isnan(self.inlets.get(hall, math.nan)):
                self.inlets[hall] = now

    def lasts_since(self, end: int) -> int | None:
        """Trouble that began before this (ns) has cost nothing for a day; None where something was lost."""
        return end - DAY if self.lost_at != UNSET and end - self.lost_at >= DAY else None


def _margin_lost(tick: Tick, inlets: dict[str, float]) -> bool:
    """Racks beyond a limit, or none that tells."""
    return tick.racks_beyond or all(math.isnan(inlet) for inlet in inlets.values())


def _capacity_lost(tick: Tick) -> bool:
    condition, topology = tick.condition, tick.topology
    machines = [u for units in topology.units for u in units] + list(topology.plant)
    wanted = (tick.in_service | (condition.ordered == 1.0)) & (condition.ordered != 0.0) & ~tick.resting
    stands = (condition.running == 0.0) & wanted
    lost = bool((stands | (condition.tripped >= 0.5))[machines].any())
    told = told_setpoints(topology, tick.shown)
    warm = len(told) > 0 and bool(tick.water.supply > told.max() + WARM_WATER_K)
    return lost or warm
