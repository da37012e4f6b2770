"""Signs in the plant: chillers, pumps and the water that they send."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from config.kinds import Role
from detector.faults import Severity, Tier
from detector.observation import Observation
from detector.plant import Plant
from detector.rules.restart import power_returned, restarting
from detector.swings import SWING_TIMES
from detector.view import View
from streams.messages import SECOND

# Water this much above its set point (or above its set point and what it usually is) is warm, K.
WARM_WATER_K = 2.0
# What takes over from another chiller may overshoot by as much for some minutes; this it does not.
HOT_WATER_K = 4.0
# Where it hardly ever swings and no chiller takes over, it is believed sooner.
STEADY_WATER_K = 1.0
SAME_CHILLERS_S = 900
# Water that cools at this rate recovers; that warms at this one is lost, K/s.
RECOVERS_K_PER_S = 0.3 / 60.0
RUNS_AWAY_K_PER_S = 0.8 / 60.0
# Supply air at most units of a hall this far above the usual shows that they cannot hold it, K.
SUFFERS_K = 2.5
WARM_SUPPLY_K = 1.5
WARM_CONDENSER_K = 3.0
# Flow for the pumps' speed below this part of the usual is lost.
LOST_FLOW = 0.35
# Air in the pumps takes both flow and pressure away; a shut valve takes flow and leaves the pressure.
LOW_FLOW = 0.8
LOW_HEAD = 0.7
NO_HEAD = 0.1
# What is usual of flow and pressure is known after so long, s: a plant that starts is no measure.
WATCHED_FOR_S = 600.0
KEPT_HEAD = 0.75
# Of its heat a hall must miss this part to bear out that its water has stopped.
MISSED_HEAT = 0.2
# Machines that stopped within this time of each other have one cause, s.
TOGETHER_S = 5.0
# A transfer to emergency power takes about ten seconds (NFPA 110, type 10): what is back then was not lost.
TRANSFER_S = 15.0
# Outdoor air so far below the chilled water can carry its heat away, K.
FREE_COOLING_K = 2.0
# What was told to run this long ago and stands is not merely starting, s.
STARTED_AFTER_S = 600.0


def plant_signs(view: View, plant: Plant) -> Iterator[Observation]:
    """Signs of a plant that no longer cools."""
    water = view.water
    warm = water.supply - plant.water_reference(view.topology, view.picture)
    flow = list(_flow(view, plant))
    chillers = _all_stand(view, view.topology.chillers, warm)
    pumps = _all_stand(view, view.topology.pumps, warm)
    yield from flow
    yield from _stopped(view, chillers, pumps, bool(flow), warm)
    yield from _towers(view, plant)
    for machine in view.topology.plant:
        yield from _failed(view, machine)
    swing = SWING_TIMES * float(plant.swings.usual[0])
    warm = np.fmax(warm, _warm_at_units(view, plant))
    recovers = plant.warms_at() < -RECOVERS_K_PER_S
    if warm > max(WARM_WATER_K, swing) and not recovers and not restarting(view):
        yield Observation(
            tier=Tier.PLANT,
            fault="water_warm",
            root=_plant_root(view, view.topology.chillers),
            hall="",
            evidence=f"chilled water at {water.supply:.1f} C, {warm:.1f} K above what is usual and set",
            confidence=0.8,
            confirm=_confirm_water(view, plant, warm, swing),
            spoke="physics",
        )


def _confirm_water(view: View, plant: Plant, warm: float, swing: float) -> int:
    """Ticks for which water has to stay warm: a chiller that takes over may overshoot for some minutes."""
    if warm > max(HOT_WATER_K, swing) or np.nanmax(_supply_warms(view), initial=-np.inf) > WARM_SUPPLY_K:
        return 3
    steady = plant.swings.known[0] and plant.swings.usual[0] < STEADY_WATER_K
    if not steady or not _same_chillers(view):
        return 30
    return 3 if plant.warms_at() > RUNS_AWAY_K_PER_S else 6


def _warm_at_units(view: View, plant: Plant) -> float:
    """Water above the usual, K, where units suffer from it, whatever set point it follows; else NaN."""
    suffer = np.nanmax(_supply_warms(view), initial=-np.inf) > SUFFERS_K
    return view.water.supply - plant.usual_water if suffer else math.nan


def _same_chillers(view: View) -> bool:
    """Whether the same chillers run as some time ago, as far as can be seen."""
    since = view.picture.status_since[list(view.topology.chillers)]
    told = since[since > 0]
    return bool((view.end - told >= SAME_CHILLERS_S * SECOND).all())


def _towers(view: View, plant: Plant) -> Iterator[Observation]:
    """Towers that stand while chillers run and the condenser water warms: in the cold they may rest."""
    towers = [t for t in view.topology.towers if math.isfinite(view.condition.running[t])]
    # The water warms for longer than a tower counts as in service; one of several at rest is a standby.
    if not all(view.condition.running[t] == 0.0 for t in towers):
        towers = [t for t in towers if view.in_service[t]]
    standing = [t for t in towers if view.condition.running[t] == 0.0]
    warm = view.water.condenser - plant.usual_condenser
    chilling = any(view.condition.running[c] == 1.0 for c in view.topology.chillers)
    if not standing or not chilling or not warm > WARM_CONDENSER_K or restarting(view):
        return
    everything = len(standing) == len(towers) and len(towers) > 1
    names = ", ".join(_name(view, t) for t in standing)
    yield Observation(
        tier=Tier.PLANT if everything else Tier.UNIT,
        fault="towers_lost" if everything else "unit_failed",
        root=view.topology.zone if everything else view.topology.ids[standing[0]],
        hall="",
        evidence=f"{names} of {len(towers)} towers stand, condenser water {warm:.1f} K above the usual",
        confidence=0.9,
        confirm=3,
        spoke="physics",
        severity=Severity.CRITICAL if everything else Severity.WARNING,
    )


def _supply_warms(view: View) -> np.ndarray:
    """By hall, how far the middle one of its units that run supplies warmer air than usual, K."""
    warms = np.full(len(view.topology.halls), np.nan)
    for h, members in enumerate(view.topology.units):
        above = view.supply_above[[u for u in members if view.condition.running[u] != 0.0]]
        if np.isfinite(above).any():
            warms[h] = np.nanmedian(above)
    return warms


def _stopped(
    view: View, chillers: tuple[int, ...], pumps: tuple[int, ...], flow_lost: bool, warm: float
) -> Iterator[Observation]:
    """Chillers or pumps that all stand; where both do, what stopped first is the cause, unless both did."""
    if _units_went_first(view, chillers + pumps):
        return
    if _may_be_joined(view, chillers, view.topology.pumps):
        return
    if _may_be_joined(view, pumps, view.topology.chillers):
        return
    # Units that stand draw no water: chillers stop for it, and what they sent is still cold.
    if chillers and not pumps and _units_stand(view) and not warm > WARM_WATER_K / 2:
        return
    cause = _first_of(view, chillers, pumps)
    if chillers:
        # A chiller's flow switch stops it when the water stops: then it is evidence, not the cause.
        sure = 0.6 if flow_lost or (pumps and cause == "pumps_lost") else _sure(view, chillers)
        yield _lost(view, chillers, "chillers_lost", "chiller", sure)
    if pumps:
        yield _lost(view, pumps, "pumps_lost", "pump", _sure(view, pumps))
    if chillers and pumps and cause == "cooling_loss":
        names = ", ".join(_name(view, m) for m in chillers + pumps)
        yield Observation(
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
    if alarmed or not machines or not _units_stand(view):
        return False
    since = view.memory.stopped_at
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
    since = view.memory.stopped_at
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
    since = view.memory.stopped_at
    ahead = (since[list(chillers)].min() - since[list(pumps)].max()) / 1e9
    if ahead > TOGETHER_S and not chillers_alarmed:
        return "pumps_lost"
    return "cooling_loss"


def _all_stand(view: View, members: tuple[int, ...], warm: float) -> tuple[int, ...]:
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
    rested = view.topology.types[stopped[0]] == "Chiller" and _cold_outdoors(view)
    meant = told_off or rested
    if meant and not unmeant and not warm > WARM_WATER_K / 2:
        return ()
    if not alarmed and np.nanmin(view.standing_s[stopped]) < TRANSFER_S:
        return ()
    if power_returned(view, tuple(stopped)):
        return ()
    return tuple(stopped)


def _cold_outdoors(view: View) -> bool:
    """Outdoor air below the chilled water: it may be cooled without the chillers."""
    outdoor = view.picture.column(Role.OUTDOOR_AIR)
    known = outdoor[np.isfinite(outdoor)]
    return bool(len(known) and known.mean() < view.water.supply - FREE_COOLING_K)


def _sure(view: View, stopped: tuple[int, ...]) -> float:
    unmeant = any(view.condition.ordered[m] == 1.0 or view.condition.tripped[m] >= 0.5 for m in stopped)
    return 0.95 if unmeant or len(stopped) >= 2 else 0.7


def _lost(view: View, stopped: tuple[int, ...], fault: str, noun: str, sure: float) -> Observation:
    names = ", ".join(_name(view, m) for m in stopped)
    why = " against a run command" if any(view.condition.ordered[m] == 1.0 for m in stopped) else ""
    many = f"all {len(stopped)} {noun}s in service stand{why}: {names}"
    return Observation(
        tier=Tier.PLANT,
        fault=fault,
        root=_plant_root(view, stopped),
        hall="",
        evidence=many if len(stopped) > 1 else f"{names}, the only {noun} in service, stands{why}",
        confidence=sure,
        confirm=3 if sure == 0.7 else 1,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _flow(view: View, plant: Plant) -> Iterator[Observation]:
    """Water that no longer moves though the pumps do: air in the loop, or valves that are shut."""
    water = view.water
    if not water.pumps or plant.watched_s < WATCHED_FOR_S or _units_stand(view):
        return
    # Fewer pumps than usual move less, and make less pressure, by the square of what they move.
    share = min(_part(water.pumps, plant.usual_pumps), 1.0)
    pull = _part(water.pull, plant.usual_pull * share)
    head = _part(water.head, plant.usual_head * share**2)
    lost = pull < LOST_FLOW
    moves = f"chilled-water flow at {water.flow:.1f} l/s, usually {plant.usual_flow:.1f}, while the pumps run"
    if lost and head < NO_HEAD:
        # Pumps that turn make some pressure, with air in them too: what says that they run may be old.
        yield _water_lost(view, "flow_lost", f"{moves}, and there is no pressure", confirm=2, confidence=0.9)
    elif lost and head > KEPT_HEAD:
        yield _water_lost(
            view,
            "valves_closed",
            f"{moves}, and their pressure stands: valves are shut",
            confirm=1 if _units_miss_water(view) else 2,
        )
    elif (lost or pull < LOW_FLOW) and head < LOW_HEAD:
        yield _water_lost(
            view,
            "air_lock",
            f"chilled-water pumps make {head:.0%} of their usual pressure and move {pull:.0%} of their usual "
            f"water ({water.flow:.1f} l/s): air in the loop, or too little water",
            confirm=2,
        )
    elif lost:
        yield _water_lost(view, "flow_lost", moves, confirm=2)


def _units_miss_water(view: View) -> bool:
    """What the units measure bears out that less water comes: they warm, or carry less heat."""
    warms = np.nanmax(_supply_warms(view), initial=-np.inf) > WARM_SUPPLY_K / 2
    return warms or any((b.shortfall or 0.0) > MISSED_HEAT for b in view.balances)


def _part(now: float, usual: float) -> float:
    """Of the usual; NaN where a meter has never shown anything."""
    return now / usual if usual > 0.0 else math.nan


def _units_stand(view: View) -> bool:
    """Most units stand, and have shut their own valves."""
    served = [u for units in view.topology.units for u in units if view.in_service[u]]
    standing = sum(view.condition.running[u] == 0.0 for u in served)
    return standing > len(served) / 2


def _water_lost(view: View, fault: str, evidence: str, confirm: int, confidence: float = 0.96) -> Observation:
    return Observation(
        tier=Tier.PLANT,
        fault=fault,
        root=view.topology.zone,
        hall="",
        evidence=evidence,
        confidence=confidence,
        confirm=confirm,
        spoke="physics",
        severity=Severity.CRITICAL,
    )


def _failed(view: View, machine: int) -> Iterator[Observation]:
    """One machine stands against its command, or reports a fault of its own."""
    stands = view.condition.running[machine] == 0.0 and view.condition.ordered[machine] == 1.0
    tripped = view.condition.tripped[machine] >= 0.5
    if not (stands or tripped) or view.maintained[machine]:
        return
    if not tripped and (_starting(view, machine) or power_returned(view, (machine,))):
        return
    said = "reports a fault" if tripped else "stands against a run command"
    if stands and tripped:
        said = "stands against a run command and reports a fault"
    yield Observation(
        tier=Tier.UNIT,
        fault=_fault_of(view, machine),
        root=view.topology.ids[machine],
        hall="",
        evidence=f"{_name(view, machine)} {said}",
        confidence=0.9,
        confirm=4 if view.in_service[machine] else 8,
        spoke="physics",
    )


def _starting(view: View, machine: int) -> bool:
    """A machine that was not in service needs minutes from its command until it runs."""
    if view.in_service[machine]:
        return bool(view.standing_s[machine] < TRANSFER_S)
    ordered = int(view.picture.ordered_since[machine])
    return ordered > 0 and (view.end - ordered) / 1e9 < STARTED_AFTER_S


def _fault_of(view: View, machine: int) -> str:
    return {"Chiller": "chiller_tripped", "Pump": "pump_tripped"}.get(
        view.topology.types[machine], "unit_failed"
    )


def _plant_root(view: View, members: tuple[int, ...]) -> str:
    """One machine is its own root; several are the plant's."""
    served = [m for m in members if view.in_service[m]]
    if len(served) == 1:
        return view.topology.ids[served[0]]
    return view.topology.zone


def _name(view: View, m: int) -> str:
    return view.topology.ids[m].split("/", 1)[-1].upper()
