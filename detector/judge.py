"""One closed tick judged: what was seen, how the zone stands, and where it is going."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from config.kinds import Role
from config.site import Site
from detector.capacity import Capacity
from detector.condition import judge_condition
from detector.course import figures_of
from detector.faults import Tier
from detector.forecast import forecast_racks, forecast_services, rack_margins
from detector.hall import Hall, heat_loads, heat_removed
from detector.hunting import Hunting
from detector.incidents import Incidents
from detector.inlets import Inlets
from detector.memory import Memory, valve_opening
from detector.models.bank import Bank
from detector.models.racks import RackModels
from detector.models.units import UnitModels
from detector.observation import Observation
from detector.outlook import Outlook, outlook_of
from detector.picture import Picture, points_of
from detector.plant import Plant, water_now
from detector.points import ROLE_CODE, Points
from detector.redundancy import spare_units
from detector.rules.halls import hall_signs
from detector.rules.hunting import hunting_signs
from detector.rules.leaks import leak_signs
from detector.rules.plant import chillers_stand, cold_outdoors, plant_signs
from detector.rules.racks import rack_signs
from detector.rules.redundancy import redundancy_signs
from detector.rules.sensors import lone_signs, sensor_signs
from detector.rules.silence import silence_signs
from detector.rules.towers import tower_signs
from detector.rules.units import unit_signs
from detector.rules.warm_supply import WARM_SUPPLY_K
from detector.rules.water import above_reference, warm_water_signs
from detector.scores import PointScores, means_shown
from detector.slow.watch import SlowFaults
from detector.snapshot import restore_into, state_of
from detector.stops import Stops
from detector.topology import Topology, build_topology
from detector.trajectory import Trajectory
from detector.view import View
from detector.weather import Weather
from kernels.arrival import UNSET
from kernels.robust import score_of
from streams.messages import F64, SECOND, HallState, Readings, Scores, Tick

# Equipment this far from what its model expects teaches the model nothing.
LEARN_WITHIN_SCALES = 6.0
# A lasting drift of a model's residuals weighs as much as a single residual of this many scales.
DRIFT_SCALES = 4.0
# Ticks further apart than this are a gap: time that nobody saw is not learned from.
LONGEST_STEP_S = 60.0


@dataclass(frozen=True, slots=True)
class Judgement:
    tick: Tick
    seen: list[Observation]
    outlook: dict[str, Outlook]
    view: View


class Judge:
    """All rolling state of a zone that is moved on once a tick."""

    def __init__(self, zone: str, site: Site, points: Points) -> None:
        self._zone = zone
        self._site = site
        self._points = points
        self._scores = PointScores()
        self._picture = Picture()
        self._memory = Memory()
        self._stops = Stops()
        self._plant = Plant()
        self._hunting = Hunting()
        self._capacity = Capacity()
        self._weather = Weather()
        self.inlets = Inlets()
        self._units = UnitModels()
        self._racks = RackModels()
        self._slow = SlowFaults()
        self._halls: dict[str, Hall] = {}
        self._topology: Topology | None = None
        self._heard: list[bool] = []
        self._last_end = UNSET

    def judge(self, readings: Readings, end: int, heard: list[bool], incidents: Incidents) -> Judgement:
        """Judge the readings of one tick. Moves all state on but what is learned: call `learn` next."""
        points, picture = self._points, self._picture
        good = self._scores.believable(points, readings)
        picture.update(points, readings, good, end)
        topology = self._topology_of(heard)
        self._accept(topology, end)
        self.inlets.judge(points, topology, picture)
        slots = points_of(readings)
        view = self._view(topology, end, incidents.troubled_since() or end)
        stand = chillers_stand(view)
        self._plant.watch(view.water, end, stand, above_reference(view, self._plant))
        seen = [
            *plant_signs(view, self._plant),
            *warm_water_signs(view, self._plant),
            *tower_signs(view, self._plant),
            *unit_signs(view),
            *hall_signs(view),
            *rack_signs(view),
            *redundancy_signs(view),
            *hunting_signs(view),
            *leak_signs(view),
            *self._slow.judge(view),
            *sensor_signs(points, slots, self._scores.flags[slots]),
            *lone_signs(points, self.inlets.lone),
            *silence_signs(points, picture, end),
        ]
        self._bear_out(view, seen)
        self._mark_onsets(topology, seen, incidents, end)
        trajectories = self._trajectories(view)
        margins = rack_margins(points, picture, self.inlets.usual, end)
        racks = forecast_racks(topology, margins, trajectories)
        services = forecast_services(topology, racks)
        tick = Tick(
            zone=self._zone,
            end=end,
            scores=self._score(view, slots, incidents, good, readings),
            racks=racks,
            services=services,
            halls=tuple(self._hall_state(view, h) for h in range(len(topology.halls))),
            spoke=self._spoke(view),
        )
        return Judgement(tick, seen, outlook_of(topology, racks, services, trajectories), view)

    def learn(self, judgement: Judgement, incidents: Incidents) -> None:
        """Learn from a tick what is usual, of all that no open incident touches."""
        view, topology = judgement.view, judgement.view.topology
        end = view.end
        dt = 0.0 if self._last_end == UNSET else min((end - self._last_end) / SECOND, LONGEST_STEP_S)
        self._last_end = end
        calm = self._calm(topology, incidents)
        healthy = self._healthy(view, incidents, calm)
        self.inlets.learn(healthy, self._points, dt)
        self._memory.learn(self._picture, view.condition, healthy, end, dt)
        self._stops.learn(view.condition.running, end, dt)
        self._hunting.learn(healthy & ~view.maintained, dt)
        chillers = view.condition.running[list(topology.chillers)]
        in_cold = cold_outdoors(view) and bool((chillers == 1.0).any())
        warm = above_reference(view, self._plant)
        self._plant.learn(view.water, warm, bool(calm.all()), in_cold, dt)
        self._slow.learn(healthy & ~view.maintained)
        steady = healthy & self._as_expected(view.units.supply_deviation)
        self._units.learn(topology, self._picture, view.condition, view.units, steady)
        steady = healthy & self._as_expected(view.racks.deviation)
        self._racks.learn(topology, self._picture, view.racks, steady)
        inlet = self._picture.column(Role.RACK_INLET)
        for h, name in enumerate(topology.halls):
            hall = self._halls[name]
            hall.balance.learn(float(view.load[h]), float(view.removed[h]), end, bool(calm[h]))
            hall.warming.learn(inlet, topology.racks[h], view.warmings[h], end, bool(calm[h]))

    # ---- parts of the judgement

    def _accept(self, topology: Topology, end: int) -> None:
        """Forget what was usual of equipment that an operator has accepted since the last tick as it runs."""
        if not self._site.accepted or self._last_end == UNSET:
            return
        rows = [
            e for e, id in enumerate(topology.ids) if self._site.accepted_between(id, self._last_end, end)
        ]
        if not rows:
            return
        self._memory.fit(len(topology.ids))
        for kept in (self._memory, self._hunting, self._slow):
            kept.forget(rows)
        for bank in self._banks().values():
            bank.forget([topology.ids[e] for e in rows])

    def _topology_of(self, heard: list[bool]) -> Topology:
        if self._topology is None or heard != self._heard:
            self._heard = heard
            self._topology = build_topology(self._zone, self._points.equipment_ids, heard, self._site)
            for hall in self._topology.halls:
                self._halls.setdefault(hall, Hall())
        return self._topology

    def _view(self, topology: Topology, end: int, troubled_since: int) -> View:
        picture, memory = self._picture, self._memory
        memory.fit(len(topology.ids))
        memory.watch_speed(picture)
        memory.watch_supply(picture, end)
        self._hunting.watch(picture, memory.top_speed, end)
        condition = judge_condition(picture, memory.usual_power, memory.top_speed)
        self._stops.fit(len(topology.ids))
        self._stops.watch(picture, condition.running, end)
        ordered = self._stops.orders(picture, condition.ordered, end)
        condition = replace(condition, ordered=ordered)
        standing_s = self._stops.standing_s(picture, end)
        halls = range(len(topology.halls))
        load = heat_loads(topology, picture, memory)
        removed = np.array([heat_removed(topology, h, condition, memory, end) for h in halls])
        kept = [self._halls[name] for name in topology.halls]
        inlet = picture.column(Role.RACK_INLET)
        stood, heard = self._stops.stopped_at != 0, self._stops.first_seen != 0
        water = water_now(topology, picture, condition, stood, heard)
        self._weather.watch(water.outdoor, end)
        valve = valve_opening(picture)
        balances = tuple(kept[h].balance.judge(float(load[h]), float(removed[h]), end) for h in halls)
        self._capacity.watch(topology, picture, condition, valve, removed, balances)
        moves = np.array([kept[h].setpoint_moves(topology, h, picture, end) for h in halls]).reshape(-1, 2)
        return View(
            end=end,
            topology=topology,
            picture=picture,
            condition=condition,
            memory=memory,
            stops=self._stops,
            hunting=self._hunting,
            capacity=self._capacity,
            weather=self._weather,
            water=water,
            standing_s=standing_s,
            resting=self._stops.resting(standing_s),
            valve=valve,
            supply_above=memory.above_setpoint(picture) - memory.usual_above,
            setpoint_rise=moves[:, 0],
            setpoint_fall=moves[:, 1],
            load=load,
            removed=removed,
            load_part=np.array([kept[h].course.load_part(float(load[h])) for h in halls]),
            load_change=np.array([kept[h].balance.load_change(float(load[h]), end) for h in halls]),
            balances=balances,
            warmings=tuple(kept[h].warming.judge(inlet, topology.racks[h], end) for h in halls),
            units=self._units.judge(topology, picture, load),
            racks=self._racks.judge(topology, picture, condition, load),
            lone=self.inlets.lone_equipment(self._points),
            in_service=self._stops.in_service(troubled_since),
            maintained=self._maintained(topology, end),
        )

    def _maintained(self, topology: Topology, end: int) -> np.ndarray:
        if not self._site.maintenance:
            return np.zeros(len(topology.ids), np.bool_)
        return np.array([self._site.in_maintenance(e, end) for e in topology.ids], np.bool_)

    def _bear_out(self, view: View, seen: list[Observation]) -> None:
        """Remember which units that supply warm air are known to do so, for as long as they do."""
        warm = view.supply_above > WARM_SUPPLY_K
        self._memory.borne_out[~warm] = 0.0
        named = {o.root for o in seen if o.tier is Tier.UNIT}
        for e in np.flatnonzero(warm).tolist():
            if view.topology.ids[e] in named:
                self._memory.borne_out[e] = 1.0

    def _mark_onsets(
        self, topology: Topology, seen: list[Observation], incidents: Incidents, end: int
    ) -> None:
        """A hall is in trouble from the first sign that concerns all of it."""
        for name in topology.halls:
            hall = self._halls[name]
            concerned = any(o.tier >= Tier.HALL and o.hall in ("", name) for o in seen)
            if not concerned and not incidents.quarantined(Tier.HALL, name):
                hall.onset = UNSET
            elif hall.onset == UNSET:
                hall.onset = end

    def _trajectories(self, view: View) -> dict[int, Trajectory]:
        found = {}
        figures = figures_of(view)
        for h, name in enumerate(view.topology.halls):
            trajectory = self._halls[name].trajectory(figures[h], view.warmings[h], view.end)
            if trajectory is not None:
                found[h] = trajectory
        return found

    def _score(
        self, view: View, slots: np.ndarray, incidents: Incidents, good: np.ndarray, readings: Readings
    ) -> Scores:
        points = self._points
        believed = np.zeros(points.capacity, np.bool_)
        believed[readings.point[good]] = True
        value = np.where(believed[slots], self._picture.latest[slots], np.nan)
        equipment = points.arrival.equipment[slots]
        role = points.role[slots]
        # A rack's model speaks of the mean of its inlets; each inlet keeps its own distance from that.
        expected = np.full(len(slots), np.nan)
        deviation = np.full(len(slots), np.nan)
        still = np.zeros(len(view.topology.ids), np.bool_)
        for wanted, residual, scaled, drifting in (
            (
                Role.SUPPLY_AIR,
                view.units.supply_residual,
                view.units.supply_deviation,
                view.units.supply_drifting,
            ),
            (Role.RETURN_AIR, view.units.return_residual, view.units.return_deviation, still),
            (Role.RACK_INLET, view.racks.residual, view.racks.deviation, view.racks.drifting),
        ):
            here = role == ROLE_CODE[wanted]
            at = equipment[here]
            expected[here] = value[here] - residual[at]
            deviation[here] = np.where(drifting[at], np.fmax(np.abs(scaled[at]), DRIFT_SCALES), scaled[at])
        healthy = self._healthy(view, incidents, self._calm(view.topology, incidents))
        learn = healthy[equipment] & np.isfinite(value)
        shown = means_shown(readings, slots)
        return self._scores.judge(slots, value, shown, view.end, learn, expected, deviation)

    def _hall_state(self, view: View, h: int) -> HallState:
        balance, warming = view.balances[h], view.warmings[h]
        strain = 0.0
        if balance.shortfall is not None:
            strain = balance.shortfall / max(balance.noise, 0.03)
        if np.isfinite(warming.level) and warming.settled:
            strain = max(strain, warming.rise / warming.rise_unrest / 2.0)
        return HallState(
            hall=view.topology.halls[h],
            heat_load=balance.load,
            heat_removed=balance.removed,
            balance=balance.surplus,
            balance_reason=balance.reason,
            redundancy=spare_units(view, h),
            score=float(score_of(np.array([max(strain, 0.0)]))[0]),
        )

    def _healthy(self, view: View, incidents: Incidents, calm: np.ndarray) -> np.ndarray:
        """Equipment that no open incident touches."""
        topology = view.topology
        everywhere = bool(calm.all())
        roots = incidents.roots()
        return np.array(
            [
                (calm[h] if h >= 0 else everywhere) and id not in roots
                for id, h in zip(topology.ids, topology.hall_of, strict=True)
            ],
            np.bool_,
        )

    @staticmethod
    def _calm(topology: Topology, incidents: Incidents) -> np.ndarray:
        """Halls that no open cooling incident touches as a whole."""
        return np.array([not incidents.quarantined(Tier.HALL, hall) for hall in topology.halls], np.bool_)

    @staticmethod
    def _as_expected(deviation: F64) -> np.ndarray:
        within: np.ndarray = np.isnan(deviation) | (np.abs(deviation) < LEARN_WITHIN_SCALES)
        return within

    @staticmethod
    def _spoke(view: View) -> tuple[str, ...]:
        spoke = ["limits"]
        if any(b.surplus is not None for b in view.balances) or view.topology.plant:
            spoke.append("physics")
        if np.isfinite(view.units.supply).any() or np.isfinite(view.racks.inlet).any():
            spoke.append("models")
        return tuple(spoke)

    # ---- snapshot

    def state(self) -> dict[str, Any]:
        return {
            "scores": state_of(self._scores),
            "picture": state_of(self._picture),
            "memory": state_of(self._memory),
            "stops": state_of(self._stops),
            "supply_swings": state_of(self._memory.swings),
            "plant": state_of(self._plant),
            "hunting": state_of(self._hunting),
            "capacity": state_of(self._capacity),
            "weather": state_of(self._weather),
            "water_swings": state_of(self._plant.swings),
            "inlets": state_of(self.inlets),
            "slow": self._slow.state(),
            "halls": {name: hall.state() for name, hall in self._halls.items()},
            "models": {name: bank.state() for name, bank in self._banks().items()},
            "last_end": self._last_end,
        }

    def restore(self, state: dict[str, Any]) -> list[str]:
        """Returns what could not be carried over, in words."""
        for name in ("scores", "picture", "memory", "stops", "plant", "hunting", "capacity", "weather"):
            restore_into(getattr(self, f"_{name}"), state[name])
        restore_into(self._memory.swings, state["supply_swings"])
        restore_into(self._plant.swings, state["water_swings"])
        restore_into(self.inlets, state["inlets"])
        self._slow.restore(state["slow"])
        for name, kept in state["halls"].items():
            self._halls[name] = Hall()
            self._halls[name].restore(kept)
        self._last_end = state["last_end"]
        lost = []
        for name, bank in self._banks().items():
            unreadable = bank.restore(state["models"][name])
            lost += [f"{name} model of {id}: to be learned again" for id in unreadable]
        return lost

    def _banks(self) -> dict[str, Bank]:
        return {
            "supply": self._units.supply,
            "return": self._units.return_air,
            "inlet": self._racks.inlet,
        }
