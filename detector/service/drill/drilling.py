"""One zone drilled: a healthy beginning that all losses share, then each loss as a branch of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import numpy as np

from config.kinds import Kind
from config.scenario import Fault, Metering, Noise, Sampling, Scenario
from config.settings import EngineSettings
from config.site import Site
from detector.incidents.faults import Category
from detector.rules import RULES, Rule
from detector.service.drill.drilled import Healthy, Outcome, ServiceDrop, Spare, Warned
from detector.service.drill.losses import FAULT_OF, Loss
from detector.service.engines.zones import ZoneEngines
from streams.messages import F64, SECOND, Incident, Readings
from streams.simulator.air import RACK_SIGNALS
from streams.simulator.from_site import ZoneModel
from streams.simulator.known import Known
from streams.simulator.reserve import Reserve
from streams.simulator.sampling import Telemetry
from streams.simulator.simulation import Simulation
from streams.simulator.truth import service_drop

LEAD_IN_S = 3600.0
"""Healthy running first, in which the engine learns what is usual."""
HEARD_AFTER_DROP_S = 600.0
"""Whoever has not warned so long after the first drop has not warned."""
LISTENED_S = 1200.0
"""A loss that is carried, and of which nothing was said for so long, is not listened to any longer."""
START = datetime(2001, 1, 1, 9, tzinfo=UTC)
"""Long before any maintenance that a site file announces; load and weather stand still anyway."""


class ZoneDrills:
    """The drills of one zone. ``prepare`` comes first."""

    def __init__(
        self,
        site: Site,
        model: ZoneModel,
        known: Known,
        kinds: dict[str, Kind],
        settings: EngineSettings,
        seed: int,
        rules: Sequence[Rule] = RULES,
    ) -> None:
        self.site = site
        self.model = model
        self.kinds = kinds
        self.settings = settings
        self.rules = rules
        scenario = Scenario(
            name="drill",
            title="a drill",
            kind="sudden",
            source="a site file",
            hours=LEAD_IN_S / 3600.0,
            start=START,
            layout=model.spans,
            metering=_metering(),
            sampling=_sampling(),
            noise=Noise(misplaced=(0.0, 0.0)),
        )
        self.simulation = Simulation(scenario, seed, site=model.site)
        self._told = np.array([self._is_told(id, known) for id in self.simulation.ids])
        self._engines = self._fresh()
        self._saved: dict[str, bytes] = {}
        self._onset = self.simulation.epoch + int(LEAD_IN_S * SECOND)

    def prepare(self) -> Healthy:
        """Play the healthy beginning."""
        hottest = -np.inf
        fired: list[Incident] = []
        for start, signals in self.simulation.blocks():
            hottest = max(hottest, float(self._inlets(signals).max()))
            fired += self._judge(self._engines, self.simulation.sampled(start, signals))
        self._saved = self._engines.save()
        reserve = self.simulation.reserve()
        up = not np.isfinite(self.simulation.state.air.drop_time).any()
        return Healthy(
            carried=reserve.carried and up,
            hottest=round(hottest, 1),
            spare=self._spare(reserve),
            false_warnings=list(dict.fromkeys(each.summary for each in fired)),
        )

    def lose(self, loss: Loss, minutes: float) -> Outcome:
        """Play one loss for so many minutes."""
        faults = [Fault(kind=FAULT_OF[machine.kind], target=machine.id) for machine in loss.lost]
        branch = self.simulation.branch(faults, minutes * 60.0)
        engines = self._fresh()
        engines.load(self._saved)
        warned: Incident | None = None
        listening = True
        watch = InletWatch(self.model.site.critical, LEAD_IN_S)
        for start, signals in branch.blocks():
            watch.see(start, self._inlets(signals))
            since_drop = start - float(np.nanmin(branch.state.air.drop_time, initial=np.inf))
            calm = start - LEAD_IN_S >= LISTENED_S and watch.rack is None and branch.reserve().carried
            # Once it has missed a block the engine would take what follows for a silence.
            listening = listening and warned is None and since_drop < HEARD_AFTER_DROP_S and not calm
            if listening:
                fired = self._judge(engines, branch.sampled(start, signals))
                warned = next((each for each in fired if (each.warned or 0) >= self._onset), None)
        return self._outcome(loss, branch, watch, warned)

    def _outcome(self, loss: Loss, branch: Simulation, watch: InletWatch, warned: Incident | None) -> Outcome:
        layout = self.model.site.layout
        down = branch.state.air.drop_time - LEAD_IN_S
        drops = [(service_drop(down, s.racks, s.needs), s.name) for s in layout.services]
        services = [ServiceDrop(name, at) for at, name in sorted(drops) if np.isfinite(at)]
        reserve = branch.reserve()
        first = watch.rack
        return Outcome(
            name=loss.name,
            scope=loss.scope,
            lost=[machine.id for machine in loss.lost],
            stands_for=loss.stands_for,
            warned=None if warned is None else self._words(warned),
            critical_s=watch.after_s,
            critical_rack=None if first is None else layout.racks[first],
            rack_down_s=float(np.nanmin(down)) if np.isfinite(down).any() else None,
            services=services,
            hottest=round(watch.hottest, 1),
            holds=first is None and reserve.carried and not np.isfinite(down).any(),
            spare=self._spare(reserve),
        )

    def _words(self, warned: Incident) -> Warned:
        after = ((warned.warned or 0) - self._onset) / SECOND
        return Warned(round(after, 1), warned.fault, warned.root, warned.severity, warned.summary)

    def _spare(self, reserve: Reserve) -> Spare:
        units = dict(zip(self.model.site.layout.hall_ids, reserve.units, strict=True))
        return Spare(units, reserve.chillers, reserve.pumps, reserve.towers)

    def _inlets(self, signals: F64) -> F64:
        """f8[seconds, racks]: air at the top of each rack."""
        width = len(RACK_SIGNALS)
        return signals[:, : width * len(self.model.site.layout.racks) : width]

    def _judge(self, engines: ZoneEngines, arrived: Telemetry) -> list[Incident]:
        """The cooling incidents that fired on what arrived."""
        told = arrived.take(self._told[arrived.point])
        verdicts = engines.judge(Readings(told.point, told.time, told.value), list(arrived.ids))
        return [
            incident
            for verdict in verdicts
            for incident in verdict.incidents
            if incident.category == Category.COOLING and incident.warned is not None
        ]

    def _fresh(self) -> ZoneEngines:
        return ZoneEngines(self.site, self.kinds, self.settings, self.rules)

    def _is_told(self, point: str, known: Known) -> bool:
        """Whether the person's telemetry would have this point, as far as that is known."""
        place, name, measure, *_ = point.split("/")
        equipment, role = f"{place}/{name}", self.kinds[measure].role
        shared = name in ("loop", "condenser-loop", "outside")  # the simulator's own names
        if known.measures and shared:
            return any(id.startswith(f"{place}/") and heard == role for id, heard in known.measures)
        if known.measures:
            return (equipment, role) in known.measures
        if shared and name != "outside" and self._plant_is_made_up():
            return False
        return equipment not in self.model.made_up

    def _plant_is_made_up(self) -> bool:
        layout = self.model.site.layout
        return all(id in self.model.made_up for id in (*layout.chillers, *layout.pumps))


