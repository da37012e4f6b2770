"""When what runs otherwise is taken to be how it runs now: after a day in which nothing was lost.

A set point that nobody tells of, a bypass that was closed for good, a meter that
was added: the hall or its plant differs from what is usual, and for as long as
that is an incident nothing is learned. A day of trouble without loss of capacity
(no machine has stopped that should run or reports a fault, no unit is said to fail,
the water holds the set point that is told) and of margin (no rack beyond a
limit, no hall that goes on warming) ends that: the hall and its plant are
learned anew. What an operator accepts (`config.accepted`) needs no such day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from detector.seen.condition import Condition
from detector.seen.known import median_known
from detector.seen.shown import Shown
from detector.seen.topology import Topology
from detector.seen.water import told_setpoints
from detector.threshold import TUNED, threshold
from detector.usual.shared import OF_USUAL
from kernels.arrival import UNSET
from streams.messages import F64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what runs otherwise for good."""

    promoted_after_s: int = threshold(
        24 * 3600, "s", "trouble in which nothing was lost for so long is how it runs now", TUNED
    )
    goes_on_warming_k: float = threshold(
        1.0, "K", "a hall goes on warming when it is warmer than it was at first by more than this", TUNED
    )


T = Thresholds()


class Promotion:
    """Since when a zone in trouble has lost nothing."""

    state_fields = ("lost_at", "inlets")

    def __init__(self) -> None:
        self.lost_at = UNSET
        """When capacity or margin was last lost, or there was no trouble, ns."""
        self.inlets: dict[str, float] = {}
        """Median inlet of each hall then, C."""

    def watch(self, topology: Topology, inlet: F64, lost: bool, troubled: bool, end: int) -> None:
        """Take in one tick: inlets by equipment, C; whether something is ``lost``, the zone ``troubled``.

        A hall that goes on warming is a loss too, and so is a zone of which no rack tells.
        """
        inlets = {
            hall: median_known(inlet[list(racks)])
            for hall, racks in zip(topology.halls, topology.racks, strict=True)
        }
        warmer = any(inlets[hall] > self.inlets.get(hall, math.nan) + T.goes_on_warming_k for hall in inlets)
        blind = all(math.isnan(inlet) for inlet in inlets.values())
        if lost or warmer or blind or not troubled or self.lost_at == UNSET:
            self.lost_at, self.inlets = end, inlets
        for hall, now in inlets.items():
            if math.isnan(self.inlets.get(hall, math.nan)):
                self.inlets[hall] = now

    def lasts_since(self, end: int) -> int | None:
        """Trouble that began before this (ns) has cost nothing for a day; None where something was lost."""
        return (
            end - T.promoted_after_s * SECOND
            if self.lost_at != UNSET and end - self.lost_at >= T.promoted_after_s * SECOND
            else None
        )


def capacity_lost(
    topology: Topology,
    shown: Shown,
    condition: Condition,
    in_service: np.ndarray,
    resting: np.ndarray,
    supply: float,
) -> bool:
    """Whether a machine that should run has stopped or tripped, or ``supply``, C, is above what is told."""
    machines = [u for hall in topology.cooling_units for u in hall] + list(topology.plant)
    wanted = (in_service | (condition.ordered == 1.0)) & (condition.ordered != 0.0) & ~resting
    stopped = (condition.running == 0.0) & wanted
    lost = bool((stopped | (condition.tripped >= 0.5))[machines].any())
    told = told_setpoints(topology, shown)
    warm = len(told) > 0 and bool(supply > told.max() + OF_USUAL.warm_water_k)
    return lost or warm
