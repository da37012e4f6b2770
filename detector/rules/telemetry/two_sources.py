"""Signs that two machines send under one id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.incidents.faults import Tier
from detector.incidents.sign import LIKELY, Sign
from detector.incidents.speaker import Speaker
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of machines whose readings come from two sources in turn."""

    confirm_s: int = threshold(120, "s", "it harms nobody at once", TUNED)
    examples: int = threshold(3, "measures", "are named", TUNED)


T = Thresholds()


def two_sources(tick: Tick) -> Iterator[Sign]:
    """Equipment of which unlike measures come from two sources in turn, each at a pace of its own.

    Two machines send under one id, as after a configuration was copied.
    """
    points = tick.points
    of_equipment = points.equipment[points.alternating]
    for e in np.unique(of_equipment).tolist():
        rows = np.flatnonzero(of_equipment == e)
        root = points.equipment_ids[e]
        shown = []
        for row in rows[: T.examples].tolist():
            measure = points.ids[points.alternating[row]].split("/", 2)[2].replace("_", " ")
            one, other = points.levels[row].tolist()
            shown.append(f"{measure} {one:.4g} and {other:.4g}")
        yield Sign(
            tier=Tier.POINT,
            fault="two_sources",
            root=root,
            hall=root.split("/", 1)[0],
            evidence=f"{root} has two sources: {', '.join(shown)} come in turn; look for a second machine "
            "that sends under this id",
            confidence=LIKELY,
            confirm_s=T.confirm_s,
            spoke=Speaker.STATISTICS,
        )