class InletWatch:
    """When which rack's inlet first passed its critical limit, and how warm it got."""

    def __init__(self, critical: F64, onset: float) -> None:
        self.after_s: float | None = None
        self.rack: int | None = None
        self.hottest = -np.inf
        self._critical = critical
        self._onset = onset

    def see(self, start: float, inlets: F64) -> None:
        """``inlets``: f8[seconds, racks] from ``start`` (s)."""
        self.hottest = max(self.hottest, float(inlets.max()))
        if self.rack is not None:
            return
        over = inlets > self._critical
        if over.any():
            second, rack = np.unravel_index(int(np.argmax(over)), over.shape)
            self.rack, self.after_s = int(rack), float(start + second - self._onset)


def _metering() -> Metering:
    """What most sites measure; docs/drill.md says so."""
    return Metering(
        inlet_places=(2.0, 2.0),
        outlet=(0.0, 0.0),
        rack_power=(1.0, 1.0),
        pdu_rows=(1.0, 1.0),
        unit_water=(1.0, 1.0),
        unit_air_flow=(0.0, 0.0),
        unit_power=(1.0, 1.0),
        plant_power=(1.0, 1.0),
        filter_pressure=(1.0, 1.0),
    )


def _sampling() -> Sampling:
    return Sampling(
        rack=(30.0, 30.0),
        rack_power=(30.0, 30.0),
        unit=(10.0, 10.0),
        plant=(5.0, 5.0),
        outside=(60.0, 60.0),
        lost=(0.0, 0.0),
        gaps_per_day=(0.0, 0.0),
    )


def badness(minutes: float) -> Callable[[Outcome], float]:
    """Orders outcomes: the sooner something drops the worse, then what does not hold, then the warmer."""

    def of(outcome: Outcome) -> float:
        drop = outcome.drop_s
        sooner = 0.0 if drop is None else 1000.0 * (2.0 - drop / (minutes * 60.0))
        return outcome.hottest + sooner + (0.0 if outcome.holds else 500.0)

    return of


def in_order(outcomes: list[Outcome], minutes: float) -> Iterator[Outcome]:
    """As played; pairs by how bad they are."""
    worse = badness(minutes)
    for scope in ("one", "two", "all"):
        group = [each for each in outcomes if each.scope == scope]
        yield from sorted(group, key=worse, reverse=True) if scope == "two" else group
