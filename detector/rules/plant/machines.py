"""Signs at the machines of the plant: chillers and pumps that stop."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from detector.incidents.faults import Severity, Tier
from detector.incidents.sign import CERTAIN, CONSEQUENCE, OVER_WATER, SURE, SUSPECTED, Sign
from detector.incidents.speaker import Speaker
from detector.rules.at_rest import confirm_rest_s, still_waits
from detector.rules.how_stopped import how_stopped
from detector.rules.plant.restart import power_returned
from detector.rules.plant.water import cooling_units_stopped, flow_lost, valves_shut
from detector.rules.shared import SHARED
from detector.threshold import TUNED, threshold
from detector.tick import Tick
from detector.usual.plant import cold_outdoors
from detector.usual.shared import OF_USUAL
from streams.messages import SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what stops at the plant."""

    one_cause_s: float = threshold(
        5.0, "s", "machines that stopped within this time of each other have one cause", TUNED
    )
    runs_in_cold_s: float = threshold(
        2 * 3600.0, "s", "chillers that have run for so long in cold weather do not rest for it", TUNED
    )
    runs_on_s: int = threshold(
        2 * 3600,
        "s",
        "a machine that falls silent may run on as it did, for all that anybody knows, for this time",
        TUNED,
    )
    started_after_s: float = threshold(
        600.0, "s", "what was told to run this long ago and does not run is not merely starting", TUNED
    )
    confirm_in_service_s: int = threshold(
        40, "s", "a machine in service that has stopped against its command, or reports a fault", TUNED
    )
    confirm_out_of_service_s: int = threshold(
        80, "s", "the same of one that was not in service: nobody misses it yet", TUNED
    )
    confirm_others_s: int = threshold(
        120, "s", "a machine that failed alone waits for others that have not been heard since", TUNED
    )
    confirm_unborne_s: int = threshold(
        30, "s", "a single machine that has stopped without a run command or a fault of its own", TUNED
    )


T = Thresholds()


def machine_failed(tick: Tick) -> Iterator[Sign]:
    """Single machines of the plant that stopped against their command, or report a fault of their own."""
    for machine in tick.topology.plant:
        yield from _failed(tick, machine)


def plant_stopped(tick: Tick) -> Iterator[Sign]:
    """Chillers or pumps that have all stopped; the first to stop is the cause, or both that stop at once."""
    chillers = _all_stopped(tick, tick.topology.chillers)
    pumps = _all_stopped(tick, tick.topology.pumps)
    if _cooling_units_went_first(tick, chillers + pumps):
        return
    if _may_be_joined(tick, chillers, tick.topology.pumps):
        return
    if _may_be_joined(tick, pumps, tick.topology.chillers):
        return
    # Units that have stopped draw no water: chillers stop for it, and what they sent is still cold.
    pumping = any(tick.condition.running[p] == 1.0 for p in tick.topology.pumps)
    if (
        chillers
        and pumping
        and cooling_units_stopped(tick)
        and not tick.plant.water_above > OF_USUAL.warm_water_k / 2
    ):
        return
    cause = _first_of(tick, chillers, pumps)
    if chillers:
        # A chiller's flow switch stops it when the water stops: then it is evidence, not the cause.
        follows = any(flow_lost(tick)) or (pumps and cause == "pumps_lost")
        sure = CONSEQUENCE if follows else _sure(tick, chillers)
        yield _lost(tick, chillers, "chillers_lost", "chiller", sure)
    if pumps:
        yield _lost(tick, pumps, "pumps_lost", "pump", _sure(tick, pumps))
    if chillers and pumps and cause == "cooling_loss":
        names = ", ".join(tick.name_of(m) for m in chillers + pumps)
        yield Sign(
            tier=Tier.PLANT,
            fault="cooling_loss",
            root=tick.topology.zone,
            hall="",
            evidence=f"chillers and pumps stopped together: {names}",
            confidence=OVER_WATER,
            confirm_s=0,
            spoke=Speaker.PHYSICS,
            severity=Severity.CRITICAL,
        )


