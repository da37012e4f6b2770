"""Signs that a sensor, not the cooling, is at fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.kinds import Role
from detector.incidents.faults import Tier
from detector.incidents.sign import SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.points import ROLE_CODE
from detector.seen.points_now import PointsNow
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from kernels import quality


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of sensors at fault."""

    confirm_implausible_s: int = threshold(30, "s", "one spike is no broken sensor", TUNED)
    confirm_stuck_s: int = threshold(900, "s", "a sensor that no longer moves harms nobody at once", TUNED)
    confirm_lone_s: int = threshold(600, "s", "what is near a rack may be slower to show it", TUNED)


T = Thresholds()

MEASURED = frozenset(
    ROLE_CODE[r]
    for r in (Role.RACK_INLET, Role.RACK_OUTLET, Role.SUPPLY_AIR, Role.RETURN_AIR, Role.WATER_SUPPLY)
)


def sensor_fault(tick: Tick) -> Iterator[Sign]:
    """Points whose newest readings cannot be, or that have not moved for far too long."""
    points = tick.points
    for slot, flag in zip(points.wrong.tolist(), points.flags.tolist(), strict=True):
        if flag & (quality.OUT_OF_RANGE | quality.TOO_FAST):
            how = "outside all sense" if flag & quality.OUT_OF_RANGE else "faster than physics allows"
            yield _sign(
                points, slot, "sensor_implausible", f"reads {how}", T.confirm_implausible_s, Speaker.PHYSICS
            )
        elif int(points.role[slot]) in MEASURED:
            yield _sign(
                points,
                slot,
                "sensor_stuck",
                "has not moved for far longer than it ever did",
                T.confirm_stuck_s,
                Speaker.STATISTICS,
            )


def sensor_doubtful(tick: Tick) -> Iterator[Sign]:
    """Rack sensors that read more than is usual while nothing near them does."""
    points = tick.points
    for slot, value in zip(points.lone.tolist(), points.lone_value.tolist(), strict=True):
        what = f"reads {value:.1f} C, and nothing near it bears that out"
        yield _sign(points, slot, "sensor_doubtful", what, T.confirm_lone_s, Speaker.STATISTICS)


def _sign(points: PointsNow, slot: int, fault: str, what: str, confirm_s: int, spoke: Speaker) -> Sign:
    return Sign(
        tier=Tier.POINT,
        fault=fault,
        root=points.ids[slot],
        hall=points.halls[slot],
        evidence=f"{points.ids[slot]} {what}",
        confidence=SUSPECTED,
        confirm_s=confirm_s,
        spoke=spoke,
    )
