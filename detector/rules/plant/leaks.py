"""Signs of water where none should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import SURE, Sign
from detector.incidents.speaker import Speaker
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of a leak."""

    confirm_leak_s: int = threshold(20, "s", "one reading may be a mistake", TUNED)


T = Thresholds()


def leak(tick: Tick) -> Iterator[Sign]:
    """Equipment that reports a leak."""
    wet = np.flatnonzero(tick.column(Role.LEAK) >= 0.5)
    for e in wet.tolist():
        hall = tick.topology.hall_of[e]
        yield Sign(
            tier=Tier.UNIT,
            fault="leak",
            root=tick.topology.ids[e],
            hall=tick.topology.halls[hall] if hall >= 0 else "",
            evidence=f"{tick.topology.ids[e]} reports a leak",
            confidence=SURE,
            confirm_s=T.confirm_leak_s,
            spoke=Speaker.PHYSICS,
            severity=Severity.CRITICAL,
        )
