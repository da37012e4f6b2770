"""All that is kept of a zone from one tick to the next."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from config.accepted import Accepted
from config.kinds import Role
from config.site import Site
from detector.capacity import Capacity
from detector.condition import judge_condition
from detector.hall import Hall, heat_loads, heat_removed
from detector.hunting import Hunting
from detector.inlets import Inlets
from detector.memory import Memory, valve_opening
from detector.models.bank import Bank
from detector.models.racks import RackModels
from detector.models.units import UnitModels
from detector.picture import Picture
from detector.plant import Plant, water_now
from detector.points import Points
from detector.promotion import Promotion
from detector.rules.plant import cold_outdoors
from detector.rules.water import above_reference
from detector.scores import PointScores
from detector.slow.watch import SlowFaults
from detector.snapshot import restore_into, state_of
from detector.stops import Stops
from detector.topology import Topology
from detector.view import View
from detector.weather import Weather
from kernels.arrival import UNSET
from streams.messages import F64, SECOND

# Equipment this far from what its model expects teaches the model nothing.
LEARN_WITHIN_SCALES = 6.0
# Ticks further apart than this are a gap: time that nobody saw is not learned from.
LONGEST_STEP_S = 60.0
RUNS_AWAY_K_PER_S = 1.0 / 60.0
# What is saved whole, each part by its own fields.
PARTS = (
    "scores",
    "picture",
    "memory",
    "stops",
    "plant",
    "hunting",
    "capacity",
    "weather",
    "promotion",
    "inlets",
)


class Kept:
    """The picture, what is usual, and what has been going on; each part is described where it is defined."""

    def __init__(self) -> None:
        self.scores = PointScores()
        self.picture = Picture()
        self.memory = Memory()
        self.stops = Stops()
        self.plant = Plant()
        self.hunting = Hunting()
        self.capacity = Capacity()
        self.weather = Weather()
        self.promotion = Promotion()
        self.inlets = Inlets()
        self.units = UnitModels()
        self.racks = RackModels()
        self.slow = SlowFaults()
        self.halls: dict[str, Hall] = {}
        self.accepted: set[Accepted] = set()
        """What an operator has accepted and is done."""
        self.last_end = UNSET

    def view(
        self, site: Site, points: Points, topology: Topology, end: int, troubled_since: int, shift: int = 0
    ) -> View:
        """What rules may look at, at the end of a tick. Moves on all state but what is learned.

        ``shift``: time of the engine less stamps, ns.
        """
        picture, memory = self.picture, self.memory
        memory.fit(len(topology.ids))
        memory.watch_speed(picture)
        memory.watch_supply(picture, end)
        self.hunting.watch(picture, memory.top_speed, self._step(end))
        condition = judge_condition(picture, memory.usual_power, memory.top_speed)
        self.stops.fit(len(topology.ids))
        self.stops.watch(picture, condition.running, end)
        ordered = self.stops.orders(picture, condition.ordered, end)
        condition = replace(condition, ordered=ordered)
        standing_s = self.stops.standing_s(picture, end)
        halls = range(len(topology.halls))
        load = heat_loads(topology, picture, memory)
        removed = np.array([heat_removed(topology, h, condition, memory, end) for h in halls])
        kept = [self.halls[name] for name in topology.halls]
        inlet, read_at = picture.column(Role.RACK_INLET), picture.read_at(Role.RACK_INLET)
        stood, heard = self.stops.stopped_at != 0, self.stops.first_seen != 0
        water = water_now(topology, picture, condition, stood, heard)
        self.plant.watch(water, end)
        self.weather.watch(water.outdoor, end)
        valve = valve_opening(picture)
        memory.watch_valves(valve, end)
        balances = tuple(kept[h].balance.judge(float(load[h]), float(removed[h]), end) for h in halls)
        self.capacity.watch(topology, picture, condition, valve, removed, balances)
        moves = np.array([kept[h].setpoint_moves(topology, h, picture, end) for h in halls]).reshape(-1, 2)
        return View(
            end=end,
            topology=topology,
            picture=picture,
            condition=condition,
            memory=memory,
            stops=self.stops,
            hunting=self.hunting,
            hunts=self.hunting.hunts(),
            capacity=self.capacity,
            weather=self.weather,
            water=water,
            water_warms=self.plant.warms_at(),
            standing_s=standing_s,
            resting=self.stops.resting(standing_s),
            valve=valve,
            supply_above=memory.above_setpoint(picture) - memory.usual_above,
            setpoint_rise=moves[:, 0],
            setpoint_fall=moves[:, 1],
            load=load,
            removed=removed,
            load_part=np.array([kept[h].course.load_part(float(load[h])) for h in halls]),
            load_change=np.array([kept[h].balance.load_change(float(load[h]), end) for h in halls]),
            load_since_stop=np.array(
                [
                    kept[h].balance.load_change(float(load[h]), end, _least(standing_s, topology.units[h]))
                    for h in halls
                ]
            ),
            balances=balances,
            warmings=tuple(kept[h].warming.judge(inlet, read_at, topology.racks[h], end) for h in halls),
            units=self.units.judge(topology, picture, load),
            racks=self.racks.judge(topology, picture, condition, load),
            lone=self.inlets.lone_equipment(points),
            in_service=self.stops.in_service(troubled_since),
            maintained=_maintained(site, topology, end - shift),
        )

    def running_away(self, end: int) -> set[str]:
        """Halls that warm so fast that what was heard of a place a minute ago says nothing of it now."""
        return {name for name, hall in self.halls.items() if hall.warming.slope(end) > RUNS_AWAY_K_PER_S}

    def learn(self, view: View, points: Points, healthy: np.ndarray, calm: np.ndarray) -> None:
        """Learn from a tick what is usual of ``healthy`` equipment and ``calm`` halls."""
        topology, end = view.topology, view.end
        dt = self._step(end)
        self.last_end = end
        self.inlets.learn(healthy, points, dt)
        self.memory.learn(self.picture, view.condition, healthy, end, dt)
        self.stops.learn(view.condition.running, end, dt)
        self.hunting.learn(healthy & ~view.maintained, dt)
        chillers = view.condition.running[list(topology.chillers)]
        in_cold = cold_outdoors(view) and bool((chillers == 1.0).any())
        warm = above_reference(view, self.plant)
        self.plant.learn(view.water, warm, bool(calm.all()), in_cold, dt)
        self.slow.learn(healthy & ~view.maintained)
        steady = healthy & _as_expected(view.units.supply_deviation)
        self.units.learn(topology, self.picture, view.condition, view.units, steady)
        steady = healthy & _as_expected(view.racks.deviation)
        self.racks.learn(topology, self.picture, view.racks, steady)
        inlet = self.picture.column(Role.RACK_INLET)
        for h, name in enumerate(topology.halls):
            hall = self.halls[name]
            hall.balance.learn(float(view.load[h]), float(view.removed[h]), end, bool(calm[h]))
            hall.warming.learn(inlet, topology.racks[h], view.warmings[h], end, bool(calm[h]))

    def _step(self, end: int) -> float:
        """Time since the last tick that counts as seen, s."""
        return 0.0 if self.last_end == UNSET else min((end - self.last_end) / SECOND, LONGEST_STEP_S)

    def forget(self, topology: Topology, points: Points, rows: list[int]) -> None:
        """Forget what was usual of these pieces of equipment: they run otherwise now.

        With all machines of the plant, what was usual of its water; with all units
        and racks of a hall, that of the hall as a whole.
        """
        if topology.plant and set(rows) >= set(topology.plant):
            self.plant.forget()
        for h, name in enumerate(topology.halls):
            members = topology.units[h] + topology.racks[h]
            if members and set(rows) >= set(members):
                self.halls[name].forget()
        self.memory.fit(len(topology.ids))
        self.memory.forget(rows)
        self.hunting.forget(rows)
        self.slow.forget(rows)
        self.capacity.forget(rows)
        self.inlets.forget(points, rows)
        for bank in self._banks().values():
            bank.forget([topology.ids[e] for e in rows])

    def forget_hall(self, name: str) -> None:
        """Forget what was usual of a hall as a whole, or of all and the plant where ``name`` is empty."""
        if not name:
            self.plant.forget()
        for hall, kept in self.halls.items():
            if name in ("", hall):
                kept.forget()

    def state(self) -> dict[str, Any]:
        whole = {name: state_of(getattr(self, name)) for name in PARTS}
        return whole | {
            "supply_swings": state_of(self.memory.swings),
            "water_swings": state_of(self.plant.swings),
            "slow": self.slow.state(),
            "halls": {name: hall.state() for name, hall in self.halls.items()},
            "models": {name: bank.state() for name, bank in self._banks().items()},
            "accepted": [list(entry) for entry in sorted(self.accepted)],
            "last_end": self.last_end,
        }

    def restore(self, state: dict[str, Any], older: bool = False) -> list[str]:
        """Returns what could not be carried over, in words.

        ``older``: by another version, so that a part that is made of something
        else now is learned again, and no other with it.
        """
        lost = []
        for name in PARTS:
            try:
                restore_into(getattr(self, name), state[name])
            except Exception:
                if not older:
                    raise
                setattr(self, name, type(getattr(self, name))())
                lost.append(f"{name}: to be learned again")
        for name, restore in self._parts_of_their_own(state).items():
            try:
                restore()
            except Exception:
                if not older:
                    raise
                lost.append(f"{name}: to be learned again")
        self.accepted = {Accepted(*entry) for entry in state["accepted"]}
        self.last_end = state["last_end"]
        for name, bank in self._banks().items():
            unreadable = bank.restore(state["models"][name])
            lost += [f"{name} model of {id}: to be learned again" for id in unreadable]
        return lost

    def _parts_of_their_own(self, state: dict[str, Any]) -> dict[str, Callable[[], None]]:
        """How to restore what is not made of fields alone."""
        return {
            "supply_swings": lambda: restore_into(self.memory.swings, state["supply_swings"]),
            "water_swings": lambda: restore_into(self.plant.swings, state["water_swings"]),
            "slow": lambda: self._restore_slow(state["slow"]),
            "halls": lambda: self._restore_halls(state["halls"]),
        }

    def _restore_slow(self, state: dict[str, Any]) -> None:
        slow = SlowFaults()
        slow.restore(state)
        self.slow = slow

    def _restore_halls(self, state: dict[str, Any]) -> None:
        halls = {name: Hall() for name in state}
        for name, hall in halls.items():
            hall.restore(state[name])
        self.halls = halls

    def _banks(self) -> dict[str, Bank]:
        return {
            "supply": self.units.supply,
            "return": self.units.return_air,
            "inlet": self.racks.inlet,
        }


def _as_expected(deviation: F64) -> np.ndarray:
    within: np.ndarray = np.isnan(deviation) | (np.abs(deviation) < LEARN_WITHIN_SCALES)
    return within


def _least(seconds: F64, rows: tuple[int, ...]) -> float:
    """The shortest of these times; NaN where none is known."""
    known = seconds[list(rows)]
    return float(np.fmin.reduce(known)) if len(known) else math.nan


def _maintained(site: Site, topology: Topology, end: int) -> np.ndarray:
    if not site.maintenance:
        return np.zeros(len(topology.ids), np.bool_)
    return np.array([site.in_maintenance(e, end) for e in topology.ids], np.bool_)
