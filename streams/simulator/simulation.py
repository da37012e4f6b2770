"""A scenario played with a seed: telemetry in arrival order, the site file, and the truth."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import numpy as np

from config.scenario import Fault, Scenario
from streams.messages import SECOND
from streams.simulator.building import build_constants, first_state, settled
from streams.simulator.drivers import BLOCK, World
from streams.simulator.faults import schedule
from streams.simulator.given_site import GivenSite
from streams.simulator.layout import F64, draw_layout
from streams.simulator.parameters import cell, make_parameters
from streams.simulator.points import draw_points
from streams.simulator.reserve import Reserve, reserve_of
from streams.simulator.sampling import Sampler, Telemetry
from streams.simulator.site_text import site_toml
from streams.simulator.stepping import advance
from streams.simulator.truth import Truth, make_truth

SETTLE = 3 * 3600
"""Seconds of physics before the first reading."""


class Simulation:
    """One run; it can be gone through once.

    Iterating gives a `Telemetry` for each second of arrival time (it may be
    empty); `chunks` gives larger ones. The same scenario, seed and hours give
    the same readings, however they are cut. With a ``site`` that is given, only
    what it leaves open is drawn.
    """

    def __init__(
        self, scenario: Scenario, seed: int, hours: float | None = None, site: GivenSite | None = None
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.seconds = float(np.ceil((scenario.hours if hours is None else hours) * 3600.0 / BLOCK) * BLOCK)
        self.epoch = int(scenario.start.timestamp()) * SECOND
        # One generator for each concern, so that a change in one leaves the others as they were.
        of_site, of_build, of_world, of_faults, of_points, of_sampling, of_text = (
            np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(7)
        )
        self.layout = draw_layout(scenario, of_site) if site is None else site.layout
        self.constants = build_constants(self.layout, of_build)
        if site is not None:
            self.constants = site.applied_to(self.constants)
        self.points = draw_points(scenario, self.layout, of_points)
        self.site_toml = site_toml(scenario, self.layout, of_text)
        self._world = World(scenario, self.layout, of_world, None if site is None else site.load)
        self._healthy, _ = make_parameters(self.layout.sizes)
        lockouts = [
            cell(self.layout.sizes, "unit", u, "lockout_temperature") for u in range(len(self.layout.units))
        ]
        self._healthy[lockouts] = self.layout.lockout
        self._flat, self._tables = make_parameters(self.layout.sizes)
        self._flat[:] = self._healthy
        self._schedule = schedule(scenario, self.layout, self.points.ids, self.seconds, of_faults)
        self._sampler = Sampler(
            self.points, scenario.sampling, self._schedule.sensor_faults, self.epoch, of_sampling
        )
        still = self._world.still()
        self.state = first_state(self.layout, self.constants, still.load[0], float(still.wet_bulb[0]))
        self._started = False
        self._played: float | None = None
        self._truth: Truth | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of all points, in the order of their numbers."""
        return self.points.ids

    @property
    def truth(self) -> Truth:
        """Known once the run is through; raises RuntimeError before."""
        if self._truth is None:
            raise RuntimeError("the truth is known only when the simulation has been gone through")
        return self._truth

    def blocks(self) -> Iterator[tuple[float, F64]]:
        """The true signals, a row a second: (start in s, f8[seconds, signals]), block by block.

        Raises RuntimeError the second time: a simulation can be gone through once.
        """
        if self._started:
            raise RuntimeError("a simulation can be gone through once")
        self._started = True
        if self._played is None:
            self._advance(-float(SETTLE), SETTLE)
            settled(self.constants, self.state)
            self._played = 0.0
        while self._played < self.seconds:
            start = self._played
            signals = self._advance(start, int(BLOCK))
            self._played = start + BLOCK
            yield start, signals
        self._truth = make_truth(
            self.scenario,
            self.seed,
            self.layout,
            self._schedule.events,
            self.state.air.drop_time,
            float(self.state.margin_gone[0]),
            self.epoch,
        )

    def sampled(self, start: float, signals: F64) -> Telemetry:
        """The telemetry that arrives in a block that `blocks` gave; every block in turn, or none."""
        return self._sampler.block(signals, start)

    def reserve(self) -> Reserve:
        """What can still be lost, as things stand, at the load of now and the weather of the beginning."""
        now = self._world.still()
        wet_bulb = float(now.wet_bulb[0])
        return reserve_of(self.layout, self.constants, self.state, self._tables, now.load[0], wet_bulb)

    def branch(self, faults: Sequence[Fault], seconds: float) -> Simulation:
        """A copy that goes on for ``seconds`` from where this healthy run stands, with other ``faults``.

        Their ``at_h`` counts from there. This run is left as it is, so that
        any number of branches share one beginning. Raises RuntimeError where it
        has not begun.
        """
        if self._played is None:
            raise RuntimeError("a simulation that has not begun has nothing to go on from")
        other = copy.copy(self)
        now = self._played
        other.seconds = now + float(np.ceil(seconds / BLOCK) * BLOCK)
        other.scenario = self.scenario.model_copy(
            update={"faults": tuple(faults), "onset_h": (now / 3600.0, now / 3600.0)}
        )
        shared = {id(self.points): self.points}
        other.state, other._world, other._sampler = copy.deepcopy(
            (self.state, self._world, self._sampler), shared
        )
        # The tables are views, which a copy would part from their array; healthy, they are as if made anew.
        other._flat, other._tables = make_parameters(self.layout.sizes)
        other._schedule = schedule(
            other.scenario, self.layout, self.points.ids, other.seconds, np.random.default_rng(self.seed)
        )
        other._started = False
        other._truth = None
        return other

    def _advance(self, start: float, steps: int) -> F64:
        signals = np.empty((steps, len(self.points.lag)))
        drivers = self._world.block(start) if start >= 0.0 else self._world.still()
        advance(
            self.constants,
            self.state,
            self._tables,
            self._flat,
            self._healthy,
            self._schedule.effects,
            drivers,
            start,
            signals,
        )
        return signals

    def chunks(self, seconds: float = BLOCK) -> Iterator[Telemetry]:
        """Telemetry in arrival order, cut every ``seconds`` of arrival time."""
        step = int(seconds * SECOND)
        edge = self.epoch + int((self._played or 0.0) * SECOND)
        for start, signals in self.blocks():
            arrived = self._sampler.block(signals, start)
            last = self.epoch + int((start + len(signals)) * SECOND)
            edges = np.arange(edge + step, last + 1, step)
            cuts = np.searchsorted(arrived.arrival, edges)
            begin = 0
            for cut in cuts:
                yield arrived.take(slice(begin, int(cut)))
                begin = int(cut)
            if begin < len(arrived):
                yield arrived.take(slice(begin, None))
            edge = last
        yield self._sampler.rest()

    def __iter__(self) -> Iterator[Telemetry]:
        return self.chunks(1.0)


def simulate(scenario: Scenario, seed: int, hours: float | None = None) -> Simulation:
    """Play ``scenario`` with ``seed`` for ``hours`` (the scenario's own, unless said)."""
    return Simulation(scenario, seed, hours)
