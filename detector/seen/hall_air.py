"""Heat and air of halls: how much heat stays, how the air of the racks warms, which set points were moved."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.balance import Balance, HallBalance
from detector.seen.known import least_known, median_of
from detector.seen.newest_values import NewestValues
from detector.seen.topology import Topology
from detector.seen.warming import HallWarming, Warming
from detector.threshold import TUNED, threshold
from streams.messages import F64, SECOND


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of the air of a hall."""

    setpoint_memory_s: int = threshold(
        1800, "s", "a set point that was moved within this time was moved of late", TUNED
    )
    setpoint_noted_k: float = threshold(
        0.05, "K", "a mean of set points that differs by less than this is the one before", TUNED
    )
    recovered_k: float = threshold(
        0.5, "K", "a hall that cools, and is so far below its warmest of late, recovers", TUNED
    )


T = Thresholds()
SETPOINTS = (Role.SUPPLY_AIR_SETPOINT, Role.RETURN_AIR_SETPOINT)


class HallAir:
    """What is kept of the heat and air of one hall."""

    def __init__(self) -> None:
        self.balance = HallBalance()
        self.warming = HallWarming()
        self.setpoints: dict[Role, deque[tuple[int, float]]] = {role: deque() for role in SETPOINTS}
        """Mean set point of supply and of return air at each time that it changed, C."""

    def forget(self) -> None:
        """Forget what was usual: the hall runs otherwise now. Set points that were moved stay known."""
        self.balance, self.warming = HallBalance(), HallWarming()

    def recovers(self, onset: int, warming: Warming) -> bool:
        """Whether a hall in trouble since ``onset`` (ns) has been warmer since, and cools."""
        _, level = self.warming.course(onset)
        return len(level) > 0 and warming.slope <= 0.0 and level.max() - level[-1] > T.recovered_k

    def setpoint_moves(self, setpoints: dict[Role, F64], end: int) -> tuple[float, float]:
        """How far the set points of air are above their lowest and below their highest of late, K.

        ``setpoints``: of the units of the hall, C, by role; NaN where not told.
        """
        rise = fall = 0.0
        for role, course in self.setpoints.items():
            setpoint = setpoints[role]
            known = setpoint[np.isfinite(setpoint)]
            if not len(known):
                continue
            now = float(known.mean())
            if not course or abs(course[-1][1] - now) > T.setpoint_noted_k:
                course.append((end, now))
            # What held until the second entry came is in force until then.
            while len(course) > 1 and end - course[1][0] > T.setpoint_memory_s * SECOND:
                course.popleft()
            past = [value for _, value in course]
            rise, fall = max(rise, now - min(past)), max(fall, max(past) - now)
        return rise, fall


@dataclass(frozen=True, slots=True)
class AirNow:
    """All halls of a zone at the end of a tick, in the order of its topology; NaN = not known."""

    balances: tuple[Balance, ...]
    warmings: tuple[Warming, ...]
    setpoint_rise: F64
    """How far the set points of air are above their lowest of late, K."""
    setpoint_fall: F64
    """How far below their highest."""
    load_change: F64
    """Load over the smallest of the last quarter of an hour, less one."""
    load_since_stop: F64
    """The same over the smallest since a unit of the hall last stopped; NaN where all run."""


def air_now(
    airs: Sequence[HallAir],
    topology: Topology,
    values: NewestValues,
    load: F64,
    removed: F64,
    stopped_s: F64,
    slack_s: F64,
    end: int,
) -> AirNow:
    """Take in one tick: ``load`` and ``removed`` by hall, kW, ``stopped_s`` and ``slack_s`` by equipment."""
    halls = list(
        zip(airs, topology.cooling_units, topology.racks, load.tolist(), removed.tolist(), strict=True)
    )
    inlet, read_at = values.column(Role.RACK_INLET), values.read_at(Role.RACK_INLET)
    setpoints = {role: values.column(role) for role in SETPOINTS}
    moves = [
        air.setpoint_moves({role: column[list(cooling_units)] for role, column in setpoints.items()}, end)
        for air, cooling_units, *_ in halls
    ]
    rise_and_fall = np.array(moves).reshape(-1, 2)
    return AirNow(
        balances=tuple(air.balance.judge(kw, carried, end) for air, _, _, kw, carried in halls),
        warmings=tuple(
            air.warming.judge(inlet, read_at, racks, end, _middle(slack_s[list(racks)]))
            for air, _, racks, *_ in halls
        ),
        setpoint_rise=rise_and_fall[:, 0],
        setpoint_fall=rise_and_fall[:, 1],
        load_change=np.array([air.balance.load_change(kw, end) for air, _, _, kw, _ in halls]),
        load_since_stop=np.array(
            [
                air.balance.load_change(kw, end, least_known(stopped_s, cooling_units))
                for air, cooling_units, _, kw, _ in halls
            ]
        ),
    )


def _middle(slack_s: F64) -> float:
    return median_of(slack_s) if slack_s.any() else 0.0
