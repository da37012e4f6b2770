"""What a rule saw at a tick: one sign of one fault at one place."""

from __future__ import annotations

from dataclasses import dataclass

from detector.incidents.faults import Severity, Tier
from detector.incidents.speaker import Speaker

# How sure a sign is, 0 to 1. Of signs at one place the surer names the incident; the numbers rank, no more.
DOUBTFUL = 0.5  # nothing bears it out
CONSEQUENCE = 0.6  # it shows what happens, and not why
SUSPECTED = 0.7  # one sort of evidence, or what is learned
PROBABLE = 0.75  # that, and more of it
LIKELY = 0.8  # evidence of several sensors, which something else may explain
CLEAR = 0.85  # the same, and hardly anything else may; from here on a unit counts as failed with others
SURE = 0.9  # a machine says it, or has stopped against its command
CERTAIN = 0.95  # several machines do
OVER_MACHINES = 0.96  # water that does not move, which machines stop for
OVER_WATER = 0.97  # machines that stopped together, for which the water stops too


@dataclass(frozen=True, slots=True)
class Sign:
    """One fault at one place, as one rule sees it at one tick."""

    tier: Tier
    fault: str
    root: str
    """Id of the equipment, point, hall or zone that the fault is at."""
    hall: str
    """Hall that suffers; empty for all halls of the zone."""
    evidence: str
    """One sentence that a technician would write."""
    confidence: float
    """How sure, 0 to 1: one of the names above."""
    confirm_s: int
    """For how long it must be seen before anyone is woken, and then by two ticks at least; 0 = at once, s."""
    spoke: Speaker
    """Which part saw it."""
    severity: Severity = Severity.WARNING
    """The least severity that it deserves, whatever the forecast says."""
    always_pages: bool = False
    """A physical limit: neither silence, maintenance nor learning holds it back."""
