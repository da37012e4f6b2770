"""The chilled water of a zone as its meters and sensors show it now."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from config.kinds import Role
from detector.seen.condition import Condition
from detector.seen.known import median_known
from detector.seen.newest_values import NewestValues
from detector.seen.shown import Shown
from detector.seen.topology import Topology
from detector.threshold import TUNED, threshold
from streams.messages import F64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what may be believed of the water."""

    coldest_water_c: float = threshold(
        1.0, "C", "what is sent to coils does not freeze on them: a sensor that says less is dead", TUNED
    )
    hottest_water_c: float = threshold(
        60.0, "C", "what is sent to coils does not scald: a sensor that says more is dead", TUNED
    )
    slowest_pumps: float = threshold(
        0.05, "", "pumps that run turn at this part of full speed at least, whatever their sensors say", TUNED
    )
    sensors_for_median: int = threshold(
        3,
        "sensors",
        "so many sensors of the plant outvote one that is wrong; fewer are held against the units'",
        TUNED,
    )


T = Thresholds()


class Metered(IntEnum):
    """Whose meters tell the flow, the best first."""

    NOBODY = 0
    LOOP = 1
    MACHINES = 2
    """Those that run: the meter of one that has stopped says nothing of the loop, for its valve is shut."""
    COOLING_UNITS = 3


@dataclass(frozen=True, slots=True)
class Water:
    """The chilled water now; NaN where it is not measured."""

    supply: float
    """C"""
    flow: float
    """l/s"""
    source: Metered
    """Whose meters measure that."""
    meters: int
    """Meters of which that is the sum."""
    pull: float
    """Flow for the speed of the pumps that run (affinity laws: flow goes with speed), l/s."""
    head: float
    """Differential pressure for the square of that speed, Pa."""
    pumps: int
    """Pumps that are seen to run."""
    pumps_unseen: bool
    """Whether nothing has ever told of any pump if it runs."""
    condenser: float
    """Condenser water from the towers, C."""
    outdoor: float
    """Outdoor air, C."""


def water_now(
    topology: Topology, values: NewestValues, condition: Condition, stopped: np.ndarray, heard: np.ndarray
) -> Water:
    """The chilled water as the plant's own points show it, else those of the units.

    ``stopped`` marks the equipment that was at rest when it was last heard of, ``heard``
    that of which it was ever told whether it runs.
    """
    plant = np.array([h < 0 for h in topology.hall_of], np.bool_)
    flow = values.column(Role.FLOW)
    # A plain flow meter of the condenser loop does not measure the water that cools halls.
    warm_side = np.isfinite(values.column(Role.CONDENSER_SUPPLY)) & np.isnan(values.column(Role.WATER_SUPPLY))
    told = np.isfinite(flow)
    machine = np.zeros(len(flow), np.bool_)
    machine[list(topology.plant)] = True
    of_plant = told & plant & ~warm_side
    source, meters = Metered.NOBODY, told & False
    for who, theirs in (
        (Metered.COOLING_UNITS, told & ~plant),
        (Metered.MACHINES, of_plant & machine & ~stopped),
        (Metered.LOOP, of_plant & ~machine),
    ):
        if theirs.any():
            source, meters = who, theirs
    total = float(flow[meters].sum()) if meters.any() else math.nan
    pressure = values.column(Role.PRESSURE)[plant]
    condenser = values.column(Role.CONDENSER_SUPPLY)[plant]
    pumps = np.array(topology.pumps, np.intp)
    running = pumps[condition.running[pumps] == 1.0]
    speed = condition.effort[running]
    full = max(float(speed.mean()), T.slowest_pumps) if len(speed) else 1.0
    return Water(
        supply=water_supply(topology, values, stopped),
        flow=total,
        source=source,
        meters=int(meters.sum()),
        pull=total / full,
        head=median_known(pressure) / full**2,
        pumps=len(running),
        pumps_unseen=len(pumps) > 0 and not heard[pumps].any(),
        condenser=median_known(condenser),
        outdoor=outdoor_air(values),
    )


def outdoor_air(values: NewestValues) -> float:
    """C; NaN where nobody measures it."""
    outdoor = values.column(Role.OUTDOOR_AIR)
    known = outdoor[np.isfinite(outdoor)]
    return float(known.mean()) if len(known) else math.nan


def water_supply(topology: Topology, values: NewestValues, stopped: np.ndarray) -> float:
    """Chilled water that the plant sends, C, as most of its sensors have it.

    A chiller at rest tells of its own shell, not of the water that is sent.
    Where the plant has but one or two sensors, one of which may be wrong, they
    are believed no further than what the units receive.
    """
    supply = values.column(Role.WATER_SUPPLY).copy()
    supply[(supply < T.coldest_water_c) | (supply > T.hottest_water_c)] = np.nan
    at_rest = [c for c in topology.chillers if stopped[c]]
    others = supply.copy()
    others[at_rest] = np.nan
    if np.isfinite(others).any() or len(at_rest) < len(topology.chillers):
        supply = others
    plant = np.array([h < 0 for h in topology.hall_of], np.bool_)
    sent = supply[plant & np.isfinite(supply)]
    received = supply[~plant & np.isfinite(supply)]
    if len(sent) >= T.sensors_for_median or (len(sent) and not len(received)):
        return float(np.median(sent) if len(sent) >= T.sensors_for_median else sent.min())
    if not len(received):
        return math.nan
    at_cooling_units = float(np.median(received))
    return min(float(sent.min()), at_cooling_units) if len(sent) else at_cooling_units


def told_setpoints(topology: Topology, values: NewestValues | Shown) -> F64:
    """Set points of the water that the plant sends, C; a unit's is that of its own loop, often warmer."""
    setpoint = values.column(Role.WATER_SETPOINT).copy()
    setpoint[[u for hall in topology.cooling_units for u in hall]] = np.nan
    known: F64 = setpoint[np.isfinite(setpoint)]
    return known
