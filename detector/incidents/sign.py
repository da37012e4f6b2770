"""What a rule saw at a tick: one sign of one fault at one place."""

from __future__ import annotations

from dataclasses import dataclass

from detector.incidents.faults import Severity, Tier


@dataclass(frozen=True, slots=True)
class Sign:
    tier: Tier
    fault: str
    root: str
    """Id of the equipment, point, hall or zone that the fault is at."""
    hall: str
    """Hall that suffers; empty for all halls of the zone."""
    evidence: str
    """One sentence that a technician would write."""
    confidence: float
    """How sure, 0 to 1."""
    confirm: int
    """Ticks in a row that must show it before anyone is woken."""
    spoke: str
    """Which part saw it: ``limits``, ``physics`` or ``models``."""
    severity: Severity = Severity.WARNING
    """The least severity that it deserves, whatever the forecast says."""
    always_pages: bool = False
    """A physical limit: neither silence, maintenance nor learning holds it back."""
