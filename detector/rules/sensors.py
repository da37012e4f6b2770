"""Signs that a sensor, not the cooling, is at fault."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.faults import Tier
from detector.points import ROLE_CODE, Points
from detector.sign import Sign
from kernels import quality

CONFIRM_IMPLAUSIBLE = 3
CONFIRM_STUCK = 90
CONFIRM_LONE = 60
MEASURED = frozenset(
    ROLE_CODE[r]
    for r in (Role.RACK_INLET, Role.RACK_OUTLET, Role.SUPPLY_AIR, Role.RETURN_AIR, Role.WATER_SUPPLY)
)


def sensor_signs(points: Points, slots: np.ndarray, flags: np.ndarray) -> Iterator[Sign]:
    """Faults of the given slots, by the quality flags of their newest tick."""
    wrong = np.flatnonzero(flags & (quality.OUT_OF_RANGE | quality.TOO_FAST | quality.STUCK))
    for row in wrong.tolist():
        slot, flag = int(slots[row]), int(flags[row])
        if flag & (quality.OUT_OF_RANGE | quality.TOO_FAST):
            how = "outside all sense" if flag & quality.OUT_OF_RANGE else "faster than physics allows"
            yield _sign(points, slot, "sensor_implausible", f"reads {how}", CONFIRM_IMPLAUSIBLE)
        elif int(points.role[slot]) in MEASURED:
            yield _sign(
                points, slot, "sensor_stuck", "has not moved for far longer than it ever did", CONFIRM_STUCK
            )


def lone_signs(points: Points, lone: np.ndarray) -> Iterator[Sign]:
    """Rack sensors that read more than is usual while nothing near them does."""
    for slot in np.flatnonzero(lone[: len(points)]).tolist():
        what = f"reads {points.arrival.last_value[slot]:.1f} C, and nothing near it bears that out"
        yield _sign(points, slot, "sensor_doubtful", what, CONFIRM_LONE)


def _sign(points: Points, slot: int, fault: str, what: str, confirm: int) -> Sign:
    return Sign(
        tier=Tier.POINT,
        fault=fault,
        root=points.ids[slot],
        hall=points.halls[slot],
        evidence=f"{points.ids[slot]} {what}",
        confidence=0.7,
        confirm=confirm,
        spoke="models",
    )
