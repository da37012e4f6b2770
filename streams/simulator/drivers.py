"""What the world does to the hall: IT load and weather, a value a minute, drawn block by block."""

from __future__ import annotations

from math import cos, exp, pi, sqrt

import numpy as np
from numpy.random import Generator

from config.scenario import Scenario
from streams.simulator.layout import F64, Layout, draw
from streams.simulator.stepping import Drivers

BLOCK = 60.0
"""Seconds of one block."""
NOISE_TIME = 900.0
"""Correlation time of a rack's load, s."""
WEATHER_TIME = 7200.0
JOBS_PART = 0.15
"""Part of the racks whose load moves in steps, as batch jobs come and go."""


class World:
    """Autoregressive load and weather round their daily course.

    ``load``: f8[racks], kW that each rack draws on average, where it is known.
    """

    def __init__(self, scenario: Scenario, site: Layout, rng: Generator, load: F64 | None = None) -> None:
        spans = scenario.layout
        self._rng = rng
        self._nominal = site.rack_nominal
        self._utilisation = site.utilisation * np.clip(rng.normal(1.0, 0.08, len(site.racks)), 0.7, 1.2)
        self._swing = draw(rng, spans.daily_swing)
        self._noise_sd = draw(rng, spans.load_noise)
        self._outdoor = draw(rng, spans.outdoor)
        self._outdoor_swing = draw(rng, spans.outdoor_swing)
        self._depression = draw(rng, spans.wet_bulb_depression)
        self._jobs = rng.random(len(site.racks)) < JOBS_PART
        if load is not None:
            self._utilisation = load / site.rack_nominal
            self._jobs[:] = False
        self._job = np.ones(len(site.racks))
        self._noise = self._noise_sd * rng.standard_normal(len(site.racks))
        self._weather = 0.5 * float(rng.standard_normal())
        midnight = scenario.start.timestamp() + scenario.utc_offset_h * 3600.0
        self._clock = midnight % 86_400.0
        self._last: tuple[F64, float, float] | None = None

    def block(self, start: float) -> Drivers:
        """Load and weather from ``start`` (s) to the end of its block; blocks are asked for in order."""
        before = self._last or self._now(start)
        self._move()
        after = self._now(start + BLOCK)
        self._last = after
        return Drivers(
            np.stack([before[0], after[0]]),
            np.array([before[1], after[1]]),
            np.array([before[2], after[2]]),
        )

    def still(self) -> Drivers:
        """The first minute's load and weather, held: what the hall settles to before it begins."""
        load, outdoor, wet_bulb = self._now(0.0)
        return Drivers(np.stack([load, load]), np.array([outdoor, outdoor]), np.array([wet_bulb, wet_bulb]))

    def _now(self, time: float) -> tuple[F64, float, float]:
        hour = (self._clock + time) / 3600.0
        day = 1.0 + self._swing * cos(2.0 * pi * (hour - 20.0) / 24.0)
        part = self._utilisation * self._job * day * (1.0 + self._noise)
        load = self._nominal * np.clip(part, 0.1, 1.0)
        outdoor = self._outdoor + self._weather
        outdoor += self._outdoor_swing * cos(2.0 * pi * (hour - 15.0) / 24.0)
        depression = self._depression * (1.0 + 0.3 * cos(2.0 * pi * (hour - 15.0) / 24.0))
        return load, outdoor, outdoor - depression

    def _move(self) -> None:
        keep = exp(-BLOCK / NOISE_TIME)
        self._noise *= keep
        fresh = self._noise_sd * sqrt(1.0 - keep * keep)
        self._noise += fresh * self._rng.standard_normal(len(self._noise))
        keep = exp(-BLOCK / WEATHER_TIME)
        self._weather = keep * self._weather + 0.5 * sqrt(1.0 - keep * keep) * float(
            self._rng.standard_normal()
        )
        changing = self._jobs & (self._rng.random(len(self._job)) < BLOCK / 2400.0)
        self._job[changing] = self._rng.uniform(0.75, 1.15, int(changing.sum()))
