"""Signs that telemetry is lost: points that have fallen silent, and clocks that are wrong.

Silence is judged against the event time of the zone, never against a clock, and
not of what is sent only when it changes.
What is silent together is reported once, at the equipment or the hall that is
silent; a point or two alone are given longer, for a sensor may miss a while. After
`forget_s` a point counts as taken away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.incidents.faults import Tier
from detector.incidents.sign import CERTAIN, SURE, Sign
from detector.incidents.speaker import Speaker
from detector.seen.points_now import PointsNow
from detector.seen.shared import OF_SEEN
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of silence."""

    silent_after_s: float = threshold(
        300.0, "s", "what is silent for no longer may have missed a few readings", TUNED
    )
    point_silent_after_s: float = threshold(
        1800.0, "s", "a point or two alone are given longer, for a sensor may miss a while", TUNED
    )
    silent_periods: float = threshold(
        10.0, "periods", "what is read seldom is silent after so many of its own periods", TUNED
    )
    many_points: int = threshold(
        3, "points", "equipment with this many points does not fall silent by a sensor's whim", TUNED
    )
    most_equipment: float = threshold(
        0.5, "", "a hall of which this part of the equipment is silent is itself silent...", TUNED
    )
    many_equipment: int = threshold(3, "equipment", "...if it is at least so many pieces", TUNED)
    confirm_clock_s: int = threshold(
        30, "s", "readings of one piece of equipment that were refused as ahead of the zone", TUNED
    )


T = Thresholds()


def telemetry_lost(tick: Tick) -> Iterator[Sign]:
    """What has fallen silent, but for what is refused: its clock is the one thing that is wrong there."""
    for sign in _silent(tick.points):
        if not any(sign.root == e or sign.root.startswith(f"{e}/") for e in tick.ahead):
            yield sign


def _silent(points: PointsNow) -> Iterator[Sign]:
    quiet_for = points.quiet_s
    patience = np.fmax(T.silent_after_s, T.silent_periods * np.nan_to_num(points.period_s))
    heard = (quiet_for <= OF_SEEN.taken_away_after_s) & points.polled
    silent = heard & (quiet_for > patience)
    if not silent.any():
        return
    equipment = points.equipment
    count = len(points.equipment_ids)
    heard_of = np.bincount(equipment[heard], minlength=count)
    silent_of = np.bincount(equipment[silent], minlength=count)
    quietest = np.zeros(count)
    np.maximum.at(quietest, equipment[silent], quiet_for[silent])
    mute = np.flatnonzero((silent_of > 0) & (silent_of == heard_of)).tolist()
    halls_mute = _mute_halls(points, mute, heard_of)
    for hall, what in sorted(halls_mute.items()):
        yield _sign(hall, what)
    for e in mute:
        alone = heard_of[e] < T.many_points and quietest[e] <= T.point_silent_after_s
        if points.equipment_ids[e].split("/", 1)[0] not in halls_mute and not alone:
            yield _sign(points.equipment_ids[e], "sends nothing any more")
    for slot in np.flatnonzero(silent).tolist():
        alone = silent_of[equipment[slot]] < heard_of[equipment[slot]]
        if alone and quiet_for[slot] > T.point_silent_after_s:
            yield _sign(points.ids[slot], "sends nothing any more")


def _mute_halls(points: PointsNow, mute: list[int], heard_of: np.ndarray) -> dict[str, str]:
    total: dict[str, int] = {}
    lost: dict[str, int] = {}
    silent = set(mute)
    for e, equipment_id in enumerate(points.equipment_ids):
        hall = equipment_id.split("/", 1)[0]
        if heard_of[e]:
            total[hall] = total.get(hall, 0) + 1
            lost[hall] = lost.get(hall, 0) + (e in silent)
    return {
        hall: f"is mute: {lost[hall]} of {total[hall]} pieces of equipment send nothing any more"
        for hall in total
        if lost[hall] >= T.many_equipment and lost[hall] >= T.most_equipment * total[hall]
    }


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


def _sign(root: str, what: str) -> Sign:
    return Sign(
        tier=Tier.POINT,
        fault="telemetry_lost",
        root=root,
        hall=root.split("/", 1)[0],
        evidence=f"{root} {what}",
        confidence=SURE,
        confirm_s=0,
        spoke=Speaker.STATISTICS,
    )
