"""A sign at one cooling unit."""

from __future__ import annotations

from detector.faults import Tier
from detector.observation import Observation
from detector.view import View


def unit_sign(
    view: View, h: int, unit: int, fault: str, evidence: str, confidence: float, confirm: int, spoke: str
) -> Observation:
    """``confirm``: ticks in a row; ``spoke``: ``physics`` or ``models``."""
    return Observation(
        tier=Tier.UNIT,
        fault=fault,
        root=view.topology.ids[unit],
        hall=view.topology.halls[h],
        evidence=evidence,
        confidence=confidence,
        confirm=confirm,
        spoke=spoke,
    )
