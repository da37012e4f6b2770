"""When what runs otherwise is taken to be how it runs now: after a day in which nothing was lost.

A set point that nobody tells of, a bypass that was closed for good, a meter that
was added: the hall or its plant differs from what is usual, and for as long as
that is an incident nothing is learned. A day without loss of capacity (nothing
stands that should run, nothing reports a fault) and of margin (no rack beyond
a limit, no hall that goes on warming) ends that. What an operator accepts
(`config.accepted`) needs no such day.
"""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.known import median_known
from detector.points import ROLE_CODE, Points
from detector.view import View
from kernels.arrival import UNSET
from streams.messages import F64, SECOND

DAY = 24 * 3600 * SECOND
# A hall goes on warming when it is warmer than at the beginning of the day by more than this, K.
WARMER_K = 1.0


class Promotion:
    """Since when a zone has lost nothing."""

    state_fields = ("lost_at", "inlets")

    def __init__(self) -> None:
        self.lost_at = UNSET
        """When capacity or margin was last lost, ns."""
        self.inlets: F64 = np.empty(0)
        """Median inlet of each hall then, C."""

    def watch(self, view: View, points: Points) -> None:
        """Take in one tick."""
        inlet = view.picture.column(Role.RACK_INLET)
        inlets = np.array([median_known(inlet[list(racks)]) for racks in view.topology.racks])
        before = np.full(len(inlets), np.nan)
        before[: len(self.inlets)] = self.inlets
        warmer = bool((inlets > before + WARMER_K).any())
        at_racks = points.role[: len(points)] == ROLE_CODE[Role.RACK_INLET]
        beyond = bool((points.arrival.level[: len(points)][at_racks] > 0).any())
        if self.lost_at == UNSET or warmer or beyond or _capacity_lost(view):
            self.lost_at, self.inlets = view.end, inlets

    def lasts_since(self, end: int) -> int | None:
        """Trouble that began before this (ns) has cost nothing for a day; None where something was lost."""
        return end - DAY if self.lost_at != UNSET and end - self.lost_at >= DAY else None


def _capacity_lost(view: View) -> bool:
    condition = view.condition
    stands = (condition.running == 0.0) & view.in_service & ~view.resting & (condition.ordered != 0.0)
    return bool((stands | (condition.tripped >= 0.5)).any())
