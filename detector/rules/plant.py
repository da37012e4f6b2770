"""Signs in the plant: chillers, pumps and the water that they send."""

from __future__ import annotations

import math
from collections.abc import Iterator

from detector.faults import Severity, Tier
from detector.observation import Observation
from detector.plant import Plant, water_flow, water_supply
from detector.view import View
from streams.messages import SECOND

# Water this much above its set point (or above its set point and what it usually is) is warm, K.
WARM_WATER_K = 2.0
# Flow below this part of the usual is lost.
LOST_FLOW = 0.3
# Chillers and pumps that stopped within this time of each other have one cause.
TOGETHER_S = 30


def plant_signs(view: View, plant: Plant) -> Iterator[Observation]:
    """Signs of a plant that no longer cools."""
    water = water_supply(view.topology, view.picture)
    warm = water - plant.water_reference(view.topology, view.picture)
    chillers = list(_group_lost(view, view.topology.chillers, "chillers_lost", "chiller", warm))
    pumps = list(_group_lost(view, view.topology.pumps, "pumps_lost", "pump", warm))
    yield from chillers
    yield from pumps
    if chillers and pumps and _stopped_together(view):
        both = view.topology.chillers + view.topology.pumps
        names = ", ".join(_name(view, m) for m in both if view.in_service[m])
        yield Observation(
            tier=Tier.PLANT,
            fault="cooling_loss",
            root=view.topology.zone,
            hall="",
            evidence=f"chillers and pumps stopped together: {names} stand",
            confidence=0.97,
            confirm=min(chillers[0].confirm, pumps[0].confirm),
            spoke="physics",
            severity=Severity.CRITICAL,
        )
    for machine in view.topology.plant:
        yield from _failed(view, machine)
    if warm > WARM_WATER_K:
        yield Observation(
            tier=Tier.PLANT,
            fault="water_warm",
            root=_plant_root(view, view.topology.chillers),
            hall="",
            evidence=f"chilled water at {water:.1f} C, {warm:.1f} K above what is usual and set",
            confidence=0.8,
            confirm=3,
            spoke="physics",
        )
    flow = water_flow(view.topology, view.picture)
    if flow < LOST_FLOW * plant.usual_flow:
        yield Observation(
            tier=Tier.PLANT,
            fault="flow_lost",
            root=_plant_root(view, view.topology.pumps),
            hall="",
            evidence=f"chilled-water flow at {flow:.1f} l/s, usually {plant.usual_flow:.1f}",
            confidence=0.85,
            confirm=1,
            spoke="physics",
            severity=Severity.CRITICAL,
        )


def _group_lost(
    view: View, members: tuple[int, ...], fault: str, noun: str, warm: float
) -> Iterator[Observation]:
    """All machines of one sort that were in service stand, and something else says that this is not meant."""
    served = [m for m in members if view.in_service[m] and math.isfinite(view.condition.running[m])]
    stopped = [m for m in served if view.condition.running[m] == 0.0]
    if not served or len(stopped) < len(served):
        return
    unmeant = [m for m in stopped if view.condition.ordered[m] == 1.0 or view.condition.tripped[m] >= 0.5]
    told_off = [m for m in stopped if view.condition.ordered[m] == 0.0]
    if len(told_off) == len(stopped) and not unmeant and not warm > WARM_WATER_K / 2:
        return
    sure = bool(unmeant) or len(stopped) >= 2
    names = ", ".join(_name(view, m) for m in stopped)
    why = " against a run command" if any(view.condition.ordered[m] == 1.0 for m in stopped) else ""
    word = noun if len(stopped) == 1 else f"{noun}s"
    yield Observation(
        tier=Tier.PLANT,
        fault=fault,
        root=_plant_root(view, tuple(stopped)),
        hall="",
        evidence=f"all {len(stopped)} {word} in service stand{why}: {names}"
        if len(stopped) > 1
        else f"{names}, the only {noun} in service, stands{why}",
        confidence=0.95 if sure else 0.7,
        confirm=1 if sure else 3,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _stopped_together(view: View) -> bool:
    """Chillers trip soon after their pumps: what stopped first is the cause, unless both did."""
    ran = [
        max(int(view.memory.last_run[m]) for m in group if view.in_service[m])
        for group in (view.topology.chillers, view.topology.pumps)
    ]
    return abs(ran[0] - ran[1]) <= TOGETHER_S * SECOND


def _failed(view: View, machine: int) -> Iterator[Observation]:
    """One machine stands against its command, or reports a fault of its own."""
    stands = view.condition.running[machine] == 0.0 and view.condition.ordered[machine] == 1.0
    tripped = view.condition.tripped[machine] >= 0.5
    if not (stands or tripped) or view.maintained[machine]:
        return
    said = "reports a fault" if tripped else "stands against a run command"
    if stands and tripped:
        said = "stands against a run command and reports a fault"
    yield Observation(
        tier=Tier.UNIT,
        fault="unit_failed",
        root=view.topology.ids[machine],
        hall="",
        evidence=f"{_name(view, machine)} {said}",
        confidence=0.9,
        confirm=3,
        spoke="physics",
    )


def _plant_root(view: View, members: tuple[int, ...]) -> str:
    """One machine is its own root; several are the plant's."""
    served = [m for m in members if view.in_service[m]]
    if len(served) == 1:
        return view.topology.ids[served[0]]
    return view.topology.zone


def _name(view: View, m: int) -> str:
    return view.topology.ids[m].split("/", 1)[-1].upper()
