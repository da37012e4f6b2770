"""What each piece of equipment usually does, learned while nothing is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from detector.seen.condition import Condition
from detector.seen.newest_values import NewestValues
from detector.seen.rows import grow
from detector.seen.valves import valve_openings
from detector.threshold import TUNED, threshold
from detector.usual.shared import OF_USUAL
from detector.usual.swings import Swings
from streams.messages import F64, I64


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of what equipment does."""

    fan_follows: float = threshold(0.6, "", "a fan below this part of its command does not follow it", TUNED)


T = Thresholds()
UNKNOWN_AT_FIRST = (
    "usual_power",
    "usual_heat",
    "usual_valve",
    "usual_return",
    "usual_above",
    "usual_run",
    "last_valve",
    "held_valve",
    "last_heat",
    "last_setpoint",
    "last_supply",
)
NOTHING_AT_FIRST = (
    "borne_out",
    "top_speed",
    "last_heat_at",
    "supply_moved_at",
    "valve_moved_at",
    "slow_reads",
    "slow_read_at",
)


@dataclass(frozen=True, slots=True)
class Usual:
    """What each piece of equipment usually does, and did of late (`EquipmentUsual`). NaN until seen."""

    heat: F64
    """Heat that each carries, as `Condition` has it."""
    valve: F64
    """Opening of each valve, %."""
    return_air: F64
    """C"""
    run: F64
    """The part of the time that each runs, 0 to 1."""
    last_valve: F64
    """Position of each valve a tick ago, %."""
    valve_moved_at: I64
    """When each valve last moved, ns."""
    supply_moved_at: I64
    """When each supply air last read otherwise than before, ns."""
    borne_out: F64
    """1 where a unit that supplies warm air has been borne out by something else since it does, else 0."""
    top_speed: F64
    """The fastest that each fan was seen to turn, in the unit that it reports (% or rpm)."""
    slow_reads: F64
    """Readings in a row that each fan has turned far slower than it is told to."""
    last_heat: F64
    """Heat that each unit last carried away, as in ``heat``."""
    swing: F64
    """Largest habitual swing of supply air above what is usual for its set point, K."""
    swing_known: np.ndarray
    """b1: whether ``swing`` was watched for long enough to go by."""
    swing_watched_s: F64
    """For how long it was watched, s."""


