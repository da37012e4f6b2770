"""One closed tick judged: what was seen, how the zone stands, and where it is going."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from config.kinds import Role
from config.site import Site
from detector.course import figures_of
from detector.faults import Tier
from detector.forecast import forecast_racks, forecast_services, rack_margins
from detector.hall import Hall
from detector.incidents import Incidents
from detector.kept import Kept
from detector.outlook import Outlook, outlook_of
from detector.picture import points_of
from detector.points import ROLE_CODE, ROLES, Points
from detector.redundancy import spare_units
from detector.rules.controls import control_signs
from detector.rules.halls import hall_signs
from detector.rules.hunting import hunting_signs
from detector.rules.leaks import leak_signs
from detector.rules.plant import chillers_stand, plant_signs
from detector.rules.racks import rack_signs
from detector.rules.redundancy import redundancy_signs
from detector.rules.sensors import lone_signs, sensor_signs
from detector.rules.silence import silence_signs
from detector.rules.towers import tower_signs
from detector.rules.units import unit_signs
from detector.rules.warm_supply import WARM_SUPPLY_K
from detector.rules.water import above_reference, warm_water_signs
from detector.scores import means_shown
from detector.sign import Sign
from detector.topology import Topology, build_topology, shown_type
from detector.trajectory import Trajectory
from detector.view import View
from kernels.arrival import UNSET
from kernels.robust import score_of
from streams.messages import HallState, Readings, Scores, TickVerdict

# A lasting drift of a model's residuals weighs as much as a single residual of this many scales.
DRIFT_SCALES = 4.0


@dataclass(frozen=True, slots=True)
class Judgement:
    tick: TickVerdict
    seen: list[Sign]
    outlook: dict[str, Outlook]
    view: View


class Judge:
    """Judges the ticks of a zone, one after another."""

    def __init__(self, zone: str, site: Site, points: Points) -> None:
        self._zone = zone
        self._site = site
        self._points = points
        self.kept = Kept()
        self._topology: Topology | None = None
        self._heard: list[bool] = []
        self._shown: list[str] = []
        self._spoken = (0, 0)
        """Points, and those of them that have spoken, when it was last looked what they show."""
        self._named: list[bool] = []
        """For each piece of equipment, whether the site or its name says what it is."""

    def judge(
        self, readings: Readings, end: int, heard: list[bool], incidents: Incidents, shift: int = 0
    ) -> Judgement:
        """Judge the readings of one tick. Moves all state on but what is learned: call `learn` next.

        ``end`` is in the engine's time, which is ``shift`` ns more than stamps.
        """
        points, kept = self._points, self.kept
        good = kept.scores.believable(points, readings)
        kept.picture.update(points, readings, good, end)
        topology = self._topology_of(heard)
        self._accept(topology, end - shift)
        kept.inlets.judge(points, topology, kept.picture)
        slots = points_of(readings)
        view = kept.view(self._site, points, topology, end, incidents.troubled_since() or end, shift)
        stand = chillers_stand(view)
        kept.plant.watch_rest(end, stand, above_reference(view, kept.plant))
        seen = [
            *plant_signs(view, kept.plant),
            *warm_water_signs(view, kept.plant),
            *tower_signs(view, kept.plant),
            *unit_signs(view),
            *control_signs(view),
            *hall_signs(view),
            *rack_signs(view),
            *redundancy_signs(view),
            *hunting_signs(view),
            *leak_signs(view),
            *kept.slow.judge(view),
            *sensor_signs(points, slots, kept.scores.flags[slots]),
            *lone_signs(points, kept.inlets.lone),
            *silence_signs(points, kept.picture, end),
        ]
        self._bear_out(view, seen)
        self._mark_onsets(topology, seen, incidents, end)
        trajectories = self._trajectories(view)
        margins = rack_margins(points, kept.picture, kept.inlets.usual, end)
        racks = forecast_racks(topology, margins, trajectories)
        services = forecast_services(topology, racks)
        tick = TickVerdict(
            zone=self._zone,
            end=end - shift,
            scores=self._score(view, slots, incidents, good, readings),
            racks=racks,
            services=services,
            halls=tuple(self._hall_state(view, h) for h in range(len(topology.halls))),
            spoke=self._spoke(view),
        )
        return Judgement(tick, seen, outlook_of(topology, racks, services, trajectories), view)

    def learn(self, judgement: Judgement, incidents: Incidents) -> None:
        """Learn from a tick what is usual, of all that no open incident touches."""
        view = judgement.view
        self._promote(judgement, incidents)
        calm = self._calm(view.topology, incidents)
        self.kept.learn(view, self._points, self._healthy(view, incidents, calm), calm)

    # ---- parts of the judgement

    def _accept(self, topology: Topology, end: int) -> None:
        """Forget, once, what was usual of equipment that an operator has accepted as it runs."""
        for entry in self._site.accepted:
            if entry.at > end or entry in self.kept.accepted:
                continue
            self.kept.accepted.add(entry)
            rows = [e for e, id in enumerate(topology.ids) if entry.covers(id)]
            if rows:
                self.kept.forget(topology, self._points, rows)

    def _promote(self, judgement: Judgement, incidents: Incidents) -> None:
        """Learn halls anew that have been in trouble for a day which cost nothing."""
        view, promotion = judgement.view, self.kept.promotion
        promotion.watch(view, self._points, judgement.seen, incidents.troubled_since() is not None)
        since = promotion.lasts_since(view.end)
        if since is not None:
            for hall in incidents.promote(since):
                self.kept.forget_hall(hall)

    def _topology_of(self, heard: list[bool]) -> Topology:
        shown = self._shown_types()
        if self._topology is None or heard != self._heard or shown != self._shown:
            self._heard, self._shown = heard, shown
            self._topology = build_topology(self._zone, self._points.equipment_ids, heard, self._site, shown)
            for hall in self._topology.halls:
                self.kept.halls.setdefault(hall, Hall())
        return self._topology

    def _shown_types(self) -> list[str]:
        """For each piece of equipment, the type that what it has sent shows; empty where all have names."""
        points, n = self._points, len(self._points)
        fresh = points.equipment_ids[len(self._named) :]
        self._named += [bool(self._site.equipment_type(e)) for e in fresh]
        if all(self._named):
            return []
        equipment = points.arrival.equipment[:n]
        spoke = self.kept.picture.seen[:n] != UNSET
        now = n, int(spoke.sum())
        if now == self._spoken:
            return self._shown
        self._spoken = now
        roles: list[set[Role]] = [set() for _ in self._named]
        for slot in np.flatnonzero(spoke & ~np.array(self._named)[equipment]).tolist():
            roles[equipment[slot]].add(ROLES[points.role[slot]])
        return [shown_type(of_one) for of_one in roles]

    def _bear_out(self, view: View, seen: list[Sign]) -> None:
        """Remember which units that supply warm air are known to do so, for as long as they do."""
        warm = view.supply_above > WARM_SUPPLY_K
        self.kept.memory.borne_out[~warm] = 0.0
        named = {o.root for o in seen if o.tier is Tier.UNIT}
        for e in np.flatnonzero(warm).tolist():
            if view.topology.ids[e] in named:
                self.kept.memory.borne_out[e] = 1.0

    def _mark_onsets(self, topology: Topology, seen: list[Sign], incidents: Incidents, end: int) -> None:
        """A hall is in trouble from the first sign that concerns all of it."""
        for name in topology.halls:
            hall = self.kept.halls[name]
            concerned = any(o.tier >= Tier.HALL and o.hall in ("", name) for o in seen)
            if not concerned and not incidents.quarantined(Tier.HALL, name):
                hall.onset = UNSET
            elif hall.onset == UNSET:
                hall.onset = end

    def _trajectories(self, view: View) -> dict[int, Trajectory]:
        found = {}
        figures = figures_of(view)
        for h, name in enumerate(view.topology.halls):
            trajectory = self.kept.halls[name].trajectory(figures[h], view.warmings[h], view.end)
            if trajectory is not None:
                found[h] = trajectory
        return found

    def _score(
        self, view: View, slots: np.ndarray, incidents: Incidents, good: np.ndarray, readings: Readings
    ) -> Scores:
        points = self._points
        believed = np.zeros(points.capacity, np.bool_)
        believed[readings.point[good]] = True
        value = np.where(believed[slots], self.kept.picture.latest[slots], np.nan)
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
        return self.kept.scores.judge(slots, value, shown, view.end, learn, expected, deviation)

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
    def _spoke(view: View) -> tuple[str, ...]:
        spoke = ["limits"]
        if any(b.surplus is not None for b in view.balances) or view.topology.plant:
            spoke.append("physics")
        if np.isfinite(view.units.supply).any() or np.isfinite(view.racks.inlet).any():
            spoke.append("models")
        return tuple(spoke)
