"""Signs that nothing is to spare: with one machine more lost the load is not carried."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detector.incidents.faults import Tier
from detector.incidents.sign import LIKELY, Sign
from detector.incidents.speaker import Speaker
from detector.rules.cooling_units.stopped import stopped_unasked
from detector.rules.halls.spare import spare_chillers, spare_cooling_units
from detector.threshold import TUNED, threshold
from detector.tick import Tick


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of nothing to spare."""

    confirm_redundancy_s: int = threshold(60, "s", "a machine that has failed alone costs no haste", TUNED)


T = Thresholds()


def redundancy_lost(tick: Tick) -> Iterator[Sign]:
    """Where machines have failed and no other may. Those that are meant to rest are not missed."""
    for h, hall in enumerate(tick.topology.halls):
        cooling_units = tick.topology.cooling_units[h]
        failed = _failed(tick, cooling_units)
        if failed and spare_cooling_units(tick, h) == 0:
            carried = f"{tick.load[h]:.0f} kW are to be carried"
            yield _sign(hall, hall, f"{_count(tick, hall, 'unit', cooling_units, failed)}, and {carried}")
    yield from _chillers(tick)


def _chillers(tick: Tick) -> Iterator[Sign]:
    chillers = tick.topology.chillers
    failed = _failed(tick, chillers)
    if not failed:
        return
    warmest = tick.warmest_ahead
    zone = tick.topology.zone
    evidence = _count(tick, zone, "chiller", chillers, failed)
    if spare_chillers(tick, math.nan) == 0:
        yield _sign(zone, "", evidence)
    elif spare_chillers(tick, warmest) == 0:
        yield _sign(zone, "", f"{evidence} at the {warmest:.0f} C that are expected outdoors within a day")


def _failed(tick: Tick, machines: Sequence[int]) -> list[int]:
    return [
        m
        for m in machines
        if not tick.maintained[m] and (tick.condition.tripped[m] >= 0.5 or stopped_unasked(tick, m))
    ]


def _count(tick: Tick, place: str, noun: str, machines: Sequence[int], failed: list[int]) -> str:
    running = sum(tick.condition.running[m] == 1.0 for m in machines)
    return f"{place} has no {noun} to spare: {running} run, {len(failed)} failed"


def _sign(root: str, hall: str, evidence: str) -> Sign:
    return Sign(
        tier=Tier.UNIT,
        fault="redundancy_lost",
        root=root,
        hall=hall,
        evidence=evidence,
        confidence=LIKELY,
        confirm_s=T.confirm_redundancy_s,
        spoke=Speaker.PHYSICS,
    )