class EquipmentUsual:
    """Usual power, heat, air and valve, and fastest speed, of each piece of equipment."""

    state_fields = UNKNOWN_AT_FIRST + NOTHING_AT_FIRST

    def __init__(self) -> None:
        self.usual_power: F64 = np.empty(0)
        self.usual_heat: F64 = np.empty(0)
        self.usual_valve: F64 = np.empty(0)
        self.usual_return: F64 = np.empty(0)
        self.usual_above: F64 = np.empty(0)
        """Of supply air above its set point (or above zero where no set point is told), K."""
        self.last_valve: F64 = np.empty(0)
        """Position of each valve a tick ago, %."""
        self.held_valve: F64 = np.empty(0)
        """Where each valve has stayed since it last moved, %."""
        self.valve_moved_at: I64 = np.empty(0, np.int64)
        """When that was, ns."""
        self.borne_out: F64 = np.empty(0)
        """1 where a unit that supplies warm air has been borne out by something else since it does."""
        self.top_speed: F64 = np.empty(0)
        self.slow_reads: F64 = np.empty(0)
        """In how many readings in a row each fan has turned far slower than it is told to."""
        self.slow_read_at: I64 = np.empty(0, np.int64)
        """When the newest of them was read, ns."""
        self.last_heat: F64 = np.empty(0)
        self.last_heat_at: I64 = np.empty(0, np.int64)
        self.usual_run: F64 = np.empty(0)
        """The part of the time that each runs."""
        self.last_setpoint: F64 = np.empty(0)
        """Set point of each supply air as it was last told, C."""
        self.last_supply: F64 = np.empty(0)
        self.supply_moved_at: I64 = np.empty(0, np.int64)
        """When each supply air last read otherwise than before, ns."""
        self.swings = Swings()
        """Of supply air above what is usual for its set point, K."""

    def fit(self, equipment: int) -> None:
        """Make room for equipment that has appeared."""
        grow(self, UNKNOWN_AT_FIRST, equipment, np.nan)
        grow(self, NOTHING_AT_FIRST, equipment, 0)
        self.swings.fit(equipment)

    def now(self) -> Usual:
        """How it is now; later learning does not move it."""
        return Usual(
            heat=self.usual_heat.copy(),
            valve=self.usual_valve.copy(),
            return_air=self.usual_return.copy(),
            run=self.usual_run.copy(),
            last_valve=self.last_valve.copy(),
            valve_moved_at=self.valve_moved_at.copy(),
            supply_moved_at=self.supply_moved_at.copy(),
            borne_out=self.borne_out.copy(),
            top_speed=self.top_speed.copy(),
            slow_reads=self.slow_reads.copy(),
            last_heat=self.last_heat.copy(),
            swing=self.swings.usual.copy(),
            swing_known=self.swings.known,
            swing_watched_s=self.swings.watched_s.copy(),
        )

    def bear_out(self, supply_above: F64, named: np.ndarray) -> None:
        """Remember which units that supply warm air are known to do so (``named``), for as long as they do.

        ``supply_above``: K above the usual.
        """
        warm = supply_above > OF_USUAL.unit_supply_warm_k
        self.borne_out[~warm] = 0.0
        self.borne_out[warm & named] = 1.0

    def watch_speed(self, values: NewestValues) -> None:
        """Learn the top speed of fans, and count the readings in a row that are far below their command."""
        speed = values.column(Role.FAN_SPEED)
        self.top_speed = np.fmax(self.top_speed, speed)
        slow = speed < T.fan_follows * values.column(Role.FAN_COMMAND)
        read_at = values.read_at(Role.FAN_SPEED)
        self.slow_reads += slow & (read_at > self.slow_read_at)
        self.slow_reads[~slow] = 0.0
        self.slow_read_at = np.maximum(self.slow_read_at, read_at)

    def watch_supply(self, values: NewestValues, end: int) -> None:
        """Note which supply air moves, and what it is to be.

        A reading that does not move to the last digit may be a frozen one.
        """
        supply = values.column(Role.SUPPLY_AIR)
        self.supply_moved_at[np.isfinite(supply) & (supply != self.last_supply)] = end
        self.last_supply = supply.copy()
        setpoint = values.column(Role.SUPPLY_AIR_SETPOINT)
        told = np.isfinite(setpoint)
        # What was usual above nothing is usual above the set point, less that.
        first = told & np.isnan(self.last_setpoint)
        self.usual_above[first] -= setpoint[first]
        self.last_setpoint[told] = setpoint[told]

    def watch_valves(self, valve: F64, end: int) -> None:
        """Note which valves move; ``valve`` is the opening of each, %."""
        moved = np.isfinite(valve) & ~(np.abs(valve - self.held_valve) <= OF_USUAL.valve_moves_points)
        self.held_valve[moved] = valve[moved]
        self.valve_moved_at[moved] = end

    def above_setpoint(self, values: NewestValues) -> F64:
        """Supply air above its set point as last told, K; above zero where none ever was."""
        return values.column(Role.SUPPLY_AIR) - np.nan_to_num(self.last_setpoint)

    def forget(self, rows: list[int]) -> None:
        """Forget what was usual of these pieces of equipment: they run otherwise now."""
        for name in UNKNOWN_AT_FIRST:
            if name.startswith("usual"):
                getattr(self, name)[rows] = np.nan
        self.borne_out[rows] = 0.0
        self.swings.forget(rows)

    def learn(
        self, values: NewestValues, condition: Condition, healthy: np.ndarray, end: int, dt: float
    ) -> None:
        """Take in one tick. What is usual is learned only of ``healthy`` equipment that runs."""
        runs = condition.running == 1.0
        told = np.isfinite(condition.heat)
        self.last_heat[told] = condition.heat[told]
        self.last_heat_at[told] = end
        part = 1.0 - 0.5 ** (dt / OF_USUAL.usual_half_life_s)
        power = values.column(Role.POWER)
        unproven = np.isnan(condition.running)
        _blend(self.usual_power, power, part, healthy & (runs | unproven) & (power > 0.0))
        _blend(self.usual_heat, condition.heat, part, healthy & np.isfinite(condition.heat))
        self.last_valve = values.column(Role.VALVE).copy()
        at_work = healthy & (runs | unproven)
        _blend(self.usual_valve, valve_openings(values), part, at_work)
        _blend(self.usual_return, values.column(Role.RETURN_AIR), part, at_work)
        _blend(self.usual_run, np.where(unproven, np.nan, condition.running), part, healthy)
        above = self.above_setpoint(values)
        self.swings.learn(np.where(runs | unproven, above - self.usual_above, np.nan), dt)
        _blend(self.usual_above, above, part, at_work)


def _blend(usual: F64, now: F64, part: float, where: np.ndarray) -> None:
    where = where & np.isfinite(now)
    first = where & np.isnan(usual)
    usual[first] = now[first]
    usual[where] += part * (now[where] - usual[where])