def _cooling_units_went_first(tick: Tick, machines: tuple[int, ...]) -> bool:
    """Whether most units stopped before: their valves shut, and the plant has nothing to do."""
    alarmed = any(tick.condition.tripped[m] >= 0.5 for m in machines)
    if alarmed or not machines or not cooling_units_stopped(tick):
        return False
    since = tick.stops.stopped_at
    cooling_units = [
        u for hall in tick.topology.cooling_units for u in hall if tick.condition.running[u] == 0.0
    ]
    ahead = (since[list(machines)].min() - np.median(since[cooling_units])) / SECOND
    return bool(ahead > T.one_cause_s)


def _may_be_joined(tick: Tick, stopped: tuple[int, ...], others: tuple[int, ...]) -> bool:
    """Whether others are just stopping, and may be the cause: then it is known in a moment.

    What reports a fault of its own waits only for what stopped clearly before it.
    """
    joining = [
        m
        for m in others
        if tick.in_service[m]
        and not tick.condition.tripped[m] >= 0.5
        and still_waits(tick, m, SHARED.transfer_s)
    ]
    if not stopped or not joining:
        return False
    since = tick.stops.stopped_at
    alarmed = any(tick.condition.tripped[m] >= 0.5 for m in stopped)
    ahead = (since[list(stopped)].min() - since[joining].min()) / SECOND
    return not alarmed or bool(ahead > T.one_cause_s)


def _first_of(tick: Tick, chillers: tuple[int, ...], pumps: tuple[int, ...]) -> str:
    """Which of two groups stopped for the other: told by their own alarms, else by the order in time."""
    if not (chillers and pumps):
        return "chillers_lost" if chillers else "pumps_lost"
    alarm = tick.condition.tripped >= 0.5
    chillers_alarmed, pumps_alarmed = bool(alarm[list(chillers)].any()), bool(alarm[list(pumps)].any())
    if pumps_alarmed and not chillers_alarmed:
        return "pumps_lost"
    since = tick.stops.stopped_at
    ahead = (since[list(chillers)].min() - since[list(pumps)].max()) / SECOND
    if ahead > T.one_cause_s and not chillers_alarmed:
        return "pumps_lost"
    return "cooling_loss"


def _all_stopped(tick: Tick, members: tuple[int, ...]) -> tuple[int, ...]:
    """The machines of a group in service, if all have stopped and something says that this is not meant."""
    served = [m for m in members if tick.in_service[m] and math.isfinite(tick.condition.running[m])]
    stopped = [
        m
        for m in served
        if tick.condition.running[m] == 0.0 and (tick.condition.tripped[m] >= 0.5 or not tick.resting[m])
    ]
    if not served or len(stopped) < len(served):
        return ()
    alarmed = any(tick.condition.tripped[m] >= 0.5 for m in stopped)
    unmeant = alarmed or any(tick.condition.ordered[m] == 1.0 for m in stopped)
    told_off = all(tick.condition.ordered[m] == 0.0 for m in stopped)
    rested = tick.topology.types[stopped[0]] == "Chiller" and _may_rest(tick)
    meant = told_off or rested
    others_may_run = not alarmed and any(_ran_when_last_heard(tick, m) for m in members)
    if (others_may_run or (meant and not unmeant)) and not tick.plant.water_above > OF_USUAL.warm_water_k / 2:
        return ()
    if not alarmed and any(still_waits(tick, m, SHARED.transfer_s) for m in stopped):
        return ()
    if power_returned(tick, tuple(stopped)):
        return ()
    return tuple(stopped)


