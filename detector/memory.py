"""What each piece of equipment usually does, learned while nothing is wrong."""

from __future__ import annotations

import numpy as np

from config.kinds import Role
from detector.condition import Condition
from detector.picture import Picture
from detector.swings import Swings
from streams.messages import F64, I64, SECOND

HALF_LIFE_S = 1800.0
# What has run within this time counts as having been in service when a fault began.
IN_SERVICE_S = 900.0
# Machines that cycle: what has rested for minutes more often than this; each time counts half after so long.
RESTS_HALF_LIFE_S = 7200.0
CYCLES_FROM = 1.5
LONGEST_CYCLE_S = 1800.0
# What stops together, more than this part of all machines, has lost its power: that is no cycling.
TOGETHER_S = 30.0
PART_TOGETHER = 0.34
# One that cycles rests as usual until it has stood for so many times its longest rest.
RESTS_LONGER = 1.5


class Memory:
    """Usual power and heat, fastest speed and last run of each piece of equipment."""

    state_fields = (
        "usual_power",
        "usual_heat",
        "usual_valve",
        "usual_return",
        "usual_above",
        "last_valve",
        "borne_out",
        "top_speed",
        "last_run",
        "last_heat",
        "last_heat_at",
        "stopped_at",
        "last_stop",
        "back_at",
        "rests",
        "longest_rest",
        "usual_run",
        "last_supply",
        "supply_moved_at",
        "first_seen",
    )

    def __init__(self) -> None:
        self.usual_power: F64 = np.empty(0)
        self.usual_heat: F64 = np.empty(0)
        self.usual_valve: F64 = np.empty(0)
        self.usual_return: F64 = np.empty(0)
        self.usual_above: F64 = np.empty(0)
        """Of supply air above its set point (or above zero where no set point is told), K."""
        self.last_valve: F64 = np.empty(0)
        """Position of each valve a tick ago, %."""
        self.borne_out: F64 = np.empty(0)
        """1 where a unit that supplies warm air has been borne out by something else since it does."""
        self.top_speed: F64 = np.empty(0)
        self.last_run: I64 = np.empty(0, np.int64)
        self.last_heat: F64 = np.empty(0)
        self.last_heat_at: I64 = np.empty(0, np.int64)
        self.stopped_at: I64 = np.empty(0, np.int64)
        """When what stands was first seen to stand, ns; 0 while it runs."""
        self.last_stop: I64 = np.empty(0, np.int64)
        """When what runs again had stopped, ns."""
        self.back_at: I64 = np.empty(0, np.int64)
        """When it ran again, ns."""
        self.rests: F64 = np.empty(0)
        """How often each has stood and run again of late."""
        self.longest_rest: F64 = np.empty(0)
        """Of those, s."""
        self.usual_run: F64 = np.empty(0)
        """The part of the time that each runs."""
        self.last_supply: F64 = np.empty(0)
        self.supply_moved_at: I64 = np.empty(0, np.int64)
        """When each supply air last read otherwise than before, ns."""
        self.first_seen: I64 = np.empty(0, np.int64)
        """When each was first seen to run or stand, ns; 0 before."""
        self.swings = Swings()
        """Of supply air above what is usual for its set point, K."""

    def fit(self, equipment: int) -> None:
        """Make room for equipment that has appeared."""
        more = equipment - len(self.usual_power)
        if more <= 0:
            return
        for name in (
            "usual_power",
            "usual_heat",
            "usual_valve",
            "usual_return",
            "usual_above",
            "last_valve",
            "last_heat",
            "usual_run",
            "last_supply",
        ):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(more, np.nan)]))
        for name in ("top_speed", "borne_out", "rests", "longest_rest"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more)]))
        self.swings.fit(equipment)
        times = (
            "last_run",
            "last_heat_at",
            "stopped_at",
            "last_stop",
            "back_at",
            "supply_moved_at",
            "first_seen",
        )
        for name in times:
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(more, np.int64)]))

    def watch_speed(self, picture: Picture) -> None:
        self.top_speed = np.fmax(self.top_speed, picture.column(Role.FAN_SPEED))

    def watch_supply(self, picture: Picture, end: int) -> None:
        """Note which supply air moves: a reading that stands still to the last digit may be a frozen one."""
        supply = picture.column(Role.SUPPLY_AIR)
        self.supply_moved_at[np.isfinite(supply) & (supply != self.last_supply)] = end
        self.last_supply = supply.copy()

    def watch_stops(self, picture: Picture, running: F64, end: int) -> None:
        """Note when equipment stops and when it runs again: by its run status, else by the tick."""
        told = np.where(picture.status_since > 0, picture.status_since, end)
        self.first_seen[np.isfinite(running) & (self.first_seen == 0)] = end
        stops = (running == 0.0) & (self.stopped_at == 0)
        returns = (running == 1.0) & (self.stopped_at != 0)
        self.stopped_at[stops] = told[stops]
        self.last_stop[returns] = self.stopped_at[returns]
        self.back_at[returns] = told[returns]
        self.stopped_at[returns] = 0
        for e in np.flatnonzero(returns).tolist():
            self._count_rest(e)

    def _count_rest(self, e: int) -> None:
        rest = (self.back_at[e] - self.last_stop[e]) / SECOND
        machines = (self.last_run > 0) | (self.stopped_at > 0)
        stops = np.where(self.stopped_at > 0, self.stopped_at, self.last_stop)
        together = machines & (np.abs(stops - self.last_stop[e]) <= TOGETHER_S * SECOND)
        alone = together.sum() <= max(1.0, PART_TOGETHER * machines.sum())
        if alone and rest <= LONGEST_CYCLE_S:
            self.longest_rest[e] = max(self.longest_rest[e], rest)
            self.rests[e] += 1.0

    def cycling(self) -> np.ndarray:
        """Equipment that stands and runs again all the time, as compressors under a thermostat do."""
        cycling: np.ndarray = self.rests > CYCLES_FROM
        return cycling

    def resting(self, standing_s: F64) -> np.ndarray:
        """Equipment that stands no longer than it often does."""
        resting: np.ndarray = self.cycling() & (standing_s <= RESTS_LONGER * self.longest_rest)
        return resting

    def standing_s(self, picture: Picture, end: int) -> F64:
        """For how long each piece of equipment has been seen to stand, s; NaN where it does not.

        Up to the newest reading that shows it: between two polls a machine may
        have run again.
        """
        shown = np.where(picture.status_seen > 0, picture.status_seen, end)
        return np.where(self.stopped_at != 0, (shown - self.stopped_at) / SECOND, np.nan)

    def learn(self, picture: Picture, condition: Condition, healthy: np.ndarray, end: int, dt: float) -> None:
        """Take in one tick. What is usual is learned only of ``healthy`` equipment that runs."""
        runs = condition.running == 1.0
        self.last_run[runs] = end
        told = np.isfinite(condition.heat)
        self.last_heat[told] = condition.heat[told]
        self.last_heat_at[told] = end
        self.rests *= 0.5 ** (dt / RESTS_HALF_LIFE_S)
        self.longest_rest[self.rests < 0.5] = 0.0
        part = 1.0 - 0.5 ** (dt / HALF_LIFE_S)
        power = picture.column(Role.POWER)
        unproven = np.isnan(condition.running)
        _blend(self.usual_power, power, part, healthy & (runs | unproven) & (power > 0.0))
        _blend(self.usual_heat, condition.heat, part, healthy & np.isfinite(condition.heat))
        self.last_valve = picture.column(Role.VALVE).copy()
        at_work = healthy & (runs | unproven)
        _blend(self.usual_valve, valve_opening(picture), part, at_work)
        _blend(self.usual_return, picture.column(Role.RETURN_AIR), part, at_work)
        _blend(self.usual_run, np.where(unproven, np.nan, condition.running), part, healthy)
        above = above_setpoint(picture)
        self.swings.learn(np.where(runs | unproven, above - self.usual_above, np.nan), dt)
        _blend(self.usual_above, above, part, at_work)

    def in_service(self, end: int) -> np.ndarray:
        """Equipment that ran not long ago."""
        return (self.last_run > 0) & (end - self.last_run <= IN_SERVICE_S * SECOND)


def valve_opening(picture: Picture) -> F64:
    """Position of each valve, %, or where that is not measured its command."""
    position = picture.column(Role.VALVE)
    return np.where(np.isfinite(position), position, picture.column(Role.VALVE_COMMAND))


def above_setpoint(picture: Picture) -> F64:
    """Supply air above its set point, K; above zero where no set point is told."""
    return picture.column(Role.SUPPLY_AIR) - np.nan_to_num(picture.column(Role.SUPPLY_AIR_SETPOINT))


def _blend(usual: F64, now: F64, part: float, where: np.ndarray) -> None:
    where = where & np.isfinite(now)
    first = where & np.isnan(usual)
    usual[first] = now[first]
    usual[where] += part * (now[where] - usual[where])
