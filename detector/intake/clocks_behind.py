"""Equipment that goes on sending, though its stamps lie far behind all others: it lags, and is not silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detector.points import Points
from detector.threshold import TUNED, threshold
from kernels import arrival
from streams.messages import I64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of clocks that lag."""

    behind_s: float = threshold(300.0, "s", "stamps that are further behind lag...", TUNED)
    behind_periods: float = threshold(3.0, "periods", "...or by so many periods of the equipment", TUNED)
    comes_within_s: float = threshold(
        300.0, "s", "of what has come within this time, or so many periods, more is on its way", TUNED
    )
    stands_within_s: float = threshold(
        60.0, "s", "of a clock that stands too: what came once, late, is no clock", TUNED
    )


T = Thresholds()


def clocks_behind(points: Points, equipment: arrival.Equipment, came: I64, now: int) -> dict[str, float]:
    """By id of equipment whose newest stamps lie far behind the zone, by how much, s.

    ``came`` i8[equipment]: the time of the zone, ns, when anything of it last came, as ``now`` is that of
    now; UNSET where nothing did.
    """
    count = len(points.equipment_ids)
    newest, runs, came = equipment.run_last[:count], equipment.run_count[:count], came[:count]
    known = (newest != arrival.UNSET) & (came != arrival.UNSET)
    behind_s = np.where(known, came - newest, 0) / SECOND
    if not (behind_s > T.behind_s).any():
        return {}
    lasts = np.where(known, newest - equipment.run_first[:count], 0)
    periods_s = T.behind_periods * lasts / np.fmax(runs - 1, 1) / SECOND
    ago_s = np.where(known, now - came, 0) / SECOND
    lags = known & (behind_s > np.fmax(T.behind_s, periods_s))
    lags &= ago_s <= np.where(runs > 1, np.fmax(T.comes_within_s, periods_s), T.stands_within_s)
    return {points.equipment_ids[e]: float(behind_s[e]) for e in np.flatnonzero(lags).tolist()}
