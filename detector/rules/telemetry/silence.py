"""Signs that telemetry is lost: what has fallen silent together is one, and so are clocks that are off alike.

Which points are silent is told by `detector.seen.fallen_silent`, against the event
time of the zone, never against a clock. A sign lasts until the last of its points is
read again, or the site file leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.incidents.faults import Tier
from detector.incidents.sign import CERTAIN, SURE, Sign
from detector.incidents.speaker import Speaker
from detector.seen.called import in_ranges
from detector.seen.fallen_silent import Silent
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of clocks that are wrong."""

    confirm_clock_s: int = threshold(
        30, "s", "readings of one piece of equipment that were refused as ahead of the zone", TUNED
    )


T = Thresholds()


def telemetry_lost(tick: Tick) -> Iterator[Sign]:
    """What has fallen silent, each group of points that fell silent together for itself."""
    for group in tick.silent:
        yield Sign(
            tier=Tier.POINT,
            fault="telemetry_lost",
            root=group.root,
            hall=group.root.split("/", 1)[0],
            evidence=_words(group),
            confidence=SURE,
            confirm_s=0,
            spoke=Speaker.STATISTICS,
        )


def _words(group: Silent) -> str:
    since = str(np.datetime64(group.since, "ns").astype("datetime64[m]")).replace("T", " ") + " UTC"
    here = len(group.machines)
    if here < group.fell:
        return (
            f"{here} of {group.fell} machines that fell silent at {since} have not come back: "
            f"{in_ranges(group.machines)}"
        )
    if here > 1 and group.root in {machine.split("/", 1)[0] for machine in group.machines}:
        return (
            f"{group.root} is mute: {here} of {group.heard} pieces of equipment send nothing any more, "
            f"since {since}: {in_ranges(group.machines)}"
        )
    if here == 1 and (group.whole or group.points == 1):
        return f"{group.root} sends nothing any more, since {since}"
    of = in_ranges(group.machines) if here == 1 else f"{here} machines ({in_ranges(group.machines)})"
    return f"{group.points} points of {of} send nothing any more, since {since}"


def clock_signs(equipment_ids: list[str]) -> Iterator[Sign]:
    """Equipment whose readings were refused because they lie ahead of the zone."""
    for equipment_id in equipment_ids:
        yield Sign(
            tier=Tier.POINT,
            fault="bad_clock",
            root=equipment_id,
            hall=equipment_id.split("/", 1)[0],
            evidence=f"the clock of {equipment_id} runs ahead of all others; its readings are refused",
            confidence=CERTAIN,
            confirm_s=T.confirm_clock_s,
            spoke=Speaker.STATISTICS,
        )