def _ran_when_last_heard(tick: Tick, machine: int) -> bool:
    """A machine that is mute since some time at most, and ran until then."""
    stops = tick.stops
    mute = math.isnan(tick.condition.running[machine]) and stops.stopped_at[machine] == 0
    ran_at = int(stops.last_run[machine])
    return bool(mute and ran_at > 0 and tick.end - ran_at <= T.runs_on_s * SECOND)


def _may_rest(tick: Tick) -> bool:
    """Whether chillers may rest: it is cold outdoors, they have done so before, or valves are shut."""
    cold = cold_outdoors(tick.water) and tick.plant.ran_in_cold_s < T.runs_in_cold_s
    return valves_shut(tick) or cold or tick.plant.rests_cold > 0


def _sure(tick: Tick, stopped: tuple[int, ...]) -> float:
    unmeant = any(tick.condition.ordered[m] == 1.0 or tick.condition.tripped[m] >= 0.5 for m in stopped)
    return CERTAIN if unmeant or len(stopped) >= 2 else SUSPECTED


def _lost(tick: Tick, stopped: tuple[int, ...], fault: str, noun: str, sure: float) -> Sign:
    names = ", ".join(tick.name_of(m) for m in stopped)
    how = how_stopped(tick, stopped)
    many = f"all {len(stopped)} {noun}s in service {how}: {names}"
    return Sign(
        tier=Tier.PLANT,
        fault=fault,
        root=tick.root_of(stopped),
        hall="",
        evidence=many if len(stopped) > 1 else f"{names}, the only {noun} in service, {how}",
        confidence=sure,
        confirm_s=T.confirm_unborne_s if sure == SUSPECTED else 0,
        spoke=Speaker.PHYSICS,
        severity=Severity.CRITICAL,
    )


def _failed(tick: Tick, machine: int) -> Iterator[Sign]:
    """One machine has stopped against its command, or reports a fault of its own."""
    at_rest = tick.condition.running[machine] == 0.0
    unasked = at_rest and tick.condition.ordered[machine] == 1.0
    tripped = tick.condition.tripped[machine] >= 0.5
    if not (unasked or tripped) or tick.maintained[machine]:
        return
    if not tripped and (starting(tick, machine) or power_returned(tick, (machine,))):
        return
    confirm_s = T.confirm_in_service_s if tick.in_service[machine] else T.confirm_out_of_service_s
    if _others_may_have_stopped(tick, machine):
        confirm_s = T.confirm_others_s
    elif at_rest:
        confirm_s = confirm_rest_s(tick, machine, confirm_s)
    said = how_stopped(tick, (machine,)) if at_rest else "reports a fault"
    yield Sign(
        tier=Tier.UNIT,
        fault=_fault_of(tick, machine),
        root=tick.topology.ids[machine],
        hall="",
        evidence=f"{tick.name_of(machine)} {said}",
        confidence=SURE,
        confirm_s=confirm_s,
        spoke=Speaker.PHYSICS,
    )


def _others_may_have_stopped(tick: Tick, machine: int) -> bool:
    """Whether another of its sort was last heard to run, but before this one stopped."""
    group = next((g for g in (tick.topology.chillers, tick.topology.pumps) if machine in g), ())
    stopped, heard = int(tick.stops.stopped_at[machine]), tick.shown.status_seen
    return stopped > 0 and any(
        tick.in_service[m] and tick.condition.running[m] == 1.0 and 0 < heard[m] < stopped for m in group
    )


def starting(tick: Tick, machine: int) -> bool:
    """A machine that was not in service needs minutes from its command until it runs."""
    if tick.in_service[machine]:
        return still_waits(tick, machine, SHARED.transfer_s)
    ordered = int(tick.shown.ordered_since[machine])
    return ordered > 0 and (tick.end - ordered) / SECOND < T.started_after_s


def _fault_of(tick: Tick, machine: int) -> str:
    return {"Chiller": "chiller_tripped", "Pump": "pump_tripped"}.get(
        tick.topology.types[machine], "unit_failed"
    )
