"""A sign at one cooling unit."""

from __future__ import annotations

from detector.incidents.faults import Tier
from detector.incidents.sign import Sign
from detector.incidents.speaker import Speaker
from detector.tick import Tick


def unit_sign(
    tick: Tick,
    h: int,
    unit: int,
    fault: str,
    evidence: str,
    confidence: float,
    confirm_s: int,
    spoke: Speaker,
) -> Sign:
    """``confirm_s``: as of `Sign`."""
    return Sign(
        tier=Tier.UNIT,
        fault=fault,
        root=tick.topology.ids[unit],
        hall=tick.topology.halls[h],
        evidence=evidence,
        confidence=confidence,
        confirm_s=confirm_s,
        spoke=spoke,
    )
