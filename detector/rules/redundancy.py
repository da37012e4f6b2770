"""Signs that nothing is to spare: with one machine more lost the load is not carried."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from detector.faults import Tier
from detector.redundancy import spare_chillers, spare_units
from detector.rules.standing import stands_unasked
from detector.sign import Sign
from detector.view import View

CONFIRM = 6


def redundancy_signs(view: View) -> Iterator[Sign]:
    """Where machines have failed and no other may. Those that are meant to rest are not missed."""
    for h, hall in enumerate(view.topology.halls):
        units = view.topology.units[h]
        failed = _failed(view, units)
        if failed and spare_units(view, h) == 0:
            carried = f"{view.load[h]:.0f} kW are to be carried"
            yield _sign(hall, hall, f"{_count(view, hall, 'unit', units, failed)}, and {carried}")
    yield from _chillers(view)


def _chillers(view: View) -> Iterator[Sign]:
    chillers = view.topology.chillers
    failed = _failed(view, chillers)
    if not failed:
        return
    warmest = view.weather.warmest_ahead()
    zone = view.topology.zone
    evidence = _count(view, zone, "chiller", chillers, failed)
    if spare_chillers(view, math.nan) == 0:
        yield _sign(zone, "", evidence)
    elif spare_chillers(view, warmest) == 0:
        yield _sign(zone, "", f"{evidence} at the {warmest:.0f} C that are expected outdoors within a day")


def _failed(view: View, machines: Sequence[int]) -> list[int]:
    return [
        m
        for m in machines
        if not view.maintained[m] and (view.condition.tripped[m] >= 0.5 or stands_unasked(view, m))
    ]


def _count(view: View, place: str, noun: str, machines: Sequence[int], failed: list[int]) -> str:
    running = sum(view.condition.running[m] == 1.0 for m in machines)
    return f"{place} has no {noun} to spare: {running} run, {len(failed)} failed"


def _sign(root: str, hall: str, evidence: str) -> Sign:
    return Sign(
        tier=Tier.UNIT,
        fault="redundancy_lost",
        root=root,
        hall=hall,
        evidence=evidence,
        confidence=0.8,
        confirm=CONFIRM,
        spoke="physics",
    )
