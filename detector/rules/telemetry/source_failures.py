"""Signs that what values come through has failed, and not what they are values of."""

from __future__ import annotations

from collections.abc import Iterator

from detector.incidents.faults import Tier
from detector.incidents.sign import CERTAIN, Sign
from detector.incidents.speaker import Speaker
from detector.tick import Tick


def source_failed(tick: Tick) -> Iterator[Sign]:
    """Machines whose unlike measures read one constant: their gateway speaks, and not they."""
    for failure in tick.sources:
        yield Sign(
            tier=Tier.POINT,
            fault="source_failed",
            root=failure.root,
            hall=failure.root.split("/", 1)[0],
            evidence=failure.words,
            confidence=CERTAIN,
            confirm_s=0,
            spoke=Speaker.PHYSICS,
        )
