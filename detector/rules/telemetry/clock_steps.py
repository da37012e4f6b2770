"""The sign that the clocks of a zone were put on or back together.

What most of a zone says alike is taken on (see `kernels.arrival`). Whether its
clocks were put on or nothing was sent for so long cannot be told from stamps.
"""

from __future__ import annotations

from dataclasses import dataclass

from detector.incidents.faults import Tier
from detector.incidents.sign import SURE, Sign
from detector.incidents.speaker import Speaker
from detector.intake.events import ClockStep
from detector.threshold import FOR_READERS, threshold
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the words of a step."""

    in_minutes_below_s: int = threshold(
        2 * 3600, "s", "a step that is told in minutes, and not in hours", FOR_READERS
    )
    in_hours_below_s: int = threshold(
        2 * 86400, "s", "a step that is told in hours, and not in days", FOR_READERS
    )


T = Thresholds()


def step_sign(zone: str, step: ClockStep) -> Sign:
    """One for each step; it is told at once and ends by itself."""
    many = f"{step.equipment} pieces of equipment" if step.equipment > 1 else "all that is heard"
    by = _how_long(abs(step.by) / SECOND)
    evidence = (
        f"the clocks of {zone} were put back by {by}, as {many} bear out; judging goes on by their new time"
        if step.by < 0
        else f"the stamps of {zone} leap by {by}, as {many} bear out: nothing came in for so long, "
        "or its clocks were put on"
    )
    return Sign(
        tier=Tier.POINT,
        fault="clock_step",
        root=zone,
        hall="",
        evidence=evidence,
        confidence=SURE,
        confirm_s=0,
        spoke=Speaker.STATISTICS,
    )


def _how_long(seconds: float) -> str:
    if seconds < T.in_minutes_below_s:
        return f"{seconds / 60:.0f} min"
    if seconds < T.in_hours_below_s:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.0f} days"
