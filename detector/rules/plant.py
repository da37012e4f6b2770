"""Signs at the machines of the plant: chillers and pumps that stand."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from detector.faults import Severity, Tier
from detector.plant import Plant
from detector.rules.restart import power_returned
from detector.rules.water import WARM_WATER_K, above_reference, flow_signs, units_stand, valves_shut
from detector.sign import Sign
from detector.view import View
from streams.messages import SECOND

# Machines that stopped within this time of each other have one cause, s.
TOGETHER_S = 5.0
# A transfer to emergency power takes about ten seconds (NFPA 110, type 10): what is back then was not lost.
TRANSFER_S = 15.0
# Outdoor air so far below the chilled water can carry its heat away, K.
FREE_COOLING_K = 2.0
# Chillers that have run for so long in such weather are not what it is made for, s.
RUNS_IN_COLD_S = 2 * 3600.0
# A machine that falls silent may run on as it did, for all that anybody knows, for this time, s.
RUNS_ON_S = 2 * 3600
# Ticks for which a machine that failed alone waits for others that have not been heard since.
WAITS_FOR_OTHERS = 12
# What was told to run this long ago and stands is not merely starting, s.
STARTED_AFTER_S = 600.0


def plant_signs(view: View, plant: Plant) -> Iterator[Sign]:
    """Signs of a plant that no longer cools: its water does not move, or its machines stand."""
    warm = above_reference(view, plant)
    flow = list(flow_signs(view, plant))
    chillers = _all_stand(view, plant, view.topology.chillers, warm)
    pumps = _all_stand(view, plant, view.topology.pumps, warm)
    yield from flow
    yield from _stopped(view, chillers, pumps, bool(flow), warm)
    for machine in view.topology.plant:
        yield from _failed(view, machine)


def _stopped(
    view: View, chillers: tuple[int, ...], pumps: tuple[int, ...], flow_lost: bool, warm: float
) -> Iterator[Sign]:
    """Chillers or pumps that all stand; where both do, what stopped first is the cause, unless both did."""
    if _units_went_first(view, chillers + pumps):
        return
    if _may_be_joined(view, chillers, view.topology.pumps):
        return
    if _may_be_joined(view, pumps, view.topology.chillers):
        return
    # Units that stand draw no water: chillers stop for it, and what they sent is still cold.
    pumping = any(view.condition.running[p] == 1.0 for p in view.topology.pumps)
    if chillers and pumping and units_stand(view) and not warm > WARM_WATER_K / 2:
        return
    cause = _first_of(view, chillers, pumps)
    if chillers:
        # A chiller's flow switch stops it when the water stops: then it is evidence, not the cause.
        sure = 0.6 if flow_lost or (pumps and cause == "pumps_lost") else _sure(view, chillers)
        yield _lost(view, chillers, "chillers_lost", "chiller", sure)
    if pumps:
        yield _lost(view, pumps, "pumps_lost", "pump", _sure(view, pumps))
    if chillers and pumps and cause == "cooling_loss":
        names = ", ".join(view.name_of(m) for m in chillers + pumps)
        yield Sign(
            tier=Tier.PLANT,
            fault="cooling_loss",
            root=view.topology.zone,
            hall="",
            evidence=f"chillers and pumps stopped together: {names} stand",
            confidence=0.97,
            confirm=1,
            spoke="physics",
            severity=Severity.CRITICAL,
        )


def _units_went_first(view: View, machines: tuple[int, ...]) -> bool:
    """Whether most units stopped before: their valves shut, and the plant has nothing to do."""
    alarmed = any(view.condition.tripped[m] >= 0.5 for m in machines)
    if alarmed or not machines or not units_stand(view):
        return False
    since = view.stops.stopped_at
    units = [u for units in view.topology.units for u in units if view.condition.running[u] == 0.0]
    ahead = (since[list(machines)].min() - np.median(since[units])) / 1e9
    return bool(ahead > TOGETHER_S)


def _may_be_joined(view: View, stopped: tuple[int, ...], others: tuple[int, ...]) -> bool:
    """Whether others are just stopping, and may be the cause: then it is known in a moment.

    What reports a fault of its own waits only for what stopped clearly before it.
    """
    joining = [
        m
        for m in others
        if view.in_service[m] and not view.condition.tripped[m] >= 0.5 and view.standing_s[m] < TRANSFER_S
    ]
    if not stopped or not joining:
        return False
    since = view.stops.stopped_at
    alarmed = any(view.condition.tripped[m] >= 0.5 for m in stopped)
    ahead = (since[list(stopped)].min() - since[joining].min()) / 1e9
    return not alarmed or bool(ahead > TOGETHER_S)


def _first_of(view: View, chillers: tuple[int, ...], pumps: tuple[int, ...]) -> str:
    """Which of two groups stopped for the other: told by their own alarms, else by the order in time."""
    if not (chillers and pumps):
        return "chillers_lost" if chillers else "pumps_lost"
    alarm = view.condition.tripped >= 0.5
    chillers_alarmed, pumps_alarmed = bool(alarm[list(chillers)].any()), bool(alarm[list(pumps)].any())
    if pumps_alarmed and not chillers_alarmed:
        return "pumps_lost"
    since = view.stops.stopped_at
    ahead = (since[list(chillers)].min() - since[list(pumps)].max()) / 1e9
    if ahead > TOGETHER_S and not chillers_alarmed:
        return "pumps_lost"
    return "cooling_loss"


def _all_stand(view: View, plant: Plant, members: tuple[int, ...], warm: float) -> tuple[int, ...]:
    """The machines of a group that was in service, if all stand and something says that this is not meant."""
    served = [m for m in members if view.in_service[m] and math.isfinite(view.condition.running[m])]
    stopped = [
        m
        for m in served
        if view.condition.running[m] == 0.0 and (view.condition.tripped[m] >= 0.5 or not view.resting[m])
    ]
    if not served or len(stopped) < len(served):
        return ()
    alarmed = any(view.condition.tripped[m] >= 0.5 for m in stopped)
    unmeant = alarmed or any(view.condition.ordered[m] == 1.0 for m in stopped)
    told_off = all(view.condition.ordered[m] == 0.0 for m in stopped)
    rested = view.topology.types[stopped[0]] == "Chiller" and _may_rest(view, plant)
    meant = told_off or rested
    others_may_run = not alarmed and any(_ran_when_last_heard(view, m) for m in members)
    if (others_may_run or (meant and not unmeant)) and not warm > WARM_WATER_K / 2:
        return ()
    if not alarmed and np.nanmin(view.standing_s[stopped]) < TRANSFER_S:
        return ()
    if power_returned(view, tuple(stopped)):
        return ()
    return tuple(stopped)


def chillers_stand(view: View) -> bool:
    """Whether all chillers that are heard stand while units draw water."""
    running = view.condition.running[list(view.topology.chillers)]
    heard = running[np.isfinite(running)]
    return bool(len(heard) and (heard == 0.0).all() and not units_stand(view))


def _ran_when_last_heard(view: View, machine: int) -> bool:
    """A machine that is mute since some time at most, and ran until then."""
    stops = view.stops
    mute = math.isnan(view.condition.running[machine]) and stops.stopped_at[machine] == 0
    ran_at = int(stops.last_run[machine])
    return bool(mute and ran_at > 0 and view.end - ran_at <= RUNS_ON_S * SECOND)


def _may_rest(view: View, plant: Plant) -> bool:
    """Whether chillers may rest: it is cold outdoors, they have done so before, or valves are shut."""
    cold = cold_outdoors(view) and plant.ran_in_cold_s < RUNS_IN_COLD_S
    return valves_shut(view) or cold or plant.rests_cold > 0


def cold_outdoors(view: View) -> bool:
    """Outdoor air below the chilled water: it may be cooled without the chillers."""
    return view.water.outdoor < view.water.supply - FREE_COOLING_K


def _sure(view: View, stopped: tuple[int, ...]) -> float:
    unmeant = any(view.condition.ordered[m] == 1.0 or view.condition.tripped[m] >= 0.5 for m in stopped)
    return 0.95 if unmeant or len(stopped) >= 2 else 0.7


def _lost(view: View, stopped: tuple[int, ...], fault: str, noun: str, sure: float) -> Sign:
    names = ", ".join(view.name_of(m) for m in stopped)
    why = " against a run command" if any(view.condition.ordered[m] == 1.0 for m in stopped) else ""
    many = f"all {len(stopped)} {noun}s in service stand{why}: {names}"
    return Sign(
        tier=Tier.PLANT,
        fault=fault,
        root=view.root_of(stopped),
        hall="",
        evidence=many if len(stopped) > 1 else f"{names}, the only {noun} in service, stands{why}",
        confidence=sure,
        confirm=3 if sure == 0.7 else 1,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _failed(view: View, machine: int) -> Iterator[Sign]:
    """One machine stands against its command, or reports a fault of its own."""
    stands = view.condition.running[machine] == 0.0 and view.condition.ordered[machine] == 1.0
    tripped = view.condition.tripped[machine] >= 0.5
    if not (stands or tripped) or view.maintained[machine]:
        return
    if not tripped and (starting(view, machine) or power_returned(view, (machine,))):
        return
    confirm = 4 if view.in_service[machine] else 8
    if _others_may_stand(view, machine):
        confirm = WAITS_FOR_OTHERS
    said = "reports a fault" if tripped else "stands against a run command"
    if stands and tripped:
        said = "stands against a run command and reports a fault"
    yield Sign(
        tier=Tier.UNIT,
        fault=_fault_of(view, machine),
        root=view.topology.ids[machine],
        hall="",
        evidence=f"{view.name_of(machine)} {said}",
        confidence=0.9,
        confirm=confirm,
        spoke="physics",
    )


def _others_may_stand(view: View, machine: int) -> bool:
    """Whether another of its sort was last heard to run, but before this one stopped."""
    group = next((g for g in (view.topology.chillers, view.topology.pumps) if machine in g), ())
    stopped, heard = int(view.stops.stopped_at[machine]), view.picture.status_seen
    return stopped > 0 and any(
        view.in_service[m] and view.condition.running[m] == 1.0 and 0 < heard[m] < stopped for m in group
    )


def starting(view: View, machine: int) -> bool:
    """A machine that was not in service needs minutes from its command until it runs."""
    if view.in_service[machine]:
        return bool(view.standing_s[machine] < TRANSFER_S)
    ordered = int(view.picture.ordered_since[machine])
    return ordered > 0 and (view.end - ordered) / 1e9 < STARTED_AFTER_S


def _fault_of(view: View, machine: int) -> str:
    return {"Chiller": "chiller_tripped", "Pump": "pump_tripped"}.get(
        view.topology.types[machine], "unit_failed"
    )
