"""Signs that what values come through has failed, and not what they are values of."""

from __future__ import annotations

from collections.abc import Iterator

from detector.incidents.faults import Tier
from detector.incidents.sign import CERTAIN, Sign
from detector.incidents.speaker import Speaker
from detector.seen.source_failures import FAULT_OF
from detector.tick import Tick


def source_failed(tick: Tick) -> Iterator[Sign]:
    """Values that cannot be true together, or not of what is near: what they come through has failed."""
    for failure in tick.sources:
        yield Sign(
            tier=Tier.POINT,
            fault=FAULT_OF[failure.how],
            root=failure.root,
            hall=failure.root.split("/", 1)[0],
            evidence=failure.words,
            confidence=CERTAIN,
            confirm_s=0,
            spoke=Speaker.PHYSICS,
        )
