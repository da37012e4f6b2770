"""All that is kept of a zone from one tick to the next, and the two steps in which it moves.

`observe` takes in what was read, and says how the zone is: a `Tick`. `learn`
takes in what came of judging that, and teaches what is usual, of all that no
open incident touches. Between the two nothing moves.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from config.accepted import Accepted
from config.kinds import Role
from config.site import Site
from detector.forecast.course import figures_of
from detector.forecast.hall import Hall, load_parts
from detector.judgement import Judgement
from detector.points import ROLE_CODE, Points
from detector.seen.arrangement import Arrangement
from detector.seen.beyond import beyond_any
from detector.seen.condition import Condition, judge_condition
from detector.seen.fallen_silent import FallenSilent
from detector.seen.hall_air import air_now
from detector.seen.inlets import Inlets
from detector.seen.newest_values import NewestValues, points_of
from detector.seen.points_now import NOBODY, points_now
from detector.seen.sources import Sources
from detector.seen.stops import Stops
from detector.seen.topology import Topology, maintained
from detector.seen.two_tracks import TwoTracks
from detector.seen.valves import valve_openings
from detector.seen.warming import T as WARMING
from detector.seen.water import Water, water_now
from detector.seen.weather import Weather
from detector.tick import Tick
from detector.usual.capacity import Capacity
from detector.usual.equipment import EquipmentUsual
from detector.usual.heat import heat_loads, heat_removed
from detector.usual.hunting import Hunting
from detector.usual.models.bank import Bank
from detector.usual.models.cooling_units import CoolingUnitModels
from detector.usual.models.expectation import as_expected
from detector.usual.models.racks import RackModels
from detector.usual.plant import Plant, chillers_stopped
from detector.usual.promotion import Promotion, capacity_lost
from detector.usual.reference.watch import SlowFaults
from detector.usual.scores import PointScores, scored
from detector.usual.touched import Touched
from kernels.arrival import UNSET
from streams.messages import F64, SECOND, Readings, Scores


class ZoneState:
    """Newest values, what is usual, and what has been going on; each part is described where it is made."""

    def __init__(self, zone: str, site: Site, points: Points) -> None:
        self._site = site
        self._points = points
        self._arrangement = Arrangement(zone, site, points)
        self._points_now = NOBODY
        self.scores = PointScores()
        self.values = NewestValues()
        self.sources = Sources()
        self.silent = FallenSilent(zone)
        self.equipment = EquipmentUsual()
        self.stops = Stops()
        self.plant = Plant()
        self.hunting = Hunting()
        self.capacity = Capacity()
        self.weather = Weather()
        self.promotion = Promotion()
        self.inlets = Inlets()
        self.tracks = TwoTracks()
        self.cooling_units = CoolingUnitModels()
        self.racks = RackModels()
        self.slow = SlowFaults()
        self.halls: dict[str, Hall] = {}
        self.accepted: set[Accepted] = set()
        """What an operator has accepted and is done."""
        self.last_end = UNSET

    # ---- the first step

    def observe(
        self,
        readings: Readings,
        end: int,
        heard: list[bool],
        touched: Touched,
        shift: int = 0,
        wrong_clocks: Collection[str] = (),
    ) -> tuple[Tick, Scores]:
        """Take in the readings of one tick; how the zone is at its end, and the scores of its points.

        ``end`` is in the engine's time, which is ``shift`` ns more than stamps.
        ``heard``: by equipment, whether anything of it was ever read. ``touched``:
        by the incidents that are open. ``wrong_clocks``: equipment whose clock runs ahead, or lags.
        """
        points = self._points
        good = self.scores.believable(points, readings, self.sources.withheld)
        good &= self.sources.judge(points, self.values, self.scores.novelty, readings, end, shift)
        # Limits still ask of what comes from two: what is beyond one by both is.
        disbelieved = self.tracks.disbelieved(points)
        good &= ~disbelieved[readings.point]
        self.values.update(points, readings, good, end, self.sources.withheld | disbelieved)
        topology = self._arrangement.topology(heard, self.values)
        for hall in topology.halls:
            self.halls.setdefault(hall, Hall())
        self._accept(topology, end - shift)
        self.inlets.judge(points, topology, self.values)
        self.tracks.watch(points, readings)
        wrong = self.scores.wrong_now(points, self.values, points_of(readings), end)
        wrong = wrong[~(self.sources.withheld | disbelieved)[wrong]]
        seen = self.inlets, self.tracks, wrong, self.scores.flags[wrong]
        self._points_now = points_now(points, *seen, self._points_now)
        tick = self._look(topology, end, touched, shift, wrong_clocks)
        for figures, name, warming in zip(figures_of(tick), topology.halls, tick.warmings, strict=True):
            self.halls[name].course.watch(figures, warming.level, end)
        latest, cooled, racks = self.values.latest, tick.cooling_units, tick.racks
        return tick, scored(self.scores, points, readings, good, latest, cooled, racks, tick.healthy, end)

    def _look(
        self, topology: Topology, end: int, touched: Touched, shift: int, wrong_clocks: Collection[str]
    ) -> Tick:
        """Move on what watches the equipment, and put together how all of it is."""
        points, values, equipment = self._points, self.values, self.equipment
        condition, stopped_s = self._condition(topology, end)
        load = heat_loads(topology, values, equipment)
        slack_s = values.pace.slack_s(points)
        in_service = self.stops.in_service(end if touched.since is None else touched.since, slack_s)
        water = self._water(topology, condition, in_service, end)
        valve = valve_openings(values)
        equipment.watch_valves(valve, end)
        self.slow.watch(topology, values, condition.running, load, end)
        removed = heat_removed(topology, condition, equipment, end)
        halls = [self.halls[name] for name in topology.halls]
        air = air_now([hall.air for hall in halls], topology, values, load, removed, stopped_s, slack_s, end)
        self.capacity.watch(topology, values, condition, valve, removed, air.balances)
        return Tick(
            end=end,
            topology=topology,
            points=self._points_now,
            silent=self.silent.watch(points, values, self.sources.raw, wrong_clocks, end, shift),
            shown=values.now(),
            condition=condition,
            usual=equipment.now(),
            stops=self.stops.now(),
            hunting=self.hunting.now(),
            water=water,
            plant=self.plant.now(water, topology, values),
            water_warms=self.plant.warms_at(),
            warmest_ahead=self.weather.warmest_ahead(),
            stopped_s=stopped_s,
            slack_s=slack_s,
            resting=self.stops.resting(stopped_s),
            valve=valve,
            supply_above=equipment.above_setpoint(values) - equipment.usual_above,
            capacity_kw=self.capacity.now_kw(topology),
            setpoint_rise=air.setpoint_rise,
            setpoint_fall=air.setpoint_fall,
            load=load,
            removed=removed,
            load_part=load_parts(halls, load),
            load_change=air.load_change,
            load_since_stop=air.load_since_stop,
            balances=air.balances,
            warmings=air.warmings,
            cooling_units=self.cooling_units.judge(topology, values, load),
            racks=self.racks.judge(topology, values, condition, load),
            lone=self.inlets.lone_equipment(points),
            in_service=in_service,
            maintained=maintained(self._site, topology, end - shift),
            crept=self.slow.now(),
            racks_beyond=bool((points.role[beyond_any(points, end)] == ROLE_CODE[Role.RACK_INLET]).any()),
            sources=self.sources.now(),
            healthy=touched.healthy(topology),
            quarantined=~touched.calm(topology),
            onset=np.array([hall.onset for hall in halls], np.int64),
            lost_sight=np.array([hall.course.lost_sight(end) for hall in halls], np.bool_),
        )

    def _condition(self, topology: Topology, end: int) -> tuple[Condition, F64]:
        """What runs, and for how long what does not has been seen at rest, s."""
        values, equipment, stops = self.values, self.equipment, self.stops
        equipment.fit(len(topology.ids))
        equipment.watch_speed(values)
        equipment.watch_supply(values, end)
        self.hunting.watch(values, equipment.top_speed, self._step(end))
        condition = judge_condition(values, equipment.usual_power, equipment.top_speed)
        stops.fit(len(topology.ids))
        stops.watch(values, condition.running, end)
        condition = replace(condition, ordered=stops.orders(values, condition.ordered, end))
        return condition, stops.stopped_s(values, end)

    def _water(self, topology: Topology, condition: Condition, in_service: np.ndarray, end: int) -> Water:
        stopped, heard = self.stops.stopped_at != 0, self.stops.first_seen != 0
        water = water_now(topology, self.values, condition, stopped, heard)
        self.plant.watch(water, end)
        self.weather.watch(water.outdoor, end)
        above = water.supply - self.plant.water_reference(topology, self.values)
        self.plant.watch_rest(end, chillers_stopped(topology, condition, in_service), above)
        return water

    def _accept(self, topology: Topology, end: int) -> None:
        """Forget, once, what was usual of equipment that an operator has accepted as it runs."""
        for entry in self._site.accepted:
            if entry.at > end or entry in self.accepted:
                continue
            self.accepted.add(entry)
            rows = [e for e, id in enumerate(topology.ids) if entry.covers(id)]
            if rows:
                self.forget(topology, rows)
                self.sources.accept(self._points, rows)

    # ---- the second step

    def learn(self, judgement: Judgement, touched: Touched) -> None:
        """Learn what is usual, of all that is not ``touched`` by the incidents that are open by now."""
        tick = judgement.tick
        topology, values, end = tick.topology, self.values, tick.end
        calm, healthy = touched.calm(topology), touched.healthy(topology)
        dt = self._step(end)
        self.last_end = end
        lost, supply = judgement.fails or tick.racks_beyond, tick.water.supply
        lost |= capacity_lost(topology, tick.shown, tick.condition, tick.in_service, tick.resting, supply)
        self.promotion.watch(topology, tick.column(Role.RACK_INLET), lost, touched.since is not None, end)
        self.inlets.learn(healthy, self._points, dt)
        self.equipment.bear_out(tick.supply_above, judgement.named)
        self.equipment.learn(values, tick.condition, healthy, end, dt)
        self.stops.learn(tick.condition.running, end, dt)
        self.hunting.learn(healthy & ~tick.maintained, dt)
        chillers_run = bool((tick.condition.running[list(topology.chillers)] == 1.0).any())
        self.plant.learn(tick.water, tick.plant.water_above, bool(calm.all()), chillers_run, dt)
        self.slow.learn(healthy & ~tick.maintained, judgement.decays)
        steady = healthy & as_expected(tick.cooling_units.supply_deviation)
        self.cooling_units.learn(topology, values, tick.condition, tick.cooling_units, steady)
        steady = healthy & as_expected(tick.racks.deviation)
        self.racks.learn(topology, values, tick.racks, steady)
        inlet, longest_s = values.column(Role.RACK_INLET), values.pace.longest_step_s()
        for h, name in enumerate(topology.halls):
            hall, warming = self.halls[name], tick.warmings[h]
            hall.learn(int(judgement.onset[h]), warming, end, longest_s)
            hall.air.balance.learn(float(tick.load[h]), float(tick.removed[h]), end, bool(calm[h]), longest_s)
            hall.air.warming.learn(inlet, topology.racks[h], warming, end, bool(calm[h]), longest_s)

    def _step(self, end: int) -> float:
        """Time since the last tick that counts as seen, s."""
        longest_s = self.values.pace.longest_step_s()
        return 0.0 if self.last_end == UNSET else min((end - self.last_end) / SECOND, longest_s)

    # ---- what else is asked and told

    def lasts_since(self) -> int | None:
        """Trouble that began before this (ns) has cost nothing for a day; None where something was lost."""
        return self.promotion.lasts_since(self.last_end)

    def running_away(self, end: int) -> set[str]:
        """Halls that warm so fast that what was heard of a place a minute ago says nothing of it now."""
        rate = WARMING.air_runs_away_k_per_s
        return {name for name, hall in self.halls.items() if hall.air.warming.slope(end) > rate}

    def forget(self, topology: Topology, rows: list[int]) -> None:
        """Forget what was usual of these pieces of equipment: they run otherwise now.

        With all machines of the plant, what was usual of its water; with all units
        and racks of a hall, that of the hall as a whole.
        """
        if topology.plant and set(rows) >= set(topology.plant):
            self.plant.forget()
        for h, name in enumerate(topology.halls):
            members = topology.cooling_units[h] + topology.racks[h]
            if members and set(rows) >= set(members):
                self.halls[name].forget()
        self.equipment.fit(len(topology.ids))
        self.equipment.forget(rows)
        self.hunting.forget(rows)
        self.slow.forget(rows)
        self.capacity.forget(rows)
        self.inlets.forget(self._points, rows)
        for bank in self.banks().values():
            bank.forget([topology.ids[e] for e in rows])

    def forget_hall(self, name: str) -> None:
        """Forget what was usual of a hall as a whole, or of all and the plant where ``name`` is empty."""
        if not name:
            self.plant.forget()
        for each, hall in self.halls.items():
            if name in ("", each):
                hall.forget()

    def banks(self) -> dict[str, Bank]:
        """The learned models by what they expect."""
        return {
            "supply": self.cooling_units.supply,
            "return": self.cooling_units.return_air,
            "inlet": self.racks.inlet,
        }
