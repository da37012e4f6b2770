"""Signs that telemetry is lost: what has fallen silent together is one.

Which points are silent is told by `detector.seen.fallen_silent`, against the event
time of the zone, never against a clock. A sign lasts until the last of its points is
read again, or the site file leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detector.incidents.faults import Tier
from detector.incidents.sign import SURE, Sign
from detector.incidents.speaker import Speaker
from detector.seen.called import in_ranges
from detector.seen.fallen_silent import Silent
from detector.tick import Tick


def telemetry_lost(tick: Tick) -> Iterator[Sign]:
    """What has fallen silent, each group of points that fell silent together for itself."""
    for group in tick.silent:
        yield Sign(
            tier=Tier.POINT,
            fault="telemetry_lost",
            root=group.root,
            hall=group.root.split("/", 1)[0],
            evidence=_of_source(group) + _words(group),
            confidence=SURE,
            confirm_s=0,
            spoke=Speaker.STATISTICS,
        )


def _of_source(group: Silent) -> str:
    if not group.source:
        return ""
    return f"{group.source} is mute: " if group.mute else f"part of what comes through {group.source}: "


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
